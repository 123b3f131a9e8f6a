"""The sheets of an XLSForm as rows of named cells, each knowing where it stands."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from pyxform import aliases
from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from feedback.surveys.xlsform.report import Issue

MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED = 40 * 1024 * 1024
MAX_ROWS = 2000
MAX_COLUMNS = 100
SHEETS = ("survey", "choices", "settings")
#: Columns that come once for each language.
TRANSLATED = frozenset({"label", "hint", "constraint_message"})
#: Sheets of an XLSForm whose rows we can't hold.
REFUSED_SHEETS = ("external_choices", "entities", "osm")
_ALIASES: dict[str, dict[str, str]] = {
    "survey": {
        **{
            name: target if isinstance(target, str) else target[-1]
            for name, target in aliases.survey_header.items()
        },
        "jr:constraintmsg": "constraint_message",
        "constraining_message": "constraint_message",
        "constraint_message": "constraint_message",
        "required_message": "required_message",
        "calculate": "calculation",
        "calculation": "calculation",
        "count": "repeat_count",
        "jr:count": "repeat_count",
        "repeat_count": "repeat_count",
    },
    "choices": {
        **{
            name: target if isinstance(target, str) else target[0]
            for name, target in aliases.list_header.items()
        },
        "list_name": "list_name",
    },
    "settings": {"set_form_title": "form_title", "set_form_id": "form_id"},
}


class FormFileError(Exception):
    """The file as a whole is no XLSForm; the message says why."""


@dataclass(frozen=True)
class Cell:
    text: str
    column: str


@dataclass
class Row:
    sheet: str
    number: int
    #: Plain column → cell; a translated one is (column, language).
    cells: dict[str | tuple[str, str], Cell] = field(default_factory=dict)

    def text(self, name: str | tuple[str, str]) -> str:
        cell = self.cells.get(name)
        return cell.text if cell else ""

    def issue(self, reason: str, name: Any = "", *, left_out: bool = True) -> Issue:
        cell = self.cells.get(name)
        return Issue(self.sheet, self.number, cell.column if cell else "", reason, left_out)


Book = dict[str, list[Row]]


def read_book(content: bytes) -> Book:
    """Sheet → rows that are not blank; of a sheet that no XLSForm has, a row 0 if it says
    anything. Raises FormFileError."""
    if len(content) > MAX_BYTES:
        raise FormFileError(_("The file is larger than 2 MB."))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_UNPACKED:
            raise FormFileError(_("The file is larger than 2 MB."))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = {}
        for sheet in book.worksheets:
            name = sheet.title.strip().lower()
            if name in SHEETS or name in REFUSED_SHEETS:
                rows[name] = list(_rows(name, sheet))
            elif not name.startswith("_") and _says_anything(sheet):
                rows[sheet.title] = [Row(sheet.title, 0)]
    except FormFileError:
        raise
    except Exception as error:  # openpyxl raises whatever the broken part provokes
        raise FormFileError(_("This is not a readable .xlsx file.")) from error
    if not rows.get("survey"):
        raise FormFileError(_("The file has no sheet “survey” with questions."))
    return rows


def _says_anything(sheet: Any) -> bool:
    sheet.reset_dimensions()
    return any(cell_text(value) for line in sheet.iter_rows(values_only=True) for value in line)


def _rows(name: str, sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()
    head: list[str | tuple[str, str]] | None = None
    for number, values in enumerate(islice(sheet.iter_rows(values_only=True), MAX_ROWS + 2), 1):
        if number > MAX_ROWS + 1:
            raise FormFileError(_("The file has more than 2000 rows."))
        if any(value not in (None, "") for value in values[MAX_COLUMNS:]):
            raise FormFileError(_("The file has more than 100 columns."))
        texts = [cell_text(value) for value in values[:MAX_COLUMNS]]
        if not any(texts):
            continue
        if head is None:
            head = [header(text, name) for text in texts]
            continue
        row = Row(name, number)
        for index, text in enumerate(texts):
            letter = get_column_letter(index + 1)
            # What stands below no heading is named after the column, so that it is reported.
            column = (head[index] if index < len(head) else "") or letter
            if text:
                row.cells[column] = Cell(text, letter)
        yield row


def cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\xa0", " ").strip()


def header(text: str, sheet: str = "survey") -> str | tuple[str, str]:
    """`label::中文 (zh)` → `("label", "中文 (zh)")`, `bind:relevant` → `"relevant"`. What choices
    have of their own stays as it is written, for a choice filter may name it."""
    parts = text.split("::") if "::" in text else re.split(r"(?<!\bjr):", text)
    parts = [part.strip() for part in parts if part.strip()]
    if not parts:
        return ""
    if parts[0].lower() in ("bind", "body", "control", "media") and len(parts) > 1:
        if parts[0].lower() == "media":
            return "media"
        parts = parts[1:]
    plain = "_".join(parts[0].lower().split())
    name = _ALIASES.get(sheet, {}).get(plain, plain)
    if name in TRANSLATED:
        return (name, ":".join(parts[1:]))
    if sheet == "choices" and name == plain and plain not in ("list_name", "name"):
        return plain if plain.startswith("linli_") else text
    return name if len(parts) == 1 else text.lower()


def languages_of(rows: Iterable[Row]) -> list[str]:
    found = (name[1] for row in rows for name in row.cells if isinstance(name, tuple))
    return list(dict.fromkeys(found))


def pyxform_issues(content: bytes) -> list[Issue]:
    """What pyxform itself says is no valid XLSForm. It stops at the first it finds."""
    try:
        convert(io.BytesIO(content), file_type=".xlsx", warnings=[], validate=False)
    except PyXFormError as error:
        return [_pyxform_issue(str(error))]
    except Exception:  # pyxform raises plain errors for some of what is broken
        return [_pyxform_issue(_("the file is damaged or incomplete"))]
    return []


def _pyxform_issue(message: str) -> Issue:
    row = re.search(r"\[row : (\d+)\]", message)
    sheet = re.search(r"'(survey|choices|settings)' sheet", message)
    text = _("Not a valid XLSForm: %(message)s") % {
        "message": re.sub(r"^\[row : \d+\] ", "", message)[:400]
    }
    return Issue(sheet.group(1) if sheet else "survey", int(row.group(1)) if row else 0, "", text)
