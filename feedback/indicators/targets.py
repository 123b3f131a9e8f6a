"""Which target holds for a measurement. Reads only; the writes are in services/targets.py."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from feedback.indicators.definitions import DEFINITIONS, Direction, definition
from feedback.indicators.models import Measurement, TargetVersion
from feedback.indicators.states import Operator
from portal.places.models import Place
from portal.projects.models import RenovationProject

#: The variant of the reduction that has a target only once a rate was agreed (domain.md §8).
RATE = ("I28", "after_rate")

#: (path of a place or key of a project, indicator, variant, year)
Key = tuple[str | int, str, str, int]


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
        self._known: dict[Key, Holding] = {}
        self._counties: dict[int, str] = {}
        for row in rows:
            target = row.target
            if target.project_id:
                self._counties[target.project_id] = target.place.path
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
        for scope in _scopes(place.path, project.pk if project else None):
            found = self._known.get((scope, indicator, variant, year))
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

    def beginning(self) -> Iterator[tuple[Key, Holding]]:
        """Where each target begins to hold, so that `holding` is what the nearest of a place's
        scopes has here, else what the indicator comes with."""
        for key, found in self._known.items():
            yield key, found
            scope, indicator, variant, year = key
            if variant != "main":
                continue
            path = scope if isinstance(scope, str) else self._counties[scope]
            scopes = _scopes(path, None if isinstance(scope, str) else scope)
            for other in _READINGS[indicator]:
                if not any((one, indicator, other, year) in self._known for one in scopes):
                    yield (scope, indicator, other, year), found

    def value_for(self, row: Measurement) -> Decimal | None:
        """The target of the year in which the period of `row` ends."""
        place = row.place or (row.project.county if row.project else None)
        if place is None:
            return None
        year = row.period_end.year
        found = self.holding(place, row.indicator, row.variant, year, row.project)
        return found.value if found else None


def _scopes(path: str, project: int | None) -> list[str | int]:
    """Where a target may stand that holds for a place or a project in it, the nearest first."""
    places = [path[:end] for end in range(len(path), 0, -Place.steplen)]
    return [*([] if project is None else [project]), *places]


#: The readings of each indicator that follow its main one.
_READINGS = {
    code: {
        variant.code
        for known in DEFINITIONS
        if known.code == code
        for variant in known.variants
        if (code, variant.code) != RATE
    }
    for code in {known.code for known in DEFINITIONS}
}


def _counting(version: TargetVersion) -> Decimal:
    """The number a measurement is held against: of a range the end that is the easier one."""
    if version.value is None:
        raise ValueError("a target in words has no number")
    target = version.target
    down = definition(target.indicator).direction_of(target.variant) == Direction.DOWN
    if version.operator == Operator.RANGE and down and version.upper is not None:
        return version.upper
    return version.value
