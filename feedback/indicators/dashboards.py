"""What the dashboards read: one place or project at a glance. A fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from feedback.complaints.queries import event_months_by_community
from feedback.indicators import charts, dashboard_charts
from feedback.indicators.cards import Scope, place_of
from feedback.indicators.charts import Chart, Mark
from feedback.indicators.dashboard_charts import MonthRate, Sample
from feedback.indicators.definitions import Definition, Direction, Method, current
from feedback.indicators.figures.exposure import household_steps, households_on
from feedback.indicators.models import Measurement
from feedback.indicators.queries import unit_label
from feedback.indicators.staff_figures import Line, line, lines, told, visible_rows
from feedback.indicators.states import MEASURED, Status
from feedback.indicators.suppression import SMALL
from feedback.indicators.targets import TargetBook
from portal.common.periods import add_months, months_between
from portal.places.models import Place, PlaceLevel
from portal.projects.queries import Window, construction_windows

if TYPE_CHECKING:
    from portal.accounts.models import User

#: So many periods a small chart goes back.
YEARS_BACK = 3
#: A funnel of more points says nothing, and the table would be a register.
MOST_COMMUNITIES = 500
#: How wide a small chart is, in pixels.
SMALL_WIDTH = 260
#: A place is near its target from here on, in % of it.
NEAR = 90


@dataclass(frozen=True)
class Multiple:
    """One small chart: an indicator over its last periods."""

    line: Line
    chart: Chart
    cell: "HeatCell"


@dataclass(frozen=True)
class HeatCell:
    """`tone` is met, near, missed, few (too few answers), none (no target) or empty; `mark` says it
    without colour."""

    line: Line | None
    tone: str
    mark: str


@dataclass(frozen=True)
class HeatRow:
    place: Place
    cells: list[HeatCell]


_SAMPLES = frozenset({Method.SAMPLE, Method.STRATA, Method.INDEX})
MARKS = {"met": "●", "near": "◐", "missed": "○", "few": "△", "none": "", "empty": ""}


def communities_of(scope: Scope) -> list[Place]:
    """The communities of a place or a project, at most MOST_COMMUNITIES + 1."""
    if isinstance(scope, Place):
        found = Place.objects.under(scope).communities().order_by("path")
    else:
        found = Place.objects.communities().filter(renovation__project=scope).order_by("path")
    return list(found[: MOST_COMMUNITIES + 1])


def parts_of(scope: Scope, communities: Sequence[Place]) -> list[Place]:
    """What is compared: the counties of a city or province, else the communities."""
    if isinstance(scope, Place):
        if scope.is_community:
            return []
        if scope.level_id in {PlaceLevel.CITY, PlaceLevel.PROVINCE}:
            return list(Place.objects.under(scope).counties().order_by("path"))
    return list(communities)


def multiples(user: "User", scope: Scope, until: date) -> list[Multiple]:
    """Every indicator of `scope` that has a figure, over the last years up to `until`; surveys are
    years apart, so that all of them are shown."""
    rows = visible_rows(user, place_of(scope)).not_withdrawn().filter(**_of(scope), variant="main")
    first = date(until.year - YEARS_BACK, 1, 1)
    waves = Q(indicator__in=[known.code for known in current() if known.period == "WAVE"])
    rows = rows.filter(waves | Q(period_end__gte=first), period_start__lte=until)
    by_code: dict[str, list[Measurement]] = defaultdict(list)
    found = list(rows.defer("inputs").order_by("period_end", "pk"))
    for row in found:
        if isinstance(scope, Place):
            row.place = scope
        else:
            row.project = scope
    for row in told(user, place_of(scope), found):
        by_code[row.indicator].append(row)
    years = {row.period_end.year for row in found}
    book = TargetBook([place_of(scope)], years)
    return [
        _multiple(known, [line(row, book) for row in by_code[known.code]])
        for known in current()
        if any(row.value is not None for row in by_code.get(known.code, []))
    ]


def _multiple(known: Definition, found: Sequence[Line]) -> Multiple:
    marks = [
        Mark(
            one.period, one.value, one.low, one.high, one.target, str(one.row.get_status_display())
        )
        for one in found
    ]
    chart = charts.history(
        f"{known.code} {known.name}",
        marks,
        unit_label(known.unit),
        lower_is_better=known.direction == Direction.DOWN,
        height=110,
        total=SMALL_WIDTH,
    )
    last = next(one for one in reversed(found) if one.value is not None)
    return Multiple(last, chart, _heat_cell(last))


def table_of(
    user: "User", scope: Scope, parts: Sequence[Place], year: int | None
) -> dict[int, dict[str, Line]]:
    """Part pk → indicator → its latest figure, or the latest of a year. Two queries."""
    rows = visible_rows(user, place_of(scope)).filter(variant="main")
    if year:
        rows = rows.ending_in(year)
    table: dict[int, dict[str, Line]] = defaultdict(dict)
    for one in lines(user, list(rows.current_of(parts).defer("inputs")), parts):
        if one.row.place_id is not None:
            table[one.row.place_id][one.row.indicator] = one
    return table


def heat(
    parts: Sequence[Place], table: dict[int, dict[str, Line]]
) -> tuple[list[Definition], list[HeatRow]]:
    """Indicators that any part has, and the rows of the heat table."""
    columns = [
        known
        for known in current()
        if any(
            (one := found.get(known.code)) is not None and one.value is not None
            for found in table.values()
        )
    ]
    rows = [
        HeatRow(part, [_heat_cell(table.get(part.pk, {}).get(known.code)) for known in columns])
        for part in parts
    ]
    return columns, rows


def _heat_cell(found: Line | None) -> HeatCell:
    if found is None or found.value is None:
        tone = "empty"
    elif found.row.status == Status.INSUFFICIENT:
        tone = "few"
    elif found.attainment is None:
        tone = "none"
    elif found.attainment >= 100:
        tone = "met"
    else:
        tone = "near" if found.attainment >= NEAR else "missed"
    return HeatCell(found, tone, MARKS[tone])


def ranking(
    known: Definition, parts: Sequence[Place], table: dict[int, dict[str, Line]]
) -> Chart | None:
    """A figure from too few answers takes no rank; nor does one from fewer than ten where all of
    them answered, which has no interval, but is chance all the same."""
    marks = []
    for part in parts:
        one = table.get(part.pk, {}).get(known.code)
        if one is not None:
            is_few = known.method in _SAMPLES and (one.row.n or 0) < SMALL
            value = one.value if one.row.status in MEASURED and not is_few else None
            note = _("fewer than 10") if is_few and one.row.status in MEASURED else ""
            note = " · ".join(filter(None, (one.status, note)))
            marks.append(Mark(part.label, value, one.low, one.high, one.target, note))
    if len(marks) < 2:
        return None
    return dashboard_charts.ranking(
        f"{known.code} {known.name}",
        marks,
        unit_label(known.unit),
        lower_is_better=known.direction == Direction.DOWN,
    )


def has_funnel(known: Definition) -> bool:
    """Whether its figures are shares of answers: satisfied ÷ asked."""
    return known.unit == "%" and known.method in {Method.SAMPLE, Method.STRATA}


def funnel(
    known: Definition, communities: Sequence[Place], table: dict[int, dict[str, Line]]
) -> Chart | None:
    """None where the indicator is no share of answers, or too few places have one."""
    if not has_funnel(known):
        return None
    samples = []
    for place in communities:
        one = table.get(place.pk, {}).get(known.code)
        if one is not None and one.row.numerator is not None and one.row.denominator:
            samples.append(Sample(place.label, int(one.row.numerator), int(one.row.denominator)))
    return dashboard_charts.funnel(f"{known.code} {known.name}", samples)


def months(communities: Sequence[Place], until: date, title: str) -> Chart | None:
    """Complaints per 1,000 households in each of the last months up to `until`. Three queries."""
    works = construction_windows(communities)
    first, last = add_months(until, -12 * YEARS_BACK), until
    counts: dict[date, int] = defaultdict(int)
    keys = [place.pk for place in communities]
    for found in event_months_by_community(keys, first, last).values():
        for month, channels in found.items():
            counts[month] += sum(channels.values())
    steps = household_steps(communities)
    rates = [
        MonthRate(
            month,
            counts[month],
            sum(households_on(found, month) for found in steps.values()),
        )
        for month in months_between(first, last)
    ]
    # What nobody kept a ledger for is not a month without complaints.
    begun = next((index for index, one in enumerate(rates) if one.events), len(rates))
    return dashboard_charts.months(title, rates[begun:], _works(works.values(), until))


def _works(windows: Iterable[Window], until: date) -> tuple[date, date] | None:
    """From the first start to the last completion; works that go on end with `until`."""
    found = list(windows)
    if not found:
        return None
    return (
        min(one.start for one in found).replace(day=1),
        max(one.completed or until for one in found),
    )


def _of(scope: Scope) -> dict[str, Scope]:
    return {"place" if isinstance(scope, Place) else "project": scope}
