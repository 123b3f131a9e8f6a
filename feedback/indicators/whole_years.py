"""A year of what happens within its months (`Definition.flow`): their sums, never a mean of
percentages."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from feedback.indicators.definitions import definition
from feedback.indicators.figures.figure import FREEZE_DAYS, Figure, Sums, calendar_frame
from feedback.indicators.models import Measurement
from feedback.indicators.states import Status
from portal.common.canonical import sha256_hex
from portal.common.periods import Period


def last_closed_year(today: date) -> int:
    """The last year whose December is final."""
    return (today - timedelta(days=FREEZE_DAYS - 1)).year - 1


def year_figure(rows: Sequence[Measurement], year: int, today: date) -> Figure:
    """The figure of the months `rows` of one place or project, an indicator and a year."""
    total = Sums(Decimal(0), Decimal(0))
    for row in rows:
        total += Sums(
            row.numerator or Decimal(0), row.denominator or Decimal(0), row.n, row.population
        )
    known = definition(rows[-1].indicator)
    # Months without a case have no figure, and the year is not over before its last one is.
    whole = calendar_frame(known, Period(date(year, 1, 1), date(year, 12, 31), "YEAR"), today)
    dates = [whole.freeze_date, *(row.freeze_date for row in rows)]
    freeze = None if None in dates else max(day for day in dates if day is not None)
    figure = replace(whole, freeze_date=freeze).share(rows[-1].variant, total, {})
    if figure.status == Status.OK and any(row.status == Status.PROVISIONAL for row in rows):
        return replace(figure, status=Status.PROVISIONAL)
    return figure


def whole_year(rows: Sequence[Measurement], today: date) -> Measurement:
    """The months `rows` of a year, in their order, as one figure with the key of the last of them.

    It is not to be saved. Its hash commits to the hashes of the months.
    """
    found = copy(rows[-1])
    year = found.period_end.year
    figure = year_figure(rows, year, today)
    found.period_start, found.period_end = date(year, 1, 1), date(year, 12, 31)
    found.status, found.reason = figure.status, figure.reason
    found.numerator, found.denominator = figure.numerator, figure.denominator
    found.value, found.low, found.high = figure.value, figure.low, figure.high
    found.n, found.population = figure.n, figure.population
    found.inputs = {}
    found.inputs_hash = sha256_hex([[f"{row.period_start:%Y-%m}", row.inputs_hash] for row in rows])
    return found


def by_year(rows: Iterable[Measurement]) -> dict[int, list[Measurement]]:
    """Rows in the order of their periods, by the year they end in."""
    return {year: list(found) for year, found in groupby(rows, key=lambda row: row.period_end.year)}


def months_of(row: Measurement) -> list[Measurement]:
    """The months that count, of the year in which `row` ends."""
    rows = Measurement.objects.series_of(row).countable()
    return list(rows.filter(period_end__year=row.period_end.year))
