"""Which figures a bundle holds, and which of them it must not tell."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from feedback.indicators.bundle.scored import Scored, scored_cards
from feedback.indicators.figures.rollup import EVIDENCED
from feedback.indicators.hidden import PUBLIC_LEVELS, hidden_rows
from feedback.indicators.models import Measurement, MeasurementQuerySet
from feedback.indicators.queries import PUBLIC
from feedback.indicators.states import Status
from feedback.indicators.suppression import SENSITIVE
from portal.common.suppression import LEAST
from portal.places.models import Place, PlaceLevel
from portal.projects.models import RenovationProject

#: indicator, wave, first day, last day, formula version: what children share with their parent.
Period = tuple[str, str, date, date, str]


@dataclass
class Choice:
    """The figures of a bundle by primary key, in their order.

    `hidden`: too few people stand behind them; `unnumbered` are those of them of which not even the
    number of people is told. `rounded`: they contain hidden ones, and are told as
    they are published. `links`: parent → children in the bundle; `rest`: parent → the figures it
    contains that are not told; `alone`: those whose parts are not listed, as one alone is hidden.
    """

    rows: dict[int, Measurement]
    hidden: set[int]
    unnumbered: set[int]
    rounded: set[int] = field(default_factory=set)
    links: dict[int, list[int]] = field(default_factory=dict)
    rest: dict[int, list[Measurement]] = field(default_factory=dict)
    alone: set[int] = field(default_factory=set)
    cards: list[Scored] = field(default_factory=list)


def choose(place: Place, year: int, today: date, *, public: bool) -> Choice:
    """The figures of `place` and below whose period ends in `year`, and what its scores use.

    `public`: only what anyone may see on the pages, without scores. The levels between a county and
    its communities are left out, since a sum there would give cells away; and what an open survey
    has shown so far.
    """
    places = list(Place.objects.under(place).filter(level__in=PUBLIC_LEVELS).order_by("path"))
    wanted = Q(place__in=places)
    projects: list[RenovationProject] = []
    if not public:
        projects = list(RenovationProject.objects.in_place(place).order_by("code"))
        wanted |= Q(project__in=projects)
    base = Measurement.objects.latest_revisions().settled().not_withdrawn().filter(wanted)
    if public:
        base = base.filter(indicator__in=PUBLIC, variant="main")
    cards = [] if public else scored_cards(places, projects, year, today)
    rows = {row.pk: row for row in _with_scored(base, cards, year)}
    hidden = hidden_rows(list(rows.values()))
    choice = Choice(rows, hidden.values, hidden.numbers, cards=cards)
    choice.hidden |= {
        row.pk
        for row in rows.values()
        if row.indicator in SENSITIVE and row.status == Status.INSUFFICIENT
    }
    if public:
        choice.rounded |= {row.pk for row in rows.values() if row.indicator == "I39" and few(row)}
    _link(choice)
    _round(choice)
    return choice


def few(row: Measurement) -> bool:
    """Whether so few gave one of the answers that their number is not published."""
    return any(0 < count < LEAST for count in row.inputs.get("counts", {}).values())


def _with_scored(
    base: MeasurementQuerySet, cards: Sequence[Scored], year: int
) -> list[Measurement]:
    """Those of the year, and the waves of earlier years that its scores stand on."""
    lines = [line for one in cards for line in one.card.lines]
    keys = {line.given.measurement for line in lines if line.given.measurement is not None}
    waves = set(
        Measurement.objects.filter(pk__in=keys)
        .exclude(wave="")
        .order_by()
        .values_list("wave", flat=True)
    )
    of_year = Q(period_end__gte=date(year, 1, 1), period_end__lte=date(year, 12, 31))
    found = base.filter(of_year | Q(wave__in=waves)).select_related("place", "project__county")
    return list(
        found.order_by("period_end", "indicator", "variant", "place__path", "project__code", "pk")
    )


def _period(row: Measurement) -> Period:
    return row.indicator, row.wave, row.period_start, row.period_end, row.formula_version


def _link(choice: Choice) -> None:
    """Find the parts of every sum, in the bundle or not. One query for each level of sums."""
    parents = [row for row in choice.rows.values() if row.pk not in choice.hidden and is_sum(row)]
    for level in (PlaceLevel.COUNTY, PlaceLevel.CITY):
        ours = [
            (row, row.place.path) for row in parents if row.place and row.place.level_id == level
        ]
        if not ours:
            continue
        below = _parts([row for row, _path in ours], {path for _row, path in ours}, level)
        for row, path in ours:
            variant = "main" if row.definition.method in EVIDENCED else row.variant
            parts = below[path, variant, _period(row)]
            rest = [one for one in parts if not _is_told(choice, one)]
            choice.rest[row.pk] = rest
            if len(rest) == 1 and row.indicator in SENSITIVE and rest[0].pk in choice.hidden:
                # What is left over would be the one that is hidden.
                choice.alone.add(row.pk)
            else:
                choice.links[row.pk] = [one.pk for one in parts if _is_told(choice, one)]


def is_sum(row: Measurement) -> bool:
    if row.place is None or row.place.level_id == PlaceLevel.COMMUNITY:
        return False
    return not {"children", "strata", "counties", "communities"}.isdisjoint(row.inputs) or (
        row.definition.method == "GAP"
    )


def _is_told(choice: Choice, row: Measurement) -> bool:
    return row.pk in choice.rows and row.pk not in choice.hidden


def _parts(
    parents: Iterable[Measurement], paths: set[str], level: str
) -> dict[tuple[str, str, Period], list[Measurement]]:
    """(path of the parent, variant, period) → what is added up there."""
    inside = Q(pk__in=[])
    for path in paths:
        if level == PlaceLevel.CITY:
            inside |= Q(place__path__startswith=path, place__level=PlaceLevel.COUNTY)
        else:
            inside |= Q(place__path__startswith=path, place__level=PlaceLevel.COMMUNITY)
            inside |= Q(project__county__path=path)
    ends = {row.period_end for row in parents}
    found = (
        Measurement.objects.latest_revisions()
        .not_withdrawn()
        .filter(inside, indicator__in={row.indicator for row in parents}, period_end__in=ends)
        .select_related("place", "project__county")
        .order_by("pk")
    )
    parts: dict[tuple[str, str, Period], list[Measurement]] = defaultdict(list)
    for row in found:
        own = row.place or (row.project.county if row.project else None)
        for path in paths:
            if own is not None and own.path.startswith(path):
                parts[path, row.variant, _period(row)].append(row)
    return parts


def _round(choice: Choice) -> None:
    """A sum of weighted shares is exact only as long as all its parts are told: with all its digits
    it would tell what is hidden in it. Counties come before cities."""
    for pk, rest in choice.rest.items():
        row, parts = choice.rows[pk], choice.links.get(pk, [])
        if row.definition.method not in {"STRATA", "INDEX"}:
            continue
        secret = [one for one in rest if one.status != Status.DATA_ERROR]
        if secret or any(part in choice.rounded for part in parts):
            choice.rounded.add(pk)
