"""今天要办: what one member of staff has to do, what is due next first. Six queries."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.complaints.due import Due, next_due, petition_due
from feedback.complaints.models import Absence, Alarm, Complaint, ComplaintQuerySet
from feedback.complaints.permissions import OVERSEERS, company_scopes, complaints_visible_to
from feedback.complaints.states import OPEN, AlarmStage, Clock, State
from portal.accounts.roles import Action, Role, roles_with
from portal.places.models import Place, PlaceQuerySet, StaffAssignment

if TYPE_CHECKING:
    from portal.accounts.models import User

#: Cases shown of one part; the list has the others.
AT_MOST = 30


@dataclass(frozen=True)
class Part:
    """Some of the cases, each with what is due next. `more` says whether the list has others."""

    name: str
    help: str
    rows: list[tuple[Complaint, Due | None]]
    more: bool


def worklist(user: "User", now: datetime) -> list[Part]:
    """What is given to `user` (or to somebody they stand in for), what residents opened again and
    what is overdue at their level of the tree, what is new and given to nobody, and what the
    petition office soon must answer."""
    mine = cases_of(user, now)
    again = passed_up_to(user).exclude(pk__in=mine.order_by().values("pk"))
    up = (
        escalated_to(user)
        .exclude(pk__in=mine.order_by().values("pk"))
        .exclude(pk__in=again.order_by().values("pk"))
    )
    free = unassigned_of(user).exclude(escalation(user))
    return [
        _part(_("Yours"), _("Given to you, or to somebody you stand in for."), mine, now),
        _part(
            _("Opened again by the resident"),
            _("They are not content: your level leads."),
            again,
            now,
        ),
        _part(_("Come up to you"), _("Overdue in the places below."), up, now),
        _part(_("Given to nobody"), _("Take them, or give them to somebody."), free, now),
        _petitions(user, now),
    ]


def cases_of(user: "User", now: datetime) -> ComplaintQuerySet:
    """Open cases given to `user` or to somebody `user` is the deputy of today."""
    away = Absence.objects.covered_by(user, timezone.localdate(now))
    handled = Q(handler=user) | Q(handler__in=away.values("user"))
    return complaints_visible_to(user).open().filter(handled)


def escalated_to(user: "User") -> ComplaintQuerySet:
    """What `escalation` says, of what `user` may see."""
    return complaints_visible_to(user).filter(escalation(user))


def escalation(user: "User") -> Q:
    """Open cases whose alarm names a place that `user` holds a handling role at (or reads for the
    city, where often nobody handles any), and those that a resident was not content with and that
    were passed up to it. Of cases that `user` may see: it asks no right again."""
    alarms = Alarm.objects.filter(
        stage__in=[AlarmStage.OVERDUE, AlarmStage.ESCALATED], place__in=_held(user, *OVERSEERS)
    ).order_by()
    # By keys, so that an index of the open cases answers, which does not know the level.
    passed_up = Complaint.objects.filter(state=State.REOPENED, escalated_to__in=_held(user))
    late = Q(pk__in=alarms.values("complaint"), waiting_since=None)
    return Q(state__in=sorted(OPEN)) & (late | Q(pk__in=passed_up.order_by().values("pk")))


def passed_up_to(user: "User") -> ComplaintQuerySet:
    """Cases that a resident was not content with, passed up to a place that `user` handles."""
    return complaints_visible_to(user).filter(state=State.REOPENED, escalated_to__in=_held(user))


def unassigned_of(user: "User") -> ComplaintQuerySet:
    """Open cases given to no person: of the communities `user` works in directly, and of the
    company `user` answers for. Restricted ones for the discipline office."""
    near = Q(community__in=_held(user).communities(), assigned_to=None)
    near |= Q(category__is_restricted=True)
    for path, organisation in company_scopes(user):
        near |= Q(community__path__startswith=path, assigned_to=organisation)
    return complaints_visible_to(user).open().filter(near, handler=None)


def petitions_due(user: "User") -> ComplaintQuerySet:
    """Cases with the petition office whose time is nearly over, or over, at a level of `user`."""
    alarms = Alarm.objects.filter(clock=Clock.PETITION, place__in=_held(user))
    return complaints_visible_to(user).filter(
        state=State.TRANSFERRED, pk__in=alarms.values("complaint")
    )


def _held(user: "User", *more: Role) -> PlaceQuerySet:
    """The places that an assignment of `user` to handle cases (or as one of `more`) names, without
    what lies below them."""
    roles = [*roles_with(Action.COMPLAINT_HANDLE), *more]
    assigned = StaffAssignment.objects.filter(user=user, role__in=roles)
    return Place.objects.filter(pk__in=assigned.values("place"))


def _petitions(user: "User", now: datetime) -> Part:
    cases = petitions_due(user).for_list().select_related("petition")
    found = list(cases.order_by("petition__finish_due_date", "pk")[: AT_MOST + 1])
    rows: list[tuple[Complaint, Due | None]] = [
        (case, petition_due(case.petition, now)) for case in found[:AT_MOST]
    ]
    text = _("Its time is nearly over, or over: ask there.")
    return Part(_("With the petition office"), text, rows, len(found) > AT_MOST)


def _part(name: str, text: str, cases: ComplaintQuerySet, now: datetime) -> Part:
    found = list(cases.for_worklist()[: AT_MOST + 1])
    rows = [(case, next_due(case, now)) for case in found[:AT_MOST]]
    return Part(name, text, rows, len(found) > AT_MOST)
