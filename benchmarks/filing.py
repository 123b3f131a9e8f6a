"""Filing a complaint without a photo, against Wagtail's FormPage with the same fields.

Both are posted through the whole stack (middleware, form, database, answer) on the same server and
database, in turns, so that a busy moment of the machine is shared; each in the form that browsers
send it in, which is urlencoded for words alone. Without script the second post is measured, the one
that files. Part of `make bench`; on another
database: `DATABASE_URL=postgres://… python benchmarks/filing.py`, which must be an empty one.
"""

import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from django.http import HttpResponse

Row = tuple[str, str, str, bool]
FIELDS = [
    ("What is wrong?", "multiline", True, ""),
    ("Which building?", "dropdown", False, ""),
    ("Household code", "singleline", False, ""),
    ("How may we reach you?", "radio", True, "NONE,PHONE,VISIT"),
    ("Your phone number", "singleline", False, ""),
    ("They may get my number", "checkbox", False, ""),
    ("Since when?", "date", False, ""),
    ("Which room?", "singleline", False, ""),
    ("When does it leak?", "radio", False, "rain,always,unsure"),
]
TURNS, WARM_UP = 300, 20
URLENCODED = "application/x-www-form-urlencoded"
TEXT = "屋顶漏水，小卧室顶上湿了一大片，下雨就滴，已经三天了，请尽快来看看。"


def filing_against_form_page() -> Row:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from feedback.complaints.models import Complaint
    from portal.intake.receipts import new_key
    from portal.places.models import Building

    building = Building.objects.select_related("place").order_by("pk")[0]
    url = f"/complaints/new/?place={building.place.code}&category=C10"
    page, names = form_page(building.name)
    client = Client()

    def send(address: str, given: dict[str, Any], **headers: str) -> "HttpResponse":
        body = urlencode(given)
        return client.post(address, body, content_type=URLENCODED, headers=headers)

    def filed() -> dict[str, Any]:
        return {
            "intake_key": new_key(), "text": TEXT, "building": building.pk, "contact_wish": "NONE",
            "extra_room": "小卧室", "extra_rain": "rain", "extra_since": "2026-01-05",
        }  # fmt: skip

    def ours() -> None:
        answer = send(url, filed(), **{"X-Intake": "script"})
        assert answer.headers["X-Intake"] == "stored"

    def without_script() -> None:
        assert send(url, filed()).headers["X-Intake"] == "stored"

    def theirs() -> None:
        values = [TEXT, building.name, "", "NONE", "", "", "2026-01-05", "小卧室", "rain"]
        given = {name: value for name, value in zip(names, values, strict=True) if value}
        assert b"Thank you" in send(page, given).content

    ways = {"ours": ours, "without script": without_script, "theirs": theirs}

    for _ in range(WARM_UP):
        for work in ways.values():
            work()
    before = Complaint.objects.count()
    took: dict[str, list[float]] = {name: [] for name in ways}
    worked: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, work in ways.items():
            begun, used = time.perf_counter(), time.process_time()
            work()
            took[name].append(time.perf_counter() - begun)
            worked[name].append(time.process_time() - used)
    assert Complaint.objects.count() == before + 2 * TURNS
    with CaptureQueriesContext(connection) as queries:
        ours()
    mine, plain, wagtails = (statistics.median(times) for times in took.values())
    processor = [1000 * statistics.median(times) for times in worked.values()]
    ratio = wagtails / mine
    got = (
        f"{ratio:.1f} times ({1 / mine:.0f} against {1 / wagtails:.0f} a second, "
        f"{len(queries)} queries, {connection.vendor}); "
        f"without script {wagtails / plain:.1f} times; "
        f"ms of processor: {processor[0]:.1f}, {processor[1]:.1f}, {processor[2]:.1f}"
    )
    return "Filing a complaint, against Wagtail's FormPage", "5 times the rate", got, ratio >= 5


def form_page(building: str) -> tuple[str, list[str]]:
    """(address, names of its fields) of a form page below the home page."""
    from wagtail.models import Page, Site

    from benchmarks.form_page.models import ComplaintFormField, ComplaintFormPage

    home: Page = Site.objects.get(is_default_site=True).root_page.specific
    page = ComplaintFormPage(title="Benchmark", slug="benchmark-form")
    home.add_child(instance=page)
    for order, (label, kind, required, choices) in enumerate(FIELDS):
        ComplaintFormField.objects.create(
            page=page, sort_order=order, label=label, field_type=kind, required=required,
            choices=choices or (building if kind == "dropdown" else ""),
        )  # fmt: skip
    names = [field.clean_name for field in page.form_fields.order_by("sort_order")]
    return page.url, names


def neighbourhood() -> None:
    """One community with a building, where no demonstration was seeded."""
    from portal.demo import factories

    city = factories.place("CITY", code="1402", name="大同市")
    county = factories.place("COUNTY", city, code="140213", name="平城区")
    community = factories.place("COMMUNITY", county, code="PC001", name="和顺里小区")
    factories.BuildingFactory(place=community, name="1号楼")


def main() -> int:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("compile_catalogue")
    call_command("collectstatic", interactive=False, verbosity=0)
    neighbourhood()
    row = filing_against_form_page()
    sys.stdout.write(" | ".join(map(str, row)) + "\n")
    return 0 if row[3] else 1


if __name__ == "__main__":
    import os
    import tempfile

    import django

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    with tempfile.TemporaryDirectory(prefix="linli-filing-") as folder:
        for key in ("SECRET", "HOUSEHOLD_CODE", "RECEIPT", "BLIND_INDEX"):
            os.environ[f"{key}_KEY"] = f"1:benchmark-only-{key.lower()}-0123456789abcdef0123456789"
        os.environ["FIELD_KEYS"] = "1:benchmark-only-field-keys-0123456789abcdef0123456789"
        os.environ |= {"VAR_DIR": folder, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
        os.environ |= {"LOG_LEVEL": "ERROR"}
        django.setup()
        sys.exit(main())
