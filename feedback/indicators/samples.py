"""Samples: whether they say enough, and how far their share may be from the truth (domain.md §6.1).

Pure, like `estimates`, which hands everything on: import it from there.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

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


def check_sample(n: int, population: int | None) -> None:
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
    successes: float, n: int, population: int | None = None, z: float = Z95
) -> Estimate:
    """The share of one community with its Wilson interval and finite population (§6.1.3)."""
    check_sample(n, population)
    if not 0 <= successes <= n:
        raise ValueError("successes must lie between 0 and n")
    status, reason = sample_status(n, population)
    if n == 0:
        return Estimate(None, None, None, None, 0, population, status, reason)
    share, size = successes / n, effective_size(n, population)
    low, high = wilson_bounds(share, size, z)
    error = math.sqrt(share * (1 - share) / size)
    return Estimate(share, error, low, high, n, population, status, reason)
