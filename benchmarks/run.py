"""Measure the goals of speed on this machine: `make bench`. Writes benchmarks/RESULTS.md.

Every goal is a ratio within one run, or a limit that leaves room for a slow machine. The database
is SQLite in a temporary folder, filled with the whole demonstration.

`python benchmarks/run.py --only indicators [--growth 625 2500 10000]` measures the recalculation
alone, on PostgreSQL where DATABASE_URL says so (a database of its own that goes afterwards), and
writes its section.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.TemporaryDirectory(prefix="linli-benchmarks-")
for name in ("SECRET_KEY", "HOUSEHOLD_CODE_KEY", "RECEIPT_KEY", "BLIND_INDEX_KEY", "FIELD_KEYS"):
    os.environ[name] = f"1:benchmark-only-{name.lower()}-0123456789abcdef0123456789"
os.environ |= {"VAR_DIR": FOLDER.name, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
os.environ |= {"LOG_LEVEL": "ERROR"}
if "--only" not in sys.argv:
    os.environ.pop("DATABASE_URL", None)
os.environ.pop("REDIS_URL", None)

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.database import temporary_database  # noqa: E402
from benchmarks.filing import (  # noqa: E402
    filing_against_form_page,
    submissions_against_form_page,
)
from benchmarks.indicators import figures_follow  # noqa: E402
from benchmarks.tallies import tallies_at_scale  # noqa: E402
from feedback.indicators.services import rebuild, sweep  # noqa: E402
from feedback.surveys.models import Survey  # noqa: E402
from feedback.surveys.services import response_submit  # noqa: E402
from feedback.surveys.states import Channel  # noqa: E402
from portal.intake.receipts import new_key  # noqa: E402
from portal.places.models import Household, Place  # noqa: E402
from portal.places.register.services import import_run, import_start  # noqa: E402
from portal.places.states import ImportState  # noqa: E402

Row = tuple[str, str, str, bool]
RESULTS = ROOT / "benchmarks" / "RESULTS.md"


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def seeding() -> Row:
    took = seconds(lambda: call_command("seed_demo", verbosity=0))
    return "The whole demonstration is written", "under 90 s", f"{took:.0f} s", took < 90


def register_check() -> Row:
    lines = ["小区编码,小区名称,楼栋,单元,房号,建筑面积"]
    place = Place.objects.communities().order_by("path")[0]
    lines += [
        f"{place.code},{place.name},{n // 60 + 900}号楼,{n % 60 // 12 + 1},{n % 12 + 101},76.5"
        for n in range(20000)
    ]
    job = import_start(
        by=None, filename="register.csv", content="\n".join(lines).encode(), now=timezone.now()
    )
    took = seconds(lambda: import_run(import_id=job.pk))
    job.refresh_from_db()
    name = f"A register of 20,000 rows is checked ({job.rows_added:,} to add)"
    checked = job.state == ImportState.CHECKED and job.rows_added == 20000
    return name, "under 60 s", f"{took:.1f} s", took < 60 and checked


def change_against_all() -> Row:
    """Work follows what changed: one answer against everything."""
    survey = Survey.objects.running().order_by("pk")[0]
    answered = survey.participations.values("household")
    homes = Household.objects.exclude(pk__in=answered).select_related("building__place")
    home = homes.order_by("pk")[0]
    now = timezone.now()
    everything = seconds(lambda: rebuild(None, now))
    response_submit(
        survey=survey,
        community=home.building.place,
        household=home,
        answers={"B1": "5"},
        key=new_key(),
        channel=Channel.SELF,
        now=now,
    )
    one = seconds(lambda: sweep(now))
    ratio = one / everything
    return "One answer is swept, against a rebuild of all", "under 0.1", f"{ratio:.3f}", ratio < 0.1


def page_kept_against_made() -> Row:
    client, path = Client(), f"/figures/{Place.objects.counties().order_by('path')[0].code}/"
    made = seconds(lambda: client.get(path))
    kept = min(seconds(lambda: client.get(path)) for _ in range(20))
    ratio = kept / made
    return "A kept public page, against making it", "under 0.2", f"{ratio:.4f}", ratio < 0.2


def table(rows: list[Row]) -> list[str]:
    return [
        "| what | goal | measured | met |",
        "|---|---|---|---|",
        *(
            f"| {what} | {goal} | {got} | {'yes' if met else '**no**'} |"
            for what, goal, got, met in rows
        ),
        "",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["indicators"])
    parser.add_argument("--growth", type=int, nargs="*", default=[])
    options = parser.parse_args()
    call_command("compile_catalogue")
    call_command("collectstatic", interactive=False, verbosity=0)
    if options.only:
        return recalculation(tuple(options.growth))
    call_command("migrate", verbosity=0)
    rows = [seeding(), page_kept_against_made(), change_against_all(), register_check()]
    rows += filing_against_form_page() + submissions_against_form_page()
    # As many as SQLite is for; a million on PostgreSQL: python benchmarks/tallies.py.
    rows += tallies_at_scale(10_000)
    # Last: it throws the figures away, and its places would be in the way of the others.
    rows += figures_follow(tuple(options.growth))
    lines = [
        "# Results",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        f"{platform.machine()}, {os.cpu_count()} processors, SQLite. Made by `make bench`.",
        "",
        *table(rows),
    ]
    text = "\n".join(lines)
    # Sections below are other programs' (pages.py); they stay.
    _own, mark, others = RESULTS.read_text().partition("\n## ")
    RESULTS.write_text(text + mark + others)
    sys.stdout.write(text)
    return 0 if all(row[3] for row in rows) else 1


def recalculation(sizes: tuple[int, ...]) -> int:
    """The recalculation alone, as a section of its own that takes the place of the one before."""
    remove = temporary_database()
    try:
        call_command("seed_demo", verbosity=0)
        rows = figures_follow(sizes)
    finally:
        remove()
    head = (
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {connection.vendor}, "
        f"{os.cpu_count()} processors shared with other work, load {os.getloadavg()[0]:.1f} at the "
        "end. Made by `python benchmarks/run.py --only indicators --growth …`."
    )
    section = "\n".join(["## Recalculation", "", head, "", *table(rows)])
    sections = RESULTS.read_text().split("\n## ")
    kept = [part for part in sections if not part.startswith("Recalculation")]
    RESULTS.write_text("\n## ".join(kept).rstrip() + "\n\n" + section)
    sys.stdout.write(section)
    return 0 if all(row[3] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
