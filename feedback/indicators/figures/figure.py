"""One figure with its evidence, before it is stored."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from feedback.indicators.definitions import Definition, Method
from feedback.indicators.estimates import Z95, Estimate, sample_status, wilson_interval
from feedback.indicators.states import Reason, Status
from portal.common.canonical import sha256_hex
from portal.common.periods import Period

#: A figure becomes final so long after the end of its period.
FREEZE_DAYS = 15
_SIX = Decimal("0.000001")
Number = Decimal | float | int


def exact(number: Number | None) -> Decimal | None:
    """With the six decimals that are stored. Binary fractions are rounded half-up only once."""
    if number is None:
        return None
    text = number if isinstance(number, Decimal) else repr(number)
    return Decimal(text).quantize(_SIX, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Sums:
    """Sufficient statistics: what a parent adds up over its children."""

    numerator: Decimal
    denominator: Decimal
    n: int | None = None
    population: int | None = None

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.numerator + other.numerator,
            self.denominator + other.denominator,
            _plus(self.n, other.n),
            _plus(self.population, other.population),
        )


@dataclass(frozen=True)
class Slot:
    """Which figure of a place: the indicator, the variant, and the period or wave."""

    indicator: str
    variant: str
    start: date
    end: date
    wave: str = ""


@dataclass(frozen=True)
class Figure:
    slot: Slot
    formula_version: str
    unit: str
    status: Status
    reason: Reason
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    n: int | None
    population: int | None
    inputs: dict[str, Any]
    freeze_date: date | None

    @cached_property
    def inputs_hash(self) -> str:
        return inputs_hash(self.slot, self.formula_version, self.inputs)


@dataclass(frozen=True)
class Frame:
    """What is the same for all variants of an indicator in one period."""

    definition: Definition
    period: Period
    today: date
    freeze_date: date | None
    wave: str = ""

    def slot(self, variant: str) -> Slot:
        return Slot(self.definition.code, variant, self.period.start, self.period.end, self.wave)

    def figure(
        self,
        variant: str,
        *,
        status: str,
        reason: str,
        inputs: dict[str, Any],
        numerator: Number | None = None,
        denominator: Number | None = None,
        value: Number | None = None,
        low: Number | None = None,
        high: Number | None = None,
        n: int | None = None,
        population: int | None = None,
    ) -> Figure:
        """A value that is not final yet is PROVISIONAL, whatever else is true of it."""
        state, why = Status(status), Reason(reason)
        if state == Status.OK and (self.freeze_date is None or self.today < self.freeze_date):
            state, why = Status.PROVISIONAL, Reason.OPEN
        return Figure(
            slot=self.slot(variant),
            formula_version=self.definition.version,
            unit=self.definition.unit_of(variant),
            status=state,
            reason=why,
            numerator=exact(numerator),
            denominator=exact(denominator),
            value=exact(value),
            low=exact(low),
            high=exact(high),
            n=n,
            population=population,
            inputs=inputs,
            freeze_date=self.freeze_date,
        )

    def share(self, variant: str, sums: Sums, inputs: dict[str, Any]) -> Figure:
        """A percentage from its sums, by the method of the variant."""
        method = self.definition.variant(variant).method
        if method in {Method.SAMPLE, Method.SAMPLE_OF_ALL}:
            return self._sample(variant, sums, inputs, of_all=method == Method.SAMPLE_OF_ALL)
        if method == Method.RATE:
            return self._rate(variant, sums, inputs)
        if method == Method.GROWTH:
            return self._growth(variant, sums, inputs)
        return self._count(variant, sums, inputs)

    def _rate(self, variant: str, sums: Sums, inputs: dict[str, Any]) -> Figure:
        """Events ÷ household-years × 1000, with the interval of a count."""
        events, years = sums.numerator, sums.denominator
        if not years:
            return self.nothing(variant, inputs, n=sums.n, population=sums.population)
        value = float(1000 * events / years)
        factor = math.exp(Z95 / math.sqrt(events)) if events else None
        return self.figure(
            variant,
            status=Status.OK,
            reason=Reason.NONE,
            inputs=inputs,
            numerator=events,
            denominator=years,
            value=value,
            low=value / factor if factor else None,
            high=value * factor if factor else None,
            n=sums.n,
            population=sums.population,
        )

    def _growth(self, variant: str, sums: Sums, inputs: dict[str, Any]) -> Figure:
        """`n` of `population` households count so far; while some wait it is provisional (E4).

        Without a base (E1) the sums stay, since a parent may have one.
        """
        value = 100 * sums.numerator / sums.denominator if sums.denominator else None
        status, reason = Status.OK, Reason.NONE
        if value is None:
            status, reason = Status.NOT_APPLICABLE, Reason.NO_BASE
        elif (sums.n or 0) < (sums.population or 0):
            status, reason = Status.PROVISIONAL, Reason.NOT_ACCEPTED
        return self.figure(
            variant,
            status=status,
            reason=reason,
            inputs=inputs,
            numerator=sums.numerator,
            denominator=sums.denominator,
            value=value,
            low=value,
            high=value,
            n=sums.n,
            population=sums.population,
        )

    def estimate(
        self,
        variant: str,
        estimate: Estimate,
        inputs: dict[str, Any],
        *,
        numerator: Number | None,
        denominator: Number | None,
        scale: int = 100,
    ) -> Figure:
        """A figure of a sample whose bounds come from an `Estimate` in fractions of `scale`."""
        status, reason = sample_status(estimate.n, estimate.population)
        return self.figure(
            variant,
            status=status,
            reason=reason,
            inputs=inputs,
            numerator=numerator,
            denominator=denominator,
            value=_times(estimate.value, scale),
            low=_times(estimate.low, scale),
            high=_times(estimate.high, scale),
            n=estimate.n,
            population=estimate.population,
        )

    def _count(self, variant: str, sums: Sums, inputs: dict[str, Any]) -> Figure:
        if not sums.denominator:
            return self.nothing(variant, inputs, n=sums.n, population=sums.population)
        value = 100 * sums.numerator / sums.denominator
        over = value > 100 and self.definition.unit_of(variant) == "%" and not self._may_exceed
        return self.figure(
            variant,
            status=Status.DATA_ERROR if over else Status.OK,
            reason=Reason.OVER_100 if over else Reason.NONE,
            inputs=inputs,
            numerator=sums.numerator,
            denominator=sums.denominator,
            value=value,
            low=value,
            high=value,
            n=sums.n,
            population=sums.population,
        )

    @property
    def _may_exceed(self) -> bool:
        return self.definition.method == Method.GAP

    def _sample(self, variant: str, sums: Sums, inputs: dict[str, Any], *, of_all: bool) -> Figure:
        n, population = sums.n or 0, sums.population or 0
        if not population:
            return self.nothing(variant, inputs, n=n, population=population)
        if n > population or sums.numerator > n:
            return self.figure(
                variant,
                status=Status.DATA_ERROR,
                reason=Reason.OVER_100,
                inputs=inputs,
                numerator=sums.numerator,
                denominator=sums.denominator,
                n=n,
                population=population,
            )
        status, reason = sample_status(n, population)
        if of_all:
            value: Decimal | None = 100 * sums.numerator / sums.denominator
            estimate = Estimate(None, None, None, None, n, population, status)
        else:
            estimate = wilson_interval(int(sums.numerator), n, population)
            value = 100 * sums.numerator / sums.denominator if n else None
        return self.figure(
            variant,
            status=status,
            reason=reason,
            inputs=inputs,
            numerator=sums.numerator,
            denominator=sums.denominator,
            value=value,
            low=_times(estimate.low, 100),
            high=_times(estimate.high, 100),
            n=n,
            population=population,
        )

    def nothing(
        self,
        variant: str,
        inputs: dict[str, Any],
        *,
        reason: Reason = Reason.ZERO_DENOMINATOR,
        n: int | None = None,
        population: int | None = None,
    ) -> Figure:
        """E0, E1: there is nothing to measure; the weight is spread over the others."""
        return self.figure(
            variant,
            status=Status.NOT_APPLICABLE,
            reason=reason,
            inputs=inputs,
            n=n,
            population=population,
        )


def inputs_hash(slot: Slot, formula_version: str, inputs: dict[str, Any]) -> str:
    """What a figure was made from, as one hash that anyone can recompute from the row."""
    return sha256_hex(
        {
            "indicator": slot.indicator,
            "variant": slot.variant,
            "start": slot.start,
            "end": slot.end,
            "wave": slot.wave,
            "formula_version": formula_version,
            "inputs": inputs,
        }
    )


def calendar_frame(definition: Definition, period: Period, today: date) -> Frame:
    """The frame of a month, quarter or year: final fifteen days after its end."""
    return Frame(definition, period, today, period.end + timedelta(days=FREEZE_DAYS))


def _times(number: float | None, scale: int) -> float | None:
    return None if number is None else number * scale


def _plus(left: int | None, right: int | None) -> int | None:
    return right if left is None else left if right is None else left + right
