"""Strata: communities weighted by their households, and what a level hands to the next (§6.1.2).

Pure, so that anyone can recompute a published figure from its inputs.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any, TypeVar

from portal.common.samples import (
    Z95,
    Estimate,
    Number,
    checked_sample,
    checked_successes,
    effective_size,
    finite,
    normal_quantile,
    sample_status,
    wilson_bounds,
)


@dataclass(frozen=True)
class Stratum:
    """One community: `population` households, `n` valid answers, `successes` of them counted."""

    population: int
    n: int
    successes: float

    def __post_init__(self) -> None:
        n = _set_counts(self)
        _set(self, successes=checked_successes(self.successes, n))


@dataclass(frozen=True)
class MeanStratum:
    """One community: `variance` is the sample variance of the answers, with divisor n − 1."""

    population: int
    n: int
    mean: float
    variance: float

    def __post_init__(self) -> None:
        _set_counts(self)
        mean, variance = finite("mean", self.mean), finite("variance", self.variance)
        if variance < 0:
            raise ValueError(f"a variance cannot be negative: {self.variance!r}")
        _set(self, mean=mean, variance=variance)


def _set_counts(stratum: "Stratum | MeanStratum") -> int:
    n, population = checked_sample(stratum.n, stratum.population)
    if population is None:
        raise ValueError("a stratum needs its population")
    _set(stratum, population=population, n=n)
    return n


def _set(stratum: "Stratum | MeanStratum", **numbers: Any) -> None:
    """Keep what was handed in as Decimal, say, in the types the fields promise."""
    for name, number in numbers.items():
        object.__setattr__(stratum, name, number)


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


def _merge_small(strata: Iterable[S], join: Callable[[S, S], S]) -> tuple[list[S], int]:
    """§6.1.2: strata with n < 2 become one rest stratum, which joins the smallest while n < 2.

    Of strata alike in size the one with the lower answers is taken first, so that the order in
    which communities are listed decides nothing.
    """
    present = [stratum for stratum in strata if stratum.population]
    kept: list[S] = [stratum for stratum in present if stratum.n >= 2]
    kept.sort(key=astuple)
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


def total_share(total: StratifiedTotal, z: Number = Z95, *, one_stratum: bool = False) -> Estimate:
    """The weighted share of `total`.

    The interval is p ± z·SE within [0, 1]. A single stratum gets Wilson's instead (§6.1.3), and so
    does a variance of 0 outside a census (§8): all answers alike do not mean that nothing is open.
    """
    z = normal_quantile(z)
    status, _reason = sample_status(total.n, total.asked)
    if total.value is None:
        return Estimate(None, None, None, None, total.n, total.asked, status)
    share, error = min(1.0, max(0.0, total.value)), _error(total)
    if one_stratum or not error:
        low, high = wilson_bounds(share, effective_size(total.n, total.population), z)
    else:
        low, high = max(0.0, share - z * error), min(1.0, share + z * error)
    return Estimate(share, error, low, high, total.n, total.asked, status)


def total_mean(total: StratifiedTotal, z: Number = Z95) -> Estimate:
    """The weighted mean of `total` with mean ± z·SE; one answer alone has no interval."""
    z = normal_quantile(z)
    status, _reason = sample_status(total.n, total.asked)
    mean, error = total.value, _error(total)
    if mean is None or error is None:
        return Estimate(mean, None, None, None, total.n, total.asked, status)
    low, high = mean - z * error, mean + z * error
    return Estimate(mean, error, low, high, total.n, total.asked, status)


def _error(total: StratifiedTotal) -> float | None:
    """The standard error; one answer alone has none, unless nobody else could have answered."""
    if total.n < 2 and total.n < total.population:
        return None
    return math.sqrt(total.variance)


def stratified_share(strata: Iterable[Stratum], z: Number = Z95) -> Estimate:
    """p = Σ (N_c/ΣN) p_c over the communities of one county (§6.1.2)."""
    strata = list(strata)
    kept, _merged = _merge_small(strata, _join_shares)
    return total_share(share_total(strata), z, one_stratum=len(kept) == 1)


def stratified_mean(strata: Iterable[MeanStratum], z: Number = Z95) -> Estimate:
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
