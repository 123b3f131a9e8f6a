"""绩效目标申报表: written, read back, checked line by line, imported, submitted, published."""

import io
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from feedback.indicators import services, sheets
from feedback.indicators.coverage import coverage_of
from feedback.indicators.models import Export, TargetDecision, TargetSheet, TargetVersion
from feedback.indicators.models.exports import Paper
from feedback.indicators.sheets import SheetRow
from feedback.indicators.targets import TargetBook
from portal.demo import factories
from portal.pages.services import pages_ensure
from tests.feedback.indicators.conftest import NOW

pytestmark = pytest.mark.django_db
HEAD = {"name": "平城区", "department": "区住建局", "unit": "项目办", "total": "49650.92"}
FORM = [
    SheetRow("I18", "EQ", "100"),
    SheetRow("I23", "GE", "100"),
    SheetRow("I21", "GE", "95"),
    SheetRow("I26", "LE", "10"),
    SheetRow("I33", "GE", "92.5"),
    SheetRow("I29", "RANGE", "90–95"),
    SheetRow("I14", "TEXT", "制度健全，档案齐备"),
    SheetRow("I28R", "LE", "120"),
    SheetRow("I38", "GE", "91"),
]


def written(rows, head=HEAD):
    out = io.BytesIO()
    sheets.sheet_write("2022年度绩效目标申报表", head, rows, out)
    out.seek(0)
    return out


def imported(actor, place, rows, **more):
    given = {"head": {"department": "区住建局"}, "reason": "按上年完成情况", "now": NOW, **more}
    return services.sheet_import(actor=actor, place=place, year=2022, rows=rows, **given)


def said(rows):
    return [(row.indicator, row.operator, row.value) for row in rows]


def test_the_form_comes_back_as_it_was_written():
    found = sheets.sheet_read("t.xlsx", written(FORM))
    assert said(found.rows) == said(FORM)
    assert found.head == {key: HEAD.get(key, "") for key in sheets.HEAD_FIELDS}
    cells = load_workbook(written(FORM)).active
    assert [cell.value for cell in cells[10]] == list(sheets.HEADS)
    assert [cell.value for cell in cells[11]] == [
        "产出", "产出数量", "小区改造完成率", "=", 100, "%", "", "I18",
    ]  # fmt: skip


def test_a_form_of_an_office_without_our_codes_is_read():
    from openpyxl import Workbook

    book = Workbook()
    for line in (
        ["绩效目标申报表"],
        ["主管部门", "住建局"],
        ["一级指标", "二级指标", "三级指标", "指标值", "度量单位"],
        ["满意度", "服务对象满意度", "居民满意度", "≥92%", "%"],
        ["产出", "产出数量", "没有这个指标", "5", "个"],
        [None, None, "未填", None, None],
    ):
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    found = sheets.sheet_read("t.xlsx", out)
    assert said(found.rows) == [("I38", "GE", "92"), ("没有这个指标", "", "5")]
    assert [row.line for row in found.rows] == [4, 5]


def test_a_dry_run_says_what_each_line_would_do_and_writes_nothing(reviewer, neighbourhood):
    rows = [
        SheetRow("I38", "GE", "92"),
        SheetRow("I38", "GE", "93"),
        SheetRow("I99", "GE", "1"),
        SheetRow("I33", "LE", "95"),
        SheetRow("I29", "GE", "abc"),
        SheetRow("I22", "GE", "99"),
        SheetRow("I40", "RANGE", "70"),
        SheetRow("I34", "GE", "10"),
        SheetRow("I21", "", "96"),
    ]
    found = services.sheet_check(actor=reviewer, place=neighbourhood.county, year=2022, rows=rows)
    assert [(report.state, sorted(report.errors)) for report in found] == [
        ("NEW", []),
        ("ERROR", ["indicator"]),
        ("ERROR", ["indicator"]),
        ("ERROR", ["operator"]),
        ("ERROR", ["value"]),
        ("ERROR", ["value"]),
        ("ERROR", ["value"]),
        ("ERROR", ["value"]),
        ("NEW", []),
    ]
    assert not TargetVersion.objects.exists()
    with pytest.raises(ValidationError):
        imported(reviewer, neighbourhood.county, rows)
    assert not TargetVersion.objects.exists()
    assert not TargetSheet.objects.exists()


def test_an_import_twice_changes_nothing_and_a_new_value_replaces_the_draft(
    reviewer, neighbourhood
):
    county = neighbourhood.county
    assert imported(reviewer, county, FORM) == len(FORM)
    assert imported(reviewer, county, FORM) == 0
    assert TargetSheet.objects.count() == 1
    assert imported(reviewer, county, [SheetRow("I38", "GE", "93")]) == 1
    states = TargetVersion.objects.filter(target__indicator="I38").order_by("number")
    assert list(states.values_list("value", "state")) == [(91, "SUPERSEDED"), (93, "DRAFT")]


@pytest.mark.parametrize("role", ["evaluator", "approver", "outsider"])
def test_who_may_not_import(role, request, neighbourhood):
    with pytest.raises(PermissionDenied):
        imported(request.getfixturevalue(role), neighbourhood.county, FORM)


def test_a_form_with_gaps_is_not_submitted(reviewer, neighbourhood):
    county = neighbourhood.county
    imported(reviewer, county, [row for row in FORM if row.indicator != "I29"])
    assert [level.zh for level in coverage_of(county, 2022).lacking] == ["可持续影响"]
    with pytest.raises(ValidationError, match="可持续影响"):
        services.sheet_submit(actor=reviewer, place=county, year=2022, now=NOW)
    assert set(TargetVersion.objects.values_list("state", flat=True)) == {"DRAFT"}
    imported(reviewer, county, FORM)
    moved = services.sheet_submit(actor=reviewer, place=county, year=2022, now=NOW)
    assert moved == len(FORM)
    assert coverage_of(county, 2022).covered == 7


def test_approved_targets_are_published_with_their_notice(reviewer, approver, neighbourhood):
    pages_ensure()
    county = neighbourhood.county
    imported(reviewer, county, FORM)
    services.sheet_submit(actor=reviewer, place=county, year=2022, now=NOW)
    for version in TargetVersion.objects.order_by("pk"):
        for actor in (reviewer, reviewer, approver):
            services.target_advance(actor=actor, version=version, now=NOW)
    book = TargetBook([county], [2022])
    assert book.holding(county, "I29", "main", 2022).value == 90
    assert book.holding(county, "I14", "main", 2022) is None
    page = services.targets_draft_notice(actor=reviewer, place=county, year=2022, now=NOW)
    assert "2022年 居民满意度：≥ 91.00%" in page.extra["targets"]
    assert services.targets_mark_published(now=NOW) == 0
    type(page).objects.filter(pk=page.pk).update(live=True)
    assert services.targets_mark_published(now=NOW) == len(FORM)
    assert services.targets_mark_published(now=NOW) == 0
    assert set(TargetVersion.objects.approved().values_list("state", flat=True)) == {"PUBLISHED"}
    assert book.holding(county, "I38", "main", 2022).value == 91
    assert TargetDecision.objects.filter(state="PUBLISHED").count() == len(FORM)
    with pytest.raises(ValidationError):
        services.targets_draft_notice(actor=reviewer, place=county, year=2022, now=NOW)


def test_a_project_has_targets_of_its_own(reviewer, approver, neighbourhood):
    county = neighbourhood.county
    project = factories.RenovationProjectFactory(county=county)
    imported(reviewer, county, FORM, project=project)
    services.sheet_submit(actor=reviewer, place=county, year=2022, now=NOW, project=project)
    for version in TargetVersion.objects.order_by("pk"):
        for actor in (reviewer, reviewer, approver):
            services.target_advance(actor=actor, version=version, now=NOW)
    book = TargetBook([county], [2022])
    assert book.holding(county, "I38", "main", 2022, project).value == 91
    assert book.holding(county, "I38", "main", 2022).value == 90
    other = factories.RenovationProjectFactory(county=neighbourhood.other_county)
    with pytest.raises(ValidationError):
        services.target_propose(
            actor=reviewer,
            place=county,
            project=other,
            indicator="I38",
            year=2022,
            value=Decimal(95),
            reason="x",
            now=NOW,
        )


# --- the screens ---


def test_a_file_is_reported_mended_and_imported(client, reviewer, neighbourhood):
    client.force_login(reviewer)
    address = "/staff/figures/targets/import/?place=140213&year=2022"
    bad = [row for row in FORM if row.indicator != "I38"] + [SheetRow("I38", "GE", "101")]
    file = SimpleUploadedFile("form.xlsx", written(bad).read())
    page = client.post(address, {"upload": "1", "file": file})
    assert page.status_code == 422
    body = page.content.decode()
    assert 'value="101"' in body
    assert 'value="区住建局"' in body
    data = {
        "import": "1",
        "department": "区住建局",
        "total": "12",
        "fiscal": "10",
        "other": "1",
        "reason": "",
        "form-TOTAL_FORMS": len(bad),
        "form-INITIAL_FORMS": 0,
    }
    for number, row in enumerate(bad):
        data |= {
            f"form-{number}-indicator": row.indicator,
            f"form-{number}-operator": row.operator,
            f"form-{number}-value": row.value.replace("101", "95"),
        }
    page = client.post(address, data)
    assert page.status_code == 200
    assert set(page.context["head"].errors) == {"total", "reason"}
    assert 'value="95"' in page.content.decode()
    assert not TargetVersion.objects.exists()
    page = client.post(address, {**data, "other": "2", "reason": "按上年完成情况"})
    assert page.status_code == 302
    assert TargetVersion.objects.count() == len(FORM)
    found = client.get("/staff/figures/targets/form.xlsx?place=140213&year=2022")
    logged = Export.objects.get()
    assert (logged.kind, logged.state, logged.requested_by) == ("FORM", "SENT", reviewer)
    assert logged.reason and logged.size == len(found.content)
    assert str(logged).startswith(f"{Paper.TARGETS.label} · ")
    back = sheets.sheet_read("form.xlsx", io.BytesIO(found.content))
    assert {("I38", "GE", "95"), ("I29", "RANGE", "90–95")} <= set(said(back.rows))
    assert back.head["total"] == "12.00"


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_form_says_so(client, reviewer, neighbourhood, content):
    client.force_login(reviewer)
    file = SimpleUploadedFile("form.xlsx", content)
    page = client.post(
        "/staff/figures/targets/import/?place=140213&year=2022", {"upload": "1", "file": file}
    )
    assert page.status_code == 200
    assert page.context["upload"].errors["file"]


def test_the_form_is_submitted_and_passed_on_by_hand(client, reviewer, neighbourhood):
    client.force_login(reviewer)
    imported(reviewer, neighbourhood.county, FORM[:3])
    query = "?place=140213&year=2022"
    page = client.get(f"/staff/figures/targets/form/{query}")
    assert page.context["coverage"].covered == 3
    client.post(f"/staff/figures/targets/submit/{query}")
    assert set(TargetVersion.objects.values_list("state", flat=True)) == {"DRAFT"}
    imported(reviewer, neighbourhood.county, FORM)
    client.post(f"/staff/figures/targets/submit/{query}")
    assert set(TargetVersion.objects.values_list("state", flat=True)) == {"CHECKED"}


def test_a_whole_form_goes_from_desk_to_desk(client, reviewer, approver, neighbourhood):
    imported(reviewer, neighbourhood.county, FORM)
    query = "?place=140213&year=2022"

    def states():
        return set(TargetVersion.objects.values_list("state", flat=True))

    def passed_on(actor, state):
        client.force_login(actor)
        sent = client.post(f"/staff/figures/targets/submit/{query}", {"state": state})
        return sent.status_code

    assert passed_on(reviewer, "DRAFT") == 302
    assert passed_on(reviewer, "CHECKED") == 302
    assert passed_on(reviewer, "APPROVED") == 404
    assert passed_on(reviewer, "COUNTY_REVIEW") == 302
    assert states() == {"FINANCE_REVIEW"}
    assert passed_on(reviewer, "FINANCE_REVIEW") != 200
    assert states() == {"FINANCE_REVIEW"}
    own = TargetVersion.objects.order_by("pk")[0]
    TargetVersion.objects.filter(pk=own.pk).update(proposed_by=approver)
    client.force_login(approver)
    [step] = client.get(f"/staff/figures/targets/form/{query}").context["steps"]
    assert (step.count, step.own, step.is_approval) == (len(FORM) - 1, 1, True)
    passed_on(approver, "FINANCE_REVIEW")
    own.refresh_from_db()
    assert own.state == "FINANCE_REVIEW"
    assert TargetVersion.objects.approved().count() == len(FORM) - 1
    with pytest.raises(ValidationError):
        services.sheet_pass_on(
            actor=approver, place=neighbourhood.county, year=2022, state="FINANCE_REVIEW", now=NOW
        )


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("reviewer", "form/?place=140214", 404),
        ("evaluator", "form/?place=140213&year=99999", 200),
        ("evaluator", "import/?place=140213", 403),
        ("clerk", "import/?place=140213", 404),
        ("clerk", "form/", 200),
        ("reviewer", "form.xlsx?place=140213", 200),
        ("clerk", "form.xlsx", 200),
        ("clerk", "form.xlsx?place=140213", 404),
    ],
)
def test_who_sees_which_form(client, request, neighbourhood, role, path, status):
    client.force_login(request.getfixturevalue(role))
    assert client.get(f"/staff/figures/targets/{path}").status_code == status


def test_the_list_filters_counts_and_asks_as_much_for_one_as_for_many(
    client, reviewer, neighbourhood
):
    client.force_login(reviewer)

    def asked(query=""):
        client.get(f"/staff/figures/targets/{query}")
        with CaptureQueriesContext(connection) as context:
            page = client.get(f"/staff/figures/targets/{query}")
        return page, len(context)

    imported(reviewer, neighbourhood.county, FORM[:1])
    page, few = asked()
    assert len(page.context["rows"]) == 1
    imported(reviewer, neighbourhood.county, FORM)
    page, many = asked()
    assert (len(page.context["rows"]), many) == (len(FORM), few)
    page, _n = asked("?indicator=I38&year=2022&place=140213&q=平城")
    assert [row[0].target.indicator for row in page.context["rows"]] == ["I38"]
    page, _n = asked("?year=2019&state=ALL&p=x")
    assert page.context["is_filtered"]
    assert not page.context["rows"]


def test_what_no_database_keeps_is_left_out_of_a_line(client, reviewer, neighbourhood):
    client.force_login(reviewer)
    data = {
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 0,
        "form-0-indicator": "I14",
        "form-0-operator": "TEXT",
        "form-0-value": "制度\0健全",
        "reason": "上级要求",
        "import": "1",
    }
    answered = client.post("/staff/figures/targets/import/?place=140213&year=2023", data)
    assert answered.status_code == 302
    assert TargetVersion.objects.get(target__indicator="I14").wording == "制度健全"
