"""From the blocks of a survey to an XLSForm that any of its tools can read."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from feedback.surveys.block_values import item_list
from feedback.surveys.compiling import (
    OTHER_SUFFIX,
    compile_definition,
    listed_condition,
)
from feedback.surveys.condition_text import to_text
from feedback.surveys.conditions import selected
from feedback.surveys.questionnaire import Definition, Question, Type
from feedback.surveys.repeating import COUNT, once, times_of
from feedback.surveys.xlsform.choices import OTHER_OPTION
from feedback.surveys.xlsform.languages import DEFAULT, LANGUAGES, NAMES
from feedback.surveys.xlsform.lists import ChoiceLists
from feedback.surveys.xlsform.writing import Line, both_texts, kept_texts, workbook, yes

_SELECT = {Type.SINGLE: "select_one", Type.LIKERT: "select_one", Type.MULTIPLE: "select_multiple"}
_SELECT[Type.RANK] = "rank"
_PLAIN = {Type.DATE: "date", Type.PHOTO: "image", Type.INFORMATION: "note", Type.TEXT: "text"}
_PLAIN[Type.DWELLING] = "text"


def export_form(
    blocks: Iterable[Mapping[str, Any]], *, title: str, slug: str, headline: str
) -> bytes:
    """The .xlsx file. Raises QuestionnaireError where the blocks can't be asked."""
    listed = list(blocks)
    compile_definition(listed, headline=None, named=True)
    definition = compile_definition(once(listed), headline=None, named=True)
    sheets = _Sheets(definition)
    for block in listed:
        sheets.add(block["type"], block["value"])
    sheets.end()
    settings = {
        "form_title": title,
        "form_id": slug.replace("-", "_"),
        "default_language": "",
        "linli_headline": headline,
    }
    kept = _kept_names(listed)
    names = LANGUAGES | {code: kept[code] for code in LANGUAGES if code in kept}
    if all(names.values()):
        first = names["zh" if _has(sheets.survey, "zh") else "en"]
        settings["default_language"] = kept.get(DEFAULT) or first
    if len({(c["list_name"], c["name"]) for c in sheets.lists.lines}) < len(sheets.lists.lines):
        settings["allow_choice_duplicates"] = "yes"
    settings = {name: text for name, text in settings.items() if text}
    return workbook(sheets.survey, sheets.lists.lines, settings, names)


def _kept_names(blocks: list[Mapping[str, Any]]) -> dict[str, str]:
    """What the columns of Chinese and English are called, and which language is the default, as in
    the form that was read."""
    for block in blocks:
        try:
            found = json.loads(block["value"].get("languages") or "{}").get(NAMES)
            if found:
                return {str(code): str(name) for code, name in found.items()}
        except (ValueError, AttributeError, TypeError):
            continue
    return {}


def _has(lines: list[Line], code: str) -> bool:
    texts = [text for line in lines for text in line.values() if isinstance(text, dict)]
    return any(text.get(code) for text in texts)


class _Sheets:
    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.survey: list[Line] = []
        self.lists = ChoiceLists()
        self.open = ""
        self.names = {question.key for question in definition.questions}

    def add(self, kind: str, value: Mapping[str, Any]) -> None:
        if kind == "section":
            self._section(value)
        elif kind == "matrix":
            self._matrix(value)
        elif kind == "calculation":
            self._calculation(value)
        else:
            self._question(value)

    def end(self) -> None:
        if self.open:
            self.survey.append({"type": f"end_{self.open}"})
        self.open = ""

    def _section(self, value: Mapping[str, Any]) -> None:
        """A section without a name, a title or a condition only ends the one before."""
        self.end()
        title = _texts(value, "title")
        says = ("name", "formula", "continuation", "times", "repeat_count")
        if not any(title.values()) and not any(value.get(name) for name in says):
            return
        self.open = "repeat" if times_of(value) else "group"
        self.survey.append(
            {
                "type": f"begin_{self.open}",
                "name": self._free_name(value.get("name") or "section"),
                "label": title | kept_texts(value, "label"),
                "hint": _texts(value, "note") | kept_texts(value, "hint"),
                "relevant": value.get("formula") or "",
                "linli_continuation": "yes" if value.get("continuation") else "",
                **_repeat(value),
            }
        )

    def _calculation(self, value: Mapping[str, Any]) -> None:
        self.survey.append(
            {
                "type": "calculate",
                "name": value["key"],
                "relevant": value.get("formula") or "",
                "calculation": value.get("calculation") or "",
            }
        )

    def _free_name(self, wanted: str) -> str:
        number, name = 1, wanted
        while name in self.names:
            number += 1
            name = f"{wanted}_{number}"
        self.names.add(name)
        return name

    def _matrix(self, value: Mapping[str, Any]) -> None:
        """A group of its own, shown as a table; the section around it is interrupted."""
        heading = self._asked(value["key"])
        self.survey.append(
            {
                "type": "begin_group",
                "name": heading.key,
                "label": both_texts(heading.text) | kept_texts(value, "label"),
                "hint": both_texts(heading.help) | kept_texts(value, "hint"),
                "relevant": self._relevant(value),
                "appearance": "table-list",
            }
        )
        rows = [q for q in self.definition.questions if q.matrix == heading.key]
        name = (
            self.lists.add(heading, value, rows[0].choices_name or heading.key)[0] if rows else ""
        )
        for row, written in zip(rows, item_list(value, "rows"), strict=True):
            label = both_texts(row.text) | kept_texts(written, "label")
            line = {"type": f"select_one {name}", "name": row.key, "label": label}
            self.survey.append(line | {"required": yes(row.required)})
        self.survey.append({"type": "end_group"})

    def _question(self, value: Mapping[str, Any]) -> None:
        question = self._asked(value["key"])
        line: Line = {
            "name": question.key,
            "label": both_texts(question.text) | kept_texts(value, "label"),
            "hint": both_texts(question.help) | kept_texts(value, "hint"),
            "required": yes(question.required),
            "relevant": self._relevant(value),
            "constraint": value.get("constraint") or "",
            "constraint_message": both_texts(question.constraint_message)
            | kept_texts(value, "constraint_message"),
        }
        if question.type in _SELECT:
            self._add_choices(question, value, line)
        elif question.type is Type.NUMBER:
            _add_number(question, line)
        else:
            line["type"] = _PLAIN[question.type]
            if question.type is Type.DWELLING:
                line["linli_type"] = "dwelling"
            if question.type is Type.TEXT:
                line["linli_maximum"] = str(question.maximum or "")
                line["linli_short"] = yes(question.short)
        self.survey.append(line)
        self._add_other(question, value, line)

    def _add_choices(self, question: Question, value: Mapping[str, Any], line: Line) -> None:
        or_other = _is_plain_other(question, value)
        listed = replace(question, options=question.options[:-1]) if or_other else question
        name, choice_filter = self.lists.add(listed, value, question.choices_name or question.key)
        line["type"] = f"{_SELECT[question.type]} {name}{' or_other' if or_other else ''}"
        line["choice_filter"] = choice_filter
        if question.type in (Type.MULTIPLE, Type.RANK):
            _add_limits(question, line, "count-selected(.)")

    def _add_other(self, question: Question, value: Mapping[str, Any], line: Line) -> None:
        other = next((o for o in item_list(value, "options") if o.get("other")), None)
        more = self.definition.question(question.key + OTHER_SUFFIX)
        if other is None or more is None or _is_plain_other(question, value):
            return
        self.survey.append(
            {
                "type": "text",
                "name": more.key,
                "label": both_texts(more.text),
                "required": yes(more.required),
                "relevant": to_text(selected(question.key, other["code"])),
            }
        )

    def _relevant(self, value: Mapping[str, Any]) -> str:
        """The formula as it was written; what was listed in the editor, as a formula before it."""
        formula = value.get("formula") or ""
        if not item_list(value, "show_if"):
            return formula
        listed = listed_condition(value)
        text = to_text(listed) if listed else ""
        return f"({text}) and ({formula})" if text and formula else text or formula

    def _asked(self, key: str) -> Question:
        question = self.definition.question(key)
        if question is None:
            raise KeyError(key)
        return question


def _repeat(value: Mapping[str, Any]) -> Line:
    """How often a section is asked; the most is written where the form alone does not say it."""
    if not times_of(value):
        return {}
    count = COUNT.fullmatch((value.get("repeat_count") or "").strip())
    if count and count["fixed"]:
        return {"repeat_count": str(times_of(value))}
    return {"repeat_count": count[0] if count else "", "linli_times": str(times_of(value))}


def _is_plain_other(question: Question, value: Mapping[str, Any]) -> bool:
    """Whether “other” is what XLSForm's `or_other` makes by itself."""
    options = item_list(value, "options")
    if question.type not in (Type.SINGLE, Type.MULTIPLE) or len(options) < 3:
        return False
    last = {name: options[-1].get(name) for name in OTHER_OPTION}
    own = ("other_text_zh", "other_text_en", "other_required")
    return (
        last == OTHER_OPTION
        and not any(value.get(name) for name in own)
        and not any(option.get("only_if") for option in options)
    )


def _add_number(question: Question, line: Line) -> None:
    if question.step:
        # A range is of decimals where one of its numbers is written with a point.
        point = ".0" if question.decimal and "." not in str(question.minimum) else ""
        low, high = f"{question.minimum}{point}", question.maximum
        line["type"] = "range"
        line["parameters"] = f"start={low} end={high} step={question.step}"
        return
    line["type"] = "decimal" if question.decimal else "integer"
    _add_limits(question, line, ".")


def _add_limits(question: Question, line: Line, subject: str) -> None:
    """Limits of ours stand in the constraint, where every tool keeps them, and apart, so that
    they come back as limits."""
    parts = []
    for name, sign, limit in (
        ("minimum", ">=", question.minimum),
        ("maximum", "<=", question.maximum),
    ):
        if limit is not None and not (_is_all(question, name)):
            parts.append(f"{subject} {sign} {limit}")
            line[f"linli_{name}"] = str(limit)
    if parts and line["constraint"]:
        parts.append(f"({line['constraint']})")
    line["constraint"] = " and ".join(parts) or line["constraint"]


def _is_all(question: Question, name: str) -> bool:
    """Whether a ranking goes to the last place, which is what XLSForm's always does."""
    is_rank = question.type is Type.RANK and name == "maximum"
    return is_rank and question.maximum == len(question.options)


def _texts(value: Mapping[str, Any], name: str) -> dict[str, str]:
    return {code: value.get(f"{name}_{code}") or "" for code in LANGUAGES}
