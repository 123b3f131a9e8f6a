"""What the staff screens show of the figures. A fixed number of queries, whatever the places."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.indicators.charts import Chart, Mark, compared, history
from feedback.indicators.definitions import Definition, Direction, Variant
from feedback.indicators.hidden import hidden_results
from feedback.indicators.models import (
    RESULTS,
    Measurement,
    MeasurementQuerySet,
    TargetVersion,
)
from feedback.indicators.queries import period_label, unit_label
from feedback.indicators.scoring import Score, attainment, score, shown
from feedback.indicators.states import Status
from feedback.indicators.targets import TargetBook
from portal.accounts.roles import Action
from portal.places.counts import household_count, household_counts
from portal.places.models import Place, PlaceLevel, PlaceQuerySet
from portal.places.permissions import can, places_with

if TYPE_CHECKING:
    from portal.accounts.models import User


@dataclass(frozen=True)
class Line:
    """One measurement with its target, attainment and points, as shown."""

    row: Measurement
    definition: Definition
    variant: Variant
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    unit: str
    target: Decimal | None
    attainment: Decimal | None
    score: Score | None

    @property
    def period(self) -> str:
        return period_label(self.definition, self.row.period_start, self.row.period_end)

    @property
    def status(self) -> str:
        return str(self.row.get_status_display())

    @property
    def points(self) -> Decimal | None:
        return shown(self.score.points) if self.score else None

    @property
    def has_interval(self) -> bool:
        return self.low is not None and self.low != self.high

    @property
    def tone(self) -> str:
        """Wagtail's colours for a status, always beside its words."""
        return {
            Status.OK: "primary",
            Status.INSUFFICIENT: "critical",
            Status.DATA_ERROR: "critical",
        }.get(Status(self.row.status), "")

    @property
    def sign(self) -> str:
        """What the target is: at least, or at most."""
        down = self.definition.direction_of(self.row.variant) == Direction.DOWN
        return "≤" if down else "≥"

    @property
    def is_missed(self) -> bool:
        return self.attainment is not None and self.attainment < 100


def visible_rows(user: "User", place: Place) -> MeasurementQuerySet:
    """Measurements somebody may see: what an open survey has shown so far only with the right to
    its results; staff of the rated places see return rates only (design decision 1)."""
    rows = Measurement.objects.latest_revisions()
    return rows if can(user, Action.RESULTS_VIEW, place) else rows.settled()


def sees_everything(user: "User", place: Place) -> bool:
    """Whether somebody sees what few answered: who evaluates or exports. The staff of the rated
    places know who took part, so that they see no more of it than everybody."""
    return can(user, Action.RESULTS_VIEW, place) or can(user, Action.FIGURES_EXPORT, place)


def places_seen_whole(user: "User") -> PlaceQuerySet:
    """Those of which `sees_everything` holds."""
    return places_with(user, Action.RESULTS_VIEW) | places_with(user, Action.FIGURES_EXPORT)


def told(user: "User", place: Place, rows: Sequence[Measurement]) -> Sequence[Measurement]:
    """`rows`, all of places, as `user` may see them: without the results that are not public, as
    too few answers stand behind them or behind one beside them (§6.1.6). They are not to be saved.
    """
    if not sees_everything(user, place):
        _tell_what_is_public(rows)
    return rows


def _tell_what_is_public(rows: Sequence[Measurement]) -> set[int]:
    """Take what is not public out of the results among `rows`; the keys of those."""
    results = [row for row in rows if row.indicator in RESULTS and row.place_id]
    hidden = hidden_results(results)
    for row in results:
        if row.pk in hidden.values:
            row.value = row.low = row.high = row.numerator = row.denominator = None
            row.inputs, row.inputs_hash = {}, ""
        if row.pk in hidden.numbers:
            row.n = None
    return hidden.values


def told_versions(user: "User", versions: Sequence[TargetVersion]) -> set[int]:
    """Take the evidence that `user` is not told, by the same rule, out of proposals; the keys of
    those. `measurement__place` of each must be there; they are not to be saved. One query besides.
    """
    places = {version.target.place_id for version in versions}
    seen = set(places_seen_whole(user).filter(pk__in=places).values_list("pk", flat=True))
    untold = [
        one
        for one in versions
        if one.measurement and one.target.indicator in RESULTS and one.target.place_id not in seen
    ]
    hidden = _tell_what_is_public([one.measurement for one in untold if one.measurement])
    for version in untold:
        # It holds figures of earlier periods, which may be hidden themselves.
        version.baseline = None
        if version.measurement_id in hidden:
            version.measured = version.low = version.high = None
            version.inputs_hash = ""
    return {one.pk for one in untold if one.measurement_id in hidden}


def place_lines(user: "User", place: Place, year: int | None) -> list[Line]:
    """The latest figure of every indicator and variant of `place`, or the latest of a year."""
    rows = visible_rows(user, place)
    if year:
        rows = rows.ending_in(year)
    found = lines(user, list(rows.current_of([place]).defer("inputs")), [place])
    return sorted(found, key=lambda one: (one.row.indicator, one.row.variant != "main"))


def lines(user: "User", rows: Sequence[Measurement], places: Sequence[Place]) -> list[Line]:
    """`places` are those of `rows`, all within the rights of `user` at the first of them."""
    book = TargetBook(places, {row.period_end.year for row in rows})
    by_key = {place.pk: place for place in places}
    for row in rows:
        if row.place_id in by_key:
            row.place = by_key[row.place_id]
    rows = told(user, places[0], rows) if places else rows
    return [line(row, book) for row in rows]


def line(row: Measurement, book: TargetBook) -> Line:
    known, target = row.definition, book.value_for(row)
    scored = row.variant == "main" and known.weight and target is not None
    return Line(
        row=row,
        definition=known,
        variant=known.variant(row.variant),
        value=shown(row.value),
        low=shown(row.low),
        high=shown(row.high),
        unit=unit_label(row.unit),
        target=shown(target),
        attainment=shown(
            attainment(known, row.variant, value=row.value, target=target, status=row.status)
        ),
        score=score(known, value=row.value, target=target, status=row.status)
        if scored and target is not None
        else None,
    )


def parts_of(place: Place) -> list[Place]:
    """What is compared below `place`: counties of a city or province, else communities."""
    below = Place.objects.under(place).exclude(pk=place.pk).order_by("path")
    if place.level_id in {PlaceLevel.CITY, PlaceLevel.PROVINCE}:
        return list(below.counties())
    return list(below.communities())


def part_lines(
    user: "User", place: Place, parts: Sequence[Place], known: Definition, year: int | None
) -> list[Line]:
    rows = visible_rows(user, place).filter(indicator=known.code, variant="main")
    if year:
        rows = rows.ending_in(year)
    found = lines(user, list(rows.current_of(parts).defer("inputs")), parts)
    return sorted(found, key=lambda one: (one.value is None, -(one.value or 0)))


def parts_chart(known: Definition, found: Sequence[Line]) -> Chart:
    marks = [
        Mark(
            one.row.place.label if one.row.place else "",
            one.value,
            one.low,
            one.high,
            one.target,
            str(one.row.get_status_display()),
        )
        for one in found
    ]
    return compared(
        str(known.name),
        marks,
        unit_label(known.unit),
        lower_is_better=known.direction == Direction.DOWN,
    )


def history_of(row: Measurement, limit: int = 24) -> list[Measurement]:
    """The periods of the same figure up to this one, the latest first."""
    rows = Measurement.objects.series_of(row).not_withdrawn()
    return list(rows.filter(period_end__lte=row.period_end).defer("inputs").reverse()[:limit])


def history_chart(user: "User", rows: Sequence[Measurement], place: Place) -> Chart:
    known = rows[0].definition
    book = TargetBook([place], {row.period_end.year for row in rows})
    for row in rows:
        row.place = place if row.place_id else None
    marks = []
    for row in reversed(told(user, place, rows)):
        one = line(row, book)
        note = str(row.get_status_display())
        marks.append(Mark(one.period, one.value, one.low, one.high, one.target, note))
    return history(
        str(known.name),
        marks,
        unit_label(rows[0].unit),
        lower_is_better=known.direction_of(rows[0].variant) == Direction.DOWN,
    )


def revisions_of(row: Measurement) -> list[Measurement]:
    """Every revision of this very figure, the latest first; older formulas come last."""
    rows = Measurement.objects.of_slot(row).defer("inputs")
    return list(rows.order_by("-is_latest", "-pk"))


def affected(row: Measurement) -> int:
    """Households the figure is about, at the end of its period (or today, if that comes first)."""
    day = min(row.period_end, timezone.localdate(row.computed_at))
    if row.place is not None:
        return household_count(row.place, day)
    communities = Place.objects.filter(renovation__project=row.project_id)
    return sum(household_counts(communities, day).values())


def modes_summary(row: Measurement) -> str:
    """Residents' own answers against those staff entered (§6.1.1); empty where one is missing."""
    modes = row.inputs.get("modes")
    if not modes:
        return ""
    (own_n, own_top), (staff_n, staff_top) = modes["self"], modes["staff"]
    if own_n < 10 or staff_n < 10:
        return ""
    own, staff = own_top / own_n, staff_top / staff_n
    error = (own * (1 - own) / own_n + staff * (1 - staff) / staff_n) ** 0.5
    gap, around = 100 * (staff - own), 196 * error
    text = _(
        "Entered by residents %(own).1f %%, by staff %(staff).1f %%: "
        "difference %(gap).1f points, 95 %% interval %(low).1f to %(high).1f."
    ) % {
        "own": 100 * own,
        "staff": 100 * staff,
        "gap": gap,
        "low": gap - around,
        "high": gap + around,
    }
    flagged = abs(gap) > 10 and (gap - around > 0 or gap + around < 0)
    warning = _("To be checked.")
    return f"{text} {warning}" if flagged else text
