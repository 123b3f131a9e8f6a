"""Measure how fast public pages are: `python benchmarks/pages.py`. Its section of
benchmarks/RESULTS.md is written anew.

One process, WSGI calls without a network, the cases in turn for several rounds, so that whatever
else the machine does meets all of them. PostgreSQL and Redis where DATABASE_URL and REDIS_URL say
so; the database is one of its own that goes afterwards.
"""

import argparse
import io
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.TemporaryDirectory(prefix="linli-benchmarks-")
for name in ("SECRET_KEY", "HOUSEHOLD_CODE_KEY", "RECEIPT_KEY", "BLIND_INDEX_KEY", "FIELD_KEYS"):
    os.environ[name] = f"1:benchmark-only-{name.lower()}-0123456789abcdef0123456789"
os.environ |= {"VAR_DIR": FOLDER.name, "DJANGO_SETTINGS_MODULE": "benchmarks.plain.settings"}
os.environ |= {"LOG_LEVEL": "ERROR"}

import django  # noqa: E402

# Before anything is translated: a fresh checkout has no compiled catalogue.
subprocess.run([sys.executable, "manage.py", "compile_catalogue"], cwd=ROOT, check=True)
django.setup()

from django.conf import settings  # noqa: E402
from django.core.files.images import ImageFile  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402
from PIL import Image  # noqa: E402
from wagtail.rich_text import RichText  # noqa: E402

from benchmarks.plain.models import PlainPage  # noqa: E402
from benchmarks.plain.urls import PAGE  # noqa: E402
from portal.demo import factories  # noqa: E402
from portal.media.models import PlaceImage  # noqa: E402
from portal.pages.models import CommunityPage, HomePage  # noqa: E402
from portal.pages.services import pages_ensure  # noqa: E402

OURS = "portal.pages.cache.PageCacheMiddleware"
TEXT = "本月完成屋面防水和外墙保温，下月开始地下管网施工，请各位居民留意出行安全。" * 4
NOTICES = 60
PARTS = (
    "*Not kept* means that the answer is made for each request: the notice is read from the "
    "database with the question of who may read it, and its dates, days left, facts, objections, "
    "changes, attachments, links, message, code and data for search engines are made. Until "
    "something is published, and for a minute at most, a process keeps parts (`KEEP_PARTS`): the "
    "files named in the head, brand, navigation and footer, the start of the site, the way to the "
    "notices of a place, and the text of a published notice as HTML with its links and pictures. "
    "The plain page keeps what Wagtail keeps. A row says what the notice costs without."
)


class Case:
    """One way to serve one page: `calls` per second of the clock, and of the processor."""

    def __init__(
        self, name: str, path: str, middleware: list[str], seconds: int, *, parts: bool = True
    ) -> None:
        self.name, self.path = name, path
        self.settings: dict[str, Any] = {"MIDDLEWARE": middleware}
        self.settings |= {"PAGE_CACHE_SECONDS": seconds, "KEEP_PARTS": parts}
        with override_settings(**self.settings):
            self.handler = WSGIHandler()
        self.rates: list[float] = []
        self.costs: list[float] = []
        self.queries = 0

    def call(self) -> bytes:
        status: list[str] = []
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": self.path,
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "HTTP_HOST": "localhost",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
        }
        answer = self.handler(environ, lambda line, headers: status.append(line))
        body = b"".join(answer)
        answer.close()
        if status != ["200 OK"]:
            raise RuntimeError(f"{self.name}: {status}")
        return body

    def warm(self) -> bytes:
        with override_settings(**self.settings):
            for _ in range(5):
                body = self.call()
            count: list[str] = []

            def counting(execute: Any, sql: str, *args: Any) -> Any:
                count.append(sql)
                return execute(sql, *args)

            with connection.execute_wrapper(counting):
                self.call()
            self.queries = len(count)
        return body

    def run(self, duration: float) -> None:
        with override_settings(**self.settings):
            calls, begun, used = 0, time.perf_counter(), time.process_time()
            while time.perf_counter() - begun < duration:
                self.call()
                calls += 1
            self.rates.append(calls / (time.perf_counter() - begun))
            self.costs.append((time.process_time() - used) / calls * 1000)


def write_pages() -> tuple[str, str, str]:
    """Returns the addresses of the plain page, our notice, and our list."""
    city = factories.place("CITY", code="1402", name="大同市")
    county = factories.place("COUNTY", city, code="140213", name="平城区", name_en="Pingcheng")
    community = factories.place("COMMUNITY", county, code="PC001", name="和平里小区")
    factories.place("COMMUNITY", county, code="PC002", name="西里小区")
    pages_ensure()
    parent = CommunityPage.objects.get(place=community)
    now = timezone.now()
    for number in range(NOTICES):
        factories.notice(parent, now - timedelta(days=number))
    parent = CommunityPage.objects.get(place=community)
    body = _body(community, parent)
    figure = [("image", {"image": block, "alternative": "施工现场"}) for block in [body[3][1]]]
    notice = factories.notice(parent, now, title="改造进度", body=[*body[:3], *figure, body[4]])
    home = HomePage.objects.get()
    above = home.add_child(instance=PlainPage(title="平城区", slug="plain", body=[]))
    middle = above.add_child(instance=PlainPage(title="和平里小区", slug="hpl", body=[]))
    plain = middle.add_child(instance=PlainPage(title="改造进度", slug="notice", body=body))
    return plain.get_url(), notice.get_url(), f"/notices/{community.code}/"


def _body(place: Any, page: Any) -> list[tuple[str, Any]]:
    """A heading, three texts of which two have links, and a picture."""
    file = io.BytesIO()
    Image.new("RGB", (1600, 900), "#14524b").save(file, "JPEG")
    picture = PlaceImage.objects.create(
        title="施工现场", file=ImageFile(file, "site.jpg"), place=place
    )
    link = f'<p>{TEXT}<a linktype="page" id="{{}}">另见</a></p>'
    return [
        ("heading", "施工进度"),
        ("paragraph", RichText(link.format(page.pk))),
        ("paragraph", RichText(f"<p>{TEXT}</p>")),
        ("image", picture),
        ("paragraph", RichText(link.format(page.get_parent().pk))),
    ]


def cases(plain: str, notice: str, listing: str) -> dict[str, Case]:
    others = [name for name in settings.MIDDLEWARE if name != OURS]
    djangos = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *others,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    return {
        "plain": Case("A plain Wagtail page, not kept", plain, others, 0),
        "bare": Case("A view that answers the same bytes", "/bare/", others, 0),
        "django": Case("Our notice, kept by Django's middleware", notice, djangos, 0),
        "kept": Case("Our notice, kept", notice, [OURS, *others], 600),
        "notice": Case("Our notice, not kept", notice, [OURS, *others], 0),
        "apart": Case("The same, and no part kept", notice, [OURS, *others], 0, parts=False),
        "list": Case("Our list of 20 notices, not kept", listing, [OURS, *others], 0),
    }


def measure(all_cases: dict[str, Case], rounds: int, duration: float) -> None:
    PAGE["body"] = all_cases["kept"].warm()
    for case in all_cases.values():
        case.warm()
    for _ in range(rounds):
        for case in all_cases.values():
            case.run(duration)


def ratio(first: Case, second: Case) -> float:
    """How many times as fast `first` is: the median of the rounds, each compared with itself."""
    pairs = zip(first.rates, second.rates, strict=True)
    return statistics.median(one / other for one, other in pairs)


def report(all_cases: dict[str, Case], rounds: int, duration: float) -> tuple[str, bool]:
    c = all_cases
    goals = [
        ("A kept page, against the bare view", ratio(c["kept"], c["bare"]), 0.85),
        ("A notice not kept, against a plain Wagtail page", ratio(c["notice"], c["plain"]), 3.0),
    ]
    more = [("The same, and no part kept", ratio(c["apart"], c["plain"]))]
    more += [("Django's middleware, against the bare view", ratio(c["django"], c["bare"]))]
    more += [("A list not kept, against a plain Wagtail page", ratio(c["list"], c["plain"]))]
    stores = f"{connection.vendor}, {settings.CACHES['pages']['BACKEND'].rpartition('.')[2]}"
    lines = [
        "",
        f"## Public pages, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "",
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors, "
        f"{stores}, load {os.getloadavg()[0]:.1f} at the end. {rounds} rounds of {duration:g} s "
        "a case, in turn; medians. Made by `python benchmarks/pages.py`.",
        "",
        PARTS,
        "",
        "| what | queries | a second | ms of processor |",
        "|---|---|---|---|",
        *(
            f"| {case.name} | {case.queries} | {statistics.median(case.rates):,.0f} "
            f"| {statistics.median(case.costs):.2f} |"
            for case in all_cases.values()
        ),
        "",
        "| ratio | goal | measured | met |",
        "|---|---|---|---|",
        *(
            f"| {what} | at least {goal:g} | {got:.2f} | {'yes' if got >= goal else '**no**'} |"
            for what, got, goal in goals
        ),
        *(f"| {what} | | {got:.2f} | |" for what, got in more),
        "",
    ]
    return "\n".join(lines), all(got >= goal for _what, got, goal in goals)


def temporary_database() -> Callable[[], None]:
    """Makes it, and returns what takes it away."""
    before = str(settings.DATABASES["default"]["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    return lambda: connection.creation.destroy_test_db(before, verbosity=0)


def _write(text: str) -> None:
    """In place of what was measured before; the sections of other programs stay."""
    file = ROOT / "benchmarks" / "RESULTS.md"
    sections = re.split(r"^(?=## )", file.read_text(), flags=re.MULTILINE)
    own = f"{text.strip()}\n\n"
    places = [n for n, section in enumerate(sections) if section.startswith("## Public pages")]
    kept = [section for n, section in enumerate(sections) if n not in places]
    kept.insert(places[0] if places else len(kept), own)
    file.write_text("".join(kept).rstrip() + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.6, help="for each case in each round")
    parser.add_argument("--dry", action="store_true", help="do not write RESULTS.md")
    options = parser.parse_args()
    call_command("collectstatic", interactive=False, verbosity=0)
    remove = temporary_database()
    try:
        all_cases = cases(*write_pages())
        measure(all_cases, options.rounds, options.seconds)
        text, met = report(all_cases, options.rounds, options.seconds)
    finally:
        remove()
    if not options.dry:
        _write(text)
    sys.stdout.write(text)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
