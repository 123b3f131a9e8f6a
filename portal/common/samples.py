"""Samples: whether they say enough, and how far their share may be from the truth (domain.md §6.1).

Pure, so that anyone can recompute a published figure from its inputs.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from numbers import Real

#: What a caller may hand in; everything is reckoned in binary fractions.
Number = float | Decimal

Z95 = 1.959964

#: §6.1.5: fewer answers than this say too little, unless the whole place is small.
MIN_ANSWERS = 30
SMALL_POPULATION = 60
SMALL_SHARE = 0.5
MIN_RESPONSE = 0.2


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


@dataclass(frozen=True)
class Estimate:
    """`value`, `standard_error`, `low` and `high` are None where there is nothing to say.

    An INSUFFICIENT estimate still carries its numbers: who may see them is decided where they are
    shown. Why a status is not OK, `sample_status` and `reduction_status` say.
    """

    value: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    n: int
    population: int | None
    status: Status


def finite(name: str, value: Number) -> float:
    """`value` as a float. Raises ValueError for what is no number, NaN and infinity included."""
    if not isinstance(value, Real | Decimal) or not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number, not {value!r}")
    return float(value)


def whole(name: str, value: Number) -> int:
    """`value` as an int; 60.0 is one. Raises ValueError for what cannot be a count."""
    number = finite(name, value)
    if number < 0 or number != int(number):
        raise ValueError(f"{name} must be a whole number, 0 or more, not {value!r}")
    return int(number)


def normal_quantile(z: Number) -> float:
    """Raises ValueError for what is no half-width in standard errors."""
    if finite("z", z) <= 0:
        raise ValueError(f"z must be greater than 0, not {z!r}")
    return float(z)


def checked_sample(n: Number, population: Number | None) -> tuple[int, int | None]:
    """Both as whole numbers. Raises ValueError for more answers than households."""
    count = whole("n", n)
    if population is None:
        return count, None
    households = whole("population", population)
    if count > households:
        raise ValueError(f"{count} answers are more than {households} households")
    return count, households


def checked_successes(successes: Number, n: int) -> float:
    number = finite("successes", successes)
    if not 0 <= number <= n:
        raise ValueError(f"successes must lie between 0 and n = {n}, not {successes!r}")
    return number


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


def wilson_bounds(share: float, size: float, z: float) -> tuple[float, float]:
    """Wilson's bounds of a share seen in a sample of effective `size`."""
    if math.isinf(size):
        return share, share
    spread = z * z / size
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / size + spread / (4 * size)) / (1 + spread)
    # The bounds hold the share itself; only binary rounding could say otherwise.
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def wilson_interval(
    successes: Number, n: Number, population: Number | None = None, z: Number = Z95
) -> Estimate:
    """The share of one community with its Wilson interval and finite population (§6.1.3).

    Nobody asked yet (n = 0) is INSUFFICIENT without numbers. Raises ValueError for counts that
    cannot be.
    """
    count, households = checked_sample(n, population)
    counted, width = checked_successes(successes, count), normal_quantile(z)
    status, _reason = sample_status(count, households)
    if count == 0:
        return Estimate(None, None, None, None, 0, households, status)
    share, size = counted / count, effective_size(count, households)
    low, high = wilson_bounds(share, size, width)
    error = math.sqrt(share * (1 - share) / size)
    return Estimate(share, error, low, high, count, households, status)
