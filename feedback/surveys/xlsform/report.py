"""What could not be held of an XLSForm, said to whoever imports it."""

from collections.abc import Iterable
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


@dataclass(frozen=True)
class Alike:
    """What is to be said once, of all the `rows` it is true of."""

    sheet: str
    rows: tuple[int, ...]
    column: str
    reason: str
    left_out: bool


def alike(issues: Iterable[Issue]) -> list[Alike]:
    """The same remark on several rows as one, where the first of them stands."""
    rows: dict[tuple[str, str, str, bool], list[int]] = {}
    for issue in issues:
        said = (issue.sheet, issue.column, issue.reason, issue.left_out)
        rows.setdefault(said, []).append(issue.row)
    return [
        Alike(sheet, tuple(found), column, reason, left_out)
        for (sheet, column, reason, left_out), found in rows.items()
    ]
