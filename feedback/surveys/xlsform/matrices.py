"""Groups that an XLSForm shows as a table, all of one list, are matrices."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from feedback.surveys.xlsform.languages import LANGUAGES, Languages
from feedback.surveys.xlsform.reading import Row
from feedback.surveys.xlsform.report import Issue

Block = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A section that may be a matrix: its own condition, and whether a group or a repeat is around
    it."""

    formula: str
    is_nested: bool
    is_repeated: bool


def gather(
    made: list[tuple[Block, Row]], tables: dict[int, Table], languages: Languages
) -> list[Issue]:
    """Put matrices into `made` in place of the sections in `tables`, by the id of their block, and
    of the questions in them. What can't be one stays a section, which is reported."""
    issues: list[Issue] = []
    index = 0
    while index < len(made):
        block, row = made[index]
        if table := tables.get(id(block)):
            issues += _gather(made, index, row, table, languages)
        index += 1
    return issues


def _gather(
    made: list[tuple[Block, Row]], index: int, row: Row, table: Table, languages: Languages
) -> list[Issue]:
    section = made[index][0]["value"]
    end = next(
        (i for i in range(index + 1, len(made)) if made[i][0]["type"] == "section"), len(made)
    )
    inside = [block for block, _row in made[index + 1 : end]]
    closing = end < len(made) and not made[end][0]["value"].get("name")
    matrix = _matrix(section | {"formula": table.formula}, inside)
    if matrix is not None:
        made[index : end + closing] = [(matrix, row)]
        return []
    issues = _without_shown(section, row, languages)
    if table.is_repeated:
        issues.append(flat_issue(row))
        for block in inside:
            block["value"]["formula"] = both(table.formula, block["value"].get("formula", ""))
        del made[end : end + closing]
        del made[index]
    elif table.is_nested:
        issues.append(nesting_issue(row))
    text = _("It is not shown as a table, but one question below the other.")
    return [*issues, row.issue(text, "appearance", left_out=False)]


def _without_shown(section: Block, row: Row, languages: Languages) -> list[Issue]:
    """The title and the note of a section, unlike those of a matrix, can't show an answer."""
    issues = []
    for name, column in (("title", "label"), ("note", "hint")):
        for code in LANGUAGES:
            if "${" in section[f"{name}_{code}"]:
                section[f"{name}_{code}"] = ""
                text = _("A text that shows another answer can't be held.")
                where = (column, languages.column_of.get(code, ""))
                issues.append(row.issue(text, where, left_out=False))
    return issues


def flat_issue(row: Row) -> Issue:
    text = _("Of a group inside a repeat only the questions are taken over.")
    return row.issue(text, "type", left_out=False)


def nesting_issue(row: Row) -> Issue:
    text = _("A group inside a group is kept as a section of its own.")
    return row.issue(text, "type", left_out=False)


def both(one: str, other: str) -> str:
    """Two conditions, each of which may be empty, as one."""
    if not one or not other:
        return one or other
    return f"({one}) and ({other})"


def _matrix(section: Block, inside: list[Block]) -> Block | None:
    """The matrix block a table of questions is; None where its rows differ in more than text."""
    key = section["name"]
    kinds = {block["type"] for block in inside}
    if len(inside) < 2 or kinds not in ({"single"}, {"likert"}) or section["continuation"]:
        return None
    own = ("key", "text_zh", "text_en", "languages")
    shared = [{n: v for n, v in b["value"].items() if n not in own} for b in inside]
    same = all(each == shared[0] for each in shared)
    named = all(b["value"]["key"].startswith(f"{key}_") for b in inside)
    plain = shared[0]
    extra = ("formula", "constraint", "help_zh", "help_en")
    options = plain.get("options") or []
    if not same or not named or any(plain.get(name) for name in extra):
        return None
    if any(option.get("other") or option.get("only_if") for option in options):
        return None
    rows = [
        {
            "code": b["value"]["key"].removeprefix(f"{key}_"),
            "text_zh": b["value"]["text_zh"],
            "text_en": b["value"]["text_en"],
            "languages": b["value"]["languages"],
        }
        for b in inside
    ]
    value = {
        "key": key,
        "text_zh": section["title_zh"],
        "text_en": section["title_en"],
        "help_zh": section["note_zh"],
        "help_en": section["note_en"],
        "languages": section["languages"],
        "formula": section["formula"],
        "required": plain["required"],
        "rows": rows,
        "scale": plain.get("scale", "OPTIONS"),
        "not_applicable": plain.get("not_applicable", True),
        "options": options,
        "choices_name": plain.get("choices_name", ""),
    }
    return {"type": "matrix", "value": value}
