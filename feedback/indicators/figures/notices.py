"""I12 and I13 of communities, from their notices and the record of removals."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from feedback.indicators.definitions import definition_on
from feedback.indicators.figures.figure import Figure, Sums, calendar_frame
from feedback.indicators.figures.projects import periods_to
from notices import coverage
from notices.states import Coverage
from portal.common.periods import Period
from portal.places.models import Place


def community_figures(communities: Sequence[Place], today: date) -> dict[int, list[Figure]]:
    """Community pk → I12 of every month since something was due, and I13 of every month in which
    a notice ended. Eight queries, whatever the number of communities."""
    facts = coverage.coverage_facts(communities)
    ended = coverage.periods_ended(communities, today)
    return {
        place.pk: [*_coverage(facts, place, today), *_compliance(ended.get(place.pk, []), today)]
        for place in communities
    }


def own_figures(place: Place, today: date) -> list[Figure]:
    """I13 of the notices that `place`, a county or above, published itself."""
    return _compliance(coverage.periods_ended([place], today).get(place.pk, []), today)


def _coverage(facts: coverage.Facts, place: Place, today: date) -> list[Figure]:
    """A month in which nothing happened has the numbers of the one before."""
    first = facts.first_due(place)
    if first is None or first > today:
        return []
    changes = facts.change_days(place, today)
    figures: list[Figure] = []
    counted, seen = None, -1
    for period in periods_to("MONTH", first, today):
        until = min(period.end, today)
        happened = bisect_right(changes, until)
        if counted is None or happened != seen:
            counted, seen = _counted(facts.cells(place, until)), happened
        sums, inputs = counted
        if sums.denominator:
            frame = calendar_frame(definition_on("I12", period.start), period, today)
            figures.append(frame.share("main", sums, inputs))
    return figures


def _counted(cells: list[coverage.Cell]) -> tuple[Sums, dict[str, Any]]:
    due = [cell for cell in cells if cell.is_due]
    public = [cell for cell in due if cell.published is not None]
    inputs = {
        "required": [cell.name for cell in due],
        "public": [cell.name for cell in public],
        "late": [cell.name for cell in public if cell.state == Coverage.LATE],
    }
    return Sums(Decimal(len(public)), Decimal(len(due))), inputs


def _compliance(ended: list[coverage.Ended], today: date) -> list[Figure]:
    months: dict[Period, list[coverage.Ended]] = defaultdict(list)
    for item in ended:
        months[Period.containing("MONTH", item.day)].append(item)
    figures = []
    for period in sorted(months, key=lambda month: month.start):
        items = months[period]
        early = [item for item in items if item.was_early]
        inputs = {
            "ended": len(items),
            "early": [f"{item.code} {item.day.isoformat()}" for item in early],
        }
        frame = calendar_frame(definition_on("I13", period.start), period, today)
        full = Decimal(len(items) - len(early))
        figures.append(frame.share("main", Sums(full, Decimal(len(items))), inputs))
    return figures
