"""Two surveys of one kind beside each other, joined by the keys of their questions. Pure.

It takes only what the results of each show already, so it tells nothing that is hidden there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from feedback.surveys.tables import Cell, Difference, QuestionResult, difference_of


@dataclass(frozen=True)
class ComparedCell:
    """`points` is how far the share rose, in percentage points; None where one is not shown."""

    label: str
    before: Cell | None
    after: Cell | None

    @property
    def points(self) -> Decimal | None:
        shares = [cell.share if cell else None for cell in (self.before, self.after)]
        earlier, later = shares
        return None if earlier is None or later is None else later - earlier


@dataclass(frozen=True)
class Compared:
    """One question in both. `apart`: the two best steps after minus before; `risen`: the mean."""

    before: QuestionResult
    after: QuestionResult
    cells: list[ComparedCell]
    apart: Difference | None

    @property
    def is_reworded(self) -> bool:
        return self.before.label != self.after.label

    @property
    def risen(self) -> Decimal | None:
        if self.before.mean is None or self.after.mean is None:
            return None
        return self.after.mean - self.before.mean


def compare(before: Sequence[QuestionResult], after: Sequence[QuestionResult]) -> list[Compared]:
    """Questions with the same key and type that were answered both times, as asked the last time.

    Texts, photos and the like have nothing to compare.
    """
    earlier = {result.key: result for result in before}
    pairs = [(earlier[later.key], later) for later in after if later.key in earlier]
    return [
        Compared(
            first,
            second,
            _cells(first, second),
            difference_of(second.scale, first.scale) if first.scale and second.scale else None,
        )
        for first, second in pairs
        if first.type is second.type
        and first.answered
        and second.answered
        and (second.cells or (first.mean is not None and second.mean is not None))
    ]


def _cells(before: QuestionResult, after: QuestionResult) -> list[ComparedCell]:
    """Options of the later question, then those that were offered the first time only."""
    earlier = {cell.code: cell for cell in before.cells}
    later = {cell.code for cell in after.cells}
    return [
        *(ComparedCell(cell.label, earlier.get(cell.code), cell) for cell in after.cells),
        *(ComparedCell(c.label, c, None) for code, c in earlier.items() if code not in later),
    ]
