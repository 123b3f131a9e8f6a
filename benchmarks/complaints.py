"""Measure complaints at scale: `python benchmarks/complaints.py`. Adds to benchmarks/RESULTS.md.

A ledger of 100,000 rows goes through the import (memory, progress), then the staff list of these
cases is filtered and sorted by what is due (queries, plans). PostgreSQL where DATABASE_URL says
so; the database is one of its own that goes afterwards.
"""

import argparse
import os
import platform
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.TemporaryDirectory(prefix="linli-benchmarks-")
for name in ("SECRET_KEY", "HOUSEHOLD_CODE_KEY", "RECEIPT_KEY", "BLIND_INDEX_KEY", "FIELD_KEYS"):
    os.environ[name] = f"1:benchmark-only-{name.lower()}-0123456789abcdef0123456789"
os.environ |= {"VAR_DIR": FOLDER.name, "DJANGO_SETTINGS_MODULE": "portal.settings.dev"}
os.environ |= {"LOG_LEVEL": "ERROR"}
os.environ.pop("REDIS_URL", None)

import django  # noqa: E402

django.setup()

from django.core.files.base import File  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.database import temporary_database  # noqa: E402
from feedback.complaints import services  # noqa: E402
from feedback.complaints.models import Complaint, LedgerImport, LedgerSource  # noqa: E402
from feedback.complaints.permissions import complaints_visible_to  # noqa: E402
from feedback.complaints.staff_filters import ComplaintList  # noqa: E402
from feedback.complaints.staff_pages import CasePaginator  # noqa: E402
from portal.accounts.models import User  # noqa: E402
from portal.accounts.roles import Role  # noqa: E402
from portal.demo import factories  # noqa: E402
from portal.places.models import Place  # noqa: E402

Row = tuple[str, str, str, bool]
CATEGORIES = ("屋面漏雨", "供暖不热", "路面破损、积水", "C20", "C12")
LISTS = {
    "open, by what is due": "",
    "open, one county, one category": "place=C00&category=C10",
    "overdue": "tab=overdue",
    "all, the latest first": "tab=all",
}


def register() -> Place:
    """A city of 4 counties with 20 communities each."""
    city = factories.place("CITY", code="CITY", name="演示市")
    for c in range(4):
        county = factories.place("COUNTY", city, code=f"C{c:02d}", name=f"演示{c}区")
        street = factories.place("SUBDISTRICT", county, code=f"S{c:02d}", name=f"演示{c}街道")
        for n in range(20):
            factories.place("COMMUNITY", street, code=f"Q{c}{n:02d}", name=f"演示{c}{n:02d}小区")
    return city


def ledger(rows: int, first: int) -> Iterator[str]:
    """Rows of five years; of the last weeks many are open."""
    rng = Random(first)  # noqa: S311
    now = timezone.localtime()
    yield "工单编号,小区编码,问题分类,诉求内容,来电时间,首次联系时间,办结时间\n"
    for number in range(first, first + rows):
        is_open = rng.random() < 0.4
        filed = now - timedelta(hours=rng.randint(1, 900 if is_open else 43_000))
        contact = "" if is_open and rng.random() < 0.5 else f"{filed + timedelta(hours=1):%F %R}"
        done = "" if is_open else f"{filed + timedelta(hours=rng.randint(2, 200)):%F %R}"
        place = f"Q{rng.randrange(4)}{rng.randrange(20):02d}"
        text = "单元楼前积水，多次反映，希望尽快处理，谢谢" * rng.randint(1, 4)
        row = (f"DT{number:08d}", place, rng.choice(CATEGORIES), text, f"{filed:%F %R}")
        yield ",".join([*row, contact, done]) + "\n"


def ledger_file(rows: int, first: int) -> Path:
    path = Path(FOLDER.name) / f"ledger-{first}.csv"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(ledger(rows, first))
    return path


def import_all(source: LedgerSource, path: Path) -> tuple[LedgerImport, float, float]:
    """The job, and how long checking and writing took."""
    now = timezone.now()
    with path.open("rb") as file:
        job = services.import_start(
            by=None, source=source, filename=path.name, file=File(file), now=now
        )
    services.import_check(by=None, job=job, columns=services.import_columns(job), now=now)
    begun = time.perf_counter()
    services.import_run(import_id=job.pk)
    checked = time.perf_counter()
    services.import_confirm(by=None, job=job, now=timezone.now())
    services.import_run(import_id=job.pk)
    job.refresh_from_db()
    return job, checked - begun, time.perf_counter() - checked


def peak() -> float:
    """The most memory this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def imports(city: Place, rows: int) -> list[Row]:
    source = LedgerSource.objects.create(name="12345", place=city, channel="12345")
    import_all(source, ledger_file(rows // 10, 0))
    small = peak()
    path = ledger_file(rows, 1_000_000)
    job, check, write = import_all(source, path)
    grown = peak() - small
    size = path.stat().st_size / 1024**2
    done = job.state == "IMPORTED" and job.rows_added == rows
    return [
        (
            f"A ledger of {rows:,} rows ({size:.0f} MiB) is checked and written",
            "all rows, under 600 s",
            f"{job.rows_added:,} rows, {check:.0f} s + {write:.0f} s "
            f"({rows / write:,.0f} rows a second)",
            done and check + write < 600,
        ),
        (
            "Its memory, beyond that of a ledger a tenth as long",
            "under 32 MiB",
            f"{grown:.1f} MiB (peak {peak():.0f} MiB)",
            grown < 32,
        ),
    ]


def lists(city: Place, plans: list[str]) -> list[Row]:
    user = factories.staff("reader", Role.COUNTY_REVIEWER, city)
    client = Client()
    client.force_login(user)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Index-only plans need to know which pages are visible to everybody.
            cursor.execute("VACUUM ANALYZE")
    rows: list[Row] = []
    total = Complaint.objects.count()
    for name, query in LISTS.items():
        page = f"/staff/complaints/?{query}"
        client.get(page)
        with CaptureQueriesContext(connection) as whole:
            begun = time.perf_counter()
            response = client.get(page)
            took = time.perf_counter() - begun
        own = list_queries(user, query)
        read = [sql for sql in own if "complaints_complaint" in sql and not is_by_keys(sql)]
        alone = [covered(sql, plans, name) for sql in read]
        answer = (
            f"{len(own)} queries ({len(whole)} with Wagtail's frame), {took * 1000:.0f} ms, "
            f"{sum(alone)} of {len(alone)} plans index-only"
        )
        ok = response.status_code == 200 and len(own) < 15 and all(alone) and bool(read)
        goal = "under 15 queries, from indexes alone"
        rows.append((f"Staff list of {total:,}: {name}", goal, answer, ok))
    return rows


def list_queries(user: User, query: str) -> list[str]:
    """What the list itself asks, without the menus and the session around it."""
    with CaptureQueriesContext(connection) as context:
        visible = complaints_visible_to(user)
        listing = ComplaintList(visible, QueryDict(query), timezone.now(), user)
        list(CasePaginator(listing.rows(), 50).get_page(1))
        found = listing.context()
        list(found["places"]), list(found["categories"])
    return [q["sql"] for q in context]


def is_by_keys(sql: str) -> bool:
    """The query that reads the rows of the page by their primary keys."""
    return re.search(r'"complaints_complaint"\."id" IN \(\d', sql) is not None


def covered(sql: str, plans: list[str], name: str) -> bool:
    """Whether the complaints are read from an index alone. The plan is kept for the report."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {sql}")
            lines = [row[0] for row in cursor.fetchall()]
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            lines = [row[3] for row in cursor.fetchall()]
    plans.append(f"-- {name}\n" + "\n".join(lines))
    ours = [line for line in lines if re.search(r"(on|SCAN|SEARCH) complaints_complaint\b", line)]
    # Somebody's own worklist is as long as one person can bear, and what residents opened again
    # is few: their indexes lead to the rows.
    good = ("Index Only Scan", "COVERING INDEX", "complaint_by_person", "complaint_escalated_to_id")
    return bool(ours) and all(any(word in line for word in good) for line in ours)


def report(rows: list[Row], plans: list[str]) -> str:
    lines = [
        "",
        "## Complaints",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {connection.vendor}, "
        f"{os.cpu_count()} processors shared with other work. Made by "
        "`python benchmarks/complaints.py`.",
        "",
        "| what | goal | measured | met |",
        "|---|---|---|---|",
        *(
            f"| {what} | {goal} | {got} | {'yes' if met else '**no**'} |"
            for what, goal, got, met in rows
        ),
        "",
        "<details><summary>Plans</summary>",
        "",
        "```",
        *plans,
        "```",
        "",
        "</details>",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dry", action="store_true", help="do not add to RESULTS.md")
    options = parser.parse_args()
    call_command("compile_catalogue")
    call_command("collectstatic", interactive=False, verbosity=0)
    remove = temporary_database()
    plans: list[str] = []
    try:
        city = register()
        rows = [*imports(city, options.rows), *lists(city, plans)]
        text = report(rows, plans)
    finally:
        remove()
    if not options.dry:
        with (ROOT / "benchmarks" / "RESULTS.md").open("a") as file:
            file.write(text)
    sys.stdout.write(text)
    return 0 if all(row[3] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
