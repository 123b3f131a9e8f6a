"""The points of the self-assessment as an approved target form shares them out (domain.md §2)."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from openpyxl import load_workbook

from feedback.indicators import services, sheets
from feedback.indicators.models import TargetVersion
from feedback.indicators.schemes import SchemeCode, scheme_on
from feedback.indicators.sheets import SheetRow
from tests.feedback.indicators.conftest import NOW, card_of, made

DAY = date(2021, 12, 31)
#: Output 50, effect 30; the satisfaction (I38) has its 10 in any case.
WEIGHTS = {"I18": 20, "I23": 10, "I21": 12, "I26": 8, "I33": 17.5, "I29": 12.5}
VALUES = {"I18": 100, "I23": 100, "I21": 95, "I26": 10, "I33": 90, "I29": 90, "I38": 90}


def form(**weights):
    given = WEIGHTS | weights
    return [
        SheetRow(code, "LE" if code == "I26" else "GE", str(value), weight=str(given.get(code, "")))
        for code, value in VALUES.items()
    ]


def drafted(actor, place, rows):
    given = {"actor": actor, "place": place, "year": 2021, "now": NOW}
    services.sheet_import(rows=rows, head={}, reason="年度申报", **given)
    return given


def test_the_scheme_takes_the_points_of_a_form_that_adds_up() -> None:
    scheme = scheme_on(SchemeCode.SELF, DAY)
    weights = {code: Decimal(str(points)) for code, points in WEIGHTS.items()}
    found = {part.definition.code: part.weight for part in scheme.parts_shared_by(DAY, weights)}
    assert found == weights | {"I09": 10, "I38": 10}
    assert sum(found.values()) == 100


def test_points_that_do_not_add_up_leave_the_scheme_as_it_is() -> None:
    scheme = scheme_on(SchemeCode.SELF, DAY)
    weights = {code: Decimal(str(points)) for code, points in WEIGHTS.items()} | {"I29": Decimal(3)}
    assert [(str(b.name), found) for b, found in scheme.misfits(weights)] == [
        ("效益指标", Decimal("20.5"))
    ]
    assert scheme.parts_shared_by(DAY, weights) == scheme.parts(DAY)
    assert scheme.parts_shared_by(DAY, {}) == scheme.parts(DAY)


@pytest.mark.django_db
def test_a_form_whose_points_do_not_add_up_is_not_submitted(reviewer, neighbourhood):
    given = drafted(reviewer, neighbourhood.county, form(I29=3))
    with pytest.raises(ValidationError) as refused:
        services.sheet_submit(**given)
    assert "20.50" in refused.value.messages[0]
    assert "产出" not in refused.value.messages[0]
    # The points of one indicator go to another one.
    drafted(reviewer, neighbourhood.county, form(I29=0, I33=30))
    assert services.sheet_submit(**given) == len(VALUES)


@pytest.mark.django_db
def test_the_self_assessment_has_the_points_of_the_approved_form(
    scored, neighbourhood, reviewer, approver, asked
):
    county = neighbourhood.county
    before = card_of(county, scheme="SELF")
    services.sheet_submit(**drafted(reviewer, county, form()))
    versions = list(TargetVersion.objects.filter(target__place=county).order_by("pk"))
    for number, version in enumerate(versions):
        if number == 3:
            # Half a form shares nothing out.
            assert len(card_of(county, scheme="SELF").lines) == len(before.lines)
        for actor in (reviewer, reviewer, approver):
            version = services.target_advance(actor=actor, version=version, now=NOW)
    own = {
        line.part.definition.code: line.part.weight for line in card_of(county, scheme="SELF").lines
    }
    assert own == {code: Decimal(str(p)) for code, p in WEIGHTS.items()} | {"I09": 10, "I38": 10}
    # A project without a form of its own has its county's; another county has the scheme's.
    assert len(card_of(scored.pingcheng, scheme="SELF").lines) == len(own)
    other = card_of(neighbourhood.other_county, scheme="SELF")
    assert len(other.lines) == len(before.lines)
    # What comes later keeps the points, and the program in the bundle finds the same total.
    services.target_record(
        place=county, indicator="I33", year=2021, value=Decimal(92), document="批复", now=NOW
    )
    assert len(card_of(county, scheme="SELF").lines) == len(own)
    job = made(asked("BUNDLE", "zip"))
    assert job.state == "READY", job.problem


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "weight"), [("I09", "-1"), ("I33", "101"), ("I33", "x"), ("I05", "5"), ("I28R", "5")]
)
def test_what_is_no_number_of_points(code, weight, reviewer, neighbourhood):
    value = {"I09": "95", "I05": "100", "I28R": "100"}.get(code, "90")
    row = SheetRow(code, "LE" if code == "I28R" else "GE", value, weight=weight)
    (report,) = services.sheet_check(
        actor=reviewer, place=neighbourhood.county, year=2021, rows=[row]
    )
    assert set(report.errors) == {"weight"}


def test_points_stand_in_the_workbook_and_come_back() -> None:
    file = io.BytesIO()
    sheets.sheet_write("绩效目标申报表", {}, form(), file)
    assert load_workbook(file).active.cell(10, 7).value == "分值"
    read = sheets.sheet_read("form.xlsx", file)
    assert {row.indicator: row.weight for row in read.rows} == {
        row.indicator: row.weight for row in form()
    }
