"""Estimates and target proposals as pure functions on numbers (domain.md §6 and §8).

Shares and reductions are fractions of 1, means are in the unit of the scale; targets and proposals
are in percent. Nothing here knows Django, a database or a clock, so that anyone can recompute a
published figure from its inputs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.common.samples import (
    Z95,
    Estimate,
    Number,
    Reason,
    Status,
    effective_size,
    finite,
    normal_quantile,
    sample_status,
    whole,
    wilson_bounds,
    wilson_interval,
)
from portal.common.strata import (
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

__all__ = [
    "MIN_EVENTS",
    "Z80",
    "Z95",
    "Estimate",
    "MeanStratum",
    "Proposal",
    "ProposalState",
    "Reason",
    "Status",
    "StratifiedTotal",
    "Stratum",
    "controlled_reduction",
    "effective_size",
    "mean_stratum",
    "mean_total",
    "propose_from_bounds",
    "propose_rate",
    "propose_target",
    "rate_reduction",
    "reduction_status",
    "rolling_baseline",
    "sample_status",
    "share_total",
    "stratified_bounds",
    "stratified_mean",
    "stratified_share",
    "total_mean",
    "total_share",
    "wilson_interval",
]

Z80 = 1.281552
#: §6.2.7: fewer events than this, before and after together, are pooled over the county.
MIN_EVENTS = 10
#: §8: a proposal never goes above this, never rises by more than this, and in steps of this.
CEILING = 95.0
LARGEST_RISE = 3.0
STEP = 0.5
#: Two figures nearer than this are equal: it absorbs the rounding of binary fractions.
TOLERANCE = 1e-9


class ProposalState(StrEnum):
    HOLD_INSUFFICIENT = "HOLD_INSUFFICIENT"
    RAISE = "RAISE"
    HOLD_MET = "HOLD_MET"
    HOLD_MET_UNCERTAIN = "HOLD_MET_UNCERTAIN"
    HOLD_WATCH = "HOLD_WATCH"
    HOLD_MISSED_ACTION = "HOLD_MISSED_ACTION"


@dataclass(frozen=True)
class Proposal:
    """`next_target`, `low` and `high` in the unit of the target; bounds None without any answer."""

    state: ProposalState
    next_target: float
    low: float | None
    high: float | None


# --- rates ---


def reduction_status(
    before_events: int, before_exposure: float, after_events: int, after_exposure: float
) -> tuple[Status, Reason]:
    """Whether a reduction can be told from these counts, and if not, why (§6.2.7)."""
    if not before_exposure or not after_exposure:
        return Status.NOT_APPLICABLE, Reason.ZERO_DENOMINATOR
    if not before_events:
        return Status.NOT_APPLICABLE, Reason.NO_BASELINE
    if before_events + after_events < MIN_EVENTS:
        return Status.INSUFFICIENT, Reason.POOLED
    return Status.OK, Reason.NONE


def rate_reduction(
    before_events: Number,
    before_exposure: Number,
    after_events: Number,
    after_exposure: Number,
    z: Number = Z95,
) -> Estimate:
    """R = (r_b − r_a) / r_b with the interval of the rate ratio (§6.2.6); n counts the events.

    Exposures are in any unit, the same on both sides. Without exposure or events before, there is
    no value (NOT_APPLICABLE); with fewer than 10 events in all it is left to the county
    (INSUFFICIENT). Raises ValueError for counts and exposures that cannot be.
    """
    before, after = whole("before_events", before_events), whole("after_events", after_events)
    exposure_before = _exposure("before_exposure", before_exposure)
    exposure_after = _exposure("after_exposure", after_exposure)
    width, n = normal_quantile(z), before + after
    status, _reason = reduction_status(before, exposure_before, after, exposure_after)
    if status == Status.NOT_APPLICABLE:
        return Estimate(None, None, None, None, n, None, status)
    exposures = exposure_before / exposure_after
    added = 0 if after else 0.5
    spread = math.sqrt(1 / (before + added) + 1 / (after + added))
    centre = (after + added) / (before + added) * exposures
    factor = math.exp(width * spread)
    return Estimate(
        value=1 - after / before * exposures,
        standard_error=centre * spread,
        low=1 - centre * factor,
        high=1 - centre / factor,
        n=n,
        population=None,
        status=status,
    )


def _exposure(name: str, value: Number) -> float:
    if finite(name, value) < 0:
        raise ValueError(f"{name} cannot be negative: {value!r}")
    return float(value)


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
    successes: Number,
    n: Number,
    population: Number | None,
    target: Number,
    baseline: Number | None = None,
    locked: bool = False,
    z: Number = Z80,
) -> Proposal:
    """What §8 proposes for a higher-is-better percentage seen in one sample.

    `target` and the proposal are in percent; `baseline` too, and a rise needs it to reach the
    target where there is one. Raises ValueError for counts that cannot be and for a target
    outside 0 to 100.
    """
    aim = finite("target", target)
    if not 0 <= aim <= 100:
        raise ValueError(f"target must lie between 0 and 100 percent, not {target!r}")
    behind = None if baseline is None else finite("baseline", baseline)
    estimate = wilson_interval(successes, n, population, z)
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return Proposal(ProposalState.HOLD_INSUFFICIENT, aim, None, None)
    return propose_from_bounds(
        value=100 * estimate.value,
        low=100 * estimate.low,
        high=100 * estimate.high,
        target=aim,
        baseline=behind,
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
        return wilson_bounds(share, share * (1 - share) / total.variance, z)
    return wilson_bounds(share, effective_size(total.n, total.population), z)


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
