"""What the system proposes from a period that is final (domain.md §8). People approve."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from feedback.indicators.definitions import Definition, Method, current
from feedback.indicators.estimates import (
    Proposal,
    StratifiedTotal,
    propose_from_bounds,
    propose_rate,
    propose_target,
    rolling_baseline,
    stratified_bounds,
)
from feedback.indicators.estimates import ProposalState as PureState
from feedback.indicators.models import Measurement, Target, TargetDecision, TargetVersion
from feedback.indicators.services.acting import action_open_for
from feedback.indicators.services.target_rules import natural_operator
from feedback.indicators.services.targets import target_get, version_add
from feedback.indicators.states import (
    IN_FORCE,
    PENDING,
    Origin,
    ProposalState,
    Status,
    TargetState,
)
from feedback.indicators.targets import RATE, Holding, TargetBook
from feedback.indicators.whole_years import by_year, last_closed_year, whole_year
from portal.places.models import Place, PlaceLevel

#: Counties and above have proposals; a place below them once it has a target of its own.
LEVELS = (PlaceLevel.COUNTY, PlaceLevel.CITY)
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class _Case:
    """A final measurement, the target it is held against, and the year the next one is for.

    Of what happens within months `row` is the whole year, which is nowhere saved.
    """

    row: Measurement
    place: Place
    known: Definition
    holding: Holding
    year: int


def proposals_make(*, now: datetime) -> int:
    """Propose the next target wherever a year's last period, or a wave, is final; how many.

    A period is proposed from once: with the same inputs nothing new comes. Corrected inputs
    replace a proposal nobody has decided. A target that is approved for the year already stays.
    """
    today = timezone.localdate(now)
    made = 0
    for known in current():
        if known.proposes:
            variant = RATE[1] if known.code == RATE[0] else "main"
            for case in _cases(known, variant, today):
                made += _propose(case, now)
    return made


def _cases(known: Definition, variant: str, today: date) -> Iterable[_Case]:
    own = Target.objects.filter(indicator=known.code, project=None, versions__state__in=IN_FORCE)
    rows = (
        Measurement.objects.latest_revisions()
        .filter(indicator=known.code, variant=variant, frozen_at__isnull=False)
        .countable()
        .filter(place__isnull=False)
    )
    if known.flow:
        # One case solved in December says nothing about a target for a year.
        until = date(last_closed_year(today), 12, 31)
        rows = rows.filter(period_end__lte=until)
    elif known.period != "WAVE":
        rows = rows.filter(period_end__month=12)
    wanted = rows.filter(place__level__in=LEVELS) | rows.filter(place__in=own.values("place"))
    latest: dict[int, Measurement] = {}
    ordered = wanted.distinct().select_related("place").order_by("place_id", "period_end", "pk")
    for key, found in groupby(ordered.iterator(chunk_size=500), key=lambda row: row.place_id or 0):
        closed = list(by_year(found).values())[-1]
        latest[key] = whole_year(closed, today) if known.flow else closed[-1]
    places = [row.place for row in latest.values() if row.place is not None]
    years = {row.period_end.year for row in latest.values()}
    book = TargetBook(places, years | {today.year, today.year + 1})
    for row in latest.values():
        place = row.place
        if place is None:
            continue
        holding = book.holding(place, known.code, variant, row.period_end.year)
        holding = holding or _rate_from_reduction(book, row, place)
        if holding is not None:
            yield _Case(row, place, known, holding, max(row.period_end.year + 1, today.year))


def _rate_from_reduction(book: TargetBook, row: Measurement, place: Place) -> Holding | None:
    """Until a rate was agreed, the reduction's target applied to the rate before the works."""
    reduction = book.holding(place, row.indicator, "main", row.period_end.year)
    before = row.inputs.get("before", {})
    months = before.get("household_months", 0)
    if reduction is None or not months or not before.get("events"):
        return None
    rate = Decimal(before["events"]) * 12000 / months
    value = rate * (100 - reduction.value) / 100
    return Holding(value.quantize(_CENT, ROUND_HALF_UP), None, reduction.is_locked)


@transaction.atomic
def _propose(case: _Case, now: datetime) -> int:
    row, code, variant = case.row, case.known.code, case.row.variant
    target = target_get(place=case.place, indicator=code, variant=variant, year=case.year)
    versions = target.versions.order_by("-number")
    if versions.filter(origin=Origin.SYSTEM, inputs_hash=row.inputs_hash).exists():
        return 0
    baseline = _baseline(row, case.known, timezone.localdate(now))
    proposal = _proposal(case, baseline)
    is_decided = versions.filter(state__in=IN_FORCE).exists()
    # A target missed last year asks for action, whether or not the next one was agreed before.
    is_news = not is_decided or row.period_end.year == case.year - 1
    if proposal.state == PureState.HOLD_MISSED_ACTION and is_news:
        action_open_for(row, case.place, case.known, case.holding.value, now)
    if is_decided:
        return 0
    _replace_pending(target, now)
    version_add(
        target=target,
        value=_cents(proposal.next_target) or case.holding.value,
        previous=case.holding.value,
        origin=Origin.SYSTEM,
        state=TargetState.FINANCE_REVIEW,
        proposed_by=None,
        reason="",
        now=now,
        proposal=ProposalState(proposal.state),
        measurement=row,
        operator=natural_operator(code, variant),
        formula_version=row.formula_version,
        inputs_hash=row.inputs_hash,
        measured=_cents(row.value),
        low=_cents(proposal.low),
        high=_cents(proposal.high),
        baseline=_cents(baseline),
    )
    return 1


def _replace_pending(target: Target, now: datetime) -> None:
    for version in target.versions.filter(origin=Origin.SYSTEM, state__in=PENDING):
        TargetVersion.objects.filter(pk=version.pk).update(state=TargetState.SUPERSEDED)
        TargetDecision.objects.create(
            version=version, state=TargetState.SUPERSEDED, actor=None, decided_at=now
        )


def _proposal(case: _Case, baseline: float | None) -> Proposal:
    row, target, locked = case.row, float(case.holding.value), case.holding.is_locked
    method = case.known.variant(row.variant).method
    if method == Method.AFTER_RATE:
        after = row.inputs["after"]
        years = after["household_months"] / 12
        return propose_rate(after["events"], years, target, locked or case.known.locked)
    if row.value is None:
        return Proposal(PureState.HOLD_INSUFFICIENT, target, None, None)
    locked = locked or case.known.locked
    if method == Method.STRATA and "total" in row.inputs:
        return _stratified(row, target, baseline, locked)
    if method in {Method.SAMPLE, Method.STRATA}:
        successes, n = float(row.numerator or 0), row.n or 0
        return propose_target(successes, n, row.population, target, baseline, locked)
    value = float(row.value)
    return propose_from_bounds(
        value=value,
        low=value,
        high=value,
        target=target,
        baseline=baseline,
        locked=locked,
        sufficient=row.status == Status.OK,
    )


def _stratified(row: Measurement, target: float, baseline: float | None, locked: bool) -> Proposal:
    sums = row.inputs["total"]
    bounds = stratified_bounds(
        StratifiedTotal(
            population=sums["population"],
            weighted=float(sums["weighted"]),
            weighted_variance=float(sums["weighted_variance"]),
            n=sums["n"],
            merged=sums["merged"],
            silent=sums["silent"],
        )
    )
    if bounds is None or row.value is None:
        return Proposal(PureState.HOLD_INSUFFICIENT, target, None, None)
    return propose_from_bounds(
        value=float(row.value),
        low=100 * bounds[0],
        high=100 * bounds[1],
        target=target,
        baseline=baseline,
        locked=locked,
        sufficient=row.status == Status.OK,
    )


def _baseline(row: Measurement, known: Definition, today: date) -> float | None:
    """The last three valid periods up to this one; another formula breaks the row."""
    rows = (
        Measurement.objects.series_of(row)
        .countable()
        .filter(formula_version=row.formula_version, period_end__lte=row.period_end)
        .defer("inputs")
    )
    periods: Iterable[Measurement] = rows
    if known.flow:
        periods = [whole_year(months, today) for months in by_year(rows).values()]
    values = [
        float(one.value) for one in periods if one.status == Status.OK and one.value is not None
    ]
    return rolling_baseline(values[:-4:-1])


def _cents(number: float | Decimal | None) -> Decimal | None:
    if number is None:
        return None
    exact = number if isinstance(number, Decimal) else Decimal(repr(number))
    return exact.quantize(_CENT, ROUND_HALF_UP)
