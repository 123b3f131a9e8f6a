"""I04, I10, I12, I13 and I21 of communities, from their notices and the record of removals."""

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
from notices.planned import planned_completions
from notices.states import Coverage
from portal.common.periods import Period
from portal.places.models import Place
from portal.projects.queries import CommunityWorks, community_works

#: The monthly report on progress and payment.
REPORT = "N12"
Counted = tuple[Sums, dict[str, Any]]


def community_figures(communities: Sequence[Place], today: date) -> dict[int, list[Figure]]:
    """Community pk → I12 and I10 of every month since something was due, I13 of every month in
    which a notice ended, I04 of every quarter since its project began and I21 of every month since
    its completion was due. Twelve queries at most, whatever the number of communities."""
    facts = coverage.coverage_facts(communities)
    ended = coverage.periods_ended(communities, today)
    works = community_works(communities)
    planned = planned_completions([place for place in communities if place.pk in works])
    figures = {}
    for place in communities:
        figures[place.pk] = [
            *_coverage(facts, place, today),
            *_compliance(ended.get(place.pk, []), today),
        ]
        if place.pk in works:
            figures[place.pk] += _planned(facts, place, works[place.pk], today)
            figures[place.pk] += _in_time(works[place.pk], planned.get(place.pk), today)
    return figures


def own_figures(place: Place, today: date) -> list[Figure]:
    """I13 of the notices that `place`, a county or above, published itself."""
    return _compliance(coverage.periods_ended([place], today).get(place.pk, []), today)


def _coverage(facts: coverage.Facts, place: Place, today: date) -> list[Figure]:
    """I12 and I10. A month in which nothing happened has the numbers of the one before."""
    first = facts.first_due(place)
    if first is None or first > today:
        return []
    changes = facts.change_days(place, today)
    figures: list[Figure] = []
    counted: dict[str, Counted] = {}
    seen = -1
    for period in periods_to("MONTH", first, today):
        until = min(period.end, today)
        happened = bisect_right(changes, until)
        if happened != seen:
            cells = [cell for cell in facts.cells(place, until) if cell.is_due]
            counted, seen = {"I12": _counted(cells), "I10": _reported(cells)}, happened
        for code, (sums, inputs) in counted.items():
            if sums.denominator:
                frame = calendar_frame(definition_on(code, period.start), period, today)
                figures.append(frame.share("main", sums, inputs))
    return figures


def _counted(due: Sequence[coverage.Cell]) -> Counted:
    public = [cell for cell in due if cell.published is not None]
    inputs = {
        "required": [cell.name for cell in due],
        "public": [cell.name for cell in public],
        "late": [cell.name for cell in public if cell.state == Coverage.LATE],
    }
    return Sums(Decimal(len(public)), Decimal(len(due))), inputs


def _reported(due: Sequence[coverage.Cell]) -> Counted:
    """Of the reports due, those in time."""
    due = [cell for cell in due if cell.required.code == REPORT and cell.period]
    counted = _counted(due)[1]
    in_time = len(counted["public"]) - len(counted["late"])
    return Sums(Decimal(in_time), Decimal(len(due))), counted


def _planned(
    facts: coverage.Facts, place: Place, works: CommunityWorks, today: date
) -> list[Figure]:
    """I04: 1 of 1, or 0 of 1."""
    if works.begun is None or works.begun > today:
        return []
    figures = []
    for period in periods_to("QUARTER", works.begun, today):
        is_public = facts.is_planned(place, min(period.end, today))
        frame = calendar_frame(definition_on("I04", period.start), period, today)
        sums = Sums(Decimal(is_public), Decimal(1))
        figures.append(frame.share("main", sums, {"plan": is_public}))
    return figures


def _in_time(works: CommunityWorks, planned: date | None, today: date) -> list[Figure]:
    """I21, from the month in which the planned day falls."""
    if planned is None or planned > today:
        return []
    in_time = works.completed is not None and works.completed <= planned
    figures = []
    for period in periods_to("MONTH", planned, today):
        done = works.completed if works.is_completed(min(period.end, today)) else None
        inputs = {"deadline": planned.isoformat(), "done": done.isoformat() if done else None}
        frame = calendar_frame(definition_on("I21", period.start), period, today)
        figures.append(frame.share("main", Sums(Decimal(in_time), Decimal(1)), inputs))
    return figures


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
