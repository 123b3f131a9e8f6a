"""Estimates and target proposals as pure functions on numbers (domain.md §6 and §8).

Shares and reductions are fractions of 1, means are in the unit of the scale; targets and proposals
are in percent. Nothing here knows Django, a database or a clock, so that anyone can recompute a
published figure from its inputs.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

Z95 = 1.959964
Z80 = 1.281552

#: §6.1.5: fewer answers than this say too little, unless the whole place is small.
MIN_ANSWERS = 30
SMALL_POPULATION = 60
SMALL_SHARE = 0.5
MIN_RESPONSE = 0.2
#: §6.2.7: fewer events than this, before and after together, are pooled over the county.
MIN_EVENTS = 10
#: §8: a proposal never goes above this, never rises by more than this, and in steps of this.
CEILING = 95.0
LARGEST_RISE = 3.0
STEP = 0.5
#: Two figures nearer than this are equal: it absorbs the rounding of binary fractions.
TOLERANCE = 1e-9


class Status(StrEnum):
    OK = "OK"
    INSUFFICIENT = "INSUFFICIENT"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Reason(StrEnum):
    NONE = ""
    FEW_ANSWERS = "FEW_ANSWERS"
    LOW_RESPONSE = "LOW_RESPONSE"
    POOLED = "POOLED"
    NO_BASELINE = "NO_BASELINE"
    ZERO_DENOMINATOR = "ZERO_DENOMINATOR"


class ProposalState(StrEnum):
    HOLD_INSUFFICIENT = "HOLD_INSUFFICIENT"
    RAISE = "RAISE"
    HOLD_MET = "HOLD_MET"
    HOLD_MET_UNCERTAIN = "HOLD_MET_UNCERTAIN"
    HOLD_WATCH = "HOLD_WATCH"
    HOLD_MISSED_ACTION = "HOLD_MISSED_ACTION"


@dataclass(frozen=True)
class Stratum:
    """One community: `population` households, `n` valid answers, `successes` of them counted."""

    population: int
    n: int
    successes: float

    def __post_init__(self) -> None:
        _check_sample(self.n, self.population)
        if not 0 <= self.successes <= self.n:
            raise ValueError("successes must lie between 0 and n")


@dataclass(frozen=True)
class MeanStratum:
    """One community: `variance` is the sample variance of the answers, with divisor n − 1."""

    population: int
    n: int
    mean: float
    variance: float

    def __post_init__(self) -> None:
        _check_sample(self.n, self.population)
        if self.variance < 0:
            raise ValueError("a variance cannot be negative")


@dataclass(frozen=True)
class Estimate:
    """`value`, `standard_error`, `low` and `high` are None where there is nothing to say.

    `reason` says why `status` is not OK. An INSUFFICIENT estimate still carries its numbers: who
    may see them is decided where they are shown.
    """

    value: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    n: int
    population: int | None
    status: Status
    reason: Reason = Reason.NONE


@dataclass(frozen=True)
class Proposal:
    """`next_target`, `low` and `high` in the unit of the target; bounds None without any answer."""

    state: ProposalState
    next_target: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class StratifiedTotal:
    """What a level of the tree hands to the next: ΣN, ΣN·y, ΣN²·var and Σn over its strata."""

    population: int
    weighted: float
    weighted_variance: float
    n: int
    #: How many strata had fewer than two answers and were put together with others.
    merged: int = 0
    #: Households of groups that were asked and gave no answer: in the response, not in the value.
    silent: int = 0

    @property
    def asked(self) -> int:
        return self.population + self.silent

    @property
    def value(self) -> float | None:
        return self.weighted / self.population if self.population and self.n else None

    @property
    def variance(self) -> float:
        return self.weighted_variance / self.population**2 if self.population else 0.0

    def __add__(self, other: "StratifiedTotal") -> "StratifiedTotal":
        """Side by side: two counties of one city. A side without an answer has no value to add."""
        left, right = self._silenced(), other._silenced()
        return StratifiedTotal(
            left.population + right.population,
            left.weighted + right.weighted,
            left.weighted_variance + right.weighted_variance,
            left.n + right.n,
            left.merged + right.merged,
            left.silent + right.silent,
        )

    def _silenced(self) -> "StratifiedTotal":
        return self if self.n else StratifiedTotal(0, 0.0, 0.0, 0, self.merged, self.asked)


S = TypeVar("S", Stratum, MeanStratum)


# --- samples ---


def _check_sample(n: int, population: int | None) -> None:
    if n < 0:
        raise ValueError("n cannot be negative")
    if population is not None and n > population:
        raise ValueError("more answers than households")


def sample_status(n: int, population: int | None) -> tuple[Status, Reason]:
    """§6.1.5: n ≥ 30 (or half of a place of fewer than 60) and a response of at least 20 %.

    Without a population only the number of answers can be judged.
    """
    small = population is not None and population < SMALL_POPULATION
    least = SMALL_SHARE * population if small and population is not None else MIN_ANSWERS
    if n < 1 or n < least:
        return Status.INSUFFICIENT, Reason.FEW_ANSWERS
    if population is not None and n < MIN_RESPONSE * population:
        return Status.INSUFFICIENT, Reason.LOW_RESPONSE
    return Status.OK, Reason.NONE


def effective_size(n: int, population: int | None) -> float:
    """The size of an equally precise sample from an endless population; infinite for a census."""
    if population is None:
        return float(n)
    if n >= population:
        return math.inf
    return n * (population - 1) / (population - n)


def _wilson(share: float, size: float, z: float) -> tuple[float, float]:
    """Wilson's bounds of a share seen in a sample of effective `size`."""
    if math.isinf(size):
        return share, share
    spread = z * z / size
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / size + spread / (4 * size)) / (1 + spread)
    # The bounds hold the share itself; only binary rounding could say otherwise.
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def wilson_interval(
    successes: float, n: int, population: int | None = None, z: float = Z95
) -> Estimate:
    """The share of one community with its Wilson interval and finite population (§6.1.3)."""
    _check_sample(n, population)
    if not 0 <= successes <= n:
        raise ValueError("successes must lie between 0 and n")
    status, reason = sample_status(n, population)
    if n == 0:
        return Estimate(None, None, None, None, 0, population, status, reason)
    share, size = successes / n, effective_size(n, population)
    low, high = _wilson(share, size, z)
    error = math.sqrt(share * (1 - share) / size)
    return Estimate(share, error, low, high, n, population, status, reason)


# --- strata ---


def _merge_small(strata: Iterable[S], join: Callable[[S, S], S]) -> tuple[list[S], int]:
    """§6.1.2: strata with n < 2 become one rest stratum, which joins the smallest while n < 2."""
    present = [stratum for stratum in strata if stratum.population]
    kept: list[S] = [stratum for stratum in present if stratum.n >= 2]
    kept.sort(key=lambda stratum: (stratum.population, stratum.n))
    small = [stratum for stratum in present if stratum.n < 2]
    if not small:
        return kept, 0
    rest = small[0]
    for stratum in small[1:]:
        rest = join(rest, stratum)
    while rest.n < 2 and kept:
        rest = join(rest, kept.pop(0))
    kept.append(rest)
    return kept, len(small)


def _join_shares(left: Stratum, right: Stratum) -> Stratum:
    return Stratum(
        left.population + right.population, left.n + right.n, left.successes + right.successes
    )


def _join_means(left: MeanStratum, right: MeanStratum) -> MeanStratum:
    population, n = left.population + right.population, left.n + right.n
    if not left.n or not right.n:
        full = left if left.n else right
        return MeanStratum(population, n, full.mean, full.variance)
    mean = (left.n * left.mean + right.n * right.mean) / n
    squares = (
        (left.n - 1) * left.variance
        + (right.n - 1) * right.variance
        + left.n * (left.mean - mean) ** 2
        + right.n * (right.mean - mean) ** 2
    )
    return MeanStratum(population, n, mean, squares / (n - 1))


def share_total(strata: Iterable[Stratum]) -> StratifiedTotal:
    """The sums of one county's strata, after its rest stratum was formed."""
    kept, merged = _merge_small(strata, _join_shares)
    total = StratifiedTotal(0, 0.0, 0.0, 0, merged)
    for s in kept:
        share = s.successes / s.n if s.n else 0.0
        spread = share * (1 - share) / (s.n - 1) if s.n > 1 else 0.0
        total += _one(s.population, s.n, share, spread)
    return total


def mean_total(strata: Iterable[MeanStratum]) -> StratifiedTotal:
    """The sums of one county's strata of means, after its rest stratum was formed."""
    kept, merged = _merge_small(strata, _join_means)
    total = StratifiedTotal(0, 0.0, 0.0, 0, merged)
    for s in kept:
        total += _one(s.population, s.n, s.mean, s.variance / s.n if s.n else 0.0)
    return total


def _one(population: int, n: int, value: float, spread: float) -> StratifiedTotal:
    """One stratum, whose value has the variance `spread` before the finite population counts."""
    correction = 1 - n / population
    return StratifiedTotal(population, population * value, population**2 * correction * spread, n)


def total_share(total: StratifiedTotal, z: float = Z95, *, one_stratum: bool = False) -> Estimate:
    """The weighted share of `total`.

    The interval is p ± z·SE within [0, 1]. A single stratum gets Wilson's instead (§6.1.3), and so
    does a variance of 0 outside a census (§8): all answers alike do not mean that nothing is open.
    """
    status, reason = sample_status(total.n, total.asked)
    if total.value is None:
        return Estimate(None, None, None, None, total.n, total.asked, status, reason)
    share, error = min(1.0, max(0.0, total.value)), _error(total)
    if one_stratum or not error:
        low, high = _wilson(share, effective_size(total.n, total.population), z)
    else:
        low, high = max(0.0, share - z * error), min(1.0, share + z * error)
    return Estimate(share, error, low, high, total.n, total.asked, status, reason)


def total_mean(total: StratifiedTotal, z: float = Z95) -> Estimate:
    """The weighted mean of `total` with mean ± z·SE; one answer alone has no interval."""
    status, reason = sample_status(total.n, total.asked)
    mean, error = total.value, _error(total)
    if mean is None or error is None:
        return Estimate(mean, error, None, None, total.n, total.asked, status, reason)
    low, high = mean - z * error, mean + z * error
    return Estimate(mean, error, low, high, total.n, total.asked, status, reason)


def _error(total: StratifiedTotal) -> float | None:
    """The standard error; one answer alone has none, unless nobody else could have answered."""
    if total.n < 2 and total.n < total.population:
        return None
    return math.sqrt(total.variance)


def stratified_share(strata: Iterable[Stratum], z: float = Z95) -> Estimate:
    """p = Σ (N_c/ΣN) p_c over the communities of one county (§6.1.2)."""
    strata = list(strata)
    kept, _merged = _merge_small(strata, _join_shares)
    return total_share(share_total(strata), z, one_stratum=len(kept) == 1)


def stratified_mean(strata: Iterable[MeanStratum], z: float = Z95) -> Estimate:
    """The weighted mean over the communities of one county, in the unit of the scale."""
    return total_mean(mean_total(strata), z)


def mean_stratum(population: int, counts: Mapping[int, int]) -> MeanStratum:
    """The stratum of answers counted by their value on the scale, such as {5: 20, 4: 28}."""
    n = sum(counts.values())
    if n == 0:
        return MeanStratum(population, 0, 0.0, 0.0)
    mean = sum(value * count for value, count in counts.items()) / n
    squares = sum(count * (value - mean) ** 2 for value, count in counts.items())
    return MeanStratum(population, n, mean, squares / (n - 1) if n > 1 else 0.0)


# --- rates ---


def rate_reduction(
    before_events: int,
    before_exposure: float,
    after_events: int,
    after_exposure: float,
    z: float = Z95,
) -> Estimate:
    """R = (r_b − r_a) / r_b with the interval of the rate ratio (§6.2.6); n counts the events.

    Exposures are in any unit, the same on both sides. Without exposure or events before, there is
    no value (NOT_APPLICABLE); with fewer than 10 events in all it is left to the county (POOLED).
    """
    if min(before_events, after_events, before_exposure, after_exposure) < 0:
        raise ValueError("events and exposures cannot be negative")
    n = before_events + after_events
    if not before_exposure or not after_exposure:
        reason = Reason.ZERO_DENOMINATOR
        return Estimate(None, None, None, None, n, None, Status.NOT_APPLICABLE, reason)
    if not before_events:
        reason = Reason.NO_BASELINE
        return Estimate(None, None, None, None, n, None, Status.NOT_APPLICABLE, reason)
    exposures = before_exposure / after_exposure
    before, after = float(before_events), float(after_events)
    ratio = after / before * exposures
    if not after_events:
        before, after = before + 0.5, after + 0.5
    spread = math.sqrt(1 / before + 1 / after)
    centre, factor = after / before * exposures, math.exp(z * spread)
    low, high = 1 - centre * factor, 1 - centre / factor
    pooled = n < MIN_EVENTS
    return Estimate(
        value=1 - ratio,
        standard_error=centre * spread,
        low=low,
        high=high,
        n=n,
        population=None,
        status=Status.INSUFFICIENT if pooled else Status.OK,
        reason=Reason.POOLED if pooled else Reason.NONE,
    )


def controlled_reduction(
    before_events: int,
    before_exposure: float,
    after_events: int,
    after_exposure: float,
    control_ratio: float,
) -> float:
    """1 − (r_a/r_b) / `control_ratio`, the latter being the control group's r_a/r_b (§6.2.8)."""
    ratio = (after_events / after_exposure) / (before_events / before_exposure)
    return 1 - ratio / control_ratio


# --- proposals ---


def rolling_baseline(values: Sequence[float]) -> float | None:
    """The last valid values, newest first, weighted 0.5 / 0.3 / 0.2 and renormalised (§8)."""
    weighted = list(zip((0.5, 0.3, 0.2), values, strict=False))
    if not weighted:
        return None
    return sum(w * value for w, value in weighted) / sum(w for w, _value in weighted)


def propose_target(
    successes: float,
    n: int,
    population: int | None,
    target: float,
    baseline: float | None = None,
    locked: bool = False,
    z: float = Z80,
) -> Proposal:
    """What §8 proposes for a higher-is-better percentage seen in one sample.

    `target` and the proposal are in percent; `baseline` too, and a rise needs it to reach the
    target where there is one.
    """
    estimate = wilson_interval(successes, n, population, z)
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return Proposal(ProposalState.HOLD_INSUFFICIENT, target, None, None)
    return propose_from_bounds(
        value=100 * successes / n,
        low=100 * estimate.low,
        high=100 * estimate.high,
        target=target,
        baseline=baseline,
        locked=locked,
        sufficient=estimate.status == Status.OK,
    )


def stratified_bounds(total: StratifiedTotal, z: float = Z80) -> tuple[float, float] | None:
    """Wilson's bounds with n_eff = p(1−p)/Var; where Var = 0, with n(N−1)/(N−n) (§8)."""
    share = total.value
    if share is None:
        return None
    share = min(1.0, max(0.0, share))
    if total.variance > 0:
        return _wilson(share, share * (1 - share) / total.variance, z)
    return _wilson(share, effective_size(total.n, total.population), z)


def propose_from_bounds(
    *,
    value: float,
    low: float,
    high: float,
    target: float,
    baseline: float | None = None,
    locked: bool = False,
    sufficient: bool = True,
) -> Proposal:
    """The table of §8 on a value and its 80 % bounds, all in percent. Never below `target`."""
    if not sufficient:
        return Proposal(ProposalState.HOLD_INSUFFICIENT, target, low, high)
    if low >= target - TOLERANCE:
        raised = _raised(low, target)
        held = locked or (baseline is not None and baseline < target - TOLERANCE)
        if held or raised <= target:
            return Proposal(ProposalState.HOLD_MET, target, low, high)
        return Proposal(ProposalState.RAISE, raised, low, high)
    if value >= target - TOLERANCE:
        return Proposal(ProposalState.HOLD_MET_UNCERTAIN, target, low, high)
    if high >= target - TOLERANCE:
        return Proposal(ProposalState.HOLD_WATCH, target, low, high)
    return Proposal(ProposalState.HOLD_MISSED_ACTION, target, low, high)


def _raised(low: float, target: float) -> float:
    wished = target + min(LARGEST_RISE, 0.5 * (low - target))
    return min(CEILING, math.floor(wished / STEP + TOLERANCE) * STEP)


def propose_rate(
    events: int, exposure: float, target: float, locked: bool = False, z: float = Z80
) -> Proposal:
    """What §8 proposes for the complaint rate after the works, per 1,000 household-years.

    `exposure` is in household-years. Lower is better: RAISE makes the target stricter, so its
    number falls, by at most a tenth.
    """
    if not exposure or events < MIN_EVENTS:
        return Proposal(ProposalState.HOLD_INSUFFICIENT, target, None, None)
    rate, factor = events / exposure * 1000, math.exp(z / math.sqrt(events))
    low, high = rate / factor, rate * factor
    if high <= target + TOLERANCE:
        stricter = max(0.9 * target, (target + high) / 2)
        if locked or stricter >= target - TOLERANCE:
            return Proposal(ProposalState.HOLD_MET, target, low, high)
        return Proposal(ProposalState.RAISE, stricter, low, high)
    if rate <= target + TOLERANCE:
        return Proposal(ProposalState.HOLD_MET_UNCERTAIN, target, low, high)
    if low <= target + TOLERANCE:
        return Proposal(ProposalState.HOLD_WATCH, target, low, high)
    return Proposal(ProposalState.HOLD_MISSED_ACTION, target, low, high)
