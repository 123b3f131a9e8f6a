"""What is in the files of exports, and what two of them differ in."""

import csv
import html
import io
import re
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.utils.translation import override

from feedback.indicators import compared, sdmx
from feedback.indicators.models import Export, Measurement
from feedback.indicators.models.exports import ExportState
from feedback.indicators.scoring import shown
from feedback.indicators.suppression import SENSITIVE, SMALL
from tests.feedback.indicators.conftest import content, made, two_answered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stood")]

stands_on = two_answered
LIST = "/staff/figures/exports/"


def test_sdmx_csv_has_the_columns_of_the_standard(asked):
    lines = list(csv.DictReader(io.StringIO(content(made(asked(form="sdmx"))).decode())))
    # SDMX 3.0, section 5: the three leading columns, dimensions, measure, attributes.
    assert list(lines[0])[:8] == [
        *("STRUCTURE", "STRUCTURE_ID", "ACTION", "REF_AREA", "INDICATOR", "VARIANT"),
        *("TIME_PERIOD", "OBS_VALUE"),
    ]
    assert {line["STRUCTURE"] for line in lines} == {"dataflow"}
    assert {line["STRUCTURE_ID"] for line in lines} == {"LINLI:PERFORMANCE(1.0.0)"}
    assert {line["ACTION"] for line in lines} == {"I"}
    assert len(lines) == Measurement.objects.filter(is_latest=True, period_end__year=2021).count()
    wave = next(line for line in lines if line["INDICATOR"] == "I38")
    assert wave["TIME_PERIOD"] == "2021-12-01/P31D" or wave["TIME_PERIOD"] == "2021-12"
    keys = [tuple(line[name] for name in sdmx.DIMENSIONS) for line in lines]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (date(2021, 3, 1), date(2021, 3, 31), "2021-03"),
        (date(2021, 7, 1), date(2021, 9, 30), "2021-Q3"),
        (date(2020, 1, 1), date(2020, 12, 31), "2020"),
        (date(2021, 2, 1), date(2021, 4, 30), "2021-02-01/P89D"),
        (date(2021, 12, 5), date(2021, 12, 31), "2021-12-05/P27D"),
    ],
)
def test_time_periods(start, end, text):
    assert sdmx.time_period(start, end) == text


def test_the_index_of_evidence_has_the_hash_and_the_page_of_every_figure(asked, screen):
    job = made(asked("EVIDENCE", "xlsx"))
    sheet = openpyxl.load_workbook(io.BytesIO(content(job))).worksheets[0]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    known = Measurement.objects.filter(is_latest=True, period_end__year=2021)
    small = known.filter(indicator__in=SENSITIVE).exclude(n__gte=SMALL)
    assert len(rows) == job.rows
    assert {row[11] for row in rows if row[11]} == set(
        known.exclude(pk__in=small).values_list("inputs_hash", flat=True)
    )
    assert sum(1 for row in rows if not row[11]) == small.count() > 0
    for row in rows:
        assert row[12].startswith("http") and "/staff/figures/measurements/" in row[12]
        assert not row[11] or row[0].endswith(row[11][:8])
    page = screen.get("/staff/figures/evidence/?place=1402&year=2021&indicator=I38")
    assert page.status_code == 200
    assert {one["indicator"] for one in page.context["entries"]} == {"I38"}
    first = page.context["entries"][0]
    assert first["sha256"][:16] in page.content.decode()
    assert screen.get(first["link"]).status_code == 200


def test_what_changed_between_two_exports(asked, screen):
    """One figure with another value and other inputs, one gone, one new; nothing else."""
    figures = Measurement.objects.filter(is_latest=True, variant="main", period_end__year=2021)
    of_city = figures.filter(place__code="1402").order_by("-period_end")
    changed, removed, added = (of_city.filter(indicator=code)[0] for code in ("I09", "I08", "I06"))
    Measurement.objects.filter(pk=added.pk).update(is_latest=False)
    first = made(asked())
    Measurement.objects.filter(pk=changed.pk).update(value=12, inputs_hash="0" * 64)
    Measurement.objects.filter(pk=removed.pk).update(is_latest=False)
    Measurement.objects.filter(pk=added.pk).update(is_latest=True)
    second = made(asked(form="json"))
    given = {"first": first.pk, "second": second.pk, "reason": "说明差异"}
    answered = screen.post(LIST + "compare/", given)
    job = Export.objects.get(kind="COMPARISON")
    assert answered["Location"] == f"{LIST}{job.pk}/"
    made(job)
    assert job.state == ExportState.READY, job.problem
    assert job.preview["counts"] == {"ADDED": 1, "REMOVED": 1, "CHANGED": 1}
    found = {one["kind"]: one for one in job.preview["changes"]}
    assert {kind: one["indicator"] for kind, one in found.items()} == {
        "CHANGED": "I09",
        "REMOVED": "I08",
        "ADDED": "I06",
    }
    assert {one["place"] for one in found.values()} == {"1402"}
    assert {one["variant"] for one in found.values()} == {"main"}
    assert (Decimal(found["CHANGED"]["old"]), Decimal(found["CHANGED"]["new"])) == (
        shown(changed.value),
        12,
    )
    assert (found["REMOVED"]["old"], found["REMOVED"]["new"]) == (str(shown(removed.value)), "")
    assert Decimal(found["ADDED"]["new"]) == shown(added.value)
    assert found["CHANGED"]["reason"]
    page = screen.get(f"{LIST}{job.pk}/").content.decode()
    assert '<td data-label="区域">大同市</td>' in page and "只列前" not in page
    sheet = openpyxl.load_workbook(io.BytesIO(content(job))).worksheets[0]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert len(rows) == job.rows == 3
    by_code = {row[1]: row for row in rows}
    old, new = by_code["I09"][6:8]
    assert (round(Decimal(old), 2), new) == (shown(changed.value), 12)
    page = screen.get(f"{LIST}{job.pk}/").content.decode()
    assert page.count("I09") and page.count("I08") and page.count("I06")


def test_a_bundle_and_the_same_bundle_later_say_the_same(asked):
    first, second = made(asked("BUNDLE", "zip")), made(asked("BUNDLE", "zip"))
    parameters = {"first": first.pk, "second": second.pk}
    job = made(asked("COMPARISON", "xlsx", parameters=parameters))
    assert job.preview["counts"] == {"ADDED": 0, "REMOVED": 0, "CHANGED": 0}
    with zipfile.ZipFile(io.BytesIO(content(first))) as one:
        assert "recompute.py" in one.namelist()


def test_what_one_of_two_exports_hides_is_not_said_to_have_changed():
    key = ("I32", "main", "PC001", "2021-01-01", "2021-01-31")
    told = dict.fromkeys(compared._TOLD, "") | {"value": "80", "status": "OK"}
    with override("zh-hans"):
        (one,) = compared.changes({key: told}, {key: told | {"value": ""}})
        assert (compared.why(one.reason), str(compared.KINDS[one.kind])) == (
            "其中一次导出不显示小样本数据",
            "变动",
        )
        assert str(compared.KINDS[compared.ADDED]) == "新增"


def test_what_came_to_nothing_is_asked_for_again_with_the_same_words(asked, screen):
    job = asked("BUNDLE", "zip")
    assert "再次申请" not in screen.get(f"{LIST}{job.pk}/").content.decode()
    Export.objects.filter(pk=job.pk).update(state=ExportState.CANCELLED)
    page = screen.get(f"{LIST}{job.pk}/").content.decode()
    (again,) = re.findall(r'href="([^"]+)">再次申请', page)
    form = screen.get(html.unescape(again)).context["form"]
    assert (form["what"].value(), form["reason"].value()) == ("BUNDLE.zip", job.reason)
    assert form["year"].value() == job.year


def test_an_export_is_not_compared_once_the_right_to_its_place_is_gone(
    asked, evaluator, neighbourhood
):
    county = neighbourhood.county
    first, second = made(asked()), made(asked(place=county))
    parameters = {"first": first.pk, "second": second.pk}
    job = asked("COMPARISON", "xlsx", parameters=parameters, place=county)
    evaluator.staff_assignments.update(place=county)
    job = made(job)
    assert (job.state, job.file) == (ExportState.FAILED, "")


def test_a_reason_that_no_database_keeps_is_refused(asked, screen):
    first, second = made(asked()), made(asked(form="json"))
    given = {"first": first.pk, "second": second.pk, "reason": "说明\0差异"}
    assert screen.post(LIST + "compare/", given)["Location"] == LIST
    assert not Export.objects.filter(kind="COMPARISON").exists()
