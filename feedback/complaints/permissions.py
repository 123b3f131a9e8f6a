"""Who sees which complaint, and who may do what with it: one table of small functions.

Staff of a place see its complaints. A company sees those that were assigned to it, in the places
it works at, and nothing else. Restricted categories are seen by the discipline office alone.
"""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet

from feedback.complaints.models import (
    Absence,
    Category,
    Complaint,
    ComplaintEvent,
    ComplaintQuerySet,
)
from portal.accounts.models import Organisation, User
from portal.accounts.roles import Action, Role, roles_with
from portal.places.models import Place, StaffAssignment
from portal.places.permissions import can, can_somewhere, places_with, require

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


#: What stays overdue comes up to them: they press for it, and handle nothing.
OVERSEERS = (Role.CITY_READER,)


def complaints_visible_to(user: "User | AnonymousUser") -> ComplaintQuerySet:
    """Every complaint `user` may read. What is outside does not exist for them (404)."""
    # By keys, so that an index of the complaints alone can answer (see their Meta).
    restricted = Q(category__in=Category.objects.restricted().values("pk"))
    seen = Q(community__in=_keys(user, Action.COMPLAINT_VIEW)) & ~restricted
    seen |= Q(community__in=_keys(user, Action.COMPLAINT_RESTRICTED)) & restricted
    for path, organisation in company_scopes(user):
        below = Place.objects.filter(path__startswith=path).order_by().values("pk")
        seen |= Q(community__in=below, assigned_to=organisation) & ~restricted
    return Complaint.objects.filter(seen)


def _keys(user: "User | AnonymousUser", action: Action) -> "QuerySet[Place, dict[str, int]]":
    return places_with(user, action).order_by().values("pk")


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


def has_worklist(user: "User | AnonymousUser") -> bool:
    """Who acts, and who is told of what stays overdue."""
    own = StaffAssignment.objects.filter(user=user.pk, role__in=OVERSEERS)
    return user.is_active and (may_act_on_any(user) or own.exists())


def may_edit_board(user: "User | AnonymousUser") -> bool:
    """Publish cases, enter what was done, keep the supervisors' log."""
    return can_somewhere(user, Action.BOARD_EDIT)


def may_judge_signals(user: "User | AnonymousUser") -> bool:
    return can_somewhere(user, Action.SIGNAL_REVIEW)


def may_handle_any(user: "User | AnonymousUser") -> bool:
    return can_somewhere(user, Action.COMPLAINT_HANDLE)


def may_handle_restricted_any(user: "User | AnonymousUser") -> bool:
    return can_somewhere(user, Action.COMPLAINT_RESTRICTED)


def may_handle(user: "User | AnonymousUser", complaint: Complaint) -> bool:
    """Accept, reply, note, see the phone number. A restricted case is the discipline office's."""
    return can(user, _handling(complaint), complaint.community)


def may_handle_openly(user: "User | AnonymousUser", complaint: Complaint) -> bool:
    """What would let others see the case, or is about a deadline: never with a restricted one."""
    return not complaint.category.is_restricted and may_handle(user, complaint)


def may_conclude(user: "User | AnonymousUser", complaint: Complaint) -> bool:
    return complaint.category.is_restricted and may_handle(user, complaint)


def restricted_taken(community: Place) -> bool:
    """Whether a discipline office is there to read restricted reports; otherwise nobody would."""
    return restricted_readers(community).exists()


def restricted_readers(community: Place) -> QuerySet[User]:
    """The people of the discipline office that `community` belongs to."""
    offices = StaffAssignment.objects.filter(
        place__in=Place.objects.above(community).order_by().values("pk"),
        role__in=roles_with(Action.COMPLAINT_RESTRICTED),
    )
    return User.objects.filter(pk__in=offices.values("user"), is_active=True).order_by("pk")


def may_see_contact(user: "User | AnonymousUser", complaint: Complaint) -> bool:
    """Who handles the case; the company it is with only where the resident agreed."""
    if may_handle(user, complaint):
        return True
    return complaint.contact_shared and may_answer(user, complaint)


def may_hand_over(user: "User | AnonymousUser", complaint: Complaint) -> bool:
    return may_handle(user, complaint) or may_answer(user, complaint)


def _handling(complaint: Complaint) -> Action:
    restricted = complaint.category.is_restricted
    return Action.COMPLAINT_RESTRICTED if restricted else Action.COMPLAINT_HANDLE


def may_answer(user: "User | AnonymousUser", complaint: Complaint) -> bool:
    """Answer for the organisation that the complaint is assigned to."""
    if complaint.assigned_to_id is None or complaint.category.is_restricted:
        return False
    path = complaint.community.path
    return any(
        path.startswith(scope) and organisation == complaint.assigned_to_id
        for scope, organisation in company_scopes(user)
    )


def may_call_back(user: "User | AnonymousUser", complaint: Complaint) -> bool:
    """The caller is never one who handled it."""
    return may_handle_openly(user, complaint) and not has_handled(user, complaint)


def has_handled(user: "User | AnonymousUser", complaint: Complaint) -> bool:
    return Complaint.objects.filter(handled_by(user), pk=complaint.pk).exists()


def handled_by(user: "User | AnonymousUser") -> Q:
    """Cases that `user` has, accepted, spoke or wrote about with the resident, or solved."""
    Kind = ComplaintEvent.Kind
    done = ComplaintEvent.objects.filter(
        complaint=OuterRef("pk"),
        actor=user.pk,
        kind__in=[
            Kind.ACCEPTED,
            Kind.CONTACTED,
            Kind.ARRIVED,
            Kind.REPLIED,
            Kind.RESOLVED,
        ],
    )
    return Q(handler=user.pk) | Q(resolved_by=user.pk) | Q(Exists(done))


def require_handle(user: "User", complaint: Complaint) -> None:
    require(user, _handling(complaint), complaint.community)


def require_handle_openly(user: "User", complaint: Complaint) -> None:
    require(user, Action.COMPLAINT_HANDLE, complaint.community)
    if complaint.category.is_restricted:
        raise PermissionDenied("A restricted case")


def require_contact(user: "User", complaint: Complaint) -> None:
    if not may_see_contact(user, complaint):
        raise PermissionDenied("The phone number")


def require_hand_over(user: "User", complaint: Complaint) -> None:
    if not may_hand_over(user, complaint):
        raise PermissionDenied(str(complaint))


def may_arrive(user: "User | AnonymousUser", complaint: Complaint) -> bool:
    """Say that one is on site: whoever handles it, or is of the company that has it."""
    return may_handle_openly(user, complaint) or may_answer(user, complaint)


def require_arrive(user: "User", complaint: Complaint) -> None:
    if not may_arrive(user, complaint):
        raise PermissionDenied(str(complaint))


def require_answer(user: "User", complaint: Complaint) -> None:
    if not may_answer(user, complaint):
        raise PermissionDenied(str(complaint))


def has_work_in(user: "User", place: Place) -> bool:
    """Whether `user` handles or answers cases at `place`, above it, or in a part of it."""
    roles = [*roles_with(Action.COMPLAINT_HANDLE), *roles_with(Action.COMPLAINT_ANSWER)]
    reaches = Q(place__in=Place.objects.above(place)) | Q(place__path__startswith=place.path)
    own = StaffAssignment.objects.filter(reaches, user=user, role__in=roles)
    return user.is_active and own.exists()


def may_record_absence(by: "User", user: "User", place: Place) -> bool:
    """One's own; that of others is for whoever assigns staff at the place, or leads above it."""
    if by.pk == user.pk:
        return has_work_in(user, place)
    # Its path says all: a list asks this of every row.
    above = Place(path=place.path[: -Place.steplen])
    leads = above.path != "" and can(by, Action.COMPLAINT_HANDLE, above)
    return leads or can(by, Action.STAFF_ASSIGN, place)


def may_end_absence(by: "User", absence: Absence) -> bool:
    """One's own at any time, also once one has no cases any more."""
    return by.pk == absence.user_id or may_record_absence(by, absence.user, absence.place)


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


def persons_for(complaint: Complaint, by: "User") -> QuerySet[User]:
    """Those whom `by` can give the case to: colleagues of the place, and the people of the
    organisation it is with. A company gives it to its own people only."""
    above = Place.objects.above(complaint.community).order_by().values("pk")
    persons = Q(pk__in=[])
    if may_handle(by, complaint):
        roles = roles_with(_handling(complaint))
        persons |= Q(staff_assignments__role__in=roles, staff_assignments__place__in=above)
    if complaint.assigned_to_id is not None and not complaint.category.is_restricted:
        mine = Q(staff_assignments__organisation=complaint.assigned_to_id)
        mine |= Q(staff_assignments__organisation=None, organisation=complaint.assigned_to_id)
        persons |= mine & Q(
            staff_assignments__role__in=roles_with(Action.COMPLAINT_ANSWER),
            staff_assignments__place__in=above,
        )
    known = User.objects.filter(persons, is_active=True)
    return known.distinct().order_by("display_name", "username", "pk")
