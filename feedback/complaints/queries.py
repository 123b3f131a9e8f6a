"""What other packages read of complaints. Every function has a constant number of queries."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import (
    Category,
    Complaint,
    ComplaintTally,
)
from feedback.complaints.services.tallies import PORTAL_ONLY, channels_key
from feedback.complaints.states import IMPORTED
from portal.common.periods import Period, add_months, months_between
from portal.places.models import Place

EventMonths = dict[date, dict[str, int]]
#: All communities in a place, or those named by their keys.
Scope = Place | Collection[int]


@dataclass(frozen=True)
class CaseRates:
    """Sufficient counts for I32–I34; those of places add up.

    Of cases filed in the period: `due` had a first contact or are past its deadline, `on_time` had
    it in time (I32); `staff_claimed` were reported as solved or are past their end,
    `staff_resolved` were reported as solved (I33 staff_claim), whatever the resident answered: what
    staff claimed once stays claimed when the case opens again. A clock that stands still (waiting
    for the resident, with the petition office) makes nothing due. A row of another ledger that
    ended there and tells no first contact says nothing about contacts: it is not due, neither in
    time nor late. Of verdicts given in the period: `answered`, `solved`, `partly`, `by_callback`
    (I33); `rated`, `satisfied` 4–5 (I34). `silent`: reports of a solution in the period after which
    nothing was heard from the resident; never counted as satisfied. Claims and answers come from
    the log, which only grows: a second answer counts in its own month and leaves the first one
    where it is.
    """

    filed: int = 0
    due: int = 0
    on_time: int = 0
    staff_claimed: int = 0
    staff_resolved: int = 0
    answered: int = 0
    solved: int = 0
    partly: int = 0
    by_callback: int = 0
    rated: int = 0
    satisfied: int = 0
    silent: int = 0


def filed_by_community(place: Place, period: Period, as_of: date) -> dict[int, int]:
    """Community pk → counted complaints filed in the period by the end of `as_of`. One query."""
    end = _midnight(as_of + timedelta(days=1))
    filed = month_condition("filed_at", period) & Q(filed_at__lte=end)
    rows = Complaint.objects.in_place(place).counted().filter(filed)
    return dict(rows.order_by().values_list("community_id").annotate(Count("pk")))


def month_condition(field: str, period: Period) -> Q:
    """Whether the time in `field` lies in the local days of `period`."""
    start, end = _midnight(period.start), _midnight(period.end + timedelta(days=1))
    return Q(**{f"{field}__gte": start, f"{field}__lt": end})


def event_months(
    place: Place,
    first: date,
    last: date,
    *,
    channels: Collection[str] | None = None,
    counted: str = Category.Counted.RATE,
) -> EventMonths:
    """Month → channel of the first filing → events, for every month from `first`'s to `last`'s.

    The rule is that of events.py. Without `channels`: the events among the imported channels, and
    under the portal's channels the events that no imported channel knows; the two never overlap.
    With `channels`: the events among these imported channels alone, which is what a reduction
    compares when they were open in both windows. One query.
    """
    total: EventMonths = {month: {} for month in months_between(first, last)}
    for months in event_months_by_community(
        place, first, last, channels=channels, counted=counted
    ).values():
        for month, found in months.items():
            for channel, count in found.items():
                total[month][channel] = total[month].get(channel, 0) + count
    return total


def event_months_by_community(
    scope: Scope,
    first: date,
    last: date,
    *,
    channels: Collection[str] | None = None,
    counted: str = Category.Counted.RATE,
) -> dict[int, EventMonths]:
    """Community pk → as `event_months`, of all communities in a place or of those named by key.

    Communities without a tally are left out. One query.
    """
    months = {f"{month:%Y-%m}": month for month in months_between(first, last)}
    found: dict[int, EventMonths] = {}
    for community, events in _tallies(scope).values_list("community_id", "events"):
        parts = _parts(events.get(counted, {}), channels)
        found[community] = {
            month: {channel: n for part in parts for channel, n in part.get(name, {}).items()}
            for name, month in months.items()
        }
    return found


def closing_months_by_community(
    communities: Collection[int], first: date, last: date
) -> dict[int, dict[date, dict[str, int]]]:
    """Community pk → month → `closed` events, those `with_household`, those `repeated` (I35).

    Months without a closing are left out, and communities without a tally. One query.
    """
    months = {f"{month:%Y-%m}": month for month in months_between(first, last)}
    return {
        community: {months[name]: counts for name, counts in found.items() if name in months}
        for community, found in _tallies(communities).values_list("community_id", "closings")
    }


def _parts(events: Any, channels: Collection[str] | None) -> list[dict[str, dict[str, int]]]:
    """What adds up to the events asked for: by month and channel, no channel twice."""
    present = events.get("channels", [])
    if channels is None:
        return [events.get(key, {}) for key in (channels_key(present), PORTAL_ONLY)]
    outside = set(channels) - set(IMPORTED)
    if outside:
        raise ValueError(f"Only imported channels can be compared, not {sorted(outside)}")
    chosen = channels_key([channel for channel in present if channel in channels])
    return [events.get(chosen, {})]


def _tallies(scope: Scope) -> Any:
    rows = ComplaintTally.objects.order_by("pk")
    if isinstance(scope, Place):
        return rows.filter(community__path__startswith=scope.path)
    return rows.filter(community__in=scope)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, LOCAL)


def category_months(place: Place, first: date, last: date) -> dict[tuple[int, str, date], int]:
    """(community pk, category, month) → counted complaints filed in it. One query."""
    rows = (
        Complaint.objects.counted()
        .filter(
            community__path__startswith=place.path,
            filed_at__gte=_midnight(first),
            filed_at__lt=_midnight(add_months(last.replace(day=1), 1)),
        )
        .annotate(month=TruncMonth("filed_at", tzinfo=LOCAL))
        .order_by()
        .values_list("community_id", "category_id", "month")
        .annotate(Count("pk"))
    )
    return {
        (community, category, month.date().replace(day=1)): count
        for community, category, month, count in rows
    }
