"""Exporting 200,000 rows, against Wagtail's export of submissions: `python benchmarks/exports.py`.

The same table lies in the database twice: as figures, and as submissions of Wagtail's form page
with a field for each of its columns. Every export is made in a process of its own, in turns,
through the view that staff use; our workbook by what the worker does. Puts a section into
RESULTS.md. PostgreSQL where DATABASE_URL says so; the database is one of its own that goes
afterwards.
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

Row = tuple[str, str, str, bool]
ROWS, YEAR, ROUNDS = 200_000, 2021, 3
PLACE, SLUG, USER = "BENCH", "benchmark-exports-form", "benchmark"
MIB = 1024


# --- one export, in a process of its own ---


def ours_csv() -> tuple[int, float]:
    client, query = _signed_in(), f"place={PLACE}&year={YEAR}&format=csv&reason=benchmark"
    return _streamed(client, f"{_url('figures:export')}?{query}")


def theirs_csv() -> tuple[int, float]:
    return _streamed(_signed_in(), f"{_submissions()}?export=csv")


def ours_xlsx() -> tuple[int, float]:
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from feedback.indicators.models import Export
    from feedback.indicators.services import export_request, export_run
    from portal.places.models import Place

    job = export_request(
        actor=get_user_model().objects.get(username=USER),
        place=Place.objects.get(code=PLACE),
        kind="FIGURES",
        year=YEAR,
        form="xlsx",
        reason="benchmark",
        now=timezone.now(),
    )
    export_run(export_id=job.pk)
    made = Export.objects.get(pk=job.pk)
    assert made.state == "READY", made.problem
    return made.rows or 0, 0.0


def theirs_xlsx() -> tuple[int, float]:
    answer = _signed_in().get(f"{_submissions()}?export=xlsx")
    size = len(b"".join(answer.streaming_content) if answer.streaming else answer.content)
    assert answer.status_code == 200 and size > 1000
    return -1, 0.0


WAYS: dict[str, Callable[[], tuple[int, float]]] = {
    "ours-csv": ours_csv,
    "theirs-csv": theirs_csv,
    "ours-xlsx": ours_xlsx,
    "theirs-xlsx": theirs_xlsx,
}


@cache
def _signed_in() -> Any:
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.get(username=USER))
    return client


def _url(name: str, *given: object) -> str:
    from django.urls import reverse

    return reverse(name, args=given)


def _submissions() -> str:
    from benchmarks.form_page.models import ComplaintFormPage

    return _url("wagtailforms:list_submissions", ComplaintFormPage.objects.get(slug=SLUG).pk)


def _streamed(client: Any, address: str) -> tuple[int, float]:
    """(lines below the header, seconds until the first of them was there). Nothing is kept."""
    begun = time.perf_counter()
    answer = client.get(address)
    assert answer.status_code == 200, answer
    lines, first = 0, 0.0
    for piece in answer.streaming_content:
        lines += piece.count(b"\n")
        if not first and lines > 1:
            first = time.perf_counter() - begun
    return lines - 1, first


def _held(what: str) -> int:
    """KiB this process holds (VmRSS) or has held at most (VmHWM); getrusage would count who
    started it, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{what}:")[1].split()[0])


def export_alone(way: str) -> None:
    """Make one export and print what it took."""
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = os.environ["BENCHMARK_DATABASE"]
    # What a web process or a worker has loaded long before somebody asks.
    _signed_in().get(_url("figures:exports"))
    Path("/proc/self/clear_refs").write_text("5")  # The peak counts from here.
    before = _held("VmRSS")
    begun = time.perf_counter()
    rows, first = WAYS[way]()
    took = time.perf_counter() - begun
    sys.stdout.write(json.dumps([rows, took, first, before, _held("VmHWM")]))


def exported(way: str) -> tuple[int, float, float, int, int]:
    command = [sys.executable, __file__, "--way", way]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: tuple[int, float, float, int, int] = tuple(json.loads(done.stdout.splitlines()[-1]))
    return found


# --- the table, twice ---


def figures(keys: list[int], count: int) -> Iterator[tuple[Any, ...]]:
    """`count` measurements of the year, all there are of one community after the other."""
    from feedback.indicators.definitions import current

    kinds = [
        (known.code, variant.code, known.unit_of(variant.code), known.version)
        for known in current()
        for variant in (known.main, *known.variants)
    ]
    months = [(date(YEAR, month, 1), date(YEAR, month, 28)) for month in range(1, 13)]
    number = 0
    for place in keys:
        for code, variant, unit, version in kinds:
            for start, end in months:
                if number == count:
                    return
                number += 1
                top, below = number % 371, 371 + number % 29
                share = f"{100 * top / below:.6f}"
                digest = hashlib.sha256(str(number).encode()).hexdigest()
                yield (
                    code, variant, place, "", start, end, version, 0, True, "OK", "", top, below,
                    share, unit, share, share, below, below * 2, "{}", digest,
                    f"{YEAR + 1}-01-20 08:00:00", f"{YEAR + 1}-01-15",
                )  # fmt: skip


def per_place() -> int:
    from feedback.indicators.definitions import current

    return 12 * sum(1 + len(known.variants) for known in current())


STORED = """indicator variant place_id wave period_start period_end formula_version revision
    is_latest status reason numerator denominator value unit low high n population inputs
    inputs_hash computed_at freeze_date"""


def fill_twice(count: int) -> None:
    from django.contrib.auth import get_user_model
    from django.db import connection

    from benchmarks.filing import form_page
    from benchmarks.form_page.models import ComplaintFormPage
    from benchmarks.tallies import city, fill
    from feedback.indicators import exports

    top, keys = city(-(-count // per_place()))
    fill("indicators_measurement", STORED.split(), figures(keys, count))
    get_user_model().objects.create_superuser(USER, "", None)
    fields = [(name, "singleline", False, "") for name in exports.COLUMNS[:-1]]
    _address, names = form_page("", SLUG, fields)
    page = ComplaintFormPage.objects.get(slug=SLUG)
    rows = (
        (
            json.dumps(
                dict(zip(names, map(exports.as_text, row.values()), strict=False)),
                ensure_ascii=False,
            ),
            page.pk,
            row["computed_at"][:19].replace("T", " "),
        )
        for row in exports.export_rows(top, YEAR)
    )
    columns = ["form_data", "page_id", "submit_time"]
    fill("wagtailforms_formsubmission", columns, list(rows))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


# --- the comparison ---


def exports_against_submissions(count: int = ROWS, rounds: int = ROUNDS) -> list[Row]:
    from django.db import connection

    from feedback.indicators.exports import COLUMNS

    fill_twice(count)
    os.environ["BENCHMARK_DATABASE"] = str(connection.settings_dict["NAME"])
    connection.close()
    found: dict[str, list[tuple[int, float, float, int, int]]] = {way: [] for way in WAYS}
    for _round in range(rounds):
        for way, runs in found.items():
            runs.append(exported(way))
    assert {run[0] for way in WAYS if way != "theirs-xlsx" for run in found[way]} == {count}
    rows = []
    for form, least in (("csv", 15), ("xlsx", 5)):
        ours, theirs = found[f"ours-{form}"], found[f"theirs-{form}"]
        ratios = sorted(t[1] / o[1] for o, t in zip(ours, theirs, strict=True))
        ratio = statistics.median(ratios)
        got = (
            f"{ratio:.1f} times ({_middle(ours, 1):.2f} s against {_middle(theirs, 1):.1f} s; "
            f"rounds {ratios[0]:.1f} to {ratios[-1]:.1f})"
        )
        name = (
            f"{count:,} rows of {len(COLUMNS)} columns as {form.upper()}, against Wagtail's export"
        )
        rows.append((name, f"{least} times as fast", got, ratio >= least))
    first = max(run[2] for run in found["ours-csv"])
    name = "The first line of figures in the CSV"
    theirs_first = max(run[2] for run in found["theirs-csv"])
    got = f"{first:.3f} s (Wagtail's: {theirs_first:.1f} s)"
    rows.append((name, "under 0.3 s", got, first < 0.3))
    for form in ("csv", "xlsx"):
        more, other = (_most(found[f"{who}-{form}"]) for who in ("ours", "theirs"))
        whole = max(run[4] for run in found[f"ours-{form}"])
        name = f"Memory that the {form.upper()} takes in the process that makes it"
        got = (
            f"{more / MIB:.0f} MiB (Wagtail's: {other / MIB:.0f} MiB; the whole process with all "
            f"its packages: {whole / MIB:.0f} MiB)"
        )
        rows.append((name, "under 150 MiB", got, more < 150 * MIB))
    return rows


def _most(runs: list[tuple[int, float, float, int, int]]) -> int:
    return max(run[4] - run[3] for run in runs)


def _middle(runs: list[tuple[int, float, float, int, int]], place: int) -> float:
    return statistics.median(run[place] for run in runs)


def main() -> int:
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.database import temporary_database
    from benchmarks.filing import met, results_put

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--dry", action="store_true", help="do not put it into RESULTS.md")
    options = parser.parse_args()
    call_command("compile_catalogue")
    call_command("collectstatic", interactive=False, verbosity=0)
    remove = temporary_database()
    try:
        rows = exports_against_submissions(options.rows, options.rounds)
    finally:
        remove()
    about = (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, "
        f"{connection.vendor}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the "
        "end. Made by `python benchmarks/exports.py`."
    )
    lines = [f"| {what} | {goal} | {got} | {met(goal, ok)} |" for what, goal, got, ok in rows]
    text = "\n".join(
        [about, "", "| what | goal | measured | met |", "|---|---|---|---|", *lines, ""]
    )
    sys.stdout.write(text)
    if not options.dry:
        results_put("Exports", text)
    return 0 if all(row[3] for row in rows) else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    if "--way" in sys.argv:
        export_alone(sys.argv[-1])
    else:
        from benchmarks.alone import run_alone

        run_alone("exports", main)
