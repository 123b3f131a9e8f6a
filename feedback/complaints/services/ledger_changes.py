"""Rows that were imported before and have gone on in their ledger since: so does the case.

Only forward, only in the community it was imported for, and only as long as nobody handles the case
here: what staff did on the portal is never overwritten by a file.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef

from feedback.complaints.models import Complaint, ComplaintEvent, ComplaintQuerySet
from feedback.complaints.services.ledger import LedgerRow, identity, row_events, same_case
from feedback.complaints.states import LineOutcome, State
from portal.common.sheets.notes import Note
from portal.places.models import StaleMark
from portal.places.services import stale_mark

Kind = ComplaintEvent.Kind
#: The order in which a ledger lets a case go on.
ORDER = [
    State.RECEIVED,
    State.ACCEPTED,
    State.ASSIGNED,
    State.RESOLVED,
    State.UNCONFIRMED,
    State.CLOSED,
]
REFUSABLE = frozenset({State.RECEIVED, State.ACCEPTED})
#: What a later step may fill in; what was told before stays.
TIMES = ("accepted_at", "first_contact_at", "resolved_at")
ANSWER = ("verdict", "rating", "verdict_at", "verdict_by_callback")


def known_cases(channel: str, numbers: Iterable[str]) -> ComplaintQuerySet:
    """The cases of these numbers, of whichever ledger (`same_case` says whose); `is_handled` says
    whether a member of staff has touched one."""
    touched = ComplaintEvent.objects.filter(complaint=OuterRef("pk"), actor__isnull=False)
    return (
        Complaint.objects.same_numbers(numbers)
        .filter(channel=channel)
        .select_related("community", "category")
        .annotate(is_handled=Exists(touched))
        .order_by("pk")
    )


def cases_by_number(cases: Iterable[Complaint]) -> dict[str, list[Complaint]]:
    found: dict[str, list[Complaint]] = {}
    for case in cases:
        found.setdefault(case.source_number, []).append(case)
    return found


def change_of(case: Complaint, row: LedgerRow) -> tuple[LineOutcome, Note]:
    """What `row` does to the `case` (of `known_cases`) that has its number."""
    old, new = State(case.state), row.state
    if identity(case) != identity(row):
        return LineOutcome.REFUSE, Note.of("number_of_another")
    if old == new:
        return LineOutcome.SAME, Note.of("known_already")
    said = {"from": str(old), "to": str(new)}
    if case.is_handled or old not in ORDER:  # type: ignore[attr-defined]
        return LineOutcome.SAME, Note.of("handled_here", **said)
    forward = ORDER.index(new) > ORDER.index(old) if new in ORDER else old in REFUSABLE
    if not forward:
        return LineOutcome.SAME, Note.of("ledger_went_back", **said)
    if row.resolved_at is not None and row.resolved_at < case.filed_at:
        return LineOutcome.REFUSE, Note.of("times_contradict")
    return LineOutcome.CHANGE, Note.of("state_changed", **said)


def rows_change(rows: Sequence[LedgerRow], *, now: datetime) -> None:
    """Let the cases go on as their rows say, in the caller's transaction. Each log gets what is new
    in the row, and a line that says it came with a file."""
    if not rows:
        return
    numbers = [row.source_number for row in rows]
    known = cases_by_number(known_cases(rows[0].channel, numbers).select_for_update(of=("self",)))
    found = [(same_case(row, known.get(row.source_number, [])), row) for row in rows]
    pairs = [(case, row) for case, row in found if case is not None]
    cases = [case for case, _row in pairs]
    told: dict[int, set[str]] = defaultdict(set)
    events = ComplaintEvent.objects.filter(complaint__in=cases)
    for pk, kind in events.values_list("complaint_id", "kind"):
        told[pk].add(kind)
    changed, log = [], list[ComplaintEvent]()
    for case, row in pairs:
        if change_of(case, row)[0] != LineOutcome.CHANGE:
            continue
        data = {"from": case.state, "to": str(row.state)}
        log.append(ComplaintEvent(complaint=case, kind=Kind.LEDGER, at=now, data=data))
        log += [event for event in row_events(row, case) if event.kind not in told[case.pk]]
        _go_on(case, row)
        changed.append(case)
    fields = ["state", "nature", "source", *TIMES, *ANSWER]
    Complaint.objects.bulk_update(changed, fields)
    ComplaintEvent.objects.bulk_create(log)
    for community in {case.community_id: case.community for case in changed}.values():
        stale_mark(kind=StaleMark.Kind.COMPLAINTS, place=community)


def _go_on(case: Complaint, row: LedgerRow) -> None:
    case.state, case.nature = row.state, row.nature
    if case.source_id is None:
        case.source = row.source
    for name in TIMES:
        if getattr(case, name) is None:
            setattr(case, name, getattr(row, name))
    if row.verdict:
        case.verdict, case.rating, case.verdict_at = row.verdict, row.rating, row.verdict_at
        case.verdict_by_callback = row.by_callback
