"""What happened meanwhile where nothing was renovated (domain.md §6.2.8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


def window_side(months: Sequence[date], events: queries.EventMonths, households: Steps) -> Side:
    return {
        "months": [f"{month:%Y-%m}" for month in months],
        "events": sum(sum(events.get(month, {}).values()) for month in months),
        "household_months": household_months(households, months),
    }


@dataclass
class ControlGroup:
    """The communities of a city that were not renovated. Windows that several communities have in
    common are read once."""

    city: Place
    households: Mapping[int, Steps]
    #: Community pk → when its works began, of those where they ever did.
    begun: Mapping[int, date]
    _known: dict[Windows, dict[str, Side]]

    def sides(self, windows: Windows) -> dict[str, Side]:
        if windows not in self._known:
            months = (*windows.before, *windows.after)
            events = queries.event_months_by_community(
                self.city, min(months), max(months), channels=windows.channels
            )
            self._known[windows] = {
                "before": self._side(windows, windows.before, events),
                "after": self._side(windows, windows.after, events),
            }
        return self._known[windows]

    def _side(
        self, windows: Windows, months: Sequence[date], events: Mapping[int, queries.EventMonths]
    ) -> Side:
        over = add_months(windows.after[-1], 1)
        parts = [
            window_side(months, events.get(pk, {}), steps)
            for pk, steps in self.households.items()
            if self.begun.get(pk, over) >= over
        ]
        return {
            "months": [f"{month:%Y-%m}" for month in months],
            "events": _sum(part["events"] for part in parts),
            "household_months": _sum(part["household_months"] for part in parts),
        }


def control_group(city: Place, first_end: date) -> ControlGroup | None:
    """The communities under `city` that had no works by `first_end`, the last month of the earliest
    window; None where there is none. Works that begin later leave earlier figures as they are."""
    communities = list(Place.objects.under(city).communities())
    begun = {pk: window.start for pk, window in construction_windows(communities).items()}
    over = add_months(first_end, 1)
    without = [place for place in communities if begun.get(place.pk, over) >= over]
    if not without:
        return None
    return ControlGroup(city, household_steps(without), begun, {})


def _sum(numbers: Iterable[int]) -> int:
    return sum(numbers)
