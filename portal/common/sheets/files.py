"""Rows of cells out of what somebody uploaded: XLSX, or CSV in any encoding Excel writes.

Read as a stream: a CSV file of any length takes the same memory. Of an XLSX file the texts that
are shared between cells have to be held.
"""

import csv
import io
import zipfile
from codecs import getincrementaldecoder
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

from openpyxl import load_workbook

from portal.common.sheets.cells import is_blank
from portal.common.sheets.notes import Note

MAX_ROWS = 100_000
MAX_BYTES = 20 * 1024 * 1024
MAX_COLUMNS = 60
#: A workbook may be so many times as large unpacked as the file may be.
_UNPACKED = 20
_CHUNK = 64 * 1024
_DELIMITERS = (",", "\t", ";", "，")
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class FileError(Exception):
    """The file as a whole can't be read. `note` says why."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.note = Note.of(code, **params)


def rows_of(
    filename: str, file: IO[bytes], *, max_rows: int = MAX_ROWS, max_bytes: int = MAX_BYTES
) -> Iterator[tuple[int, list[Any]]]:
    """(row number as the spreadsheet shows it, cells) of every row that is not blank.

    Raises FileError, before the first row or in the middle.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if not size:
        raise FileError("file_empty")
    if size > max_bytes:
        raise FileError("file_large", limit=max_rows)
    suffix = filename.lower().rpartition(".")[2]
    if suffix in {"xlsx", "xlsm"} or _is_zip(file):
        rows = _xlsx_rows(file, max_rows, _UNPACKED * max_bytes)
    elif suffix in {"csv", "txt", "tsv"}:
        rows = _csv_rows(file)
    else:
        raise FileError("file_type")
    for number, cells in rows:
        if number > max_rows + 1:
            raise FileError("file_large", limit=max_rows)
        if not all(map(is_blank, cells)):
            yield number, cells


def count_hint(file: IO[bytes], *, max_rows: int = MAX_ROWS) -> int:
    """About how many rows there are, for a progress bar; 0 where that can't be said cheaply."""
    file.seek(0)
    if _is_zip(file):
        try:
            sheet = load_workbook(file, read_only=True).worksheets[0]
            return min(sheet.max_row or 0, max_rows)
        except Exception:  # whatever is wrong with it is said when it is read
            return 0
    return min(sum(chunk.count(b"\n") for chunk in _chunks(file)), max_rows)


def _is_zip(file: IO[bytes]) -> bool:
    head = file.read(4)
    file.seek(0)
    return head == b"PK\x03\x04"


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK):
        yield chunk


def _encoding(file: IO[bytes]) -> str:
    """UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030, whichever the whole file fits.

    Raises FileError where none of them does.
    """
    file.seek(0)
    head = file.read(3)
    marked = next((name for bom, name in _BOMS.items() if head.startswith(bom)), "")
    for encoding in [marked] if marked else ["utf-8", "gb18030"]:
        if _fits(file, encoding):
            return encoding
    raise FileError("file_encoding")


def _fits(file: IO[bytes], encoding: str) -> bool:
    decoder = getincrementaldecoder(encoding)()
    try:
        if any("\x00" in decoder.decode(chunk) for chunk in _chunks(file)):
            return False
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _csv_rows(file: IO[bytes]) -> Iterator[tuple[int, list[Any]]]:
    encoding = _encoding(file)
    file.seek(0)
    lines = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        # A title that stands alone above the column names has none.
        head = islice(lines, 10)
        first = next((line for line in head if any(map(line.count, _DELIMITERS))), "")
        lines.seek(0)
        delimiter = max(_DELIMITERS, key=first.count)
        for number, cells in enumerate(csv.reader(lines, delimiter=delimiter), start=1):
            yield number, list(cells[:MAX_COLUMNS])
    except csv.Error as error:
        raise FileError("file_broken") from error
    finally:
        # The file is its owner's to close, who may have done so by now.
        if not file.closed:
            lines.detach()


def _xlsx_rows(file: IO[bytes], max_rows: int, most: int) -> Iterator[tuple[int, list[Any]]]:
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > most:
            raise FileError("file_large", limit=max_rows)
        book = load_workbook(file, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # What the file claims of its size is not believed: some programs write A1.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS)
        for number, cells in enumerate(islice(rows, max_rows + 2), start=1):
            yield number, list(cells)
    except FileError:
        raise
    except Exception as error:  # openpyxl raises whatever the broken part provokes
        raise FileError("file_broken") from error
