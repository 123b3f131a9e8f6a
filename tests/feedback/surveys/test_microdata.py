"""Single answers as files: complete for analysis, and nobody to be found in them."""

import csv
import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyreadstat
import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from wagtail.models import ModelLogEntry

from feedback.surveys import microdata, services
from feedback.surveys.answers import is_shown
from feedback.surveys.microdata import Record
from feedback.surveys.microdata_sav import is_numeric, sav_write, variable_names
from feedback.surveys.models import Survey
from feedback.surveys.questionnaire import Type
from portal.accounts.models import User
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW, Submit
from tests.feedback.surveys.strategies import Block, questionnaires
from tests.feedback.surveys.test_all_questionnaires import MANY, compiled, fitting
from tests.feedback.surveys.test_staff import signed_in, staff_url
from tests.feedback.surveys.test_tables import DEFINITION


def read(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.lstrip("\ufeff"))))


def written(records: list[Record], columns: list[microdata.Column]) -> list[dict[str, str]]:
    rare = microdata.rare_of(records, columns)
    return read("".join(microdata.csv_lines(microdata.rows(records, columns, rare))))


@MANY
@given(questionnaires(), st.data())
def test_any_questionnaire_is_exported_and_read_back(blocks: list[Block], data: st.DataObject):
    definition = compiled(blocks)
    answers: dict[str, Any] = {}
    for question in definition.asked():
        if is_shown(question, answers):
            answers[question.key] = fitting(question, answers, data)
    columns = microdata.columns_of([definition])
    records = [Record("PC001", "SELF", answers)] * 12
    for row in written(records, columns):
        for question in definition.asked():
            kept = question.type in microdata.KEPT
            answer = answers.get(question.key) if kept else None
            told = answer if answer is None or isinstance(answer, list) else str(answer)
            assert back(question.key, question.type, row) == told


def back(key: str, kind: Type, row: dict[str, str]) -> Any:
    """The answer as the file tells it."""
    if kind is Type.MULTIPLE:
        boxes = [name for name in row if name.startswith(f"{key}__")]
        chosen = {name.removeprefix(f"{key}__"): row[name] for name in boxes}
        return [code for code, value in chosen.items() if value == "1"] or None
    if kind is Type.RANK:
        places = [v for name, v in row.items() if name.startswith(f"{key}__rank")]
        return [code for code in places if code] or None
    return row.get(key) or None


def test_what_is_rare_is_left_out():
    survey_of = {"PC001": 30, "PC002": 11, "PC003": 3}
    records = [
        Record(
            place,
            "PAPER" if place == "PC001" and n < 2 else "SELF",
            {"L": "1" if n == 0 else "54"[n % 2]},
        )
        for place, number in survey_of.items()
        for n in range(number)
    ]
    columns = [column for column in microdata.columns_of([DEFINITION]) if column.name == "L"]
    found = written(records, columns)
    # Three answers of PC003 hide among those of the next smallest.
    assert {row["community"] for row in found} == {"PC001", ""}
    # Two papers would name two homes.
    assert {row["channel"] for row in found if row["community"] == "PC001"} == {""}
    # Of three 1s alone the empty cells would tell, so that the next rarest answer is empty, too.
    assert {row["L"] for row in found} == {"4", ""}


def sealed(survey: Survey, neighbourhood: Neighbourhood, submit: Submit) -> None:
    for home in neighbourhood.households:
        submit(home, {**CORE, "B25": "3栋的老王说电话13800138000"})
    services.survey_close(survey=survey, now=NOW)
    services.survey_seal(survey=survey, now=NOW)
    survey.refresh_from_db()


def test_the_file_has_every_answer_and_nothing_of_the_home(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit, evaluator: User
):
    sealed(survey, neighbourhood, submit)
    with time_machine.travel(NOW, tick=False):
        sent = signed_in(evaluator).post(
            staff_url("microdata", survey), {"what": "answers", "reason": "年度评价"}
        )
    content = b"".join(sent.streaming_content).decode()  # type: ignore[attr-defined]
    rows = read(content)
    assert [row["B1"] for row in rows] == ["4"] * 12
    assert {row["B22__C10"] for row in rows} == {"1"}
    assert "老王" not in content and "B25" not in content
    assert list(rows[0])[:3] == ["number", "community", "channel"]
    logged = ModelLogEntry.objects.get(action="surveys.microdata_export")
    assert (logged.user, logged.data["why"], logged.data["what"]) == (
        evaluator,
        "年度评价",
        "answers",
    )


def test_the_codebook_has_labels_in_both_languages(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit, evaluator: User
):
    sealed(survey, neighbourhood, submit)
    sent = signed_in(evaluator).post(
        staff_url("microdata", survey), {"what": "codebook", "reason": "年度评价"}
    )
    rows = read(b"".join(sent.streaming_content).decode())  # type: ignore[attr-defined]
    (four,) = [row for row in rows if row["variable"] == "B1" and row["value"] == "4"]
    assert (four["value_zh"], four["value_en"]) == ("满意", "Satisfied")


def test_the_spss_file_has_the_same_answers_with_labels(
    survey: Survey,
    neighbourhood: Neighbourhood,
    submit: Submit,
    evaluator: User,
    tmp_path: Path,
):
    sealed(survey, neighbourhood, submit)
    sent = signed_in(evaluator).post(
        staff_url("microdata", survey), {"what": "spss", "reason": "年度评价"}
    )
    assert sent["Content-Disposition"].endswith('.sav"')
    assert "no-store" in sent["Cache-Control"]
    content = b"".join(sent.streaming_content)  # type: ignore[attr-defined]
    assert "老王".encode() not in content
    path = tmp_path / "answers.sav"
    path.write_bytes(content)
    frame, meta = pyreadstat.read_sav(path)
    assert list(frame["B1"]) == [4.0] * 12
    assert list(frame["B22__C10"]) == [1.0] * 12
    assert set(frame["channel"]) == {"SELF"} and "B25" not in meta.column_names
    assert meta.variable_value_labels["B1"][4.0] == "满意"
    assert meta.variable_value_labels["B21"]["BETTER"]
    assert meta.column_names_to_labels["B1"].startswith("B1 您对")
    assert survey.merkle_root in meta.notes


def test_what_is_rare_is_left_out_of_the_spss_file(tmp_path: Path):
    columns = [column for column in microdata.columns_of([DEFINITION]) if column.name == "L"]
    records = [Record("A", "SELF", {"L": "1" if n < 3 else "4"}) for n in range(20)]
    records += [Record("A", "SELF", {"L": "5"}) for _n in range(8)]
    rare = microdata.rare_of(records, columns)
    path = tmp_path / "a.sav"
    table = microdata.rows(records, columns, rare)
    sav_write(path, table, columns, title="调查" * 40, notes=[], language="en")
    frame, meta = pyreadstat.read_sav(path)
    assert set(frame["L"].dropna()) == {4.0} and frame["L"].isna().sum() == 11
    assert meta.variable_value_labels["L"][1.0] == "Very dissatisfied"


@settings(MANY, max_examples=15)
@given(questionnaires(), st.data())
def test_any_questionnaire_becomes_an_spss_file(blocks: list[Block], data: st.DataObject):
    definition = compiled(blocks)
    answers: dict[str, Any] = {}
    for question in definition.asked():
        if is_shown(question, answers):
            answers[question.key] = fitting(question, answers, data)
    columns = microdata.columns_of([definition])
    records = [Record("PC001", "SELF", answers)] * 12
    (head, row, *_rest) = microdata.rows(records, columns, microdata.rare_of(records, columns))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.sav"
        table = microdata.rows(records, columns, microdata.rare_of(records, columns))
        sav_write(path, table, columns, title="a", notes=[], language="zh-hans")
        frame, _meta = pyreadstat.read_sav(path)
    assert len(frame) == 12 and len(frame.columns) == len(head)
    for name, column, told in zip(frame.columns[3:], columns, row[3:], strict=True):
        cell = frame[name][0]
        if is_numeric(column):
            assert cell == float(told) if told else cell != cell
        else:
            assert cell == told


def test_names_of_variables_are_such_as_spss_takes():
    names = variable_names(["B1", "b1", "with", "年龄", "1x", "a-b", "B1__C10", "x" * 90, "x" * 91])
    assert names[0] == "B1" and names[6] == "B1__C10"
    assert len({name.upper() for name in names}) == len(names)
    for name in names:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_.@#$]{0,63}", name) and name[-1] not in "._"
        assert name.upper() != "WITH"


def test_without_a_reason_nothing_is_sent(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit, evaluator: User
):
    sealed(survey, neighbourhood, submit)
    answer = signed_in(evaluator).post(
        staff_url("microdata", survey), {"what": "answers", "reason": " "}
    )
    assert answer.status_code == 422
    assert not ModelLogEntry.objects.filter(action="surveys.microdata_export").exists()


def test_before_sealing_nothing_is_sent(survey: Survey, evaluator: User):
    with pytest.raises(ValidationError):
        services.microdata_release(survey=survey, user=evaluator, reason="评价", what="answers")


@pytest.mark.parametrize(
    ("who", "status"),
    [("evaluator", 200), ("clerk", 403), ("outsider", 404)],
)
def test_only_who_exports_figures_everywhere_it_ran_may_take_it(
    request: pytest.FixtureRequest, survey: Survey, who: str, status: int
):
    client: Client = signed_in(request.getfixturevalue(who))
    with time_machine.travel(NOW, tick=False):
        assert client.get(staff_url("microdata", survey)).status_code == status
