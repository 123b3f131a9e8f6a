"""Sections that are asked several times (an XLSForm's repeats), written out before compiling. Pure.

The second time the question `name` is the question `name_2`, and so is what looks at it. How often
is fixed, or the answer to a number question before it, or asked first.
"""

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from feedback.surveys.block_values import item_list, split_codes
from feedback.surveys.questionnaire import SHOWN

#: More copies make a form that nobody fills in.
MOST_TIMES = 10
COUNT = re.compile(r"(?P<fixed>\d{1,2})|\$\{\s*(?P<key>[^{}\s]+)\s*\}")
_FORMULAS = ("formula", "constraint", "calculation")
_TEXTS = ("text_zh", "text_en", "help_zh", "help_en", "other_text_zh", "other_text_en")
Block = Mapping[str, Any]


def times_of(section: Block) -> int:
    """How often the section is asked at most; 0 where it is no repeat."""
    count = _count(section)
    times = count["fixed"] if count and count["fixed"] else section.get("times")
    return min(int(times or 0), MOST_TIMES)


def once(blocks: Iterable[Block]) -> list[Block]:
    """The blocks as if nothing were repeated."""
    never = {"times": None, "repeat_count": ""}
    return [
        {**b, "value": {**b["value"], **never}} if b["type"] == "section" else b for b in blocks
    ]


def repeat_problems(blocks: Iterable[Block]) -> dict[int, str]:
    """Number of the block of a section → why it can't be asked several times."""
    found: dict[int, str] = {}
    numbers: set[str] = set()
    is_repeat = False
    for number, block in enumerate(blocks):
        value = block["value"]
        if block["type"] == "section":
            is_repeat = times_of(value) > 0
            if problem := _problem(value, numbers):
                found[number] = problem
        elif block["type"] == "number" and not is_repeat:
            numbers.add(value.get("key") or "")
    return found


def _problem(section: Block, numbers: Collection[str]) -> str:
    count = _count(section)
    if count is None and (section.get("repeat_count") or "").strip():
        return _("How often it is repeated must be a number, or a number question before it.")
    if count is None:
        return ""
    if count["fixed"]:
        text = _("A repeat is asked from 1 to %(count)s times.")
        return "" if 1 <= int(count["fixed"]) <= MOST_TIMES else text % {"count": MOST_TIMES}
    if count["key"] not in numbers:
        return _("How often it is repeated must be a number, or a number question before it.")
    return "" if times_of(section) else _("Please say, too, how often it is asked at most.")


def _count(section: Block) -> re.Match[str] | None:
    return COUNT.fullmatch((section.get("repeat_count") or "").strip())


def written_out(
    blocks: Iterable[Block], but: Container[int] = frozenset()
) -> Iterator[tuple[int, str, Block]]:
    """(number of the block it comes from, type, value) of every block, repeats written out `but`
    for those that have a problem."""
    listed = [(number, b["type"], b["value"]) for number, b in enumerate(blocks)]
    at = 0
    while at < len(listed):
        number, kind, value = listed[at]
        at += 1
        if kind != "section" or not times_of(value) or number in but:
            yield number, kind, value
            continue
        end = at
        while end < len(listed) and listed[end][1] != "section":
            end += 1
        if end == at:  # nothing to ask, so nor how often
            yield number, kind, value
            continue
        yield from _repeat(number, value, listed[at:end])
        at = end


def _repeat(
    number: int, section: Block, inside: list[tuple[int, str, Block]]
) -> Iterator[tuple[int, str, Block]]:
    count, base = _count(section), section.get("name") or _name(inside)
    key = count["key"] if count else f"{base}_how_many"
    if not count:
        yield number, "section", {**section, "name": f"{base}_first"}
        yield number, "number", _question_how_many(section, key)
    for time in range(1, times_of(section) + 1):
        formula = section.get("formula") or ""
        if key:
            enough = f"${{{key}}} >= {time}"
            formula = f"({formula}) and {enough}" if formula else enough
        copy = {**section, "name": f"{base}_{time}", "formula": formula}
        copy |= {
            name: _numbered(section.get(name), name, time) for name in ("title_zh", "title_en")
        }
        yield number, "section", copy | {"continuation": section.get("continuation") and time == 1}
        renamed = _renamed(inside, time)
        for at, kind, value in inside:
            yield at, kind, _copy(value, renamed, time)


def _name(inside: list[tuple[int, str, Block]]) -> str:
    """Of a section without one, after its first question: no other section has that."""
    first = next((value["key"] for _n, _kind, value in inside if value.get("key")), "")
    return f"repeat_{first}"


def _question_how_many(section: Block, key: str) -> Block:
    title_zh, title_en = section.get("title_zh") or "", section.get("title_en") or ""
    name = title_zh or title_en
    return {
        "key": key,
        "text_zh": f"“{name}”一共有几项？" if name else "下面的内容一共有几项？",
        "text_en": f"How many are there: {title_en or name}?" if name else "How many are there?",
        "required": True,
        "minimum": 0,
        "maximum": times_of(section),
    }


def _renamed(inside: list[tuple[int, str, Block]], time: int) -> dict[str, str]:
    """Key → its key the `time`th time; rows of matrices and “other” among them."""
    renamed: dict[str, str] = {}
    for _number, _kind, value in inside:
        key = value.get("key") or ""
        after = ["", "_other", *(f"_{row['code']}" for row in item_list(value, "rows"))]
        renamed |= {f"{key}{end}": f"{key}_{time}{end}" for end in after if key}
    return renamed


def _copy(value: Block, renamed: Mapping[str, str], time: int) -> Block:
    def put(text: Any) -> Any:
        return SHOWN.sub(lambda m: f"${{{renamed.get(m[1], m[1])}}}", text) if text else text

    copy = {**value, "key": renamed.get(value.get("key") or "", "")}
    copy |= {name: put(value[name]) for name in (*_FORMULAS, *_TEXTS) if name in value}
    copy |= {
        name: _numbered(copy[name], name, time) for name in ("text_zh", "text_en") if name in copy
    }
    copy["show_if"] = [
        {**item, "key": renamed.get(item["key"], item["key"])}
        for item in item_list(value, "show_if")
    ]
    if "options" in value:
        copy["options"] = [
            {**item, "only_if": put(item.get("only_if"))} for item in item_list(value, "options")
        ]
    if "rows" in value:
        copy["rows"] = [
            {**item, **{name: put(item.get(name)) for name in ("text_zh", "text_en")}}
            for item in item_list(value, "rows")
        ]
    if value.get("sources"):
        copy["sources"] = [renamed.get(key, key) for key in split_codes(value["sources"])]
    return copy


def _numbered(text: Any, name: str, time: int) -> str:
    if not text:
        return text or ""
    return f"{text}（{time}）" if name.endswith("_zh") else f"{text} ({time})"
