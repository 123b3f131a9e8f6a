"""Single answers as files: complete for analysis, and nobody to be found in them."""

import csv
import io
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import ModelLogEntry

from feedback.surveys import microdata, services
from feedback.surveys.answers import is_shown
from feedback.surveys.microdata import Record
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
