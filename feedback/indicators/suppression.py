"""Which figures the public may not see because too few people stand behind them (§6.1.6). Pure."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from portal.common.suppression import complemented

#: With fewer answers not even their number is told.
SMALL = 10
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Cell:
    """One community: how many answers, and whether the sample rule lets its share be told."""

    n: int
    is_reportable: bool


def hidden_cells(cells: Mapping[K, Cell]) -> set[K]:
    """Whose share is hidden, given that the sum of all `cells` is public.

    What is too small or not reportable is hidden. If that leaves one cell alone, or so few answers
    that the sum tells them, the smallest shown ones are hidden with it: else they could be found by
    subtraction.
    """
    small = {key for key, cell in cells.items() if not cell.is_reportable or cell.n < SMALL}
    return complemented(small, {key: cell.n for key, cell in cells.items()}, SMALL)
