"""The forms people file: their columns, their formulas, and what they are not filed without."""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO
from itertools import groupby
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils.translation import override
from openpyxl import load_workbook

from feedback.indicators.cards import filing_of, reasons_of
from feedback.indicators.definitions import Rule
from feedback.indicators.filed import formula, self_assessment_write
from feedback.indicators.models import DeviationReason, Export, TargetSheet
from feedback.indicators.scoring import share
from feedback.indicators.services import (
    assessment_add,
    deviations_write,
    export_request,
    export_run,
)
from portal.projects.models import ProjectCommunity
from tests.feedback.indicators.conftest import NOW, all_answered, asked_for, card_of, made_paper

pytestmark = pytest.mark.django_db

stands_on = all_answered
SELF = "/staff/figures/score/form/?place=140213&year=2021&scheme=SELF"
SHEET = "/staff/figures/score/form/?place=140213&year=2021&scheme=EVALUATION"


def half_up(number: float, digits: int) -> float:
    step = Decimal(1).scaleb(-digits)
    return float(Decimal(repr(number)).quantize(step, rounding=ROUND_HALF_UP))


def calculated(sheet: Any, text: str) -> Any:
    """What a spreadsheet makes of a formula, in so far as the forms use them."""

    def cells(first: str, last: str) -> list[float]:
        found = [cell.value for row in sheet[f"{first}:{last}"] for cell in row]
        values = [calculated(sheet, one) if str(one).startswith("=") else one for one in found]
        return [value for value in values if isinstance(value, int | float)]

    def cell(name: str) -> Any:
        value = sheet[name].value
        return calculated(sheet, value) if isinstance(value, str) and value[:1] == "=" else value

    source = text.removeprefix("=")
    source = re.sub(r"SUM\((\w+):(\w+)\)", r"sum(cells('\1','\2'))", source)
    source = re.sub(r"(?<![\w'])([A-Z]{1,2}\d+)(?![\w'])", r"cell('\1')", source)
    source = re.sub(r"(?<![<>])=", "==", source)
    names: dict[str, Callable[..., Any]] = {
        "IF": lambda test, yes, no: yes if test else no,
        "MAX": max,
        "MIN": min,
        "N": lambda value: value if isinstance(value, int | float) else 0,
        "ROUND": half_up,
        "cell": cell,
        "cells": cells,
    }
    # IF is lazy in a spreadsheet: what is divided by zero is in the branch that is not taken.
    try:
        return eval(source, {"__builtins__": {}, "sum": sum}, names)  # noqa: S307
    except ZeroDivisionError:
        return ""


def opened(content: bytes) -> Any:
    return load_workbook(BytesIO(content)).worksheets[0]


def formulas(sheet: Any) -> dict[str, str]:
    return {
        cell.coordinate: cell.value
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith("=")
    }


def explain_all(actor: Any, scope: Any) -> None:
    filing = filing_of(scope, 2021, card_of(scope, scheme="SELF"))
    texts = {line.part.definition.code: "原因与措施" for line in filing.missing}
    deviations_write(actor=actor, scope=scope, year=2021, texts=texts, now=NOW)


@pytest.mark.parametrize("rule", [Rule.S1, Rule.S2, Rule.S3, Rule.S4])
@pytest.mark.parametrize("value", ["5", "12.3456", "43.037975", "95", "120"])
def test_the_formula_in_the_sheet_is_the_rule(rule, value):
    class Sheet(dict):
        def __getitem__(self, name):
            cell = {"E1": float(value), "D1": 40.0, "F1": 5.0}[name]
            return type("Cell", (), {"value": cell})

    expected = 5 * share(rule, Decimal(value), Decimal(40))
    points = calculated(Sheet(), formula(rule, "E1", "D1", "F1"))
    assert points == half_up(float(expected), 2)


def test_the_score_sheet_counts_by_itself(scored, client, evaluator, neighbourhood):
    assessment_add(
        actor=evaluator,
        scope=neighbourhood.county,
        year=2021,
        indicator="I18",
        value=Decimal("1.5"),
        reason="目标偏低",
        now=NOW,
    )
    client.force_login(evaluator)
    sheet = opened(made_paper(client, SHEET))
    heads = [cell.value for cell in sheet[2]]
    assert heads == [
        *("一级指标", "二级指标", "三级指标", "目标值", "实际值", "分值", "评价扣分", "得分"),
        *("评分依据", "扣分原因", "佐证材料编号"),
    ]
    card = card_of(neighbourhood.county)
    for row, line in enumerate(card.grouped(), start=3):
        if line.points is not None:
            assert calculated(sheet, sheet.cell(row, 8).value) == float(line.points)
    last = 3 + len(card.lines)
    assert calculated(sheet, sheet.cell(last, 8).value) == pytest.approx(float(card.total))
    assert calculated(sheet, sheet.cell(last, 6).value) == pytest.approx(100)
    assert calculated(sheet, sheet.cell(last + 1, 8).value) == card.grade.name.zh
    rows = {sheet.cell(row, 3).value[:3]: row for row in range(3, last)}
    # Those of a group stand together.
    groups = [key for key, _lines in groupby(sheet.cell(row, 2).value for row in range(3, last))]
    assert len(groups) == len(set(groups))
    assert "目标偏低" in sheet.cell(rows["I18"], 10).value
    assert re.fullmatch(r"M\d+-[0-9a-f]{8}", sheet.cell(rows["I09"], 11).value)
    assert sheet.cell(rows["I03"], 6).value == "不适用"


def test_the_score_sheet_can_be_printed(scored, client, evaluator):
    """All columns on one page, the heads on each, and no line of text hidden under the next."""
    client.force_login(evaluator)
    sheet = opened(made_paper(client, SHEET))
    assert sheet.page_setup.orientation == "landscape"
    # As wide as one page, which is not written down, and as high as it takes.
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$2:$2"
    rows = range(3, 3 + sum(1 for cell in sheet["C"][2:] if str(cell.value).startswith("I")))
    heights = {len(sheet.cell(row, 9).value): sheet.row_dimensions[row].height for row in rows}
    # Two characters a wide one: 44 hold some twenty.
    assert heights[max(heights)] >= 2 * heights[min(heights)] - 3 > 0


def test_the_values_in_the_file_are_those_of_its_formulas(scored, client, evaluator):
    client.force_login(evaluator)
    content = made_paper(client, SHEET)
    kept = load_workbook(BytesIO(content), data_only=True).worksheets[0]
    sheet = opened(content)
    found = formulas(sheet)
    assert len(found) > 15
    for name, text in found.items():
        value = calculated(sheet, text)
        if isinstance(value, float):
            assert kept[name].value == pytest.approx(value), name
        else:
            assert kept[name].value == value, name


def test_the_self_assessment_waits_for_its_reasons(scored, client, reviewer, neighbourhood):
    client.force_login(reviewer)
    refused = client.post(SELF)
    # To where they are written.
    assert refused.status_code == 302
    assert "/reasons/" in refused["Location"]
    assert "I22" in client.get(refused["Location"]).content.decode()
    page = client.get(SELF.replace("form", "reasons")).content.decode()
    assert "实际0.00 % · 目标≥ 100.00 % · 得0.00分（满分" in page
    explain_all(reviewer, neighbourhood.county)
    TargetSheet.objects.create(
        place=neighbourhood.county,
        year=2021,
        goal="物业管理全覆盖",
        written_by=reviewer,
        written_at=NOW,
    )
    sheet = opened(made_paper(client, SELF))
    assert sheet["C6"].value == "物业管理全覆盖"
    assert sheet["A1"].value == "2021年度项目支出绩效自评表"
    assert [cell.value for cell in sheet[3]][2:] == [
        *("年初预算数", "全年预算数", "全年执行数", "分值", "执行率（%）", "得分"),
    ]
    assert [cell.value for cell in sheet[8]] == [
        *("一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分"),
        "偏差原因分析及改进措施",
    ]
    assert calculated(sheet, sheet["G4"].value) == pytest.approx(88.13, abs=0.005)
    card = card_of(neighbourhood.county, scheme="SELF")
    last = 9 + len(card.lines)
    assert calculated(sheet, sheet.cell(last, 7).value) == pytest.approx(float(card.total))
    texts = [sheet.cell(row, 8).value for row in range(9, last)]
    assert "原因与措施" in texts


def test_the_worker_refuses_the_form_without_its_reasons_too(scored, reviewer, neighbourhood):
    """A figure may have come to miss its target after the form was asked for."""
    job = export_request(
        actor=reviewer,
        place=neighbourhood.county,
        kind="FORM",
        year=2021,
        form="xlsx",
        reason="报送",
        parameters={"paper": "SELF", "project": ""},
        now=NOW,
    )
    with override("en"):
        export_run(export_id=job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    assert (job.state, job.file) == ("FAILED", "")
    assert job.problem.startswith("The form is not filed without")
    assert "I22" in job.problem


def test_a_form_is_asked_for_with_a_post_logged_and_told_of_like_any_export(
    scored, client, evaluator, neighbourhood
):
    client.force_login(evaluator)
    assert client.get(SHEET).status_code == 405
    job = Export.objects.get(pk=asked_for(client, SHEET))
    assert (job.kind, job.state, job.format, job.year) == ("FORM", "QUEUED", "xlsx", 2021)
    assert (job.requested_by, job.place) == (evaluator, neighbourhood.county)
    assert job.reason
    page = client.get(f"/staff/figures/exports/{job.pk}/")
    assert page["Refresh"] and "<progress" in page.content.decode()
    assert client.post(f"/staff/figures/exports/{job.pk}/cancel/").status_code == 302
    assert export_run(export_id=job.pk, clock=lambda: NOW) is False
    job.refresh_from_db()
    assert job.state == "CANCELLED"


def test_the_file_itself_is_not_written_without_them(scored, neighbourhood):
    filing = filing_of(neighbourhood.county, 2021, card_of(neighbourhood.county, scheme="SELF"))
    with pytest.raises(ValueError, match="I22"):
        self_assessment_write(filing, BytesIO())


def test_a_text_that_looks_like_a_formula_stays_a_text(scored, client, reviewer, neighbourhood):
    explain_all(reviewer, neighbourhood.county)
    deviations_write(
        actor=reviewer,
        scope=neighbourhood.county,
        year=2021,
        texts={"I22": '=HYPERLINK("http://example.org")'},
        now=NOW,
    )
    client.force_login(reviewer)
    book = load_workbook(BytesIO(made_paper(client, SELF)))
    found = [
        c for row in book.worksheets[0].iter_rows() for c in row if "HYPERLINK" in str(c.value)
    ]
    assert [cell.data_type for cell in found] == ["s"]


def test_reasons_are_kept_one_after_the_other(neighbourhood, reviewer):
    given = {"actor": reviewer, "scope": neighbourhood.county, "year": 2021, "now": NOW}
    assert deviations_write(texts={"I22": "工期延误", "I24": " "}, **given) == 1
    assert deviations_write(texts={"I22": "工期延误", "I24": "已催办"}, **given) == 1
    assert deviations_write(texts={"I22": "", "I24": "已完成"}, **given) == 1
    assert reasons_of(neighbourhood.county, 2021) == {"I22": "工期延误", "I24": "已完成"}
    assert DeviationReason.objects.count() == 3


@pytest.mark.parametrize("name", ["evaluator", "approver", "clerk"])
def test_reasons_are_written_by_those_who_set_the_targets(request, neighbourhood, name):
    with pytest.raises(PermissionDenied):
        deviations_write(
            actor=request.getfixturevalue(name),
            scope=neighbourhood.county,
            year=2021,
            texts={"I22": "x"},
            now=NOW,
        )


def test_they_are_written_on_screen(scored, client, reviewer, neighbourhood):
    client.force_login(reviewer)
    address = "/staff/figures/score/reasons/?place=140213&year=2021"
    page = client.get(address)
    assert "I22" in page.context["open"]
    assert client.post(address, {"I22": "工期延误，已催办"}).status_code == 302
    assert reasons_of(neighbourhood.county, 2021)["I22"] == "工期延误，已催办"
    assert "I22" not in client.get(address).context["open"]


@pytest.mark.parametrize(
    ("name", "address", "status"),
    [
        ("evaluator", SHEET, 302),
        ("clerk", "/staff/figures/score/form/?place=PC001&year=2021", 403),
        ("clerk", "/staff/figures/score/form/?place=PC001&year=2021&scheme=SELF", 403),
        ("clerk", SHEET, 404),
        ("evaluator", "/staff/figures/score/reasons/?place=140213", 403),
        ("reviewer", "/staff/figures/score/reasons/?place=140214", 404),
        ("evaluator", "/staff/figures/score/form/?project=YG-01&year=2021", 302),
    ],
)
def test_who_gets_what(scored, client, request, name, address, status):
    client.force_login(request.getfixturevalue(name))
    way = client.post if "form/" in address else client.get
    assert way(address).status_code == status


def test_the_money_of_a_county_is_that_of_its_own_projects(scored, neighbourhood, city):
    """A project of Yungang renovates a community of Pingcheng, too: its budget is Yungang's."""
    ProjectCommunity.objects.filter(community=city["A"]).update(project=scored.yungang)
    county = neighbourhood.county
    filing = filing_of(county, 2021, card_of(county, scheme="SELF"))
    assert filing.budget == scored.pingcheng.budget
