"""Which quality cases were due to be mended, and which were verified (I25). Four queries.

Verified: the last re-inspection passed, and nobody opened the case again since. One that was not
inspected, failed, or came back is not fixed, whatever staff reported.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from feedback.complaints.filed_cases import Clocks, moves_of
from feedback.complaints.models import (
    Complaint,
    ComplaintEvent,
    ComplaintQuerySet,
    Reinspection,
)
from portal.common.periods import month_start
from portal.places.models import Place

SHORTLY = timedelta(microseconds=1)


@dataclass(frozen=True)
class Fixes:
    """Of the quality cases whose end lies in a month and has come."""

    due: int = 0
    verified: int = 0


@dataclass(frozen=True)
class Fix:
    """One quality case that was due in a month."""

    pk: int
    community: int
    month: date
    verified: bool


def quality_fixes(
    communities: Sequence[Place], as_of: Callable[[date], datetime], now: datetime
) -> dict[int, dict[date, Fixes]]:
    """Community pk → first day of the month in which they were due → counts.

    `as_of` says until when what happened counts for a month.
    """
    found: dict[int, dict[date, Fixes]] = defaultdict(lambda: defaultdict(Fixes))
    for fix in fixes(Complaint.objects.filter(community__in=communities, filed_at__lte=now), as_of):
        before = found[fix.community][fix.month]
        known = Fixes(before.due + 1, before.verified + fix.verified)
        found[fix.community][fix.month] = known
    return {community: dict(months) for community, months in found.items()}


def fixes(rows: ComplaintQuerySet, as_of: Callable[[date], datetime]) -> Iterator[Fix]:
    """The quality cases among `rows`, in each month in which an end of theirs lay and had come as
    the month was seen. One that was overdue then and got a new end later is due in both months."""
    cases = rows.exclude(quality=None).counted().order_by()
    inspected = _inspections(cases.values("quality"))
    reopened = _reopenings(cases.values("pk"))
    moves = moves_of(cases.values("pk"))
    columns = ("pk", "community_id", "quality", "contact_due_at", "due_at", "waiting_since")
    for pk, community, quality, *times in cases.order_by("pk").values_list(*columns):
        contact_due, due, waiting = times
        clocks = Clocks(contact_due, due, waiting, with_office=False)
        ends = {clocks.before(moves[pk], move.at - SHORTLY).due_at for move in moves[pk]}
        for month in sorted(
            {month_start(timezone.localdate(end)) for end in ends | {clocks.due_at}}
        ):
            moment = as_of(month)
            due_at = clocks.before(moves[pk], moment).due_at
            if due_at <= moment and month_start(timezone.localdate(due_at)) == month:
                good = _is_verified(inspected[quality], reopened[pk], moment)
                yield Fix(pk, community, month, good)


def _is_verified(
    inspections: list[tuple[datetime, bool]], reopenings: list[datetime], moment: datetime
) -> bool:
    seen = [(at, passed) for at, passed in inspections if at <= moment]
    if not seen or not seen[-1][1]:
        return False
    return not any(seen[-1][0] < at <= moment for at in reopenings)


def _inspections(quality: QuerySet[Any, Any]) -> dict[int, list[tuple[datetime, bool]]]:
    found: dict[int, list[tuple[datetime, bool]]] = defaultdict(list)
    rows = Reinspection.objects.filter(quality__in=quality).order_by("inspected_at", "pk")
    for pk, at, passed in rows.values_list("quality_id", "inspected_at", "passed"):
        found[pk].append((at, passed))
    return found


def _reopenings(complaints: QuerySet[Any, Any]) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = defaultdict(list)
    events = ComplaintEvent.objects.filter(
        complaint__in=complaints, kind=ComplaintEvent.Kind.REOPENED
    )
    for pk, at in events.order_by("at", "pk").values_list("complaint_id", "at"):
        found[pk].append(at)
    return found
