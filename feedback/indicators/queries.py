"""What pages show of the figures. Numbers of queries do not grow with the places."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.indicators.definitions import OF_EVENTS, Definition, definition
from feedback.indicators.hidden import PUBLIC_LEVELS, Hidden, hidden_of
from feedback.indicators.models import Measurement
from feedback.indicators.scoring import attainment, shown
from feedback.indicators.states import MEASURED, Group, Status
from feedback.indicators.suppression import SENSITIVE, is_small
from feedback.indicators.targets import TargetBook
from portal.places.models import Place, PlaceQuerySet

#: What the public sees, in this order; the record of the works is kept for projects and counties.
PUBLIC = (
    *("I38", "I39", "I40", "I33", "I32", "I34", "I28", "I29", "I12", "I13"),
    *("I09", "I06", "I22", "I24"),
)


@dataclass(frozen=True)
class PublicFigure:
    """One figure as anyone may see it.

    `value`, `low`, `high`, `target` and `attainment` are rounded as shown; None where they are not
    told, and `note` says why. `n` is None where even the number of answers is too small to tell,
    and with it `population`, but for a survey: there it is the households.
    """

    code: str
    name: str
    value: Decimal | None
    unit: str
    low: Decimal | None
    high: Decimal | None
    n: int | None
    population: int | None
    status: str
    note: str
    as_of: date
    target: Decimal | None
    attainment: Decimal | None
    period_start: date
    period_end: date
    pk: int

    @property
    def has_interval(self) -> bool:
        return self.low is not None and self.low != self.high

    @property
    def period(self) -> str:
        """Of which time it is, for a cell of a table: figures beside it may be of another."""
        known = definition(self.code)
        if known.period == "WAVE":
            return f"{self.period_end:%Y-%m}"
        return period_label(known, self.period_start, self.period_end)

    @property
    def is_of_events(self) -> bool:
        return definition(self.code).method in OF_EVENTS


def public_places() -> PlaceQuerySet:
    return Place.objects.filter(level__in=PUBLIC_LEVELS)


def public_figures(place: Place, codes: Sequence[str] = PUBLIC) -> list[PublicFigure]:
    """The latest figures of `place`, in the order of `codes`. Results of a survey that is still
    open are not among them."""
    return public_table([place], codes).get(place.pk, [])


def public_table(
    places: Iterable[Place], codes: Sequence[str] = PUBLIC
) -> dict[int, list[PublicFigure]]:
    """Place pk → its latest figures in the order of `codes`; small cells are hidden."""
    places = list(places)
    rows = list(_latest(places, codes))
    book = TargetBook(places, {row.period_end.year for row in rows})
    hidden = hidden_of(rows)
    found: dict[int, list[PublicFigure]] = {place.pk: [] for place in places}
    for row in sorted(rows, key=lambda row: codes.index(row.indicator)):
        if row.place_id is not None:
            found[row.place_id].append(public_figure(row, book, hidden))
    return found


def public_history(place: Place, code: str, limit: int = 24) -> list[PublicFigure]:
    """The figures of one indicator, the latest first."""
    rows = list(
        Measurement.objects.latest_revisions()
        .settled()
        .not_withdrawn()
        .filter(place=place, indicator=code, variant="main")
        .order_by("-period_end", "-pk")[:limit]
    )
    for row in rows:
        row.place = place
    book = TargetBook([place], {row.period_end.year for row in rows})
    hidden = hidden_of(rows)
    return [public_figure(row, book, hidden) for row in rows]


def public_figure(row: Measurement, book: TargetBook, hidden: Hidden) -> PublicFigure:
    known, target, is_hidden = row.definition, book.value_for(row), row.pk in hidden.values
    told = row.status in MEASURED and row.value is not None and not is_hidden
    value = row.value if told else None
    has_number = row.pk not in hidden.numbers
    return PublicFigure(
        code=row.indicator,
        name=str(known.name),
        value=shown(value),
        unit=unit_label(row.unit),
        low=shown(row.low) if told else None,
        high=shown(row.high) if told else None,
        n=row.n if has_number else None,
        population=row.population if has_number or known.group == Group.SURVEYS else None,
        status=row.status,
        note=_note(row, known, is_hidden=is_hidden),
        as_of=min(row.period_end, timezone.localdate(row.computed_at)),
        target=shown(target),
        attainment=shown(
            attainment(known, row.variant, value=value, target=target, status=row.status)
        ),
        period_start=row.period_start,
        period_end=row.period_end,
        pk=row.pk,
    )


def unit_label(unit: str) -> str:
    """The unit in the reader's language."""
    known = {"分": _("points"), "件/千户·年": _("per 1,000 households a year")}
    return known.get(unit, unit)


def period_label(known: Definition, start: date, end: date) -> str:
    """`2026-07`, `2026 Q3`, `2026`, or the days of a wave."""
    if known.period == "MONTH":
        return f"{end:%Y-%m}"
    if known.period == "QUARTER":
        return f"{end.year} Q{(end.month + 2) // 3}"
    return f"{end:%Y}" if known.period in {"YEAR", "ONCE"} else f"{start:%Y-%m-%d}–{end:%m-%d}"


def _latest(places: Sequence[Place], codes: Sequence[str]) -> Iterable[Measurement]:
    rows = Measurement.objects.settled().filter(indicator__in=codes, variant="main")
    by_key = {place.pk: place for place in places}
    for row in rows.current_of(places):
        row.place = by_key[row.place_id] if row.place_id else None
        yield row


def _note(row: Measurement, known: Definition, *, is_hidden: bool) -> str:
    few_answers = known.group == Group.SURVEYS and row.indicator in SENSITIVE
    if is_hidden and is_small(row.indicator, row.n):
        return _("Fewer than 10 answers") if few_answers else _("Too few cases to show")
    if row.status == Status.INSUFFICIENT:
        return _("Sample too small")
    if is_hidden:
        return _("Not shown, to protect a smaller group next to it")
    if row.status == Status.PROVISIONAL:
        return _("Provisional")
    return "" if row.status == Status.OK else str(Status(row.status).label)
