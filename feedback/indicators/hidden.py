"""Which figures anyone is told, given all the others that are published (domain.md §6.1.6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from feedback.indicators.definitions import definition
from feedback.indicators.models import Measurement
from feedback.indicators.states import MEASURED, Group
from feedback.indicators.suppression import (
    SENSITIVE,
    Cell,
    hidden_cells,
    hidden_numbers,
    is_small,
    joined,
    told_by_sum,
)
from feedback.indicators.survey_secrets import SurveySecrets, survey_secrets
from portal.places.models import Place, PlaceLevel

#: Levels with public figures. Between a county and its communities a sum would give cells away.
PUBLIC_LEVELS = (PlaceLevel.CITY, PlaceLevel.COUNTY, PlaceLevel.COMMUNITY)
#: Indicator, wave, first and last day.
Period = tuple[str, str, date, date]
#: A place and a period → measurement → cell: what is added up there.
Cells = dict[tuple[int, Period], dict[int, Cell]]


@dataclass(frozen=True)
class Hidden:
    """Keys of the measurements whose value, and of those whose number of answers is not told."""

    values: set[int]
    numbers: set[int]


def hidden_of(rows: Sequence[Measurement]) -> Hidden:
    """What is not told of `rows`, which are of the variant main. `place` of each row must be
    there. Five queries at most, and those of `survey_secrets`.

    The figures of a city, of its counties and of their communities are public, each the sum of
    those below. What is too small is hidden with the next smallest beside it. Where that is a
    county, enough of its own communities are hidden too: else they would add up to it.
    """
    secrets = survey_secrets(rows)
    small = {row.pk for row in rows if is_small(row.indicator, row.n)}
    hidden = Hidden(small | {row.pk for row in rows if _is_kept(row, secrets)}, small)
    wanted = [row for row in rows if row.indicator in SENSITIVE and row.place is not None]
    if not wanted:
        return hidden
    untold = _hide_counties(hidden, wanted, secrets)
    below = [row for row in wanted if row.place and row.place.is_community]
    if below:
        _hide_communities(hidden, below, secrets, untold)
    return hidden


def _hide_counties(
    hidden: Hidden, wanted: Sequence[Measurement], secrets: SurveySecrets
) -> set[tuple[int, Period]]:
    """Hide what a city would tell of its counties; the counties and periods hidden for others."""
    cities = _above(wanted, PlaceLevel.CITY)
    if not cities:
        return set()
    own = _cells(cities, PlaceLevel.CITY, wanted, secrets)
    groups = _cells(cities, PlaceLevel.COUNTY, wanted, secrets)
    untold = set()
    for (city, period), cells in groups.items():
        sums = own.get((city, period), {})
        if not any(cell.is_told for cell in sums.values()):
            continue
        here = hidden_cells(cells)
        hidden.values.update(here)
        if _counts_are_secret(period[0]):
            hidden.numbers.update(hidden_numbers(cells, here))
        if told_by_sum(cells, here):
            # No other county is there to be hidden beside it.
            hidden.values.update(sums)
            hidden.numbers.update(sums)
        untold |= {(cells[pk].place, period) for pk in here if cells[pk].is_told}
    return untold


def _hide_communities(
    hidden: Hidden,
    wanted: Sequence[Measurement],
    secrets: SurveySecrets,
    untold: set[tuple[int, Period]],
) -> None:
    counties = _above(wanted, PlaceLevel.COUNTY)
    groups = _cells(counties, PlaceLevel.COMMUNITY, wanted, secrets)
    for (county, period), cells in groups.items():
        here = hidden_cells(cells)
        if (county, period) in untold:
            here = joined(cells, here)
        hidden.values.update(here)
        if _counts_are_secret(period[0]):
            numbers = hidden_numbers(cells, here)
            if (county, period) in untold:
                numbers = joined({pk: cells[pk] for pk in here}, numbers)
            hidden.numbers.update(numbers)


def not_shown() -> str:
    return _("Not shown: too few answers stand behind it, or behind one beside it")


def hidden_results(rows: Sequence[Measurement]) -> Hidden:
    """`hidden_rows`, for whoever sees what is public and no more: nothing of other levels."""
    found = hidden_rows(rows)
    elsewhere = {
        row.pk for row in rows if row.place is None or row.place.level_id not in PUBLIC_LEVELS
    }
    return Hidden(found.values | elsewhere, found.numbers)


def hidden_rows(rows: Sequence[Measurement]) -> Hidden:
    """What the public is not told of `rows`, of whatever period, variant and revision. `place` of
    each row must be there. Six queries at most, and those of `survey_secrets`."""
    main = hidden_of([row for row in rows if row.variant == "main"])
    known = list(rows)
    if not all(row.is_latest for row in rows):
        # What they hold now is hidden by its own key.
        known += Measurement.objects.filter(pk__in=main.values).defer("inputs")
    values = {_slot(row) for row in known if row.pk in main.values}
    numbers = {_slot(row) for row in known if row.pk in main.numbers}
    return Hidden(
        {row.pk for row in rows if _slot(row) in values or is_small(row.indicator, row.n)},
        {row.pk for row in rows if _slot(row) in numbers or is_small(row.indicator, row.n)},
    )


def _slot(row: Measurement) -> tuple[object, ...]:
    return row.indicator, row.place_id, row.project_id, row.wave, row.period_start, row.period_end


def _counts_are_secret(indicator: str) -> bool:
    """How many took part in a survey is public for every place."""
    return definition(indicator).group != Group.SURVEYS


def _is_kept(row: Measurement, secrets: SurveySecrets) -> bool:
    place = row.place
    return place is not None and secrets.keeps(row.indicator, row.wave, place.pk, place.path)


def _above(rows: Iterable[Measurement], level: str) -> list[Place]:
    """The places of `level` that hold those of `rows`, or are among them. One query."""
    paths = {
        row.place.path[:end]
        for row in rows
        if row.place is not None
        for end in range(Place.steplen, len(row.place.path) + 1, Place.steplen)
    }
    return list(Place.objects.filter(level=level, path__in=paths).order_by("path"))


def _cells(
    parents: Sequence[Place],
    level: str,
    wanted: Sequence[Measurement],
    secrets: SurveySecrets,
) -> Cells:
    """All of `level` in `parents` in the periods of `wanted`."""
    periods = {(row.indicator, row.wave, row.period_start, row.period_end) for row in wanted}
    names = ("pk", "place", "place__path", "indicator", "wave", "period_start", "period_end")
    rows = (
        Measurement.objects.latest_revisions()
        .filter(
            variant="main",
            place__level=level,
            indicator__in={period[0] for period in periods},
            period_end__in={period[3] for period in periods},
        )
        .under_any(parents)
        .order_by("pk")
        .values_list(*names, "n", "status")
    )
    groups: Cells = {}
    for pk, place, path, indicator, wave, start, end, n, status in rows:
        period = (indicator, wave, start, end)
        if period not in periods:
            continue
        parent = next(one for one in parents if path.startswith(one.path))
        is_kept = secrets.keeps(indicator, wave, place, path)
        cell = Cell(n or 0, status in MEASURED and not is_kept, place)
        groups.setdefault((parent.pk, period), {})[pk] = cell
    return groups
