"""Ranks that do not claim more than the figures carry. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

Z95, Z998 = 1.96, 3.09


@dataclass(frozen=True)
class Ranked:
    """A place stands somewhere between the ranks `first` and `last`, 1 being the best."""

    index: int
    first: int
    last: int

    @property
    def is_tied(self) -> bool:
        return self.first != self.last


def ranked(
    intervals: Sequence[tuple[Decimal, Decimal]], *, lower_is_better: bool = False
) -> list[Ranked]:
    """The ranks of (low, high) intervals, in their order.

    One stands above another only if their intervals do not touch (Goldstein and Healy 1995); so all
    whose intervals overlap are tied. `index` is the position in `intervals`.
    """
    ends = [(-high, -low) if lower_is_better else (low, high) for low, high in intervals]
    lows, highs = sorted(low for low, _high in ends), sorted(high for _low, high in ends)
    found = []
    for index, (low, high) in enumerate(ends):
        above = sum(1 for other in lows if other > high)
        below = sum(1 for other in highs if other < low)
        found.append(Ranked(index, above + 1, len(ends) - below))
    return found


def funnel_limits(share: float, n: int) -> tuple[float, float, float, float]:
    """Between which shares (low 99.8 %, low 95 %, high 95 %, high 99.8 %; 0 to 1) chance alone puts
    a place with `n` answers, if all places are alike with `share`.

    Spiegelhalter, “Funnel plots for comparing institutional performance”, 2005.
    """
    error = sqrt(share * (1 - share) / n)
    wide, narrow = Z998 * error, Z95 * error
    return (
        max(0.0, share - wide),
        max(0.0, share - narrow),
        min(1.0, share + narrow),
        min(1.0, share + wide),
    )
