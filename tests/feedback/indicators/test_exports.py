"""The export, column by column, in three formats."""

import csv
import json
from datetime import datetime
from decimal import Decimal
from io import BytesIO, StringIO

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from feedback.indicators import exports, rapid
from feedback.indicators.services import rebuild, target_record
from feedback.surveys.services import survey_close
from tests.feedback.indicators.conftest import LOCAL, NOW, answers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stood")]
COLUMNS = (
    "indicator,variant,name_zh,name_en,place_code,place,period_start,period_end,numerator,"
    "denominator,value,unit,low,high,n,population,target,attainment,status,formula_version,"
    "inputs_hash,computed_at"
)


def stands_on(base):
    base.renovate()
    base.closed_wave(A=(48, 60), B=(36, 40), C=(42, 60), D=(48, 60))
    target_record(
        place=base.neighbourhood.city,
        indicator="I38",
        year=2021,
        value=Decimal(85),
        document="绩效目标申报表",
        now=NOW,
    )
    rebuild(None, NOW)


def run(form, place="1402", year="2021", output="-", errors=None):
    out = StringIO()
    call_command(
        "export_measurements",
        place=place,
        year=year,
        format=form,
        output=str(output),
        stdout=out,
        stderr=errors or StringIO(),
    )
    return out.getvalue()


def rows(**kwargs):
    return list(csv.DictReader(StringIO(run("csv", **kwargs))))


def pick(found, indicator, code, variant="main", end="2021-12-31"):
    return next(
        row
        for row in found
        if (row["indicator"], row["place_code"], row["variant"], row["period_end"])
        == (indicator, code, variant, end)
    )


def test_the_columns_are_exact():
    assert run("csv").splitlines()[0] == COLUMNS


def test_a_community_row():
    row = pick(rows(), "I38", "YG101")
    assert row | {"inputs_hash": "", "computed_at": ""} == {
        "indicator": "I38",
        "variant": "main",
        "name_zh": "居民满意度",
        "name_en": "Residents' satisfaction",
        "place_code": "YG101",
        "place": "YG101小区",
        "period_start": "2021-12-01",
        "period_end": "2021-12-31",
        "numerator": "48",
        "denominator": "60",
        "value": "80.00",
        "unit": "%",
        "low": "70.10",
        "high": "87.22",
        "n": "60",
        "population": "220",
        "target": "85.00",
        "attainment": "94.12",
        "status": "OK",
        "formula_version": "1",
        "inputs_hash": "",
        "computed_at": "",
    }
    assert len(row["inputs_hash"]) == 64
    assert row["computed_at"] == "2022-02-28T12:00:00+08:00"


def test_a_rolled_up_row_divides():
    row = pick(rows(), "I38", "1402")
    share = Decimal(row["numerator"]) / Decimal(row["denominator"])
    assert round(100 * share, 2) == Decimal(row["value"])
    assert (row["denominator"], row["n"]) == ("1232", "220")


def test_the_year_is_that_of_the_end_and_the_place_holds_all_below_it():
    assert {row["period_end"][:4] for row in rows(year="2022")} == {"2022"}
    codes = {row["place_code"] for row in rows(place="140214")}
    assert "YG101" in codes and "YG-01" in codes
    assert not codes & {"1402", "140213", "PC101", "PC-01"}


def test_money_is_exact():
    row = pick(rows(), "I09", "1402")
    assert (row["numerator"], row["denominator"], row["value"]) == (
        "359611700",
        "412478200",
        "87.18",
    )


def test_json_is_a_list_of_objects_with_the_same_figures():
    found = json.loads(run("json"))
    assert list(found[0]) == COLUMNS.split(",")
    row = pick(found, "I38", "YG101")
    assert (row["value"], row["low"], row["n"], row["target"]) == (80, 70.1, 60, 85)
    assert len(found) == len(rows())


def test_a_workbook_carries_the_label_on_a_second_sheet(tmp_path):
    file = tmp_path / "out.xlsx"
    run("xlsx", output=file)
    book = openpyxl.load_workbook(BytesIO(file.read_bytes()))
    sheet = book["measurements"]
    assert ",".join(cell.value for cell in sheet[1]) == COLUMNS
    assert sheet.max_row == len(rows()) + 1
    assert "演示数据" in book.worksheets[1]["A1"].value


def test_outside_the_demonstration_there_is_no_label(tmp_path, settings):
    settings.DEMONSTRATION = False
    errors = StringIO()
    file = tmp_path / "out.xlsx"
    run("xlsx", output=file, errors=errors)
    assert len(openpyxl.load_workbook(file).worksheets) == 1
    assert errors.getvalue() == ""


def test_the_label_goes_to_standard_error_so_that_the_columns_stay_exact():
    errors = StringIO()
    run("csv", errors=errors)
    assert "演示数据" in errors.getvalue()


def test_a_csv_file_opens_in_excel(tmp_path):
    file = tmp_path / "out.csv"
    run("csv", output=file)
    assert file.read_bytes().startswith("\ufeffindicator".encode())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("place", "999"),
        ("year", "0"),
        ("year", "-1"),
        ("year", "20211"),
        ("year", "next"),
        ("output", "/nowhere/at/all.csv"),
    ],
)
def test_what_cannot_be_exported_is_one_clear_line(field, value):
    with pytest.raises(CommandError) as refused:
        run("csv", **{field: value})
    assert value in str(refused.value)
    assert "\n" not in str(refused.value)


def test_files_carry_no_hash_of_so_few_answers_that_it_could_be_searched(
    neighbourhood, city, answer, wave
):
    """All that three homes can have said are tried in a moment, also as one line among those of
    their county, whose others are known."""
    survey = wave(slug="second", closes_at=datetime(2021, 12, 20, tzinfo=LOCAL))
    answer(survey, neighbourhood.community, answers(2, 1))
    answer(survey, city["A"], answers(48, 12))
    answer(survey, city["D"], answers(48, 12))
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    rebuild(None, NOW)
    code = neighbourhood.community.code
    small = {("I38", code), ("I39", code)}
    for found in (
        list(
            csv.DictReader(StringIO(b"".join(rapid.csv_chunks(neighbourhood.city, 2021)).decode()))
        ),
        list(exports.export_rows(neighbourhood.city, 2021)),
        rows(),
    ):
        few = [one for one in found if (one["indicator"], one["place_code"]) in small]
        few = [one for one in few if int(one["n"] or 0) == 3]
        assert {one["indicator"] for one in few} == {"I38", "I39"}
        assert not any(one["inputs_hash"] for one in few)
        for indicator in ("I38", "I39"):
            for above in (neighbourhood.subdistrict, neighbourhood.county, neighbourhood.city):
                one = pick(found, indicator, above.code, end="2021-12-20")
                assert int(one["n"]) > 60 and not one["inputs_hash"]
            # Neither a county where nobody is small nor another wave of the same city.
            for other in (neighbourhood.other_county, city["A"]):
                one = pick(found, indicator, other.code, end="2021-12-20")
                assert len(one["inputs_hash"]) == 64
            assert len(pick(found, indicator, "1402")["inputs_hash"]) == 64
