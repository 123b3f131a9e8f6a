"""Which target holds for a measurement. Reads only; the writes are in services/targets.py."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from feedback.indicators.definitions import Direction, definition
from feedback.indicators.models import Measurement, TargetVersion
from feedback.indicators.states import Operator
from portal.places.models import Place
from portal.projects.models import RenovationProject

#: The variant of the reduction that has a target only once a rate was agreed (domain.md §8).
RATE = ("I28", "after_rate")


@dataclass(frozen=True)
class Holding:
    """A target in force. `place_id` is None for the one the indicator comes with."""

    value: Decimal
    place_id: int | None
    is_locked: bool


class TargetBook:
    """The approved targets of some places and all above them, read with one query.

    A project without one of its own has that of its county, a place that of the nearest place
    above it, else the indicator's; another reading of an indicator without one of its own has that
    of the main one. What is promised in words only is no number and not here.
    """

    def __init__(self, places: Iterable[Place], years: Iterable[int]) -> None:
        paths = {
            place.path[:end]
            for place in places
            for end in range(Place.steplen, len(place.path) + 1, Place.steplen)
        }
        rows = (
            TargetVersion.objects.approved()
            .filter(target__place__path__in=paths, target__year__in=set(years))
            .exclude(value=None)
            .select_related("target__place")
            .order_by("pk")
        )
        self._known: dict[tuple[str | int, str, str, int], Holding] = {}
        for row in rows:
            target = row.target
            scope = target.project_id or target.place.path
            key = (scope, target.indicator, target.variant, target.year)
            self._known[key] = Holding(_counting(row), target.place_id, target.is_locked)

    def holding(
        self,
        place: Place,
        indicator: str,
        variant: str,
        year: int,
        project: RenovationProject | None = None,
    ) -> Holding | None:
        if project is not None:
            own = self._known.get((project.pk, indicator, variant, year))
            if own:
                return own
        for end in range(len(place.path), 0, -Place.steplen):
            found = self._known.get((place.path[:end], indicator, variant, year))
            if found:
                return found
        if (indicator, variant) == RATE:
            return None
        if variant != "main":
            return self.holding(place, indicator, "main", year, project)
        known = definition(indicator)
        if known.target is None:
            return None
        return Holding(known.target, None, known.locked)

    @property
    def approved(self) -> Mapping[tuple[str | int, str, str, int], Holding]:
        """(path of a place or key of a project, indicator, variant, year) → what was approved."""
        return self._known

    def value_for(self, row: Measurement) -> Decimal | None:
        """The target of the year in which the period of `row` ends."""
        place = row.place or (row.project.county if row.project else None)
        if place is None:
            return None
        year = row.period_end.year
        found = self.holding(place, row.indicator, row.variant, year, row.project)
        return found.value if found else None


def _counting(version: TargetVersion) -> Decimal:
    """The number a measurement is held against: of a range the end that is the easier one."""
    if version.value is None:
        raise ValueError("a target in words has no number")
    target = version.target
    down = definition(target.indicator).direction_of(target.variant) == Direction.DOWN
    if version.operator == Operator.RANGE and down and version.upper is not None:
        return version.upper
    return version.value
