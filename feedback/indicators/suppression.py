"""Which figures the public may not see because too few people stand behind them (§6.1.6). Pure."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from portal.common.suppression import hidden_counts

#: With fewer answers not even their number is told.
SMALL = 10
#: Figures that stand on what people answered or reported.
SENSITIVE = ("I01", "I32", "I33", "I34", "I38", "I39")
#: What these were made of lists every community in them.
HEADLINE = ("I38", "I39")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Cell:
    """One place: how many answers, and whether the sample rule lets its share be told; its key."""

    n: int
    is_reportable: bool
    place: int = 0

    @property
    def is_told(self) -> bool:
        return self.is_reportable and self.n >= SMALL


def is_small(indicator: str, n: int | None) -> bool:
    """Whether a figure stands on so few answers that not even their number is told."""
    return indicator in SENSITIVE and (n or 0) < SMALL


def hidden_cells(cells: Mapping[K, Cell]) -> set[K]:
    """Whose share is hidden, given that the sum of all `cells` is public.

    What is too small or not reportable is hidden. If that leaves one cell alone, or so few answers
    that the sum tells them, the smallest shown ones are hidden with it: else they could be found by
    subtraction. A cell without answers hides nothing else.
    """
    small = {key for key, cell in cells.items() if not cell.is_told}
    return small | hidden_counts({key: cell.n for key, cell in cells.items()}, small, SMALL)


def hidden_numbers(cells: Mapping[K, Cell], hidden: set[K]) -> set[K]:
    """Those of `hidden_cells` whose number of answers is hidden, too, as it is small or would give
    a small one away."""
    counts = {key: cells[key].n for key in hidden}
    return {key for key in hidden if not counts[key]} | hidden_counts(counts, least=SMALL)


def told_hash(indicator: str, n: int | None, digest: str, *, has_few: bool) -> str:
    """The hash of a figure's inputs as files carry it. Not of a small one, nor of one that lists a
    small one (`has_few`): trying all that so few can have said would find what they said."""
    return "" if has_few or is_small(indicator, n) else digest


def joined(cells: Mapping[K, Cell], hidden: set[K]) -> set[K]:
    """`hidden` and as many more, the smallest first, that SMALL answers are hidden: then what is
    told does not add up to the sum of `cells`, which is hidden for the sake of another place."""
    counts = {key: cell.n for key, cell in cells.items() if cell.n}
    found = set(hidden)
    for key in sorted(counts, key=lambda k: (counts[k], str(k))):
        if sum(counts.get(one, 0) for one in found) >= SMALL:
            break
        found.add(key)
    return found


def told_by_sum(cells: Mapping[K, Cell], hidden: set[K]) -> bool:
    """Whether the sum of all `cells` would tell what is `hidden` of them."""
    left = {key for key in hidden if cells[key].n}
    return len(left) == 1 or 0 < sum(cells[key].n for key in left) < SMALL
