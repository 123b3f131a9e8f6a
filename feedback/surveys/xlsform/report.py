"""What could not be held of an XLSForm, said to whoever imports it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Issue:
    """`sheet`, `row` (as the spreadsheet counts; 0 for the whole file) and `column` (a letter, or
    empty for the whole row) say where. `left_out`: the row is not imported; otherwise it is,
    without the part that is named."""

    sheet: str
    row: int
    column: str
    reason: str
    left_out: bool = True
