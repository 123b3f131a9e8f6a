"""I35 and I36 of communities, from the events of their complaint tallies (domain.md §7)."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal

from feedback.complaints import queries
from feedback.complaints.events import REPEATED_WITHIN
from feedback.complaints.models import Category
from feedback.indicators.definitions import definition_on
from feedback.indicators.figures.exposure import Steps, households_on
from feedback.indicators.figures.figure import FREEZE_DAYS, Figure, Frame, Sums, calendar_frame
from portal.common.periods import Period, month_start, months_between
from portal.projects.queries import Window

#: Complaints are older than any installation: the first month looked at.
FIRST = date(2010, 1, 1)


def repeat_figures(communities: Collection[int], today: date) -> dict[int, list[Figure]]:
    """Community pk → I35 of every month with a closing. One query.

    A month is final once its last closing had its 90 days, and the usual fifteen on top.
    """
    months = queries.closing_months_by_community(communities, FIRST, month_start(today))
    return {
        pk: [
            figure
            for month, counts in sorted(found.items())
            for figure in _repeats(_repeat_frame(month, today), counts)
        ]
        for pk, found in months.items()
    }


def _repeat_frame(month: date, today: date) -> Frame:
    period = Period.containing("MONTH", month)
    final = period.end + REPEATED_WITHIN + timedelta(days=FREEZE_DAYS)
    return Frame(definition_on("I35", period.start), period, today, final)


def _repeats(frame: Frame, counts: Mapping[str, int]) -> list[Figure]:
    inputs = dict(counts)
    repeated = Decimal(counts["repeated"])
    figures = []
    for variant, whole in (("main", counts["closed"]), ("known_home", counts["with_household"])):
        if whole:
            figures.append(frame.share(variant, Sums(repeated, Decimal(whole), whole), inputs))
    return figures


def works_figures(
    works: Mapping[int, Window], households: Mapping[int, Steps], today: date
) -> dict[int, list[Figure]]:
    """Community pk → I36 of every month of its works so far. One query."""
    begun = {pk: window for pk, window in works.items() if window.start <= today}
    if not begun:
        return {}
    first = month_start(min(window.start for window in begun.values()))
    events = queries.event_months_by_community(
        begun, first, month_start(today), counted=Category.Counted.CONSTRUCTION
    )
    figures: dict[int, list[Figure]] = {}
    for pk, window in begun.items():
        # A month without any complaint has its households, too.
        found = events.get(pk, {})
        figures[pk] = [
            _intensity(
                month,
                sum(found.get(month, {}).values()),
                households_on(households[pk], month),
                today,
            )
            for month in months_between(window.start, min(window.completed or today, today))
        ]
    return figures


def _intensity(month: date, events: int, households: int, today: date) -> Figure:
    period = Period.containing("MONTH", month)
    frame = calendar_frame(definition_on("I36", period.start), period, today)
    sums = Sums(Decimal(events), Decimal(households) / 12, events, households)
    return frame.share("main", sums, {"events": events, "household_months": households})
