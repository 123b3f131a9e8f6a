"""The tally of one community: rebuilt from its complaints, never incremented."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import Q

from feedback.complaints.board import board_compute
from feedback.complaints.cities import cities_mark
from feedback.complaints.deadlines import LOCAL, office_closes
from feedback.complaints.events import Case, closings, group_events
from feedback.complaints.models import Category, Complaint, ComplaintQuerySet, ComplaintTally
from feedback.complaints.states import IMPORTED, OPEN, State, Verdict
from portal.places.models import Place, StaleMark
from portal.projects.models import ProjectCommunity

#: Sets whose events are counted by month; the others have no rate.
EVENT_SETS = (Category.Counted.RATE, Category.Counted.CONSTRUCTION)
#: Key of `ComplaintTally.events` beside those of `channels_key`.
PORTAL_ONLY = "PORTAL_ONLY"

Counts = dict[str, dict[str, int]]


def channels_key(channels: list[str]) -> str:
    """`["PETITION", "12345"]` → `"12345+PETITION"`: the events among these channels alone."""
    return "+".join(sorted(channels))


def tally_rebuild(*, community_id: int, now: datetime) -> bool:
    """Rebuild the tally of a community from its complaints. Returns whether a figure changed.

    One transaction: lock the tally, delete the marks that are seen, then read, then write. A mark
    that comes later stays for the next rebuild. Where another worker holds the tally nothing is
    done and no mark is deleted. Twice is safe.
    """
    with transaction.atomic():
        ComplaintTally.objects.get_or_create(community_id=community_id)
        tally = (
            ComplaintTally.objects.select_for_update(skip_locked=True)
            .filter(community_id=community_id)
            .first()
        )
        if tally is None:
            return False
        StaleMark.objects.filter(kind=StaleMark.Kind.COMPLAINTS, place_id=community_id).delete()
        months, events, closed = tally_compute(community_id)
        board = board_compute(community_id)
        found = (months, events, closed, board)
        if (tally.months, tally.events, tally.closings, tally.board) == found:
            return False
        if _in_ledgers(tally.events) != _in_ledgers(events):
            # A community whose works are completed is in nobody's control group any more.
            completed = ProjectCommunity.objects.filter(completed_date__isnull=False)
            unfinished = Place.objects.exclude(pk__in=completed.values("community"))
            cities_mark(unfinished.filter(pk=community_id))
        tally.months, tally.events, tally.closings, tally.board = found
        tally.rebuilt_at = now
        tally.save(update_fields=["months", "events", "closings", "board", "rebuilt_at"])
        return True


def _in_ledgers(events: dict[str, Any]) -> dict[str, Any]:
    """What reductions compare: without what only the portal's own channels know."""
    found = events.get(Category.Counted.RATE, {})
    return {key: months for key, months in found.items() if key != PORTAL_ONLY and months}


def tally_compute(community_id: int) -> tuple[Counts, dict[str, Any], Counts]:
    """(months, events, closings) of a community as they should be now. Reads only."""
    rows = Complaint.objects.filter(community_id=community_id).in_events()
    months: Counts = {}
    for filed, state, verdict in (
        rows.filter(merged_into=None)
        .order_by("filed_at", "pk")
        .values_list("filed_at", "state", "verdict")
    ):
        _count(months, filed.astimezone(LOCAL).date(), state, verdict)
    cases = event_cases(rows)
    events: dict[str, Any] = {
        counted: _events(found) for counted, found in sorted(cases.items()) if counted in EVENT_SETS
    }
    return months, events, _closings([case for found in cases.values() for case in found])


def event_cases(rows: ComplaintQuerySet) -> dict[str, list[Case]]:
    """Set (R, X, …) → the accepted cases that events of it are made of, of whole communities. One
    query."""
    cases: dict[str, list[Case]] = defaultdict(list)
    valid = Q(accepted_at__isnull=False) | Q(merged_into__isnull=False)
    for row in (
        rows.in_events()
        .filter(valid)
        .order_by("filed_at", "pk")
        .values_list(
            "pk",
            "household_id",
            "category_id",
            "category__counted",
            "channel",
            "filed_at",
            "resolved_at",
            "petition__finished_date",
            "signatories",
            "merged_into",
        )
    ):
        pk, household, category, counted, channel, filed = row[:6]
        resolved, decided, signatories, merged_into = row[6:]
        filed, closed = filed.astimezone(LOCAL), _closed(resolved, decided)
        cases[counted].append(
            Case(pk, household, category, channel, filed, closed, signatories, merged_into)
        )
    _close_with_main(cases)
    return cases


def _closed(resolved: datetime | None, decided: date | None) -> datetime | None:
    """Reported as solved, or decided by the petition office."""
    if resolved is not None:
        return resolved.astimezone(LOCAL)
    return office_closes(decided) if decided is not None else None


def _close_with_main(cases: dict[str, list[Case]]) -> None:
    """What was joined to another report is open, and valid, as long as that one is."""
    ends = {case.id: case.closed_at for found in cases.values() for case in found}
    for found in cases.values():
        found[:] = [
            replace(case, closed_at=ends[case.root]) if case.merged_into else case
            for case in found
            if case.root in ends
        ]


def _closings(cases: list[Case]) -> Counts:
    """Month of the closing → events closed, those with a known home, those that came again."""
    months: Counts = {}
    for closing in closings(cases):
        month = months.setdefault(
            f"{closing.at:%Y-%m}", {"closed": 0, "with_household": 0, "repeated": 0}
        )
        month["closed"] += 1
        month["with_household"] += closing.has_household
        month["repeated"] += closing.repeated_at is not None
    return months


def _count(months: Counts, day: date, state: str, verdict: str) -> None:
    month = months.setdefault(
        f"{day:%Y-%m}", {"received": 0, "open": 0, "resolved": 0, "confirmed": 0}
    )
    month["received"] += 1
    month["open"] += state in OPEN
    month["resolved"] += state in (State.RESOLVED, State.CLOSED, State.UNCONFIRMED)
    month["confirmed"] += state == State.CLOSED and verdict == Verdict.SOLVED


def _events(cases: list[Case]) -> dict[str, Any]:
    """The events for every choice of imported channels, because merging depends on the choice: a
    rate may compare only the channels that were open in both of its windows."""
    present = sorted({case.channel for case in cases} & set(IMPORTED))
    counted: dict[str, Any] = {"channels": present}
    for size in range(1, len(present) + 1):
        for chosen in combinations(present, size):
            own = [case for case in cases if case.channel in chosen]
            counted[channels_key(list(chosen))] = _by_month(own)
    counted[PORTAL_ONLY] = _by_month(cases, portal_only=True)
    return counted


def _by_month(cases: list[Case], *, portal_only: bool = False) -> Counts:
    """Month → channel of the first filing → events."""
    months: Counts = {}
    for event in group_events(cases):
        if portal_only and event.has_any(IMPORTED):
            continue
        channels = months.setdefault(f"{event.month:%Y-%m}", {})
        channels[event.first.channel] = channels.get(event.first.channel, 0) + 1
    return months
