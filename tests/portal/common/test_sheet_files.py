"""What an uploaded workbook may be."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from portal.common.sheets.files import FileError, rows_of

MEGABYTE = 1024 * 1024


def padded(size: int) -> io.BytesIO:
    """A workbook of one cell, with a part that is so large once it is unpacked."""
    book, file = Workbook(), io.BytesIO()
    book.active.append(["小区"])
    book.save(file)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/padding.bin", bytes(size))
    return file


def test_a_workbook_may_be_some_times_as_large_unpacked() -> None:
    read = list(rows_of("a.xlsx", padded(15 * MEGABYTE), max_bytes=MEGABYTE))
    assert [(number, cells[0]) for number, cells in read] == [(1, "小区")]


def test_a_small_file_that_unpacks_to_a_great_deal_is_refused() -> None:
    file = padded(25 * MEGABYTE)
    assert len(file.getvalue()) < MEGABYTE
    with pytest.raises(FileError) as refused:
        list(rows_of("a.xlsx", file, max_bytes=MEGABYTE))
    assert refused.value.note.code == "file_large"
