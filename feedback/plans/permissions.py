"""Who sees, plans and promises corrective actions: staff of the place or above it."""

from typing import TYPE_CHECKING

from feedback.plans.models import CorrectiveAction, CorrectiveActionQuerySet
from portal.accounts.roles import Action
from portal.places.guard import get_visible_or_404
from portal.places.models import PlaceQuerySet
from portal.places.permissions import can, can_somewhere, places_with, require

if TYPE_CHECKING:
    from portal.accounts.models import User


def may_see_any(user: "User") -> bool:
    return can_somewhere(user, Action.ACTION_VIEW)


def may_open_any(user: "User") -> bool:
    return can_somewhere(user, Action.ACTION_PLAN)


def may_plan(user: "User", action: CorrectiveAction) -> bool:
    return can(user, Action.ACTION_PLAN, action.place)


def may_promise(user: "User", action: CorrectiveAction) -> bool:
    return can(user, Action.ACTION_PROMISE, action.place)


def require_plan(user: "User", action: CorrectiveAction) -> None:
    """Raises PermissionDenied."""
    require(user, Action.ACTION_PLAN, action.place)


def require_promise(user: "User", action: CorrectiveAction) -> None:
    """Raises PermissionDenied."""
    require(user, Action.ACTION_PROMISE, action.place)


def places_to_open(user: "User") -> PlaceQuerySet:
    return places_with(user, Action.ACTION_PLAN)


def actions_for(user: "User") -> CorrectiveActionQuerySet:
    return CorrectiveAction.objects.in_places(places_with(user, Action.ACTION_VIEW))


def action_or_404(user: "User", pk: int) -> CorrectiveAction:
    """Raises Http404 outside the places of `user`, PermissionDenied without the right inside."""
    actions = CorrectiveAction.objects.select_related("place", "organisation", "owner", "notice")
    return get_visible_or_404(actions, user, Action.ACTION_VIEW, pk=pk)
