"""The public board: what was reported, what became of it, small cells hidden.

It adds up tallies, never complaints. `board_compute` is what a tally keeps; `board_of` is what a
page reads of it. Restricted categories are counted nowhere.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import Category, Complaint, ComplaintTally
from feedback.complaints.states import OPEN, State, Verdict
from portal.common.periods import add_months, month_start
from portal.common.suppression import LEAST, hidden_table
from portal.places.models import Place, PlaceLevel

#: Parts of what was received; "rest" waits for the resident's answer or got another one.
PARTS = ("open", "confirmed", "unconfirmed", "rest")
#: Periods of the form 2026; anything else is the last twelve months.
MONTHS = 12

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
    """Months from `first` to `last`, both "2026-07". `key` is what stands in the address."""

    key: str
    label: str
    first: str
    last: str


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
    """The last twelve months, then every year in which something was filed, the newest first."""
    years = sorted({month[:4] for month in months}, reverse=True)
    return [twelve_months(today), *(_year(year) for year in years)]


def twelve_months(today: date) -> BoardPeriod:
    first = add_months(month_start(today), 1 - MONTHS)
    return BoardPeriod("", _("The last 12 months"), f"{first:%Y-%m}", f"{today:%Y-%m}")


def _year(year: str) -> BoardPeriod:
    return BoardPeriod(year, year, f"{year}-01", f"{year}-12")


def period_of(key: str, today: date) -> BoardPeriod:
    """The period that the address names; the last twelve months for what names none."""
    is_year = len(key) == 4 and key.isascii() and key.isdigit()
    return _year(key) if is_year else twelve_months(today)


def board_of(
    place: Place, period: BoardPeriod, today: date, *, county: Place | None = None
) -> Board:
    """The board of a community, a county or a city. Five queries at the most.

    What a community shows is decided among all communities of its county: the county's sums are
    public, too, and must not give away by subtraction what is hidden in one of them. `county` is
    the community's, for callers that know it.
    """
    area = county if county and place.is_community else _area(place)
    tallies = list(
        ComplaintTally.objects.filter(community__path__startswith=area.path)
        .select_related("community")
        .order_by("community__path")
    )
    by_place = _by_place(place, tallies)
    cells = {key: _cells(found, period) for key, found in by_place.items()}
    whole = Sums()
    own = [place.pk] if place.is_community else list(cells)
    for key in own:
        for cell in (cell for _code, cell in cells.get(key, [])):
            whole.add(cell, today)
    return _board(place, period, whole, cells, tallies, today)


def _area(place: Place) -> Place:
    """The county of a community, among whose communities it is decided what is shown."""
    if not place.is_community:
        return place
    above = Place.objects.above(place).filter(level=PlaceLevel.COUNTY).first()
    return above or place


def _by_place(place: Place, tallies: list[ComplaintTally]) -> dict[int, list[ComplaintTally]]:
    """The part of `place` (or of its county) → its tallies: communities, or counties of a city."""
    if place.level_id in {PlaceLevel.COMMUNITY, PlaceLevel.COUNTY}:
        return {tally.community_id: [tally] for tally in tallies}
    grouped: dict[int, list[ComplaintTally]] = {}
    counties = {county.path: county.pk for county in Place.objects.under(place).counties()}
    for tally in tallies:
        for path, key in counties.items():
            if tally.community.path.startswith(path):
                grouped.setdefault(key, []).append(tally)
    return grouped


def _cells(tallies: list[ComplaintTally], period: BoardPeriod) -> list[tuple[str, Cell]]:
    return [
        item
        for tally in tallies
        for month, categories in tally.board.items()
        if period.first <= month <= period.last
        for item in categories.items()
    ]


def _board(
    place: Place,
    period: BoardPeriod,
    whole: Sums,
    cells: Mapping[int, list[tuple[str, Cell]]],
    tallies: list[ComplaintTally],
    today: date,
) -> Board:
    fates = {key: _sum(found, today).counts for key, found in cells.items()}
    rows, no_sum, hidden = hidden_table(
        {key: {part: counts[part] for part in PARTS} for key, counts in fates.items()}
    )
    is_part = place.is_community
    if is_part:
        none = place.pk in rows
        dark = {part for key, part in hidden if key == place.pk}
    else:
        none, dark = 0 < whole.counts["n"] < LEAST, set(no_sum)
    shown = {part: None if none or part in dark else whole.counts[part] for part in PARTS}
    received = None if none else whole.counts["n"]
    handled = None if received is None or shown["open"] is None else received - shown["open"]
    own = {place.pk} if is_part else {tally.community_id for tally in tallies}
    return Board(
        place=place,
        period=period,
        received=received,
        open=shown["open"],
        handled=handled,
        confirmed=shown["confirmed"],
        unconfirmed=shown["unconfirmed"],
        median_days=None if none else whole.median_days,
        on_time=None if none else whole.on_time,
        by_staff=None if none else whole.by_staff,
        categories=[] if none else _categories(place, cells, today),
        parts=[] if is_part else _parts(place, cells, rows, hidden, today),
        months={month for tally in tallies if tally.community_id in own for month in tally.board},
        as_of=max(
            (t.rebuilt_at.astimezone(LOCAL).date() for t in tallies if t.rebuilt_at), default=None
        ),
    )


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
    table: dict[int, dict[str, int]] = {}
    sums: dict[str, Sums] = {}
    for key, found in cells.items():
        row = table.setdefault(key, {})
        for code, cell in found:
            row[code] = row.get(code, 0) + cell["n"]
            if not place.is_community or key == place.pk:
                sums.setdefault(code, Sums()).add(cell, today)
    _rows, no_sum, hidden = hidden_table(table)
    dark = {code for key, code in hidden if key == place.pk} if place.is_community else no_sum
    names = {category.pk: category.label for category in Category.objects.filter(pk__in=sums)}
    lines = [
        Line(
            label=names[code],
            received=None if code in dark else found.counts["n"],
            median_days=None if code in dark else found.median_days,
            on_time=None if code in dark else found.on_time,
        )
        for code, found in sorted(sums.items())
    ]
    return sorted(lines, key=lambda line: -(line.received or 0))


def _parts(
    place: Place,
    cells: Mapping[int, list[tuple[str, Cell]]],
    rows: set[int],
    hidden: set[tuple[int, str]],
    today: date,
) -> list[Line]:
    """The communities of a county, or the counties of a city, in the order of the register."""
    lines = []
    for part in Place.objects.filter(pk__in=cells).order_by("path"):
        sums = _sum(cells[part.pk], today)
        none = part.pk in rows
        dark = none or (part.pk, "open") in hidden
        counts = sums.counts
        lines.append(
            Line(
                label=part.label,
                received=None if none else counts["n"],
                median_days=None if none else sums.median_days,
                on_time=None if none else sums.on_time,
                handled=None if dark else counts["n"] - counts["open"],
                place=part,
            )
        )
    return lines
