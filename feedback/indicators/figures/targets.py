"""I05 of counties: which of the required groups have an approved target."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from feedback.indicators.definitions import current, definition_on
from feedback.indicators.definitions.base import (
    COST,
    QUALITY,
    QUANTITY,
    SATISFACTION,
    SOCIAL,
    SUSTAINABLE,
    TIMELINESS,
)
from feedback.indicators.figures.figure import Figure, Sums, calendar_frame
from feedback.indicators.figures.projects import periods_to
from feedback.indicators.models import TargetVersion
from portal.places.models import Place, PlaceLevel

#: The groups a target form must cover, in the order of the form (domain.md §2 and §7).
REQUIRED = (QUANTITY, QUALITY, TIMELINESS, COST, SOCIAL, SUSTAINABLE, SATISFACTION)


def county_figures(places: Iterable[Place], today: date) -> dict[Place, list[Figure]]:
    """The counties among `places` → I05 of every year since a first target was approved for them
    or for a level above. One query."""
    counties = [place for place in places if place.level_id == PlaceLevel.COUNTY]
    paths = {
        place.path[:end]
        for place in counties
        for end in range(Place.steplen, len(place.path) + 1, Place.steplen)
    }
    rows = list(
        TargetVersion.objects.approved()
        .filter(target__place__path__in=paths, target__project=None)
        .exclude(value=None)
        .order_by("target__year", "pk")
        .values_list("target__place__path", "target__indicator", "target__year")
    )
    return {
        county: _coverage(
            {(code, year) for path, code, year in rows if county.path.startswith(path)}, today
        )
        for county in counties
    }


def _coverage(approved: set[tuple[str, int]], today: date) -> list[Figure]:
    if not approved:
        return []
    levels = {item.code: item.level2.zh for item in current()}
    figures = []
    first = date(min(year for _code, year in approved), 1, 1)
    for period in periods_to("YEAR", first, today):
        has = {levels[code] for code, year in approved if year == period.start.year}
        inputs = {
            "groups": [level.zh for level in REQUIRED if level.zh in has],
            "lacking": [level.zh for level in REQUIRED if level.zh not in has],
        }
        frame = calendar_frame(definition_on("I05", period.start), period, today)
        covered = Decimal(len(inputs["groups"]))
        figures.append(frame.share("main", Sums(covered, Decimal(len(REQUIRED))), inputs))
    return figures
