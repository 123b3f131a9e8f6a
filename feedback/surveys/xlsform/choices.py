"""The sheet `choices`: lists of options, and which of them a choice filter offers when."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from django.utils.translation import gettext as _

from feedback.surveys.block_parts import CHOICES_LENGTH, CODE_PATTERN
from feedback.surveys.condition_text import parse_condition, to_text
from feedback.surveys.conditions import FALSE, TRUE, ConditionError, Term, any_of
from feedback.surveys.questionnaire import SCALES
from feedback.surveys.xlsform.languages import Languages, choice_columns
from feedback.surveys.xlsform.reading import Row
from feedback.surveys.xlsform.report import Issue

#: What pyxform adds to a list for `or_other`.
OTHER_CODE = "other"
OTHER_OPTION = {"code": OTHER_CODE, "text_zh": "其他", "text_en": "Other", "other": True}
KNOWN = {"list_name", "name", "media", "linli_exclusive"}


class Refused(Exception):
    """The row can't be held; `column` is the one at fault, or empty."""

    def __init__(self, reason: str, column: Any = "") -> None:
        super().__init__(reason)
        self.reason, self.column = reason, column


class Choices:
    def __init__(self, rows: list[Row], languages: Languages) -> None:
        self.languages = languages
        self.lists: dict[str, list[Row]] = {}
        for row in rows:
            self.lists.setdefault(row.text("list_name"), []).append(row)

    def options(self, list_name: str, choice_filter: str) -> list[dict[str, Any]]:
        """The options of a question. A code that comes in several rows, as a cascade has it, is
        one option that each of them offers. Raises Refused."""
        rows = self.lists.get(list_name, [])
        if not rows:
            raise Refused(
                _("There is no list of choices “%(name)s”.") % {"name": list_name}, "type"
            )
        found: dict[str, dict[str, Any]] = {}
        terms: dict[str, list[Term]] = {}
        for row in rows:
            option = self._option(row)
            code = option["code"]
            before = found.setdefault(code, option)
            if before != option:
                text = _("The choice “%(code)s” comes twice with different texts.")
                raise Refused(text % {"code": code}, "type")
            terms.setdefault(code, []).append(self._offered(row, choice_filter))
        for code, option in found.items():
            term = any_of(terms[code])
            if term == FALSE:
                text = _("The choice filter never offers the choice “%(code)s”.")
                raise Refused(text % {"code": code}, "choice_filter")
            if term not in (None, TRUE):
                option["only_if"] = to_text(term)  # type: ignore[arg-type]
        return list(found.values())

    def _option(self, row: Row) -> dict[str, Any]:
        code = row.text("name")
        if not re.match(CODE_PATTERN.regex, code):
            text = _("The choice name “%(code)s” can't be used: letters, digits, _ . - only.")
            raise Refused(text % {"code": code[:40]}, "type")
        option: dict[str, Any] = {"code": code, **self.languages.texts(row, "label", "text")}
        if not (option["text_zh"] or option["text_en"]):
            text = _("The choice “%(code)s” has no text in Chinese or English.")
            raise Refused(text % {"code": code}, "type")
        if "${" in f"{option['text_zh']}{option['text_en']}":
            text = _("The choice “%(code)s” shows another answer, which can't be held.")
            raise Refused(text % {"code": code}, "type")
        if kept := self.languages.kept_texts(row):
            option["languages"] = kept
        if row.text("linli_exclusive"):
            option["exclusive"] = True
        return option

    def _offered(self, row: Row, choice_filter: str) -> Term:
        if not choice_filter:
            return TRUE
        try:
            named = {"name": row.text("name"), **choice_columns(row)}
            columns = dict.fromkeys(self._columns(row), "") | named
            return parse_condition(choice_filter, columns)
        except ConditionError as error:
            raise Refused(str(error), "choice_filter") from None

    def _columns(self, row: Row) -> set[str]:
        rows = self.lists[row.text("list_name")]
        return {name for each in rows for name in choice_columns(each)}

    def kept(self, list_name: str, choice_filter: str) -> str:
        """The list as a filter found it, for the way back: JSON of the filter and, row by row, the
        code and the columns. Empty where it offers all, or is too long to keep."""
        if not choice_filter:
            return ""
        rows = [
            [row.text("name"), {n: t for n, t in choice_columns(row).items() if n not in KNOWN}]
            for row in self.lists.get(list_name, [])
        ]
        text = json.dumps({"filter": choice_filter, "rows": rows}, ensure_ascii=False)
        return text if len(text) <= CHOICES_LENGTH else ""

    def issues(self, filters: str, used: Collection[str]) -> Iterator[Issue]:
        """Lists that no question has, and columns of choices that nothing looks at. `filters`: all
        choice filters, joined."""
        for list_name, rows in self.lists.items():
            for row in rows:
                if list_name not in used:
                    text = _("No question has the list “%(name)s”.") % {"name": list_name}
                    yield row.issue(text, "list_name")
                    continue
                for name in row.cells:
                    if isinstance(name, str) and name not in KNOWN and name not in filters:
                        text = _("The column “%(name)s” is not kept.") % {"name": name}
                        yield row.issue(text, name, left_out=False)
                if "media" in row.cells:
                    text = _("Pictures and sounds of choices are not kept.")
                    yield row.issue(text, "media", left_out=False)


def scale_of(options: list[dict[str, Any]]) -> tuple[str, bool] | None:
    """Which of our scales these options are, and whether it has “does not apply”."""
    given = [(o["code"], o["text_zh"], o["text_en"]) for o in options]
    if any({"only_if", "exclusive", "languages"} & set(option) for option in options):
        return None
    for name, scale in SCALES.items():
        for not_applicable, steps in ((True, scale), (False, scale[:-1])):
            if given in (steps, [(code, zh, "") for code, zh, _en in steps]):
                return name, not_applicable
    return None
