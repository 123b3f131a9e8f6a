"""The public board: what was reported, what became of it, small cells hidden.

It adds up tallies, never complaints. `board_compute` is what a tally keeps; `board_of` is what a
page reads of it. Restricted categories are counted nowhere.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import Category, Complaint, ComplaintTally
from feedback.complaints.states import OPEN, State, Verdict
from portal.common.hiding import ALL, hidden_of
from portal.common.suppression import LEAST
from portal.places.models import Place, PlaceLevel

#: Parts of what was received; "rest" waits for the resident's answer or got another one.
PARTS = ("open", "confirmed", "unconfirmed", "rest")

Cell = dict[str, Any]
Months = dict[str, dict[str, Cell]]


# --- what a tally keeps ---


def board_compute(community_id: int) -> Months:
    """Month of filing → category → counts of one community. One query.

    `n` received, parts of it by PARTS, `in_time` and `late` of those reported as solved,
    `waiting` day due → open ones, `verdicts` and `by_staff` of the answers, `days` whole days
    until it was reported as solved → how many.
    """
    months: Months = {}
    rows = Complaint.objects.filter(community_id=community_id).counted().order_by("filed_at", "pk")
    for category, filed, due, resolved, state, verdict, by_staff in rows.values_list(
        "category_id",
        "filed_at",
        "due_at",
        "resolved_at",
        "state",
        "verdict",
        "verdict_by_callback",
    ):
        month = f"{filed.astimezone(LOCAL):%Y-%m}"
        cell = months.setdefault(month, {}).setdefault(category, {"n": 0})
        _add(cell, "n")
        _add(cell, _part(state, verdict))
        if state in OPEN:
            _add(cell.setdefault("waiting", {}), f"{due.astimezone(LOCAL):%Y-%m-%d}")
        elif resolved is not None:
            _add(cell, "in_time" if resolved <= due else "late")
            _add(cell.setdefault("days", {}), str((resolved - filed).days))
        if verdict:
            _add(cell, "verdicts")
            if by_staff:
                _add(cell, "by_staff")
    return months


def _add(counts: Cell, name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _part(state: str, verdict: str) -> str:
    if state in OPEN:
        return "open"
    if state == State.UNCONFIRMED:
        return "unconfirmed"
    return "confirmed" if state == State.CLOSED and verdict == Verdict.SOLVED else "rest"


# --- what a page reads ---


@dataclass(frozen=True)
class BoardPeriod:
    """A calendar year. No two periods overlap: what one hides must not be the rest of another.

    `key` ("2026") stands in the address, `first` and `last` are months ("2026-01").
    """

    key: str
    label: str

    @property
    def first(self) -> str:
        return f"{self.key}-01"

    @property
    def last(self) -> str:
        return f"{self.key}-12"


@dataclass
class Sums:
    """Counts of some cells added up."""

    counts: Counter[str] = field(default_factory=Counter)
    days: Counter[int] = field(default_factory=Counter)

    def add(self, cell: Cell, today: date) -> None:
        for name in ("n", *PARTS, "in_time", "late", "verdicts", "by_staff"):
            self.counts[name] += cell.get(name, 0)
        for day, count in cell.get("days", {}).items():
            self.days[int(day)] += count
        for due, count in cell.get("waiting", {}).items():
            if due < today.isoformat():
                self.counts["late"] += count

    @property
    def median_days(self) -> int | None:
        """Of those reported as solved; None for too few of them."""
        total = self.days.total()
        if total < LEAST:
            return None
        reached = 0
        for day in sorted(self.days):
            reached += self.days[day]
            if 2 * reached >= total:
                return day
        return None

    @property
    def on_time(self) -> int | None:
        """Per cent in time, of those that are solved or overdue."""
        return _percent(self.counts["in_time"], self.counts["in_time"] + self.counts["late"])

    @property
    def by_staff(self) -> int | None:
        """Per cent of the residents' answers that staff wrote down."""
        return _percent(self.counts["by_staff"], self.counts["verdicts"])


def _percent(part: int, whole: int) -> int | None:
    return None if whole < LEAST else (200 * part + whole) // (2 * whole)


@dataclass(frozen=True)
class Line:
    """A category or a place. None: too few to be shown, here or where it could be computed."""

    label: str
    received: int | None
    median_days: int | None
    on_time: int | None = None
    handled: int | None = None
    place: Place | None = None


@dataclass
class Told:
    """The counts of a place, and which of them are too small to be told."""

    place: Place
    sums: Sums
    is_hidden: bool = False
    hidden_parts: set[str] = field(default_factory=set)

    def count(self, part: str) -> int | None:
        hidden = self.is_hidden or part in self.hidden_parts
        return None if hidden else self.sums.counts[part]

    @property
    def received(self) -> int | None:
        return None if self.is_hidden else self.sums.counts["n"]

    @property
    def handled(self) -> int | None:
        still_open = self.count("open")
        return None if still_open is None else self.sums.counts["n"] - still_open

    def line(self) -> Line:
        return Line(
            label=self.place.label,
            received=self.received,
            median_days=None if self.is_hidden else self.sums.median_days,
            on_time=None if self.is_hidden else self.sums.on_time,
            handled=self.handled,
            place=self.place,
        )


@dataclass(frozen=True)
class Board:
    """None anywhere: too few to be shown. `received` is 0 where there was nothing."""

    place: Place
    period: BoardPeriod
    received: int | None
    open: int | None
    handled: int | None
    confirmed: int | None
    unconfirmed: int | None
    median_days: int | None
    on_time: int | None
    by_staff: int | None
    categories: list[Line]
    parts: list[Line]
    months: set[str]
    as_of: date | None


def periods(months: Iterable[str], today: date) -> list[BoardPeriod]:
    """This year, and every year in which something was filed, the newest first."""
    years = {f"{today:%Y}", *(month[:4] for month in months)}
    return [_year(year, today) for year in sorted(years, reverse=True)]


def period_of(key: str, today: date) -> BoardPeriod:
    """The period that the address names; this year for what names none."""
    is_year = len(key) == 4 and key.isascii() and key.isdigit()
    return _year(key if is_year else f"{today:%Y}", today)


def _year(year: str, today: date) -> BoardPeriod:
    label = _("%(year)s so far") if year == f"{today:%Y}" else pgettext("a year", "%(year)s")
    return BoardPeriod(year, label % {"year": year})


def board_of(
    place: Place, period: BoardPeriod, today: date, *, county: Place | None = None
) -> Board:
    """The board of a community, a county or a city. Five queries at the most.

    What a community shows is decided among all communities of its county: the county's sums are
    public, too, and must not give away by subtraction what is hidden in one of them. A city adds up
    what all its counties show and nothing else. `county` is the community's, for callers that know
    it.
    """
    area = county if county and place.is_community else _area(place)
    tallies = list(
        ComplaintTally.objects.filter(community__path__startswith=area.path)
        .select_related("community")
        .order_by("community__path")
    )
    cells = {tally.community_id: _cells(tally, period) for tally in tallies}
    communities = {tally.community_id: tally.community for tally in tallies}
    if place.level_id in {PlaceLevel.COMMUNITY, PlaceLevel.COUNTY}:
        whole, parts = _county(area, communities, cells, today)
    else:
        parts = [
            _county(county, below, cells, today)[0]
            for county, below in _by_county(place, communities)
        ]
        whole = _city(place, parts)
    own = cells
    if place.is_community:
        nothing = Told(place, Sums())
        whole = next((part for part in parts if part.place == place), nothing)
        parts, own = [], {place.pk: cells.get(place.pk, [])}
    mine = [tally for tally in tallies if tally.community_id in own]
    sums = whole.sums
    return Board(
        place=place,
        period=period,
        received=whole.received,
        open=whole.count("open"),
        handled=whole.handled,
        confirmed=whole.count("confirmed"),
        unconfirmed=whole.count("unconfirmed"),
        median_days=None if whole.is_hidden else sums.median_days,
        on_time=None if whole.is_hidden else sums.on_time,
        by_staff=None if whole.is_hidden else sums.by_staff,
        categories=[] if whole.is_hidden else _categories(place, cells, today),
        parts=[part.line() for part in parts],
        months={month for tally in mine for month in tally.board},
        as_of=max(
            (t.rebuilt_at.astimezone(LOCAL).date() for t in tallies if t.rebuilt_at), default=None
        ),
    )


def _area(place: Place) -> Place:
    """The county of a community, among whose communities it is decided what is shown."""
    if not place.is_community:
        return place
    above = Place.objects.above(place).filter(level=PlaceLevel.COUNTY).first()
    return above or place


def _by_county(
    city: Place, communities: Mapping[int, Place]
) -> list[tuple[Place, dict[int, Place]]]:
    """The counties of `city` in which something was filed, each with its communities."""
    found = []
    for county in Place.objects.under(city).counties().order_by("path"):
        below = {key: one for key, one in communities.items() if one.path.startswith(county.path)}
        if below:
            found.append((county, below))
    return found


def _cells(tally: ComplaintTally, period: BoardPeriod) -> list[tuple[str, Cell]]:
    return [
        item
        for month, categories in tally.board.items()
        if period.first <= month <= period.last
        for item in categories.items()
    ]


def _county(
    county: Place,
    communities: Mapping[int, Place],
    cells: Mapping[int, list[tuple[str, Cell]]],
    today: date,
) -> tuple[Told, list[Told]]:
    """What is told of a county and of each of its communities."""
    sums = {key: _sum(cells[key], today) for key in communities}
    hidden = hidden_of(
        {key: {part: one.counts[part] for part in PARTS} for key, one in sums.items()},
        {key: one.counts["n"] for key, one in sums.items()},
        adds_up=True,
    )
    parts = [
        Told(place, sums[key], key in hidden.places, hidden.codes(key))
        for key, place in communities.items()
    ]
    whole = _added(sums.values())
    return Told(county, whole, 0 < whole.counts["n"] < LEAST, hidden.codes(ALL)), parts


def _city(city: Place, counties: Sequence[Told]) -> Told:
    """The sum of what all `counties` show: then it tells nothing that they do not."""
    return Told(
        city,
        _added(county.sums for county in counties),
        any(county.is_hidden for county in counties),
        {part for county in counties for part in county.hidden_parts},
    )


def _added(parts: Iterable[Sums]) -> Sums:
    found = Sums()
    for part in parts:
        found.counts.update(part.counts)
        found.days.update(part.days)
    return found


def _sum(found: Iterable[tuple[str, Cell]], today: date) -> Sums:
    sums = Sums()
    for _code, cell in found:
        sums.add(cell, today)
    return sums


def _categories(
    place: Place, cells: Mapping[int, list[tuple[str, Cell]]], today: date
) -> list[Line]:
    """By category, the most frequent first; of a city only its counties are told apart."""
    if place.level_id not in {PlaceLevel.COMMUNITY, PlaceLevel.COUNTY}:
        return []
    codes = sorted({code for found in cells.values() for code, _cell in found})
    table = {key: dict.fromkeys(codes, 0) for key in cells}
    sums = {code: Sums() for code in codes}
    for key, found in cells.items():
        for code, cell in found:
            table[key][code] += cell["n"]
            if not place.is_community or key == place.pk:
                sums[code].add(cell, today)
    answered = {key: sum(row.values()) for key, row in table.items()}
    dark = hidden_of(table, answered, adds_up=True).codes(place.pk if place.is_community else ALL)
    # One of none is left out unless it hides another: then nobody may see that it is none.
    told = [code for code in codes if sums[code].counts["n"] or code in dark]
    names = {category.pk: category.label for category in Category.objects.filter(pk__in=told)}
    lines = [
        Line(
            label=names[code],
            received=None if code in dark else sums[code].counts["n"],
            median_days=None if code in dark else sums[code].median_days,
            on_time=None if code in dark else sums[code].on_time,
        )
        for code in told
    ]
    return sorted(lines, key=lambda line: -(line.received or 0))
