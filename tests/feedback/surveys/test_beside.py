"""A community beside its county and city: only what a reader could add up from other pages."""

from fractions import Fraction
from unittest.mock import patch

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from feedback.surveys import tables
from feedback.surveys.beside import Level, Line, beside
from feedback.surveys.models import Survey
from feedback.surveys.questionnaire import Definition, Group, Option, Question, Text, Type
from feedback.surveys.tables import PlaceAnswers, hiding_of, question_results
from portal.demo import factories
from portal.places.models import Place
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import NOW
from tests.feedback.surveys.test_public_results import close, tally, url
from tests.portal.common.test_hiding import reduced

CODES = ("a", "b", "c", "d")


def asked(kind: Type, codes: tuple[str, ...] = CODES) -> Definition:
    options = tuple(Option(code, Text(code)) for code in codes)
    question = Question("Q", kind, Text("问"), options=options)
    return Definition("H", (question,), (Group(0, Text(), Text(), ("Q",)),))


def given_by(numbers: list[list[int]], codes: tuple[str, ...] = CODES) -> list[PlaceAnswers]:
    return [
        PlaceAnswers(
            place,
            3 * sum(row) + place,
            {"Q": {**dict(zip(codes, row, strict=True)), "#": sum(row)}},
        )
        for place, row in enumerate(numbers, start=1)
    ]


def levels(count: int, county: int) -> list[Level]:
    return [
        Level("小区", frozenset({1}), is_all=False),
        Level("县", frozenset(range(1, county + 1)), is_all=False),
        Level("市", frozenset(range(1, count + 1)), is_all=True),
    ]


def compared(definition: Definition, answers: list[PlaceAnswers], county: int) -> list[Line]:
    """At the first place, in its county of so many places, and at all together."""
    hidden, compared_at = hiding_of(definition, answers), levels(len(answers), county)
    found = beside(definition, answers, compared_at, "zh-hans", hidden)
    return found["Q"].lines if found else []


def shares(lines: list[Line]) -> dict[str, list[str | None]]:
    return {x.label: [str(s.value) if s else None for s in x.shares] for x in lines}


def test_options_are_told_as_the_tables_tell_them():
    answers = given_by([[20, 10, 10, 10], [30, 30, 20, 20], [10, 40, 40, 10]])
    found = compared(asked(Type.SINGLE), answers, county=2)
    assert shares(found)["a"] == ["40.0", "33.3", "24.0"]
    first = found[0].shares[0]
    assert first and first.low < first.value < first.high


def test_a_county_is_silent_where_a_community_in_it_is():
    answers = given_by([[20, 10, 10, 10], [30, 30, 20, 2], [10, 40, 40, 3], [10, 40, 40, 30]])
    found = compared(asked(Type.SINGLE), answers, county=2)
    assert "d" not in shares(found) or shares(found)["d"][1] is None
    assert shares(found)["a"][0] == "40.0" and shares(found)["a"][2] is not None


def test_the_two_best_steps_are_weighted_by_homes_and_told_beside_hidden_steps():
    steps = ("5", "4", "3", "2", "1", "0")
    answers = given_by([[20, 10, 10, 5, 5, 0], [30, 30, 20, 2, 18, 0], [9, 9, 9, 9, 9, 9]], steps)
    found = compared(asked(Type.LIKERT, steps), answers, county=2)
    homes = [one.population for one in answers]
    everywhere = Fraction(60 * homes[0] + 60 * homes[1] + 40 * homes[2], sum(homes))
    assert shares(found) == {"5 / 4": ["60.0", "60.0", f"{float(everywhere):.1f}"]}


ROWS = st.lists(st.lists(st.integers(0, 30), min_size=4, max_size=4), min_size=3, max_size=6)


@given(ROWS.filter(lambda rows: all(sum(row) >= 10 for row in rows)), st.integers(2, 5))
def test_it_tells_nothing_that_other_pages_hide(numbers: list[list[int]], county: int):
    """All equations a reader of every page can write down, with those of the counties: none of the
    hidden cells has one solution."""
    answers, definition = given_by(numbers), asked(Type.SINGLE)
    county = min(county, len(numbers) - 1)
    places = [one.place for one in answers]
    equations, hidden = [], set()
    for place in (*places, None):
        result = question_results(definition, answers, place, "zh-hans")[0]
        if place and result.answered is not None:
            equations.append({(place, code): 1 for code in CODES})
        for cell in result.cells:
            spots = [(p, cell.code) for p in places if place in (None, p)]
            if cell.is_hidden:
                hidden |= set(spots) if place else set()
            else:
                equations.append(dict.fromkeys(spots, 1))
    before = certain(equations, places)
    for code, told in shares(compared(definition, answers, county)).items():
        if told[1] is not None:
            equations.append({(place, code): 1 for place in range(1, county + 1)})
    assert not before & hidden
    assert not certain(equations, places) & hidden


def certain(equations: list[dict[tuple[int, str], int]], places: list[int]) -> set[tuple[int, str]]:
    columns = [(place, code) for place in places for code in CODES]
    solved = reduced([[Fraction(row.get(spot, 0)) for spot in columns] for row in equations])
    return {columns[row.index(1)] for row in solved if sum(1 for x in row if x) == 1}


@pytest.fixture
def two_counties(survey: Survey, neighbourhood: Neighbourhood) -> list[Place]:
    with time_machine.travel(NOW, tick=False):
        close(survey)
    places = [neighbourhood.community]
    places += [
        factories.place("COMMUNITY", neighbourhood.subdistrict, code=f"X{n}", name=f"第{n}里")
        for n in (1, 2)
    ]
    for n, place in enumerate(places):
        tally(survey, place, {"5": 20 + 10 * n, "4": 30, "3": 10, "2": 8, "1": 7})
    return places


@pytest.mark.django_db
def test_the_page_of_a_community_shows_it_and_the_page_of_all_does_not(
    two_counties: list[Place], survey: Survey, neighbourhood: Neighbourhood, client: Client
):
    with time_machine.travel(NOW, tick=False):
        page = client.get(url(survey, two_counties[0].code)).content.decode()
        assert "与本县（区）、全市对比" in page and neighbourhood.county.name in page
        assert "survey-beside" not in client.get(url(survey)).content.decode()
        english = client.get(url(survey, two_counties[0].code, "/en")).content.decode()
        assert "Compared with the county and the city" in english


@pytest.mark.django_db
def test_what_is_hidden_is_worked_out_once_for_each_table(
    two_counties: list[Place], survey: Survey, client: Client
):
    with time_machine.travel(NOW, tick=False):
        questionnaire = survey.current_questionnaire()
        assert questionnaire
        asked = list(questionnaire.compiled().asked())
        with patch.object(tables, "hidden_of", wraps=tables.hidden_of) as worked_out:
            assert "survey-beside" in client.get(url(survey, two_counties[0].code)).content.decode()
    rankings = sum(question.type is Type.RANK for question in asked)
    assert worked_out.call_count == sum(bool(q.options) for q in asked) + rankings
