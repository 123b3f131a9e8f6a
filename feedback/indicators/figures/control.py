"""What happened meanwhile where nothing was renovated (domain.md §6.2.8)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from feedback.complaints import queries
from feedback.indicators.figures.exposure import Steps, household_months, household_steps
from feedback.indicators.figures.windows import Windows
from portal.common.periods import add_months
from portal.places.models import Place
from portal.projects.queries import construction_windows

#: One window: the months it is made of, its events, its household-months.
Side = dict[str, Any]


def window_side(months: Sequence[date], events: Mapping[date, int], households: Steps) -> Side:
    return {
        "months": [f"{month:%Y-%m}" for month in months],
        "events": sum(events.get(month, 0) for month in months),
        "household_months": household_months(households, months),
    }


def events_compared(
    communities: Collection[int], windows: Iterable[Windows]
) -> dict[tuple[str, ...], dict[int, dict[date, int]]]:
    """Channels compared → community pk → month → events. One query for each set of channels."""
    spans: dict[tuple[str, ...], set[date]] = defaultdict(set)
    for one in windows:
        spans[one.channels].update((*one.before, *one.after))
    return {
        channels: {
            pk: {month: sum(counts.values()) for month, counts in found.items() if counts}
            for pk, found in queries.event_months_by_community(
                communities, min(months), max(months), channels=channels
            ).items()
        }
        for channels, months in spans.items()
    }


@dataclass
class ControlGroup:
    """The communities of a city that were not renovated, by their keys; those that never were are
    one, under None. Windows that several communities have in common are added up once."""

    households: Mapping[int | None, Steps]
    #: Channels compared → key → month → events.
    events: Mapping[tuple[str, ...], Mapping[int | None, Mapping[date, int]]]
    #: When works began, of those where they ever did.
    begun: Mapping[int | None, date]
    _known: dict[Windows, dict[str, Side]] = field(default_factory=dict)

    def sides(self, windows: Windows) -> dict[str, Side]:
        if windows not in self._known:
            self._known[windows] = {
                "before": self._side(windows, windows.before),
                "after": self._side(windows, windows.after),
            }
        return self._known[windows]

    def _side(self, windows: Windows, months: Sequence[date]) -> Side:
        over, events = add_months(windows.after[-1], 1), self.events[windows.channels]
        parts = [
            window_side(months, events.get(key, {}), steps)
            for key, steps in self.households.items()
            if self.begun.get(key, over) >= over
        ]
        return {
            "months": [f"{month:%Y-%m}" for month in months],
            "events": _sum(part["events"] for part in parts),
            "household_months": _sum(part["household_months"] for part in parts),
        }


def control_group(city: Place, windows: Collection[Windows]) -> ControlGroup | None:
    """The communities under `city` that had no works by the last month of the earliest of
    `windows`; None where there is none. Works that begin later leave earlier figures as they are.
    The tallies of the city are read once, however many windows there are."""
    communities = list(Place.objects.under(city).communities())
    works = construction_windows(communities)
    begun: dict[int | None, date] = {pk: window.start for pk, window in works.items()}
    over = add_months(min(one.after[-1] for one in windows), 1)
    without = [place for place in communities if begun.get(place.pk, over) >= over]
    if not without:
        return None
    compared = events_compared([place.pk for place in without], windows)
    return ControlGroup(
        _together(household_steps(without), begun),
        {channels: _together(events, begun) for channels, events in compared.items()},
        begun,
    )


def _together(
    found: Mapping[int, Mapping[date, int]], begun: Mapping[int | None, date]
) -> dict[int | None, Mapping[date, int]]:
    """Those without works added up under None, the others as they are."""
    sums: dict[int | None, Counter[date]] = defaultdict(Counter)
    for pk, numbers in found.items():
        sums[pk if pk in begun else None].update(numbers)
    return dict(sums)


def _sum(numbers: Iterable[int]) -> int:
    return sum(numbers)
