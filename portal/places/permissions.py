"""Whether somebody may do something somewhere.

Services call `require`; lists call `places_with`.
"""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import Q

from portal.accounts.roles import ROLE_ACTIONS, Action, Role, roles_with
from portal.places.models import Place, PlaceQuerySet, StaffAssignment

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


def can(user: "User | AnonymousUser", action: Action, place: Place) -> bool:
    """Whether `user` holds, at `place` or above it, a role that may do `action`."""
    if not user.is_active or user.is_anonymous:
        return False
    if reaches_everywhere(user, action):
        return True
    kept, roles = _kept(user), roles_with(action)
    if kept is not None:
        return any(role in roles and place.path.startswith(path) for role, path in kept)
    return StaffAssignment.objects.filter(
        user=user, role__in=roles, place__in=Place.objects.above(place)
    ).exists()


def can_somewhere(user: "User | AnonymousUser", action: Action) -> bool:
    if not user.is_active or user.is_anonymous:
        return False
    if reaches_everywhere(user, action):
        return True
    kept, roles = _kept(user), roles_with(action)
    if kept is not None:
        return any(role in roles for role, _path in kept)
    return StaffAssignment.objects.filter(user=user, role__in=roles).exists()


def actions_somewhere(user: "User | AnonymousUser") -> set[Action]:
    """Everything `user` may do at one place or another. One query."""
    if not user.is_active or user.is_anonymous:
        return set()
    roles = {Role.ADMINISTRATOR} if user.is_superuser else set()
    kept = _kept(user)
    held = _assignments(user) if kept is None else kept
    roles |= {Role(role) for role, _path in held}
    return {action for role in roles for action in ROLE_ACTIONS[role]}


def require(user: "User | AnonymousUser", action: Action, place: Place) -> None:
    """Raises PermissionDenied unless `user` may do `action` at `place`."""
    if not can(user, action, place):
        raise PermissionDenied(f"{action.label}: {place}")


def reaches_everywhere(user: "User | AnonymousUser", action: Action) -> bool:
    """A superuser counts as administrator of every place: that is how a new installation begins.

    What an administrator may not do (approve targets, see sealed results) a superuser may not.
    """
    return user.is_active and user.is_superuser and Role.ADMINISTRATOR in roles_with(action)


def places_with(user: "User | AnonymousUser", action: Action) -> PlaceQuerySet:
    """All places, communities included, where `user` may do `action`."""
    if reaches_everywhere(user, action):
        return Place.objects.all()
    return _places_of(user, roles_with(action))


def places_assigned(user: "User | AnonymousUser", action: Action) -> PlaceQuerySet:
    """The places `user` is assigned to with a role that may do `action`; none of those below."""
    return Place.objects.assigned_to(user, roles_with(action))


def places_visible(user: "User | AnonymousUser") -> PlaceQuerySet:
    """All places where `user` holds any role at all: what is outside of them does not exist."""
    if user.is_active and user.is_superuser:
        return Place.objects.all()
    return _places_of(user, list(Role))


def is_staff_somewhere(user: "User | AnonymousUser") -> bool:
    """Whether `user` has anything to do on the staff screens."""
    if not user.is_active or user.is_anonymous:
        return False
    kept = _kept(user)
    if user.is_superuser or kept is not None:
        return user.is_superuser or bool(kept)
    return StaffAssignment.objects.filter(user=user).exists()


def assignments_keep(user: "User | AnonymousUser") -> None:
    """Read the assignments of `user` now, and ask for none of them again with this object.

    For a request that only shows: the menu of a staff screen alone asks two dozen times.
    """
    user.kept_assignments = _assignments(user)  # type: ignore[union-attr]


def _kept(user: "User | AnonymousUser") -> list[tuple[str, str]] | None:
    """(role, path of the place) of every assignment, where they have been read before."""
    kept: list[tuple[str, str]] | None = getattr(user, "kept_assignments", None)
    return kept


def _assignments(user: "User | AnonymousUser") -> list[tuple[str, str]]:
    rows = StaffAssignment.objects.filter(user_id=user.pk or 0).order_by("pk")
    return list(rows.values_list("role", "place__path"))


def _places_of(user: "User | AnonymousUser", roles: list[Role]) -> PlaceQuerySet:
    if not user.is_active or user.is_anonymous:
        return Place.objects.none()
    kept = _kept(user)
    if kept is None:
        paths = set(Place.objects.assigned_to(user, roles).values_list("path", flat=True))
    else:
        paths = {path for role, path in kept if role in roles}
    scope = Q(pk__in=[])
    for path in sorted(paths):
        scope |= Q(path__startswith=path)
    return Place.objects.filter(scope)
