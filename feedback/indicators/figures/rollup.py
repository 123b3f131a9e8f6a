"""Figures of counties, cities and provinces: the sums of what lies below them.

A county (and what lies between it and its communities) adds up communities; above it, counties are
added up. So the work of a level does not grow with the number of communities below it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from feedback.indicators.definitions import Definition, Method, codes_in, definition
from feedback.indicators.estimates import (
    MeanStratum,
    StratifiedTotal,
    Stratum,
    mean_stratum,
    mean_total,
    share_total,
    stratified_mean,
    stratified_share,
    total_mean,
    total_share,
)
from feedback.indicators.figures import complaints
from feedback.indicators.figures.figure import Figure, Frame, Slot, Sums
from feedback.indicators.figures.projects import gap
from feedback.indicators.figures.surveys import INDEX
from feedback.indicators.models import Measurement
from feedback.indicators.states import Group, Status
from portal.common.periods import Period
from portal.places.models import Place, PlaceLevel

#: Methods that need more of a child than its sums. Their other variants follow from the main one.
EVIDENCED = frozenset({Method.STRATA, Method.INDEX, Method.GAP, Method.REDUCTION})


class Part(NamedTuple):
    """What is read of a measurement that is added up. `is_own` is what the place did itself: it is
    no measurement."""

    #: Of the place or project.
    code: str
    indicator: str
    variant: str
    wave: str
    period_start: date
    period_end: date
    formula_version: str
    status: str
    numerator: Decimal | None
    denominator: Decimal | None
    n: int | None
    population: int | None
    freeze_date: date | None
    #: Read only where the sums are not enough.
    inputs: Mapping[str, Any] = MappingProxyType({})
    is_own: bool = False


SUMMED = Part._fields[1 : Part._fields.index("inputs")]
SlotKey = tuple[str, str, str, date, date]


@dataclass(frozen=True)
class AddedUp:
    """`waiting` are those (by their main variant) whose parts are not all measured by one version
    of the formula yet: what is stored stands, as half of a new sum would be no figure."""

    figures: list[Figure]
    waiting: list[Slot]


def place_figures(place: Place, group: Group, today: date, own: Sequence[Figure] = ()) -> AddedUp:
    """The figures of `place` in `group`, from the latest measurements of its children and from what
    it did itself (`own`)."""
    rows: dict[SlotKey, list[Part]] = defaultdict(list)
    for row in [*_children(place, group), *(_own(figure) for figure in own)]:
        key = row.indicator, row.variant, row.wave, row.period_start, row.period_end
        rows[key].append(row)
    found = AddedUp([], [])
    for key in sorted(rows):
        if len({row.formula_version for row in rows[key]}) == 1:
            found.figures.extend(_add_up(rows[key], today))
        else:
            indicator, _variant, wave, start, end = key
            found.waiting.append(Slot(indicator, "main", start, end, wave))
    return found


def _own(figure: Figure) -> Part:
    """`figure` as one more part."""
    slot = figure.slot
    return Part(
        code="",
        indicator=slot.indicator,
        variant=slot.variant,
        wave=slot.wave,
        period_start=slot.start,
        period_end=slot.end,
        formula_version=figure.formula_version,
        status=figure.status,
        numerator=figure.numerator,
        denominator=figure.denominator,
        n=figure.n,
        population=figure.population,
        freeze_date=figure.freeze_date,
        is_own=True,
    )


def adds_up_counties(place: Place) -> bool:
    return place.level_id in {PlaceLevel.CITY, PlaceLevel.PROVINCE}


def _children(place: Place, group: Group) -> Iterator[Part]:
    """What `place` adds up: places first, then the projects of a county."""
    measured = Measurement.objects.latest_revisions().not_withdrawn()
    below = Place.objects.under(place)
    below = below.counties() if adds_up_counties(place) else below.communities()
    # Asked for by their keys, and places apart from projects: a database takes neither a subquery
    # nor an OR to the index, and would read what was measured of this indicator anywhere. Without
    # a cursor, which is planned for its first rows only: all of them are kept anyway.
    places = dict(below.order_by("path").values_list("pk", "code"))
    projects = dict(place.renovation_projects.order_by("code", "pk").values_list("pk", "code"))
    evidenced = [code for code in codes_in(group) if definition(code).method in EVIDENCED]
    summed = [code for code in codes_in(group) if code not in evidenced]
    for scope, codes in (("place", places), ("project", projects)):
        rows = measured.filter(**{f"{scope}__in": list(codes)})
        order = {key: index for index, key in enumerate(codes)}
        for chosen, more in (
            (rows.filter(indicator__in=summed), ()),
            (rows.filter(indicator__in=evidenced, variant="main"), ("inputs",)),
        ):
            read = chosen.values_list(scope, "pk", *SUMMED, *more)
            for of, _pk, *values in sorted(read, key=lambda row: (order[row[0]], row[1])):
                yield Part(codes[of], *values)


def _add_up(rows: list[Part], today: date) -> list[Figure]:
    first = rows[0]
    known = definition(first.indicator, first.formula_version)
    frame = Frame(
        known,
        Period(first.period_start, first.period_end, known.period),
        today,
        _freeze_date(rows),
        first.wave,
    )
    method = known.variant(first.variant).method
    if method == Method.STRATA:
        return [_stratified(frame, rows)]
    if method == Method.INDEX:
        return [_index(frame, rows)]
    if method == Method.GAP:
        return _gaps(frame, rows)
    if method == Method.REDUCTION:
        return complaints.reduction_figures(frame, [row.inputs for row in rows])
    return [_shares(frame, first.variant, known, rows)]


def _freeze_date(rows: list[Part]) -> date | None:
    dates = [row.freeze_date for row in rows]
    return None if None in dates else max(day for day in dates if day is not None)


def _shares(frame: Frame, variant: str, known: Definition, rows: list[Part]) -> Figure:
    """Numerators over denominators. A child that does not apply has none to add."""
    total = _added(rows)
    inputs = {**_sums_json(total), "children": len(rows)}
    # What a place did itself is kept nowhere else.
    own = [row for row in rows if row.is_own]
    if own:
        inputs["own"] = _sums_json(_added(own))
    return frame.share(variant, total, inputs)


def _sums_json(sums: Sums) -> dict[str, Any]:
    return {
        "numerator": _plain(sums.numerator),
        "denominator": _plain(sums.denominator),
        "n": sums.n,
        "population": sums.population,
    }


def _added(rows: Sequence[Part]) -> Sums:
    total = Sums(Decimal(0), Decimal(0))
    for row in rows:
        total += Sums(
            row.numerator or Decimal(0), row.denominator or Decimal(0), row.n, row.population
        )
    return total


def _gaps(frame: Frame, rows: list[Part]) -> list[Figure]:
    budget = sum((Decimal(row.inputs["budget"]) for row in rows), Decimal(0))
    contract = sum((Decimal(row.inputs["contract"]) for row in rows), Decimal(0))
    return gap(frame, budget, contract)


# --- strata ---


def _usable(rows: list[Part]) -> list[Part]:
    """A community with more answers than households is a data error and stays out."""
    return [row for row in rows if row.status != Status.DATA_ERROR]


def _stratified(frame: Frame, rows: list[Part]) -> Figure:
    if _are_places_above(rows):
        total, inputs = _counties(rows)
        estimate = total_share(total)
    else:
        strata = [
            Stratum(row.population or 0, row.n or 0, int(row.numerator or 0))
            for row in _usable(rows)
        ]
        total = share_total(strata)
        inputs, estimate = _communities(rows, strata, total), stratified_share(strata)
    return frame.estimate(
        "main",
        estimate,
        inputs | _modes(rows),
        numerator=total.weighted if total.n else None,
        denominator=total.population if total.n else None,
    )


def _index(frame: Frame, rows: list[Part]) -> Figure:
    if _are_places_above(rows):
        total, inputs = _counties(rows)
        estimate = total_mean(total)
    else:
        strata = [_mean(row) for row in _usable(rows)]
        total = mean_total(strata)
        inputs, estimate = _communities(rows, strata, total), stratified_mean(strata)
    return frame.estimate(
        "main",
        estimate,
        inputs,
        numerator=total.weighted if total.n else None,
        denominator=total.population if total.n else None,
        scale=INDEX,
    )


def _mean(row: Part) -> MeanStratum:
    counts = {int(code): count for code, count in row.inputs["counts"].items()}
    return mean_stratum(row.population or 0, counts)


def _are_places_above(rows: list[Part]) -> bool:
    """Whether these are sums of counties already, not communities."""
    return "total" in rows[0].inputs


def _communities(
    rows: list[Part], strata: Sequence[Stratum | MeanStratum], total: StratifiedTotal
) -> dict[str, Any]:
    """The evidence of a county: its strata by place code, and its sums for the level above."""
    codes = [row.code for row in _usable(rows)]
    return {
        "strata": [
            [code, s.population, s.n, _stratum_value(s)]
            for code, s in zip(codes, strata, strict=True)
        ],
        "rest": [code for code, s in zip(codes, strata, strict=True) if s.n < 2],
        "left_out": [row.code for row in rows if row.status == Status.DATA_ERROR],
        "total": _total_json(total),
    }


def _stratum_value(stratum: Stratum | MeanStratum) -> Any:
    """What was counted: satisfied answers, or the mean and variance of the scale."""
    if isinstance(stratum, Stratum):
        return int(stratum.successes)
    return [_short(stratum.mean), _short(stratum.variance)]


def _counties(rows: list[Part]) -> tuple[StratifiedTotal, dict[str, Any]]:
    total = StratifiedTotal(0, 0.0, 0.0, 0)
    counties = []
    for row in rows:
        sums = row.inputs["total"]
        total += StratifiedTotal(
            population=sums["population"],
            weighted=float(sums["weighted"]),
            weighted_variance=float(sums["weighted_variance"]),
            n=sums["n"],
            merged=sums["merged"],
            silent=sums["silent"],
        )
        counties.append([row.code, sums])
    return total, {"counties": counties, "total": _total_json(total)}


def _total_json(total: StratifiedTotal) -> dict[str, Any]:
    return {
        "population": total.population,
        "weighted": _short(total.weighted),
        "weighted_variance": _short(total.weighted_variance),
        "n": total.n,
        "merged": total.merged,
        "silent": total.silent,
    }


def _modes(rows: list[Part]) -> dict[str, Any]:
    sums = {"self": [0, 0], "staff": [0, 0]}
    for row in rows:
        for mode, (n, top) in row.inputs.get("modes", {}).items():
            sums[mode][0] += n
            sums[mode][1] += top
    return {"modes": sums}


def _short(number: float) -> str:
    """Twelve significant digits: the same on every machine, and more than anyone can count."""
    return format(number, ".12g")


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f") if number else "0"
