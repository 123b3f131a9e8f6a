"""The rows of a bundle's tables, from the figures that were chosen."""

import json
import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone

from feedback.indicators.bundle import recompute
from feedback.indicators.bundle.choosing import Choice, few
from feedback.indicators.bundle.scored import Scored
from feedback.indicators.models import Measurement
from feedback.indicators.scorecards import Line
from feedback.indicators.scoring import attainment, shown
from feedback.indicators.states import Status
from feedback.indicators.suppression import SENSITIVE, SMALL
from feedback.indicators.targets import TargetBook
from feedback.surveys.models import SurveyTally
from portal.places.models import Place

Cells = dict[str, Any]
#: Told to staff on the page of a figure, and published nowhere.
_STAFF_ONLY = ("modes", "partly", "by_callback", "apart", "rest", "left_out")


def plain(number: Decimal | None) -> str:
    """All its digits, without zeros at the end."""
    return "" if number is None else format(number.normalize(), "f") if number else "0"


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def code_of(row: Measurement) -> str:
    scope = row.place or row.project
    return scope.code if scope else ""


def measurement_rows(choice: Choice, *, public: bool) -> Iterator[Cells]:
    rows = choice.rows.values()
    places = {row.place.pk: row.place for row in rows if row.place}
    counties = {row.project.county.pk: row.project.county for row in rows if row.project}
    years = {row.period_end.year for row in rows}
    book = TargetBook([*places.values(), *counties.values()], years)
    for row in rows:
        yield _measurement(row, choice, book, public=public)


def _measurement(row: Measurement, choice: Choice, book: TargetBook, *, public: bool) -> Cells:
    hidden, rounded = row.pk in choice.hidden, row.pk in choice.rounded
    target = shown(book.value_for(row))
    numbers: Cells = {}
    value: Decimal | None = None
    if not hidden:
        value = shown(row.value) if rounded else row.value
        for name in ("value", "low", "high"):
            number = getattr(row, name)
            numbers[name] = plain(shown(number) if rounded else number)
        if not rounded:
            numbers |= {"numerator": plain(row.numerator), "denominator": plain(row.denominator)}
    if row.pk not in choice.unnumbered:
        numbers |= {"n": row.n, "population": row.population}
    reached = attainment(row.definition, row.variant, value=value, target=target, status=row.status)
    inputs = None if hidden else told_inputs(row, choice, public=public)
    return {
        "id": row.pk,
        "indicator": row.indicator,
        "variant": row.variant,
        "scope": code_of(row),
        "wave": row.wave,
        "period_start": row.period_start.isoformat(),
        "period_end": row.period_end.isoformat(),
        "formula_version": row.formula_version,
        "revision": row.revision,
        "status": row.status,
        "reason": row.reason,
        **numbers,
        "unit": row.unit,
        "target": plain(target),
        "attainment": plain(shown(reached)),
        "freeze_date": row.freeze_date.isoformat() if row.freeze_date else "",
        "computed_on": timezone.localdate(row.computed_at).isoformat(),
        "inputs_hash": row.inputs_hash if inputs == row.inputs else "",
        "precision": "2" if rounded else "6",
        "hidden": "1" if hidden else "",
    }


def told_inputs(row: Measurement, choice: Choice, *, public: bool) -> Cells:
    """The inputs, without what nobody is told."""
    if row.pk in choice.rounded:
        return {"published": _published(row)}
    if not public:
        return dict(row.inputs)
    inputs = {key: value for key, value in row.inputs.items() if key not in _STAFF_ONLY}
    if row.indicator == "I38" and few(row):
        counts = row.inputs["counts"]
        top = counts.get("5", 0) + counts.get("4", 0)
        return {"top": top, "n": sum(counts.values()), "households": row.inputs["households"]}
    return inputs


def _published(row: Measurement) -> Cells:
    """A weighted share or mean with the digits that are published: no more can be undone from it
    than from the page."""
    inputs, is_share = row.inputs, row.definition.method == "STRATA"
    one = False
    if "counts" in inputs:
        strata = [recompute.mean_stratum(inputs["households"], inputs["counts"])]
        total = recompute.total_of(strata, is_share=False)
    else:
        total = recompute.total_from(inputs["total"])
        if "strata" in inputs:
            strata = [recompute.stratum_of(item) for item in inputs["strata"]]
            one = is_share and recompute.total_of(strata, is_share).strata == 1
    size = total.population
    return {
        "population": size,
        "silent": total.silent,
        "n": total.n,
        "value": f"{total.weighted / size:.4f}" if size else None,
        "error": _short(math.sqrt(total.variance) / size) if size else None,
        "one": one,
    }


def _short(number: float) -> str:
    return f"{number:.4f}" if number >= 0.01 or not number else f"{number:.2g}"


def input_rows(choice: Choice, *, public: bool) -> Iterator[Cells]:
    for pk, row in choice.rows.items():
        if pk not in choice.hidden:
            yield {"id": pk, "inputs": dumps(told_inputs(row, choice, public=public))}


def rollup_rows(choice: Choice) -> Iterator[Cells]:
    for parent, children in choice.links.items():
        yield from ({"parent": parent, "child": child} for child in children)


def remainder_rows(choice: Choice) -> Iterator[Cells]:
    for parent in choice.links:
        rest = choice.rest[parent]
        if rest:
            sums = _remainder(choice.rows[parent], rest)
            yield {"parent": parent, "parts": len(rest), "sums": dumps(sums)}


def _remainder(parent: Measurement, rest: Sequence[Measurement]) -> Cells:
    method = parent.definition.method
    if method == "GAP":
        return {
            key: plain(sum((Decimal(row.inputs[key]) for row in rest), Decimal(0)))
            for key in ("budget", "contract")
        }
    if method == "REDUCTION":
        return {
            side: {
                key: sum(row.inputs[side][key] for row in rest)
                for key in ("events", "household_months")
            }
            for side in ("before", "after")
        }
    if method in {"STRATA", "INDEX"}:
        rest = [row for row in rest if row.status != Status.DATA_ERROR]
        return {name: sum(getattr(row, name) or 0 for row in rest) for name in ("n", "population")}
    return {
        "numerator": plain(sum((row.numerator or Decimal(0) for row in rest), Decimal(0))),
        "denominator": plain(sum((row.denominator or Decimal(0) for row in rest), Decimal(0))),
        "n": sum(row.n or 0 for row in rest),
        "population": sum(row.population or 0 for row in rest),
    }


def place_rows(choice: Choice) -> Iterator[Cells]:
    found = {row.place.pk: row.place for row in choice.rows.values() if row.place}
    places = sorted(found.values(), key=lambda place: place.path)
    for place in places:
        above = [one for one in places if one.depth < place.depth and _holds(one, place)]
        yield {
            "code": place.code,
            "kind": "place",
            "name": place.name,
            "level": str(place.level_id),
            "parent": above[-1].code if above else "",
        }
    projects = {row.project.pk: row.project for row in choice.rows.values() if row.project}
    for project in projects.values():
        yield {
            "code": project.code,
            "kind": "project",
            "name": project.name,
            "parent": project.county.code,
        }


def _holds(upper: Place, lower: Place) -> bool:
    return lower.path.startswith(upper.path)


def tally_rows(choice: Choice, *, public: bool) -> Iterator[Cells]:
    """Who took part is published as counts; what was answered only where the figure is."""
    told, partly = set(), set()
    for row in choice.rows.values():
        if row.wave and "counts" in row.inputs and row.place is not None:
            key = (row.wave, row.place.pk)
            partly.add(key)
            if row.pk not in choice.hidden and not (public and few(row)):
                told.add(key)
    waves = {wave for wave, _place in partly}
    tallies = (
        SurveyTally.objects.filter(
            survey__slug__in=waves, community__in={place for _wave, place in partly}
        )
        .select_related("survey", "community")
        .defer("questions", "survey__questions")
        .order_by("survey__slug", "community__path")
    )
    for tally in tallies:
        open_ = (tally.survey.slug, tally.community_id) in told
        yield {
            "survey": tally.survey.slug,
            "community": tally.community.code,
            "population": tally.population,
            "occupied": tally.occupied,
            "issued": tally.issued,
            "returned": tally.returned,
            "valid": tally.valid if open_ else "",
            "counts": dumps(tally.counts) if open_ else "",
        }


# --- scores ---


def card_rows(choice: Choice) -> Iterator[tuple[Cells, list[Cells]]]:
    """Each card with its lines; a card that would tell a hidden cell without both."""
    months = _months(choice)
    for number, one in enumerate(choice.cards, start=1):
        lines = [_line(number, one, line, choice, months) for line in one.card.lines]
        kept = [line for line in lines if line is not None]
        withheld = len(kept) < len(lines)
        yield (
            {
                "id": number,
                "scope": one.scope.code,
                "year": one.year,
                "scheme": one.card.scheme.code,
                "scheme_version": one.card.scheme.version,
                "as_of": one.as_of.isoformat(),
                "total": "" if withheld else plain(one.card.total),
                "grade": "" if withheld or not one.card.grade else one.card.grade.name.zh,
                "withheld": "1" if withheld else "",
            },
            [] if withheld else kept,
        )


Months = dict[tuple[int | None, int | None, str, int], list[Measurement]]


def _months(choice: Choice) -> Months:
    found: Months = {}
    for row in choice.rows.values():
        if row.variant == "main":
            key = (row.place_id, row.project_id, row.indicator, row.period_end.year)
            found.setdefault(key, []).append(row)
    return found


def _line(card: int, scored: Scored, line: Line, choice: Choice, months: Months) -> Cells | None:
    """None where the line would tell what is hidden."""
    given, known = line.given, line.part.definition
    sums: Cells = {}
    value = given.value
    if given.measurement and known.flow:
        key = (
            scored.scope.pk if isinstance(scored.scope, Place) else None,
            None if isinstance(scored.scope, Place) else scored.scope.pk,
            known.code,
            scored.year,
        )
        rows = months.get(key, [])
        n = sum(row.n or 0 for row in rows)
        secret = [row for row in rows if row.pk in choice.hidden]
        if known.code in SENSITIVE and secret and (len(secret) == 1 or n < SMALL):
            return None
        sums = {
            "numerator": plain(sum((row.numerator or Decimal(0) for row in rows), Decimal(0))),
            "denominator": plain(sum((row.denominator or Decimal(0) for row in rows), Decimal(0))),
            "n": n if any(row.n is not None for row in rows) else "",
            "population": sum(row.population or 0 for row in rows)
            if any(row.population is not None for row in rows)
            else "",
        }
    elif given.measurement in choice.hidden:
        return None
    elif given.measurement in choice.rounded:
        value = shown(value)
    return {
        "card": card,
        "indicator": known.code,
        "measurement": given.measurement or "",
        "value": plain(value),
        "target": plain(given.target),
        "status": given.status,
        **sums,
        "band": plain(given.band),
        "deduction": plain(given.deduction) if given.deduction else "",
        "own_weight": plain(line.part.weight),
        "weight": plain(line.weight),
        "points": plain(line.points),
    }
