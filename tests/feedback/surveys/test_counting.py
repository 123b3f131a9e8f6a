"""Counting in the database gives what reading every answer gives; several communities at once give
what one by one gives."""

import os
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command

from feedback.surveys import services
from feedback.surveys.models import Questionnaire, Response, Survey, SurveyTally
from feedback.surveys.questionnaire import Definition, Question, Type
from feedback.surveys.services import counting, rebuilding_all
from feedback.surveys.states import Channel, Standing
from portal.demo import factories
from portal.places.models import Place, StaleMark
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import NOW

pytestmark = pytest.mark.django_db
WORDS = ["无", "a\tb", 'say "yes", \\ or \x1e no', "[1]", "0"]


def said(question: Question, rng: Random) -> Any:
    codes = list(question.codes)
    if question.type in (Type.SINGLE, Type.LIKERT):
        return rng.choice(codes)
    if question.type in (Type.MULTIPLE, Type.RANK):
        return rng.sample(codes, rng.randint(1, len(codes)))
    if question.type is Type.NUMBER:
        return rng.choice(["2.5", "-0.000001", "3"] if question.decimal else [0, -7, 12345])
    return rng.choice(WORDS)


def fill(survey: Survey, asked: Questionnaire, community: Place, seed: int, number: int) -> None:
    rng = Random(seed)  # noqa: S311
    definition: Definition = asked.compiled()
    for index in range(number):
        answers = {q.key: said(q, rng) for q in definition.asked() if rng.random() < 0.7}
        standing = Standing.COUNTED if index % 5 else Standing.OPEN
        Response.objects.create(
            survey=survey, questionnaire=asked, community=community, answers=answers,
            channel=rng.choice(Channel.values), standing=standing,
            receipt_hash=f"{seed}-{asked.pk}-{index}",
        )  # fmt: skip


@pytest.fixture
def filled(survey: Survey, neighbourhood: Neighbourhood) -> Survey:
    """Two versions of a questionnaire, answered in one community; nothing in the other."""
    first = survey.current_questionnaire()
    assert first is not None
    second = Questionnaire.objects.create(
        survey=survey, number=2, definition=first.definition, sha256="2" * 64
    )
    fill(survey, first, neighbourhood.community, 1, 40)
    fill(survey, second, neighbourhood.community, 2, 25)
    fill(survey, first, neighbourhood.other, 3, 15)
    return survey


@pytest.mark.postgres
def test_the_database_counts_as_reading_does(filled: Survey):
    rows = Response.objects.filter(survey=filled)
    counted = counting._in_database(filled, rows.order_by(), "answers")
    assert counted == counting._one_by_one(filled, rows, "answers")
    assert len(counted) == 2
    assert sum(sums.released for sums in counted.values()) == 64
    assert sum(sums.open_answers for sums in counted.values()) == 16


def test_many_at_once_are_as_one_by_one(filled: Survey, neighbourhood: Neighbourhood):
    keys = [neighbourhood.community.pk, neighbourhood.other.pk]
    Survey.objects.filter(pk=filled.pk).update(closed_at=NOW)
    for key in keys:
        services.tally_rebuild(survey_id=filled.pk, community_id=key, now=NOW)
    rows = SurveyTally.objects.filter(survey=filled).order_by("community")
    alone = list(rows.values())
    SurveyTally.objects.update(counts={}, by_mode={}, questions={}, released=0, population=9)
    assert services.tallies_rebuild(survey_id=filled.pk, communities=keys, now=NOW) == sorted(keys)
    assert list(rows.values()) == alone
    assert StaleMark.objects.filter(kind=StaleMark.Kind.ROLLUP).count() >= 4


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_processes_recount_what_one_does(
    survey: Survey, neighbourhood: Neighbourhood, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    asked = survey.current_questionnaire()
    assert asked is not None
    for number in range(5):
        place = factories.place(
            "COMMUNITY", neighbourhood.subdistrict, code=f"PC10{number}", name=f"第{number}小区"
        )
        fill(survey, asked, place, number, 12 + number)
    Survey.objects.filter(pk=survey.pk).update(closed_at=NOW)
    recount = rebuilding_all.tallies_rebuild

    def noted(**given: Any) -> list[int]:
        with (tmp_path / str(os.getpid())).open("a") as file:
            file.write(f"{len(given['communities'])}\n")
        return recount(**given)

    monkeypatch.setattr(rebuilding_all, "tallies_rebuild", noted)
    found = []
    for processes in (1, 2):
        SurveyTally.objects.all().delete()
        told = StringIO()
        call_command("rebuild", "--all", "--processes", str(processes), stdout=told)
        lines = sorted(line for line in told.getvalue().splitlines() if "tally" in line)
        rows = SurveyTally.objects.order_by("community").values()
        found.append((lines, [{**row, "id": 0, "rebuilt_at": None} for row in rows]))
    assert found[0] == found[1]
    assert sum(row["released"] for row in found[1][1]) > 30
    alone = tmp_path / str(os.getpid())
    assert alone.read_text() == "6\n"
    # In two ranges, and by no process that is this one.
    shares = [file.read_text() for file in tmp_path.iterdir() if file != alone]
    assert "".join(shares) == "3\n3\n"


def test_the_number_of_queries_does_not_grow(
    filled: Survey, neighbourhood: Neighbourhood, django_assert_max_num_queries: Any
):
    keys = [neighbourhood.community.pk, neighbourhood.other.pk]
    with django_assert_max_num_queries(22):
        services.tallies_rebuild(survey_id=filled.pk, communities=keys, now=NOW)
