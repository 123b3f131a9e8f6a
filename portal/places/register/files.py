"""Rows of cells out of what somebody uploaded: XLSX, or CSV in any encoding Excel writes."""

import csv
import io
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any

from openpyxl import load_workbook

from portal.places.register.problems import Note

MAX_ROWS = 100_000
MAX_BYTES = 20 * 1024 * 1024
MAX_COLUMNS = 60
_MAX_UNPACKED = 400 * 1024 * 1024
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class FileError(Exception):
    """The file as a whole can't be read. `note` says why."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.note = Note.of(code, **params)


def rows_of(filename: str, content: bytes) -> Iterator[tuple[int, list[Any]]]:
    """(row number as the spreadsheet shows it, cells) of every row that is not blank.

    Raises FileError, before the first row or in the middle.
    """
    if not content:
        raise FileError("file_empty")
    if len(content) > MAX_BYTES:
        raise FileError("file_large", limit=MAX_ROWS)
    suffix = filename.lower().rpartition(".")[2]
    if suffix in {"xlsx", "xlsm"} or content.startswith(b"PK\x03\x04"):
        rows = _xlsx_rows(content)
    elif suffix in {"csv", "txt", "tsv"}:
        rows = _csv_rows(content)
    else:
        raise FileError("file_type")
    for number, cells in rows:
        if number > MAX_ROWS + 1:
            raise FileError("file_large", limit=MAX_ROWS)
        if any(cell is not None and str(cell).strip() for cell in cells):
            yield number, cells


def count_hint(filename: str, content: bytes) -> int:
    """About how many rows there are, for a progress bar; 0 where that can't be said cheaply."""
    if content.startswith(b"PK\x03\x04"):
        try:
            sheet = load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
            return min(sheet.max_row or 0, MAX_ROWS)
        except Exception:  # whatever is wrong with it is said when it is read
            return 0
    return min(content.count(b"\n"), MAX_ROWS)


def decode(content: bytes) -> str:
    """Text out of UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030.

    Raises FileError where none of them fits.
    """
    for bom, encoding in _BOMS.items():
        if content.startswith(bom):
            return _decode(content, [encoding])
    return _decode(content, ["utf-8", "gb18030"])


def _decode(content: bytes, encodings: list[str]) -> str:
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileError("file_encoding")


def _csv_rows(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    text = decode(content)
    if "\x00" in text:
        raise FileError("file_encoding")
    first = text.partition("\n")[0]
    delimiter = max((",", "\t", ";", "，"), key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, list(cells[:MAX_COLUMNS])
    except csv.Error as error:
        raise FileError("file_broken") from error


def _xlsx_rows(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > _MAX_UNPACKED:
            raise FileError("file_large", limit=MAX_ROWS)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # What the file claims of its size is not believed: some programs write A1.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS)
        for number, cells in enumerate(islice(rows, MAX_ROWS + 2), start=1):
            yield number, list(cells)
    except FileError:
        raise
    except Exception as error:  # openpyxl raises whatever the broken part provokes
        raise FileError("file_broken") from error
