"""What is wrong with a file or a row, kept so that each reader gets it in their own language."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

#: Code → the sentence shown, for what any uploaded table can suffer from. Parameters: %(name)s.
MESSAGES = {
    # of the file
    "file_empty": gettext_noop("The file is empty."),
    "file_type": gettext_noop("Only .xlsx and .csv files can be read."),
    "file_broken": gettext_noop("This is not an intact Excel file."),
    "file_large": gettext_noop("The file has more than %(limit)s rows or is too large. Split it."),
    "file_encoding": gettext_noop("The text encoding is neither UTF-8 nor GB18030."),
    "header_missing": gettext_noop("The first row has no column “%(column)s”."),
    "header_twice": gettext_noop("The column “%(column)s” stands twice in the first row."),
    "no_rows": gettext_noop("There is no row below the header."),
    "unforeseen": gettext_noop(
        "Something went wrong while reading the file. Nothing was written. Please try again, and "
        "tell the administrator if it happens again."
    ),
    # of a row
    "required": gettext_noop("%(column)s is missing"),
    "too_long": gettext_noop("%(column)s is longer than %(limit)s characters"),
    "not_a_number": gettext_noop("%(column)s “%(value)s” is not a number"),
    "not_whole": gettext_noop("%(column)s “%(value)s” is not a whole number"),
    "out_of_range": gettext_noop("%(column)s must be between %(low)s and %(high)s"),
    "not_a_date": gettext_noop("%(column)s “%(value)s” is not a date"),
    "not_a_choice": gettext_noop("%(column)s “%(value)s” is not one of: %(choices)s"),
}


@dataclass(frozen=True)
class Note:
    """A sentence about a file or a row: a code of the messages and its parameters."""

    code: str
    params: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, kind: str, /, **params: Any) -> "Note":
        return cls(kind, tuple(params.items()))

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": {name: str(value) for name, value in self.params}}
