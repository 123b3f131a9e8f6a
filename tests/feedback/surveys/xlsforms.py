"""XLSForms for tests: written as sheets, read into blocks, and written again."""

import io
from typing import Any

from openpyxl import Workbook, load_workbook

from feedback.surveys.compiling import compile_definition
from feedback.surveys.questionnaire import Definition
from feedback.surveys.xlsform import Imported, export_form, import_form

Rows = list[list[Any]]
CHOICES: Rows = [
    ["list_name", "name", "label::中文 (zh)", "label::English (en)"],
    ["yes_no", "yes", "是", "Yes"],
    ["yes_no", "no", "否", "No"],
]
HEAD = ["type", "name", "label::中文 (zh)", "required", "relevant", "constraint"]
FIRST = ["select_one yes_no", "H", "问", "yes"]


def workbook(survey: Rows, choices: Rows | None = None, settings: Rows | None = None) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
        sheet = book.create_sheet(name)
        for row in rows or []:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(*rows: list[Any], choices: Rows = CHOICES, head: list[str] = HEAD) -> Imported:
    return import_form(workbook([head, FIRST, *rows], choices))


def compiled(imported: Imported) -> Definition:
    return compile_definition(imported.blocks, headline="H", named=True)


def back(imported: Imported) -> bytes:
    return export_form(imported.blocks, title="T", slug="s", headline=imported.fields["headline"])


def rows_of(content: bytes, sheet: str = "survey") -> Rows:
    """Rows of a sheet without the columns that are our own."""
    rows = [
        list(row) for row in load_workbook(io.BytesIO(content))[sheet].iter_rows(values_only=True)
    ]
    ours = [n for n, name in enumerate(rows[0]) if str(name).startswith("linli_")]
    if sheet == "choices" and len(ours) and rows[0][ours[0]] == "linli_filter":
        return rows
    return [[cell for n, cell in enumerate(row) if n not in ours] for row in rows]
