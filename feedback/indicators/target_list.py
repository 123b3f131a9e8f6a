"""The list of targets: its filters from the address, its counts, its rows."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.http import QueryDict

from feedback.indicators.definitions import current
from feedback.indicators.models import TargetVersion, TargetVersionQuerySet
from feedback.indicators.states import PENDING, TargetState
from portal.accounts.roles import Action
from portal.places.models import Place, PlaceLevel
from portal.places.permissions import places_with

WAITING = "WAITING"
ALL = "ALL"


@dataclass
class TargetList:
    """An unknown filter is the same as none. Four queries besides the page of rows."""

    user: Any
    query: QueryDict
    state: str = field(init=False)
    year: int | None = field(init=False)
    indicator: str = field(init=False)
    place: Place | None = field(init=False)
    words: str = field(init=False)

    def __post_init__(self) -> None:
        given = self.query.get("state", "")
        self.state = given if given in {*TargetState.values, ALL} else WAITING
        year = self.query.get("year", "")
        self.year = int(year) if year.isascii() and year.isdigit() and len(year) <= 4 else None
        code = self.query.get("indicator", "")
        self.indicator = code if code in {item.code for item in current()} else ""
        self.words = self.query.get("q", "").strip()[:60]
        place = self.query.get("place", "")
        self.place = self._visible().filter(code=place).first() if place else None

    def _visible(self) -> Any:
        return places_with(self.user, Action.FIGURES_VIEW)

    def _filtered(self) -> TargetVersionQuerySet:
        found = TargetVersion.objects.in_places(self._visible())
        if self.place is not None:
            found = found.filter(target__place__path__startswith=self.place.path)
        if self.year is not None:
            found = found.filter(target__year=self.year)
        if self.indicator:
            found = found.filter(target__indicator=self.indicator)
        if self.words:
            found = found.filter(
                Q(target__place__name__icontains=self.words)
                | Q(target__place__name_en__icontains=self.words)
                | Q(target__project__name__icontains=self.words)
            )
        return found

    def rows(self) -> TargetVersionQuerySet:
        found = self._filtered().for_list()
        if self.state == WAITING:
            return found.pending()
        return found if self.state == ALL else found.filter(state=self.state)

    def context(self) -> dict[str, Any]:
        counted = self._filtered().order_by().values_list("state").annotate(Count("pk"))
        numbers: dict[str, int] = dict(counted)
        waiting = sum(number for state, number in numbers.items() if state in PENDING)
        levels = (PlaceLevel.CITY, PlaceLevel.COUNTY)
        places = self._visible().filter(level__in=levels).order_by("path")
        years = self._years()
        return {
            "filters": self,
            "counts": [
                (code, label, numbers[code])
                for code, label in TargetState.choices
                if code in numbers
            ],
            "waiting": waiting,
            "everything": sum(numbers.values()),
            "places": list(places),
            "years": years,
            "indicators": [item for item in current() if item.target is not None],
            "is_filtered": bool(self.place or self.year or self.indicator or self.words),
        }

    def _years(self) -> list[int]:
        found = TargetVersion.objects.in_places(self._visible()).order_by("-target__year")
        return list(found.values_list("target__year", flat=True).distinct())
