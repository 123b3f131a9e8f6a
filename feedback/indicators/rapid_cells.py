"""What `rapid` has the database write into a cell, as SQL, and how each format wraps it."""

import csv
import io
from xml.sax.saxutils import escape

from django.db import connection
from django.utils import timezone


def is_postgres() -> bool:
    return connection.vendor == "postgresql"


def has_any(sql: str, characters: str) -> str:
    codes = [f"chr({ord(one)})" for one in characters]
    if is_postgres():
        return f"translate({sql}, {' || '.join(codes)}, '') <> {sql}"
    return " OR ".join(f"instr({sql}, {code.replace('chr', 'char')})" for code in codes)


def two_decimals(sql: str) -> str:
    """Two decimals, half up. SQLite reckons in binary fractions: a little is added to come over
    the half that six decimals can end in."""
    if is_postgres():
        return f"round({sql}, 2)::text"
    shown = f"printf('%%.2f', {sql} + CASE WHEN {sql} < 0 THEN -1e-9 ELSE 1e-9 END)"
    return f"CASE WHEN {sql} IS NOT NULL THEN {shown} END"


def six_decimals(sql: str) -> str:
    """Up to six decimals, without the zeros that say nothing."""
    if is_postgres():
        return f"trim_scale({sql})::text"
    shown = f"rtrim(rtrim(printf('%%.6f', {sql}), '0'), '.')"
    return f"CASE WHEN {sql} IS NOT NULL THEN {shown} END"


def as_text(sql: str) -> str:
    return f"CAST({sql} AS text)"


def moment(sql: str) -> str:
    offset = timezone.localtime().strftime("%z")
    hours, minutes = offset[:3], offset[3:]
    shown = f"{hours}:{minutes}"
    if is_postgres():
        # Much faster than to_char and a zone by name; the driver keeps dates in the order of ISO.
        local = f"({sql} AT TIME ZONE INTERVAL '{shown}')::text"
        return f"replace(left({local}, 19), ' ', 'T') || '{shown}'"
    return f"strftime('%%Y-%%m-%%dT%%H:%%M:%%S', {sql}, '{hours} hours') || '{shown}'"


class CsvCells:
    end = "\r\n"
    separator = ","
    before, after = "", ""

    def cell(self, text: str) -> str:
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([text])
        return line.getvalue() if text else ""

    def text(self, sql: str) -> str:
        quoted = f"'\"' || replace({sql}, '\"', '\"\"') || '\"'"
        is_special = has_any(sql, ',"\n\r')
        return f"CASE WHEN {is_special} THEN {quoted} ELSE {sql} END"

    def plain(self, sql: str) -> str:
        """Text that holds nothing special."""
        return sql

    def optional(self, sql: str) -> str:
        """The same, or NULL."""
        return f"COALESCE({sql}, '')"

    def number(self, sql: str, *, is_decimal: bool) -> str:
        return f"COALESCE({sql}, '')"


class XlsxCells:
    end = ""
    separator = ""
    before, after = "<row>", "</row>"

    def __init__(self, two: str) -> None:
        self.two = two

    def cell(self, text: str) -> str:
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'

    def text(self, sql: str) -> str:
        safe = f"replace(replace(replace({sql}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
        return self.plain(safe)

    def plain(self, sql: str) -> str:
        before, after = self.cell("\0").split("\0")
        return f"'{before}' || {sql} || '{after}'"

    def optional(self, sql: str) -> str:
        return f"COALESCE({self.plain(sql)}, '<c/>')"

    def number(self, sql: str, *, is_decimal: bool) -> str:
        style = f' s="{self.two}"' if is_decimal else ""
        return f"COALESCE('<c{style}><v>' || {sql} || '</v></c>', '<c/>')"


Format = CsvCells | XlsxCells
