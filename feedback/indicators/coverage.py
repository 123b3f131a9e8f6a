"""Which required groups of a target form have a target in figures (I05), before it is submitted."""

from dataclasses import dataclass

from django.db.models import Q

from feedback.indicators.definitions import current
from feedback.indicators.definitions.base import Text
from feedback.indicators.figures.targets import REQUIRED
from feedback.indicators.models import TargetVersion
from feedback.indicators.states import IN_FORCE, PENDING
from portal.places.models import Place, PlaceLevel
from portal.projects.models import RenovationProject


@dataclass(frozen=True)
class GroupCover:
    """One required group, and the indicators that have a target in it."""

    level: Text
    indicators: list[str]


@dataclass(frozen=True)
class Coverage:
    groups: list[GroupCover]

    @property
    def lacking(self) -> list[Text]:
        return [group.level for group in self.groups if not group.indicators]

    @property
    def covered(self) -> int:
        return len(self.groups) - len(self.lacking)

    @property
    def total(self) -> int:
        return len(self.groups)


def needs_coverage(place: Place, project: RenovationProject | None) -> bool:
    """Whether a whole form is filed here; a community only raises single targets."""
    return project is not None or place.level_id in {PlaceLevel.COUNTY, PlaceLevel.CITY}


def coverage_of(place: Place, year: int, project: RenovationProject | None = None) -> Coverage:
    """Of a form: targets in force and on their way, its own and those of the levels above. One
    query."""
    above = [place.path[:end] for end in range(Place.steplen, len(place.path) + 1, Place.steplen)]
    scope = Q(target__project=None)
    if project is not None:
        scope |= Q(target__project=project)
    codes = set(
        TargetVersion.objects.filter(
            scope,
            target__place__path__in=above,
            target__year=year,
            state__in=IN_FORCE | PENDING,
            value__isnull=False,
        ).values_list("target__indicator", flat=True)
    )
    by_level: dict[str, list[str]] = {}
    for item in current():
        if item.code in codes:
            by_level.setdefault(item.level2.zh, []).append(item.code)
    return Coverage([GroupCover(level, by_level.get(level.zh, [])) for level in REQUIRED])
