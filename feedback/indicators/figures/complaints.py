"""I25, I28, I32–I36 of communities, from complaints and their tallies (domain.md §6.2, §7)."""

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models.functions import TruncMonth
from django.utils import timezone

from feedback.complaints import queries
from feedback.complaints.cities import by_city
from feedback.complaints.fixes import Fixes, quality_fixes
from feedback.complaints.models import Complaint
from feedback.complaints.states import IMPORTED
from feedback.indicators.definitions import definition_on
from feedback.indicators.estimates import (
    Z95,
    controlled_reduction,
    rate_reduction,
    reduction_status,
)
from feedback.indicators.figures.case_events import repeat_figures, works_figures
from feedback.indicators.figures.case_months import case_months
from feedback.indicators.figures.control import Side, control_group, events_compared, window_side
from feedback.indicators.figures.exposure import Steps, household_steps
from feedback.indicators.figures.figure import FREEZE_DAYS, Figure, Frame, Sums, calendar_frame
from feedback.indicators.figures.projects import periods_to
from feedback.indicators.figures.windows import Coverage, Windows, quarter_windows
from feedback.indicators.states import Reason, Status
from portal.common.periods import Period, add_months, month_start
from portal.places.models import Place
from portal.projects.queries import Window, construction_windows


def community_figures(communities: Sequence[Place], now: datetime) -> dict[int, list[Figure]]:
    """Community pk → its figures. The number of queries is fixed for each city."""
    today = timezone.localdate(now)
    windows = construction_windows(communities)
    households = household_steps(communities)
    figures: dict[int, list[Figure]] = defaultdict(list)
    for found in (
        _case_figures(communities, now),
        _quality_figures(communities, now),
        repeat_figures([place.pk for place in communities], today),
        works_figures(windows, households, today),
        *(
            _reductions(places, windows, city, households, today)
            for city, places in by_city(communities)
        ),
    ):
        for pk, own in found.items():
            figures[pk] += own
    return figures


# --- I25 ---


def _quality_figures(communities: Sequence[Place], now: datetime) -> dict[int, list[Figure]]:
    today = timezone.localdate(now)
    found = quality_fixes(communities, lambda month: min(now, frozen_at(month)), now)
    return {
        pk: [_fixed(fixes, month, today) for month, fixes in sorted(months.items())]
        for pk, months in found.items()
    }


def _fixed(fixes: Fixes, month: date, today: date) -> Figure:
    period = Period.containing("MONTH", month)
    frame = calendar_frame(definition_on("I25", period.start), period, today)
    inputs = {"verified": fixes.verified, "due": fixes.due}
    return frame.share("main", _sums(fixes.verified, fixes.due, fixes.due), inputs)


# --- I32, I33, I34 ---


def _case_figures(communities: Sequence[Place], now: datetime) -> dict[int, list[Figure]]:
    today = timezone.localdate(now)

    def as_of(month: date) -> datetime:
        return min(now, frozen_at(month))

    return {
        pk: [
            figure
            for month, rates in months.items()
            for figure in _rates(rates, Period.containing("MONTH", month), today)
        ]
        for pk, months in case_months(communities, as_of, now).items()
    }


@lru_cache(maxsize=512)
def frozen_at(month: date) -> datetime:
    """What happens after the freeze does not change a month any more."""
    day = Period.containing("MONTH", month).end + timedelta(days=FREEZE_DAYS)
    return datetime.combine(day, time.min, timezone.get_default_timezone())


def _rates(rates: queries.CaseRates, period: Period, today: date) -> list[Figure]:
    first = calendar_frame(definition_on("I32", period.start), period, today)
    solved = calendar_frame(definition_on("I33", period.start), period, today)
    rated = calendar_frame(definition_on("I34", period.start), period, today)
    asked = rates.answered + rates.silent
    figures: list[Figure] = []
    if rates.due:
        inputs = {"on_time": rates.on_time, "due": rates.due}
        figures.append(first.share("main", _sums(rates.on_time, rates.due, rates.due), inputs))
    if asked:
        inputs = {
            "solved": rates.solved,
            "partly": rates.partly,
            "answered": rates.answered,
            "silent": rates.silent,
            "by_callback": rates.by_callback,
        }
        sums = _sums(rates.solved, rates.answered, rates.answered, asked)
        figures.append(solved.share("main", sums, inputs))
        inputs = {"satisfied": rates.satisfied, "rated": rates.rated, "asked": asked}
        sums = _sums(rates.satisfied, rates.rated, rates.rated, asked)
        figures.append(rated.share("main", sums, inputs))
    if rates.staff_claimed:
        inputs = {"resolved": rates.staff_resolved, "closed": rates.staff_claimed}
        sums = _sums(rates.staff_resolved, rates.staff_claimed, rates.staff_claimed)
        figures.append(solved.share("staff_claim", sums, inputs))
    return figures


def _sums(numerator: int, denominator: int, n: int, population: int | None = None) -> Sums:
    return Sums(Decimal(numerator), Decimal(denominator), n, population)


# --- I28 ---


def _reductions(
    communities: Sequence[Place],
    windows: Mapping[int, Window],
    city: Place,
    households: Mapping[int, Steps],
    today: date,
) -> dict[int, list[Figure]]:
    works = {pk: window for pk, window in windows.items() if window.completed is not None}
    chosen = [place for place in communities if place.pk in works]
    if not chosen:
        return {}
    compared = _compared(chosen, works, today, _coverage(city))
    if not compared:
        return {}
    keys, shown = [place.pk for place in chosen], {found for _pk, _period, found in compared}
    events, apart = events_compared(keys, shown), _apart(keys, shown)
    control = control_group(city, shown)
    figures: dict[int, list[Figure]] = defaultdict(list)
    for pk, period, found in compared:
        frame = calendar_frame(definition_on("I28", period.start), period, today)
        counted = events[found.channels].get(pk, {})
        inputs = {
            "channels": list(found.channels),
            "before": window_side(found.before, counted, households[pk]),
            "after": window_side(found.after, counted, households[pk]),
            "apart": sum(apart.get(pk, {}).get(month, 0) for month in found.after),
        }
        if control is not None:
            inputs["control"] = control.sides(found)
        figures[pk] += reduction_figures(frame, [inputs])
    return figures


def _compared(
    communities: Sequence[Place], works: Mapping[int, Window], today: date, coverage: Coverage
) -> list[tuple[int, Period, Windows]]:
    """(community pk, quarter, windows) wherever there is something to compare."""
    found = []
    for place in communities:
        start, completed = works[place.pk].start, works[place.pk].completed
        if completed is None or not coverage:
            continue
        first = add_months(month_start(completed), 2)
        for period in periods_to("QUARTER", first, today):
            compared = quarter_windows(start, completed, period.end, today, coverage)
            if compared:
                found.append((place.pk, period, compared))
    return found


def _coverage(city: Place) -> dict[str, set[date]]:
    """Imported channel → months in which its ledger has a row, anywhere in the city.

    A month without a row in the whole city is a month that was not imported.
    """
    rows = (
        Complaint.objects.in_place(city)
        .filter(channel__in=IMPORTED)
        .annotate(month=TruncMonth("filed_at"))
        .order_by()
        .values_list("channel", "month")
        .distinct()
    )
    months: dict[str, set[date]] = defaultdict(set)
    for channel, month in rows:
        if month is not None:
            months[channel].add(timezone.localdate(month))
    return months


def _apart(
    communities: Collection[int], windows: Collection[Windows]
) -> dict[int, dict[date, int]]:
    """Community pk → month → events that only the portal's own channels know: shown beside the
    rate, never in it."""
    first, last = (pick(month for one in windows for month in one.after) for pick in (min, max))
    found = queries.event_months_by_community(communities, first, last)
    return {
        pk: {
            month: sum(n for channel, n in counts.items() if channel not in IMPORTED)
            for month, counts in months.items()
        }
        for pk, months in found.items()
    }


def reduction_figures(frame: Frame, children: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """I28 and the rate after the works, of one community or of all communities of a place."""
    before, after = _summed(children, "before"), _summed(children, "after")
    inputs = {
        "channels": sorted({channel for child in children for channel in child["channels"]}),
        "before": before,
        "after": after,
        "apart": sum(child["apart"] for child in children),
        "communities": sum(child.get("communities", 1) for child in children),
    }
    controls = [child["control"] for child in children if "control" in child]
    if controls and len(controls) == len(children):
        inputs["control"] = {side: _summed(controls, side) for side in ("before", "after")}
    years_before = before["household_months"] / 12
    years_after = after["household_months"] / 12
    counts = (before["events"], years_before, after["events"], years_after)
    estimate = rate_reduction(*counts)
    status, reason = map(str, reduction_status(*counts))
    if status == Status.OK and len(after["months"]) < 12:
        status, reason = Status.PROVISIONAL, Reason.SHORT_WINDOW
    households = round(after["household_months"] / max(1, len(after["months"])))
    rate_before = _rate(before["events"], years_before)
    rate_after = _rate(after["events"], years_after)
    reduction = frame.figure(
        "main",
        status=status,
        reason=reason,
        inputs=inputs,
        numerator=None if rate_before is None or rate_after is None else rate_before - rate_after,
        denominator=rate_before,
        value=None if estimate.value is None else 100 * estimate.value,
        low=None if estimate.low is None else 100 * estimate.low,
        high=None if estimate.high is None else 100 * estimate.high,
        n=estimate.n,
        population=households,
    )
    figures = [reduction, _after_rate(frame, inputs, status, reason, rate_after, households)]
    controlled = _controlled(frame, inputs, status, reason, households)
    return figures if controlled is None else [*figures, controlled]


def _controlled(
    frame: Frame, inputs: dict[str, Any], status: str, reason: str, households: int
) -> Figure | None:
    """§6.2.8; None where the group has no events to compare with or there is no reduction."""
    sides = [inputs[side] for side in ("before", "after")]
    group = [inputs["control"][side] for side in ("before", "after")] if "control" in inputs else []
    if (
        status == Status.NOT_APPLICABLE
        or not group
        or not all(one["events"] and one["household_months"] for one in group)
    ):
        return None
    before, after = (one["events"] / one["household_months"] for one in group)
    return frame.figure(
        "controlled",
        status=status,
        reason=reason,
        inputs=inputs,
        value=100
        * controlled_reduction(
            sides[0]["events"],
            sides[0]["household_months"],
            sides[1]["events"],
            sides[1]["household_months"],
            after / before,
        ),
        n=sum(one["events"] for one in (*sides, *group)),
        population=households,
    )


def _after_rate(
    frame: Frame,
    inputs: dict[str, Any],
    status: str,
    reason: str,
    rate: float | None,
    households: int,
) -> Figure:
    events, months = inputs["after"]["events"], inputs["after"]["household_months"]
    if rate is None:
        return frame.nothing("after_rate", inputs, n=events, population=households)
    if status == Status.NOT_APPLICABLE:
        # Without complaints before there is no reduction, but there is a rate.
        status, reason = Status.OK, Reason.NONE
    factor = math.exp(Z95 / math.sqrt(events)) if events else None
    return frame.figure(
        "after_rate",
        status=status,
        reason=reason,
        inputs=inputs,
        numerator=1000 * events,
        denominator=months / 12,
        value=rate,
        low=rate / factor if factor else None,
        high=rate * factor if factor else None,
        n=events,
        population=households,
    )


def _rate(events: int, years: float) -> float | None:
    return events / years * 1000 if years else None


def _summed(children: Sequence[Mapping[str, Any]], side: str) -> Side:
    """Windows of several communities may lie apart; the months named are those of the shortest."""
    sides = [child[side] for child in children]
    shortest = min(sides, key=lambda one: len(one["months"]))
    return {
        "months": shortest["months"],
        "events": sum(one["events"] for one in sides),
        "household_months": sum(one["household_months"] for one in sides),
    }
