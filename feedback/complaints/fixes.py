"""Which quality cases were due to be mended, and which were verified (I25). Three queries.

Verified: the last re-inspection passed, and nobody opened the case again since. One that was not
inspected, failed, or came back is not fixed, whatever staff reported.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from feedback.complaints.models import Complaint, ComplaintEvent, Reinspection
from portal.common.periods import month_start
from portal.places.models import Place


@dataclass(frozen=True)
class Fixes:
    """Of the quality cases whose end lies in a month and has come."""

    due: int = 0
    verified: int = 0

    def __add__(self, other: "Fixes") -> "Fixes":
        return Fixes(self.due + other.due, self.verified + other.verified)


def quality_fixes(
    communities: Sequence[Place], as_of: Callable[[date], datetime], now: datetime
) -> dict[int, dict[date, Fixes]]:
    """Community pk → first day of the month in which they were due → counts.

    `as_of` says until when what happened counts for a month.
    """
    cases = (
        Complaint.objects.filter(community__in=communities, due_at__lte=now)
        .exclude(quality=None)
        .counted()
    )
    inspected = _inspections(cases.order_by().values("quality"))
    reopened = _reopenings(cases.order_by().values("pk"))
    found: dict[int, dict[date, Fixes]] = defaultdict(lambda: defaultdict(Fixes))
    rows = cases.order_by("pk").values_list("pk", "community_id", "quality", "due_at")
    for pk, community, quality, due_at in rows:
        month = month_start(timezone.localdate(due_at))
        moment = as_of(month)
        if due_at <= moment:
            good = _is_verified(inspected[quality], reopened[pk], moment)
            found[community][month] += Fixes(due=1, verified=int(good))
    return {community: dict(months) for community, months in found.items()}


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
