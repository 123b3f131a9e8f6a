"""Which target holds for a measurement. Reads only; the writes are in services/targets.py."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from feedback.indicators.definitions import definition
from feedback.indicators.models import Measurement, Target, TargetVersion
from portal.places.models import Place

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

    A place without one of its own has that of the nearest place above it, else the indicator's.
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
            .select_related("target__place")
            .order_by("pk")
        )
        self._known: dict[tuple[str, str, str, int], Holding] = {}
        for row in rows:
            target = row.target
            key = (target.place.path, target.indicator, target.variant, target.year)
            self._known[key] = Holding(row.value, target.place_id, target.is_locked)

    def holding(self, place: Place, indicator: str, variant: str, year: int) -> Holding | None:
        for end in range(len(place.path), 0, -Place.steplen):
            found = self._known.get((place.path[:end], indicator, variant, year))
            if found:
                return found
        if (indicator, variant) == RATE:
            return None
        known = definition(indicator)
        if known.target is None:
            return None
        return Holding(known.target, None, known.locked)

    def value_for(self, row: Measurement) -> Decimal | None:
        """The target of the year in which the period of `row` ends."""
        place = row.place or (row.project.county if row.project else None)
        if place is None:
            return None
        found = self.holding(place, row.indicator, row.variant, row.period_end.year)
        return found.value if found else None


def own_targets(place: Place, year: int) -> dict[tuple[str, str], Target]:
    rows = Target.objects.filter(place=place, year=year).order_by("pk")
    return {(row.indicator, row.variant): row for row in rows}
