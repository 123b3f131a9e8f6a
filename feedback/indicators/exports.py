"""Measurements as CSV, XLSX and JSON, with the same columns everywhere.

The demonstration label must travel with the figures and the columns must stay exact. So it goes
where no reader of columns stumbles: a CSV and a JSON list carry it in their file name and in the
HTTP header `X-Demonstration`, and a workbook has a second sheet. On standard output the commands
write it to standard error.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from io import BytesIO
from typing import IO, Any, Protocol

import xlsxwriter
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from feedback.indicators.models import Measurement
from feedback.indicators.scoring import attainment, shown
from feedback.indicators.suppression import told_hash
from feedback.indicators.targets import TargetBook
from portal.places.models import Place

COLUMNS = (
    "indicator",
    "variant",
    "name_zh",
    "name_en",
    "place_code",
    "place",
    "period_start",
    "period_end",
    "numerator",
    "denominator",
    "value",
    "unit",
    "low",
    "high",
    "n",
    "population",
    "target",
    "attainment",
    "status",
    "formula_version",
    "inputs_hash",
    "computed_at",
)
LABEL_ZH, LABEL_EN = "演示数据", "Demonstration data"
LABEL_HEADER = "X-Demonstration"
CHUNK = 500
Row = dict[str, Any]


class Writable(Protocol):
    """A text file, or a response."""

    def write(self, text: str, /) -> object: ...


def export_rows(place: Place, year: int, *, with_running: bool = True) -> Iterator[Row]:
    """One dict for each figure of `place` and all below it whose period ends in `year`.

    Numbers are Decimal or None. A figure of a project carries the project's code and name and lies
    in its county. `with_running` False leaves out what an open survey has shown so far.
    """
    rows = Measurement.objects.for_export().under(place).ending_in(year).defer("inputs")
    if not with_running:
        rows = rows.settled()
    book = TargetBook(Place.objects.above(place) | Place.objects.under(place), [year])
    for row in rows.iterator(chunk_size=CHUNK):
        yield _row(row, book)


def export_count(
    place: Place, year: int, *, with_running: bool = True, most: int | None = None
) -> int:
    """How many rows `export_rows` gives; no more than `most` are counted."""
    rows = Measurement.objects.latest_revisions().under(place).ending_in(year)
    return (rows if with_running else rows.settled())[:most].count()


def _row(row: Measurement, book: TargetBook) -> Row:
    known = row.definition
    variant = known.variant(row.variant)
    target = book.value_for(row)
    scope = row.place or row.project
    reached = attainment(known, row.variant, value=row.value, target=target, status=row.status)
    suffix_zh, suffix_en = (
        ("", "") if row.variant == "main" else (f"（{variant.name.zh}）", f" ({variant.name.en})")
    )
    return {
        "indicator": row.indicator,
        "variant": row.variant,
        "name_zh": known.name.zh + suffix_zh,
        "name_en": known.name.en + suffix_en,
        "place_code": scope.code if scope else "",
        "place": scope.name if scope else "",
        "period_start": row.period_start.isoformat(),
        "period_end": row.period_end.isoformat(),
        "numerator": _plain(row.numerator),
        "denominator": _plain(row.denominator),
        "value": shown(row.value),
        "unit": row.unit,
        "low": shown(row.low),
        "high": shown(row.high),
        "n": row.n,
        "population": row.population,
        "target": shown(target),
        "attainment": shown(reached),
        "status": row.status,
        "formula_version": row.formula_version,
        "inputs_hash": told_hash(row.indicator, row.n, row.inputs_hash, has_few=row.has_few),
        "computed_at": timezone.localtime(row.computed_at).isoformat(timespec="seconds"),
    }


def _plain(number: Decimal | None) -> Decimal | None:
    """Up to six decimals, without the zeros that say nothing."""
    if number is None:
        return None
    return number.quantize(Decimal(1)) if number == int(number) else number.normalize()


def csv_write(rows: Iterable[Row], output: Writable) -> None:
    writer = csv.DictWriter(output, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: as_text(value) for name, value in row.items()})


def json_write(rows: Iterable[Row], output: Writable) -> None:
    """A list of objects, one a line; numbers are JSON numbers, written as they are shown."""
    output.write("[")
    for index, row in enumerate(rows):
        output.write(",\n" if index else "\n")
        output.write(json.dumps(row, ensure_ascii=False, default=_number))
    output.write("\n]\n")


def xlsx_write(rows: Iterable[Row], output: IO[bytes]) -> None:
    """One sheet of figures; in the demonstration a second one that says so."""
    book = xlsxwriter.Workbook(output, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("measurements")
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4"})
    two = book.add_format({"num_format": "0.00"})
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(COLUMNS):
        sheet.set_column(column, column, _width(name))
        sheet.write_string(0, column, name, head)
    for index, row in enumerate(rows, start=1):
        for column, name in enumerate(COLUMNS):
            value = row[name]
            if isinstance(value, Decimal):
                sheet.write_number(index, column, float(value), two)
            elif isinstance(value, int):
                sheet.write_number(index, column, value)
            elif value:
                sheet.write_string(index, column, value)
    if settings.DEMONSTRATION:
        note = book.add_worksheet("演示数据 demonstration")
        note.write_string(0, 0, f"{LABEL_ZH} / {LABEL_EN}")
    book.close()


def xlsx_bytes(rows: Iterable[Row]) -> bytes:
    buffer = BytesIO()
    xlsx_write(rows, buffer)
    return buffer.getvalue()


def write(rows: Iterable[Row], form: str, response: HttpResponse) -> None:
    """`form` csv, json or xlsx into an HTTP response."""
    if form == "xlsx":
        response.write(xlsx_bytes(rows))
    elif form == "csv":
        # Excel reads a CSV as UTF-8 only with the mark.
        response.write("\ufeff")
        csv_write(rows, response)
    else:
        json_write(rows, response)


def file_name(what: str, code: str, year: int, extension: str) -> str:
    """ASCII, with the demonstration label where there is one; `code` of a place or project."""
    label = "-demonstration" if settings.DEMONSTRATION else ""
    return f"{what}-{code}-{year}{label}.{extension}"


def _width(name: str) -> int:
    return 24 if name in {"name_zh", "name_en", "place", "inputs_hash", "computed_at"} else 12


def as_text(value: Any) -> str:
    """Digits as they are shown; nothing for None."""
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _number(value: Any) -> float | int:
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    raise TypeError(f"{type(value).__name__} is not written to JSON")
