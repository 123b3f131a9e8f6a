"""What is wrong with a file or a row, kept so that each reader gets it in their own language."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_noop

#: Code → the sentence shown. Parameters are %(name)s.
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
    "register_changed": gettext_noop("The register changed in the meantime. Check the file again."),
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
    "date_order": gettext_noop("The home ends on or before the day it begins"),
    "occupancy_future": gettext_noop("The day of the occupancy lies in the future"),
    "twice_in_file": gettext_noop("The same home stands in row %(row)s already"),
    "place_unknown": gettext_noop("There is no community with the code %(code)s"),
    "parent_unknown": gettext_noop("There is no place with the code %(code)s to put it under"),
    "parent_level": gettext_noop("%(code)s can't have a community below it"),
    "not_a_community": gettext_noop("%(code)s is not a community"),
    "name_differs": gettext_noop("%(code)s is called “%(name)s” in the register"),
    "name_differs_in_file": gettext_noop("%(code)s has another name in row %(row)s"),
    "no_right": gettext_noop("You may not change the register of %(name)s"),
    "area_needed": gettext_noop("A new home needs its floor area"),
    "overlaps": gettext_noop("Another home of this room ended only on %(day)s"),
    "already_ended": gettext_noop("This home is not in the register, so it can't be ended"),
    # of a change
    "community_new": gettext_noop("New community"),
    "building_new": gettext_noop("New building"),
    "changed": gettext_noop("%(column)s: %(old)s → %(new)s"),
}


@dataclass(frozen=True)
class Note:
    """A sentence about a file or a row: a code of MESSAGES and its parameters."""

    code: str
    params: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, kind: str, /, **params: Any) -> "Note":
        return cls(kind, tuple(params.items()))

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": {name: str(value) for name, value in self.params}}


def sentence(note: dict[str, Any]) -> str:
    """A stored note in the language of whoever reads it.

    Names of columns and choices among the parameters are translated, too.
    """
    from portal.places.register.columns import label_of

    params = {name: label_of(value) for name, value in note.get("params", {}).items()}
    return gettext(MESSAGES[note["code"]]) % params
