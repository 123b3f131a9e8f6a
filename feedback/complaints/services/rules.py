"""What an administrator sets: categories, deadline classes, routes, ready-made replies, and whom
to call in danger.

A change holds for what is filed from now on; the dates of a case that is filed stay.
"""

from typing import TYPE_CHECKING, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction

from feedback.complaints.models import (
    Category,
    DeadlineRule,
    EmergencyNumber,
    ReplyTemplate,
    Route,
)
from portal.accounts.roles import Action
from portal.common.generation import generation_bump
from portal.places.permissions import can_somewhere, require

if TYPE_CHECKING:
    from portal.accounts.models import User

R = TypeVar("R", Category, DeadlineRule, ReplyTemplate)


def rule_save(*, by: "User", rule: R) -> R:
    """Save what all places share. Public pages and filing keep what they read of
    it, so both read it anew."""
    if not can_somewhere(by, Action.COMPLAINT_SETUP):
        raise PermissionDenied(str(Action.COMPLAINT_SETUP.label))
    with transaction.atomic():
        rule.full_clean()
        rule.save()
        if isinstance(rule, Category | DeadlineRule):
            generation_bump()
    return rule


def route_save(*, by: "User", route: Route) -> Route:
    """Save a route of a place; it holds for cases accepted from now on."""
    require(by, Action.COMPLAINT_SETUP, route.place)
    if route.pk:
        # Moving a route away from a place is changing it there, too.
        require(by, Action.COMPLAINT_SETUP, Route.objects.get(pk=route.pk).place)
    with transaction.atomic():
        route.full_clean()
        route.save()
    return route


def emergency_save(*, by: "User", number: EmergencyNumber) -> EmergencyNumber:
    """Save whom residents of a place call at once. Phones that keep a form fetch it anew."""
    require(by, Action.COMPLAINT_SETUP, number.place)
    if number.pk:
        require(by, Action.COMPLAINT_SETUP, EmergencyNumber.objects.get(pk=number.pk).place)
    with transaction.atomic():
        number.full_clean()
        number.save()
        generation_bump()
    return number
