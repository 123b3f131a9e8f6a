"""How a cell of an uploaded table becomes a value."""

import re
import unicodedata
from datetime import date, datetime, time
from typing import Any

from portal.common.sheets.notes import Note


class CellError(Exception):
    """A cell can't be read. `note` says why, without the name of its column."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.note = Note.of(code, **params)


def is_blank(value: Any) -> bool:
    return value is None or not str(value).strip()


def plain(value: Any) -> str:
    """A cell as text: full-width characters made plain, 101.0 as 101, edges trimmed."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(unicodedata.normalize("NFKC", str(value)).split())


def text(value: Any, limit: int) -> str:
    found = plain(value)
    if len(found) > limit:
        raise CellError("too_long", limit=limit)
    return found


def whole(value: Any, low: int, high: int) -> int:
    found = plain(value)
    if not re.fullmatch(r"\d{1,9}", found):
        raise CellError("not_whole", value=found[:40])
    if not low <= int(found) <= high:
        raise CellError("out_of_range", low=low, high=high)
    return int(found)


_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+0{1,2}:00.*)?")


def day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = plain(value)
    match = _DATE.fullmatch(found) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", found)
    try:
        return date(*map(int, match.groups())) if match else date.fromisoformat("")
    except ValueError:
        raise CellError("not_a_date", value=found[:40]) from None


_TIMED = re.compile(r"(.*?\d日?)[\sT]+(\d{1,2})\s*[:时]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2})?.*)?")


def moment(value: Any) -> datetime | date:
    """A naive datetime where the cell tells the time, a date where it tells the day only."""
    if isinstance(value, datetime):
        known = value.replace(microsecond=0, tzinfo=None)
        return known if known.time() != known.min.time() else known.date()
    found = plain(value)
    match = _TIMED.fullmatch(found)
    if match is None:
        return day(value)
    begun = day(match[1])
    try:
        told = time(int(match[2]), int(match[3]), int(match[4] or 0))
        return datetime.combine(begun, told)
    except ValueError:
        raise CellError("not_a_date", value=found[:40]) from None
