"""Figures written by the database itself: a hundred thousand rows in a second, in little memory.

Every line of the CSV, every row of the workbook is one text that the database puts together, so
that Python only hands it on. The columns are those of `exports`; a test holds the two together.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import IO, Any

from django.db import connection, transaction
from django.db.models import Min

from feedback.indicators import exports
from feedback.indicators.definitions import DEFINITIONS, Definition, definition
from feedback.indicators.models import RESULTS, Measurement
from feedback.indicators.rapid_cells import (
    CsvCells,
    Format,
    XlsxCells,
    as_text,
    is_postgres,
    moment,
    six_decimals,
    two_decimals,
)
from feedback.indicators.states import MEASURED, Status
from feedback.indicators.suppression import HEADLINE, SENSITIVE, SMALL
from feedback.indicators.targets import RATE, TargetBook
from portal.places.models import Place, PlaceLevel

CHUNK = 2000
#: Rows a sheet can hold, without its header.
MOST_ROWS = 1_048_575
_PATH = "COALESCE(p.path, c.path)"
#: Of more places than this, those of an indicator are not one text.
MOST_PLACES = 5000
Progress = Callable[[int], None]
#: The tables it names, a query, its values → (how many rows, their text in UTF-8), again and again.
Pieces = Callable[[str, str, list[Any]], Iterator[tuple[int, bytes]]]


def csv_chunks(
    place: Place,
    year: int,
    *,
    with_running: bool = True,
    progress: Progress = lambda done: None,
) -> Iterator[bytes]:
    """The whole file in UTF-8, in pieces of some thousand lines at most, beginning with the header.

    All rows of one period show the same moment.
    """
    yield f"{','.join(exports.COLUMNS)}\r\n".encode()
    for _count, lines in _lines(place, year, CsvCells(), progress, with_running=with_running):
        yield lines


def xlsx_write(
    place: Place,
    year: int,
    output: IO[bytes],
    *,
    with_running: bool = True,
    progress: Progress = lambda done: None,
) -> int:
    """The workbook of `exports.xlsx_write`; how many rows. Raises ValueError beyond MOST_ROWS.

    XlsxWriter makes the empty workbook; the rows are put into its sheet.
    """
    frame, two = _frame()
    count = 0
    with (
        zipfile.ZipFile(io.BytesIO(frame)) as empty,
        zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book,
    ):
        for part in empty.infolist():
            content = empty.read(part)
            with book.open(zipfile.ZipInfo(part.filename, part.date_time), "w") as file:
                if not part.filename.endswith("worksheets/sheet1.xml"):
                    file.write(content)
                    continue
                head, tail = content.decode().split(_MARK, 1)
                file.write(head.encode())
                rows = _lines(place, year, XlsxCells(two), progress, with_running=with_running)
                for count, text in rows:
                    if count > MOST_ROWS:
                        raise ValueError("more rows than a sheet can hold")
                    file.write(text)
                file.write(tail.encode())
    return count


_MARK = "<!--rows-->"


def _frame() -> tuple[bytes, str]:
    """An empty workbook with a mark where its rows go, and the style of a number in it."""
    one = dict.fromkeys(exports.COLUMNS, "") | {"indicator": "x", "value": Decimal(1)}
    packed = exports.xlsx_bytes([one])
    made = io.BytesIO()
    style = ""
    with zipfile.ZipFile(io.BytesIO(packed)) as source, zipfile.ZipFile(made, "w") as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename.endswith("worksheets/sheet1.xml"):
                text = content.decode()
                start, end = text.index('<row r="2"'), text.index("</sheetData>")
                row = text[start:end]
                style = row.split("<v>1</v>")[0].rsplit('s="', 1)[1].split('"')[0]
                text = text[:start] + _MARK + text[end:]
                # The size of the sheet is not known yet, and readers do not need it.
                first, last = text.index("<dimension"), text.index("/>", text.index("<dimension"))
                content = (text[:first] + text[last + 2 :]).encode()
            target.writestr(part, content)
    return made.getvalue(), style


def _columns(form: Format, tables: list[str]) -> list[str]:
    """An expression for each of exports.COLUMNS (or for some that stand together), each of them a
    text that is never NULL."""
    nearest = [f"{table}.value" for table in tables]
    target = f"COALESCE({', '.join([*nearest, 'd.target'])})" if nearest else "d.target"
    measured = ", ".join(f"'{one}'" for one in sorted(MEASURED | {Status.DATA_ERROR}))
    by_hundred = "CAST(100 AS numeric)" if is_postgres() else "100.0"
    largest = "GREATEST(0, {})" if is_postgres() else "max(0.0, {})"
    reached = (
        f"CASE WHEN m.value IS NULL OR {target} IS NULL OR m.status NOT IN ({measured}) THEN NULL "
        f"WHEN d.is_down = 1 THEN CASE WHEN m.value = 0 THEN {by_hundred} "
        f"ELSE {by_hundred} * {target} / m.value END "
        f"WHEN {target} = 0 THEN {by_hundred} "
        f"ELSE {largest.format(f'{by_hundred} * m.value / {target}')} END"
    )
    name, code = "COALESCE(p.name, r.name)", "COALESCE(p.code, r.code)"
    told = (
        f"CASE WHEN few.path IS NOT NULL OR d.is_sensitive = 1 AND COALESCE(m.n, 0) < {SMALL} "
        "THEN NULL ELSE m.inputs_hash END"
    )
    return [
        *("d.name", form.text(code), form.text(name)),
        *(form.plain(as_text(f"m.{day}")) for day in ("period_start", "period_end")),
        *(
            form.number(six_decimals(f"m.{part}"), is_decimal=True)
            for part in ("numerator", "denominator")
        ),
        form.number(two_decimals("m.value"), is_decimal=True),
        "d.unit",
        *(form.number(two_decimals(f"m.{bound}"), is_decimal=True) for bound in ("low", "high")),
        *(form.number(as_text(f"m.{size}"), is_decimal=False) for size in ("n", "population")),
        form.number(two_decimals(target), is_decimal=True),
        form.number(two_decimals(f"({reached})"), is_decimal=True),
        *(form.plain(f"m.{part}") for part in ("status", "formula_version")),
        form.optional(told),
        form.plain(moment("m.computed_at")),
    ]


def _joined(form: Format, columns: list[str]) -> str:
    if not is_postgres():
        row = f" || '{form.separator}' || ".join(columns)
    else:
        # One text made once, where || would make one after each column.
        row = f"concat_ws('{form.separator}', {', '.join(columns)})"
    return f"'{form.before}' || {row} || '{form.after}'" if form.before else row


def _sums_of_few(place: Place, end: date) -> list[tuple[str, str, str]]:
    """(path, indicator, wave) of the sums that list a community of few answers, of the periods that
    end on `end`, as in `MeasurementQuerySet.with_few`."""
    rows = Measurement.objects.latest_revisions().under(place).filter(period_end=end)
    rows = rows.filter(
        indicator__in=HEADLINE, place__level=PlaceLevel.COMMUNITY, n__gt=0, n__lt=SMALL
    )
    columns = ("place__path", "indicator", "wave")
    return sorted(
        {
            (path[:length], indicator, wave)
            for path, indicator, wave in rows.values_list(*columns).distinct().iterator()
            for length in range(Place.steplen, len(path), Place.steplen)
        }
    )


def _lines(
    place: Place, year: int, form: Format, progress: Progress, *, with_running: bool
) -> Iterator[tuple[int, bytes]]:
    """Pieces of the file: how many rows with those before, and their text, in the order of
    `exports.export_rows`. One query for each end of a period: each is put in order by itself, so
    that the first row does not wait for the last."""
    overrides = _overrides(place, year)
    scopes = {scope for scope, _code, _variant in overrides}
    depths = sorted({len(path) for path in scopes if path[0] != "P"}, reverse=True)
    joins = {f"t{depth}": f"substr({_PATH}, 1, {depth})" for depth in depths}
    if any(scope[0] == "P" for scope in scopes):
        joins = {"tp": "'P' || m.project_id", **joins}
    constants, names = _constants(form)
    named = [f"d(key, rank, name, unit, target, is_down, is_sensitive) AS ({names})"]
    parameters: list[Any] = list(constants)
    if overrides:
        cast = "CAST(%s AS numeric)" if is_postgres() else "%s"
        rows = ", ".join([f"(%s, %s, %s, {cast})"] * len(overrides))
        named.append(f"t(path, indicator, variant, value) AS (VALUES {rows})")
        for key, value in overrides.items():
            parameters += [*key, value if is_postgres() else float(value)]
    joined = _joined(form, _columns(form, list(joins)))
    sql = [
        # Only names written here come into the text; whatever is data is a parameter.
        f"SELECT {joined} AS line, d.rank, p.path FROM indicators_measurement m "  # noqa: S608
        # One key: of three that go together the planner expects next to no rows.
        "JOIN d ON d.key = m.indicator || ' ' || m.variant || ' ' || m.formula_version "
        "LEFT JOIN places_place p ON p.id = m.place_id "
        "LEFT JOIN projects_renovationproject r ON r.id = m.project_id "
        "LEFT JOIN places_place c ON c.id = r.county_id "
        "LEFT JOIN few ON few.path = p.path AND few.indicator = m.indicator "
        "AND few.wave = m.wave"
    ]
    sql += [
        f"LEFT JOIN t {table} ON {table}.indicator = m.indicator "
        f"AND {table}.variant = m.variant AND {table}.path = {scope}"
        for table, scope in joins.items()
    ]
    sql.append(f"WHERE m.is_latest AND m.period_end = %s AND {_PATH} LIKE %s")
    if not with_running:
        results = ", ".join(f"'{code}'" for code in RESULTS)
        sql.append(f"AND NOT (m.indicator IN ({results}) AND m.freeze_date IS NULL)")
    sql.append("ORDER BY d.rank, p.path, r.code, m.id")
    text = " ".join(sql)
    is_copied = is_postgres() and isinstance(form, CsvCells)
    pieces, count = _gathered(place) if is_copied else _fetched(form), 0
    for end in _ends(year):
        # A table has a row at least.
        sums = _sums_of_few(place, end) or [("", "", "")]
        rows = ", ".join(["(%s, %s, %s)"] * len(sums))
        names = ", ".join([f"few(path, indicator, wave) AS (VALUES {rows})", *named])
        listed = [value for row in sums for value in row]
        for number, lines in pieces(names, text, [*listed, *parameters, end, f"{place.path}%"]):
            count += number
            yield count, lines
            if not is_copied:
                progress(count)
        # Whoever is told may ask the database, which waits while something is copied.
        progress(count)


def _fetched(form: Format) -> Pieces:
    """In pieces of a cursor of the server: other queries may be made in between."""

    def pieces(names: str, text: str, parameters: list[Any]) -> Iterator[tuple[int, bytes]]:
        with connection.chunked_cursor() as cursor:
            cursor.execute(f"WITH {names} {text}", parameters)
            while found := cursor.fetchmany(CHUNK):
                yield len(found), "".join(f"{row[0]}{form.end}" for row in found).encode()

    return pieces


def _gathered(place: Place) -> Pieces:
    """The lines of one indicator in one piece, which PostgreSQL makes in two processes where it has
    one to spare, and hands over by COPY. No other query in between."""
    own: Any = connection
    # Of a great many places those of a district are a piece, which memory holds.
    is_large = Place.objects.under(place).count() > MOST_PLACES
    together = f"rank, left(path, {3 * Place.steplen})" if is_large else "rank"

    def pieces(names: str, text: str, parameters: list[Any]) -> Iterator[tuple[int, bytes]]:
        lines = own.ops.compose_sql(
            f"WITH {names} SELECT count(*), string_agg(line, E'\\r\\n') || E'\\r\\n' "  # noqa: S608
            f"FROM ({text}) x GROUP BY {together} ORDER BY {together}",
            parameters,
        )
        # Nothing in a text is one of these two. What has an end of a line stands between two \x01.
        copy = f"COPY ({lines}) TO STDOUT (FORMAT csv, DELIMITER '\x02', QUOTE '\x01')"
        with transaction.atomic(), own.cursor() as cursor:
            cursor.execute(_IN_PARALLEL)
            with cursor.copy(copy) as rows:
                for row in rows:
                    number, _gap, lines = bytes(row).partition(b"\x02")
                    yield int(number), lines.removeprefix(b"\x01").removesuffix(b"\x01\n")

    return pieces


#: Until the transaction ends.
_IN_PARALLEL = (
    "SET LOCAL parallel_setup_cost = 0; SET LOCAL max_parallel_workers_per_gather = 1; "
    "SET LOCAL work_mem = '32MB'"
)


def _ends(year: int) -> Iterator[date]:
    """The days of `year` periods end on, each looked for when the one before is done: a look into
    an index, where to list them all would read all rows."""
    rows = Measurement.objects.latest_revisions().ending_in(year)
    while end := rows.aggregate(next=Min("period_end"))["next"]:
        yield end
        rows = rows.filter(period_end__gt=end)


def _overrides(place: Place, year: int) -> Mapping[tuple[str, str, str], Decimal]:
    """(path or P and key of a project, indicator, variant) → the target that begins to hold there,
    in `place`, below and above it."""
    book = TargetBook(Place.objects.above(place) | Place.objects.under(place), [year])
    return {
        (scope if isinstance(scope, str) else f"P{scope}", code, variant): holding.value
        for (scope, code, variant, _year), holding in book.beginning()
    }


def _constants(form: Format) -> tuple[list[Any], str]:
    """The definitions as a table of the query: its values, and its text."""
    cast = "CAST(%s AS numeric)" if is_postgres() else "%s"
    kinds = [(known, variant) for known in DEFINITIONS for variant in (known.main, *known.variants)]
    values: list[Any] = []
    for rank, (known, variant) in enumerate(sorted(kinds, key=lambda kind: _key(*kind))):
        default = _default(known, variant.code)
        zh, en = known.name.zh, known.name.en
        if variant.code != "main":
            zh, en = f"{zh}（{variant.name.zh}）", f"{en} ({variant.name.en})"
        name = form.separator.join(map(form.cell, (known.code, variant.code, zh, en)))
        values += [f"{known.code} {variant.code} {known.version}", rank, name]
        values.append(form.cell(known.unit_of(variant.code)))
        values.append(None if default is None else default if is_postgres() else float(default))
        values += [int(known.direction_of(variant.code) == "DOWN"), int(known.code in SENSITIVE)]
    row = f"(%s, %s, %s, %s, {cast}, %s, %s)"
    return values, f"VALUES {', '.join([row] * len(kinds))}"


def _key(known: Definition, variant: Any) -> tuple[str, str, str]:
    return known.code, variant.code, known.version


def _default(known: Definition, variant: str) -> Decimal | None:
    return None if (known.code, variant) == RATE else definition(known.code).target
