"""Who sees which complaint, and who may do what with it: one table of small functions.

Staff of a place see its complaints. A company sees those that were assigned to it, in the places
it works at, and nothing else. Restricted categories are seen by the discipline office alone.
"""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

from feedback.complaints.models import Complaint, ComplaintQuerySet
from portal.accounts.models import Organisation
from portal.accounts.roles import Action, roles_with
from portal.places.models import Place, StaffAssignment
from portal.places.permissions import can, can_somewhere, places_with, require

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


def complaints_visible_to(user: "User | AnonymousUser") -> ComplaintQuerySet:
    """Every complaint `user` may read. What is outside does not exist for them (404)."""
    restricted = Q(category__is_restricted=True)
    seen = Q(community__in=places_with(user, Action.COMPLAINT_VIEW)) & ~restricted
    seen |= Q(community__in=places_with(user, Action.COMPLAINT_RESTRICTED)) & restricted
    for path, organisation in company_scopes(user):
        seen |= Q(community__path__startswith=path, assigned_to=organisation) & ~restricted
    return Complaint.objects.filter(seen)


def company_scopes(user: "User | AnonymousUser") -> list[tuple[str, int]]:
    """(path of a place, organisation) pairs in which `user` answers for an organisation."""
    if not user.is_active or user.is_anonymous:
        return []
    rows = StaffAssignment.objects.filter(
        user_id=user.pk, role__in=roles_with(Action.COMPLAINT_ANSWER)
    ).values_list("place__path", "organisation", "user__organisation")
    return [(path, own or of_user) for path, own, of_user in rows if own or of_user]


def may_view_any(user: "User | AnonymousUser") -> bool:
    """Whether the complaint screens are in the menu of `user`."""
    return any(
        can_somewhere(user, action)
        for action in (
            Action.COMPLAINT_VIEW,
            Action.COMPLAINT_ANSWER,
            Action.COMPLAINT_RESTRICTED,
        )
    )


def may_act_on_any(user: "User | AnonymousUser") -> bool:
    """Whether something can be due for `user`; readers see complaints and owe none an answer."""
    return any(
        can_somewhere(user, action)
        for action in (
            Action.COMPLAINT_HANDLE,
            Action.COMPLAINT_ANSWER,
            Action.COMPLAINT_RESTRICTED,
        )
    )


def may_handle_any(user: "User | AnonymousUser") -> bool:
    return can_somewhere(user, Action.COMPLAINT_HANDLE)


def may_handle(user: "User | AnonymousUser", complaint: Complaint) -> bool:
    """Accept, reply, assign, resolve, see the phone number."""
    return not complaint.category.is_restricted and can(
        user, Action.COMPLAINT_HANDLE, complaint.community
    )


def may_answer(user: "User | AnonymousUser", complaint: Complaint) -> bool:
    """Answer for the organisation that the complaint is assigned to."""
    if complaint.assigned_to_id is None:
        return False
    path = complaint.community.path
    return any(
        path.startswith(scope) and organisation == complaint.assigned_to_id
        for scope, organisation in company_scopes(user)
    )


def may_call_back(user: "User | AnonymousUser", complaint: Complaint) -> bool:
    """The caller is never the one who reported it as solved."""
    return may_handle(user, complaint) and complaint.resolved_by_id != user.pk


def require_handle(user: "User", complaint: Complaint) -> None:
    require(user, Action.COMPLAINT_HANDLE, complaint.community)
    if complaint.category.is_restricted:
        raise PermissionDenied(str(complaint.category))


def require_answer(user: "User", complaint: Complaint) -> None:
    if not may_answer(user, complaint):
        raise PermissionDenied(str(complaint))


def level_above(place: Place) -> Place | None:
    """Where a case goes that `place` did not solve: the nearest place above it at which somebody
    handles complaints; the one right above where nobody does; None at the top."""
    above = list(Place.objects.above(place).exclude(pk=place.pk).order_by("-path"))
    staffed = set(
        StaffAssignment.objects.filter(
            place__in=above, role__in=roles_with(Action.COMPLAINT_HANDLE), user__is_active=True
        ).values_list("place_id", flat=True)
    )
    return next((p for p in above if p.pk in staffed), above[0] if above else None)


def organisations_for(community: Place) -> QuerySet[Organisation]:
    """Those that complaints of `community` can be assigned to: they answer at it or above it."""
    return (
        Organisation.objects.filter(
            Q(
                staff_assignments__role__in=roles_with(Action.COMPLAINT_ANSWER),
                staff_assignments__place__in=Place.objects.above(community),
            )
            | Q(
                members__staff_assignments__role__in=roles_with(Action.COMPLAINT_ANSWER),
                members__staff_assignments__place__in=Place.objects.above(community),
            )
        )
        .distinct()
        .order_by("name", "pk")
    )
