"""The `type` column: which of our blocks it means."""

import re
from dataclasses import dataclass

from pyxform import aliases

PLAIN = {
    "text": "text",
    "string": "text",
    "integer": "integer",
    "int": "integer",
    "decimal": "decimal",
    "date": "date",
    "image": "photo",
    "photo": "photo",
    "note": "note",
    "range": "range",
    "calculate": "calculate",
}
_KINDS = {"select one": "single", "select all that apply": "multiple", "rank": "rank"}
_SELECT = {
    name: _KINDS[target]
    for name, target in aliases.select.items()
    if target in _KINDS and "file" not in name
}
_SELECT["select_multiple from"] = "multiple"
_SELECTS = "|".join(re.escape(name) for name in sorted(_SELECT, key=len, reverse=True))
_SELECT_ROW = re.compile(
    rf"(?P<kind>{_SELECTS})\s+(?P<list>\S+)(?P<other>\s+(?:or_other|or specify other|or other))?\Z",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"(begin|end)[ _](group|lgroup|repeat|looped group|loop)\Z", re.IGNORECASE)


@dataclass(frozen=True)
class RowType:
    """`name`: a value of PLAIN, single, multiple, rank, begin_group, end_group, begin_repeat,
    end_repeat, or empty where we have nothing of the kind."""

    name: str
    list_name: str = ""
    or_other: bool = False


def row_type(text: str) -> RowType:
    plain = " ".join(text.split())
    if plain.lower() in PLAIN:
        return RowType(PLAIN[plain.lower()])
    if control := _CONTROL.match(plain):
        what = "group" if control.group(2).lower() == "group" else "repeat"
        return RowType(f"{control.group(1).lower()}_{what}")
    if select := _SELECT_ROW.match(plain):
        kind = _SELECT[select.group("kind").lower()]
        return RowType(kind, select.group("list"), bool(select.group("other")))
    return RowType("")
