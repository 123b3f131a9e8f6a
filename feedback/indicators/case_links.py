"""From a complaint figure down to its cases, number by number."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from feedback.complaints.figure_cases import PARTS
from feedback.complaints.opened_figure import part_name
from feedback.indicators.figures.complaints import frozen_at
from feedback.indicators.figures.rollup import adds_up_counties
from feedback.indicators.models import Measurement, MeasurementQuerySet
from feedback.indicators.states import Group
from portal.places.models import Place, PlaceLevel

#: Above a community only sums are kept: (indicator, variant) → what numerator, denominator and
#: population are sums of.
_SUMS = {
    ("I25", "main"): ("verified", "due", ""),
    ("I32", "main"): ("on_time", "due", ""),
    ("I33", "main"): ("solved", "answered", "asked"),
    ("I33", "staff_claim"): ("resolved", "closed", ""),
    ("I34", "main"): ("satisfied", "rated", "asked"),
    ("I35", "main"): ("repeated", "closed", ""),
    ("I35", "known_home"): ("repeated", "with_household", ""),
    ("I36", "main"): ("events", "", ""),
}


#: A longer list is no help; the overview ranks and pages them.
MOST_PARTS = 200


@dataclass(frozen=True)
class CaseLink:
    """One number of the evidence and the list of the cases it counts."""

    name: str
    number: int
    url: str


def case_links(row: Measurement) -> list[CaseLink]:
    """Nothing for other figures, for what was withdrawn, for older revisions, whose cases may have
    changed since, and for a reduction above one community: its parts are compared over months of
    their own."""
    if row.place is None or row.definition.group != Group.COMPLAINTS:
        return []
    if not row.is_latest or not row.inputs:
        return []
    if row.indicator == "I28":
        found = _reduction(row) if row.place.level_id == PlaceLevel.COMMUNITY else iter(())
    else:
        found = _shares(row)
    return list(found)


def parts_below(row: Measurement, visible: MeasurementQuerySet) -> list[Measurement]:
    """The figures among `visible` that one above a community adds up, to be opened one by one, at
    most MOST_PARTS of them: those of counties, or of communities and projects."""
    above = row.place is not None and row.place.level_id != PlaceLevel.COMMUNITY
    if row.place is None or not above or not row.is_latest:
        return []
    below = Place.objects.under(row.place)
    if adds_up_counties(row.place):
        parts = Q(place__in=below.counties())
    else:
        parts = Q(place__in=below.communities())
        if row.place.level_id == PlaceLevel.COUNTY:
            parts |= Q(project__county=row.place)
    same = Q(
        indicator=row.indicator,
        variant=row.variant,
        wave=row.wave,
        period_start=row.period_start,
        period_end=row.period_end,
        formula_version=row.formula_version,
    )
    found = visible.not_withdrawn().filter(same & parts).select_related("place", "project")
    return list(found.order_by("place__path", "project__code", "pk")[:MOST_PARTS])


def _shares(row: Measurement) -> Iterator[CaseLink]:
    month = f"{row.period_start:%Y-%m}"
    moment = min(row.computed_at, frozen_at(row.period_start))
    if "children" in row.inputs:
        names = _SUMS[row.indicator, row.variant]
        numbers = (row.numerator, row.denominator, row.population)
        known = {name: int(number or 0) for name, number in zip(names, numbers, strict=True)}
    else:
        known = {name: row.inputs[name] for name in PARTS[row.indicator] if name in row.inputs}
        if {"answered", "silent"} <= known.keys():
            known["asked"] = known["answered"] + known["silent"]
    for name in PARTS[row.indicator]:
        if name in known:
            yield _link(row, name, known[name], month, moment=moment)


def _reduction(row: Measurement) -> Iterator[CaseLink]:
    channels = ",".join(row.inputs["channels"])
    for side in ("before", "after"):
        months = row.inputs[side]["months"]
        found = _link(row, "events", row.inputs[side]["events"], ",".join(months), channels)
        yield CaseLink(f"{found.name} {months[0]} – {months[-1]}", found.number, found.url)
    yield _link(row, "apart", row.inputs["apart"], ",".join(row.inputs["after"]["months"]))


def _link(
    row: Measurement,
    part: str,
    number: int,
    months: str,
    channels: str = "",
    moment: datetime | None = None,
) -> CaseLink:
    given = {
        "figure": row.indicator,
        "part": part,
        "months": months,
        "place": row.place.code if row.place else "",
        "channels": channels,
        "seen": moment.isoformat() if moment else "",
    }
    query = urlencode({name: text for name, text in given.items() if text})
    url = f"{reverse('complaints_staff:list')}?{query}"
    return CaseLink(part_name(row.indicator, part), number, url)
