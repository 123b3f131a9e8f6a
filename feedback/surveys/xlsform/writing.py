"""Lines of cells as an .xlsx file that any tool for XLSForms can read."""

import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

import xlsxwriter

from feedback.surveys.questionnaire import Text
from feedback.surveys.xlsform.languages import LANGUAGES

#: The columns in the order they are written; those that stay empty are left out.
SURVEY = ["type", "name", "label", "hint", "required", "relevant", "constraint"]
SURVEY += ["constraint_message", "choice_filter", "appearance", "parameters", "calculation"]
SURVEY += ["repeat_count", "linli_times"]
SURVEY += ["linli_type", "linli_minimum", "linli_maximum", "linli_short", "linli_continuation"]
CHOICES = ["list_name", "name", "label", "linli_filter", "linli_exclusive"]
#: Column → what stands in it; a text in several languages by the language.
Line = dict[str, Any]


def both_texts(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def kept_texts(value: Mapping[str, Any], column: str) -> dict[str, str]:
    """Texts in further languages as an XLSForm brought them, by the name of the language."""
    try:
        found = json.loads(value.get("languages") or "{}")
        texts = found.get(column, {})
        return {str(name): str(text) for name, text in texts.items() if name not in LANGUAGES}
    except (ValueError, AttributeError):
        return {}


def yes(value: bool) -> str:
    return "yes" if value else ""


def workbook(
    survey: list[Line], choices: list[Line], settings: Line, names: Mapping[str, str]
) -> bytes:
    out = io.BytesIO()
    known = {"list_name", *CHOICES}
    further = dict.fromkeys(name for line in choices for name in line if name not in known)
    # Whatever somebody typed stays text: nothing becomes a formula or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    bold = book.add_format({"bold": True})
    for name, columns, lines in (
        ("survey", SURVEY, survey),
        ("choices", [*CHOICES, *further], choices),
        ("settings", list(settings), [settings]),
    ):
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for index, (head, column, language) in enumerate(_columns(columns, lines, names)):
            sheet.write_string(0, index, head, bold)
            sheet.set_column(index, index, 24)
            for number, line in enumerate(lines, start=1):
                text = line.get(column) or ""
                text = text.get(language, "") if isinstance(text, dict) else text
                if text:
                    sheet.write_string(number, index, str(text))
    book.close()
    return out.getvalue()


def _columns(
    columns: list[str], lines: list[Line], names: Mapping[str, str]
) -> Iterable[tuple[str, str, str]]:
    """Heading, column and language of what is written; what pyxform needs is always there."""
    needed = {"type", "name", "list_name"}
    for column in columns:
        values = [line.get(column) for line in lines]
        if any(isinstance(value, dict) for value in values):
            written = [v for v in values if isinstance(v, dict)]
            others = dict.fromkeys(code for v in written for code in v if code not in LANGUAGES)
            for code in [*LANGUAGES, *others]:
                if any(v.get(code) for v in written):
                    name = names.get(code, code)
                    yield f"{column}::{name}" if name else column, column, code
        elif column in needed or any(values):
            yield column, column, ""
