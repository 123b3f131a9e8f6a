"""Whether somebody may do something somewhere. Services call `require`; lists call `places_with`."""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import Q

from portal.accounts.roles import Action, roles_with
from portal.places.models import Place, PlaceQuerySet, StaffAssignment

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


def can(user: "User | AnonymousUser", action: Action, place: Place) -> bool:
    """Whether `user` holds, at `place` or above it, a role that may do `action`."""
    if not user.is_active or user.is_anonymous:
        return False
    return StaffAssignment.objects.filter(
        user=user, role__in=roles_with(action), place__in=Place.objects.above(place)
    ).exists()


def can_somewhere(user: "User | AnonymousUser", action: Action) -> bool:
    if not user.is_active or user.is_anonymous:
        return False
    return StaffAssignment.objects.filter(user=user, role__in=roles_with(action)).exists()


def require(user: "User | AnonymousUser", action: Action, place: Place) -> None:
    """Raises PermissionDenied unless `user` may do `action` at `place`."""
    if not can(user, action, place):
        raise PermissionDenied(f"{action.label}: {place}")


def places_with(user: "User | AnonymousUser", action: Action) -> PlaceQuerySet:
    """All places, communities included, where `user` may do `action`."""
    if not user.is_active or user.is_anonymous:
        return Place.objects.none()
    paths = Place.objects.assigned_to(user, roles_with(action)).values_list("path", flat=True)
    scope = Q(pk__in=[])
    for path in paths:
        scope |= Q(path__startswith=path)
    return Place.objects.filter(scope)
