"""Answers of every channel are judged by the same functions."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.surveys.answers import check_answers, check_group, extends, spoken_answer
from feedback.surveys.questionnaire import Definition, Type
from tests.feedback.surveys.test_questionnaire import compiled

INTENTION = compiled("INTENTION", named=True)
SATISFACTION = compiled("SATISFACTION")


def test_reasons_are_asked_only_of_those_who_do_not_simply_agree():
    sent = {"A8": "DISAGREE", "A9": ["COST"]}
    assert check_answers(INTENTION, sent).answers == {"A8": "DISAGREE", "A9": ["COST"]}
    changed = {"A8": "AGREE", "A9": ["COST"]}
    assert check_answers(INTENTION, changed).answers == {"A8": "AGREE"}


@pytest.mark.parametrize(("contribute", "asked"), [("YES", 2), ("DEPENDS", 2), ("NO", 0)])
def test_ways_and_amount_are_asked_only_of_those_who_may_contribute(contribute: str, asked: int):
    sent = {"A8": "AGREE", "A19": contribute, "A20": ["CASH"], "A21": "LE500"}
    answers = check_answers(INTENTION, sent).answers
    assert len({"A20", "A21"} & set(answers)) == asked


def test_the_headline_must_be_answered_but_not_on_paper():
    assert set(check_answers(SATISFACTION, {"B21": "BETTER"}).errors) == {"B1"}
    paper = check_answers(SATISFACTION, {"B21": "BETTER"}, require=False)
    assert paper.errors == {} and paper.answers == {"B21": "BETTER"}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("A8", "MAYBE"),
        ("A8", ["AGREE"]),
        ("A8", 5),
        ("A7", ["LEAKS", "PLASTER", "PIPES", "HEATING", "ROADS", "PARKING"]),
        ("A7", ["NOTHING"]),
        ("A5", ["OVER60", "NONE"]),
        ("A13", ["ROOF", "ROOF"]),
        ("A13", ["ROOF", "WATER", "GAS", "POWER"]),
        ("A13", ["LEAKS"]),
        ("A4", "three"),
        ("A4", "21"),
        ("A4", "-1"),
        ("A25", "长" * 501),
    ],
)
def test_it_says_what_is_wrong_at_the_question(key: str, value: Any):
    checked = check_answers(INTENTION, {"A8": "AGREE", key: value})
    assert set(checked.errors) == {key}
    assert checked.errors[key]
    assert key not in checked.answers


def test_it_stores_one_form_of_an_answer():
    sent = {
        "A8": "AGREE",
        "A4": " ３ ",
        "A7": ["ROADS", "LEAKS", "ROADS"],
        "A13": ["GAS", "", "ROOF"],
    }
    answers = check_answers(INTENTION, sent).answers
    assert answers["A4"] == 3
    assert answers["A7"] == ["LEAKS", "ROADS"]
    assert answers["A13"] == ["GAS", "ROOF"]


def test_a_screen_is_judged_without_what_comes_after_it():
    assert check_group(SATISFACTION, {}, ("B21", "B22")) == {}
    assert set(check_group(SATISFACTION, {}, ("B1", "B18", "B19"))) == {"B1"}


def test_more_answers_extend_and_other_answers_do_not():
    assert extends({"B1": "5", "B2": "4"}, {"B1": "5"})
    assert not extends({"B1": "4", "B2": "4"}, {"B1": "5"})
    assert not extends({"B1": "5"}, {"B1": "5"})


def test_answers_are_said_in_words():
    question = INTENTION.question("A7")
    assert question
    assert spoken_answer(question, ["LEAKS", "ROADS"], "zh-hans") == "漏雨、道路破损"
    assert spoken_answer(question, ["LEAKS"], "en") == "Leaking roofs"


def _any_value() -> st.SearchStrategy[Any]:
    texts = st.text(max_size=20) | st.sampled_from(["AGREE", "NO", "ROOF", "5", "0", "2024-02-30"])
    return st.none() | st.integers() | texts | st.lists(texts, max_size=6) | st.booleans()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([INTENTION, SATISFACTION]),
    st.dictionaries(
        st.sampled_from([q.key for q in [*INTENTION.asked(), *SATISFACTION.asked()]]), _any_value()
    ),
)
def test_whatever_is_sent_it_ends_with_answers_that_fit(
    definition: Definition, sent: dict[str, Any]
):
    checked = check_answers(definition, sent)
    again = check_answers(definition, checked.answers, require=False)
    assert again.errors == {} and again.answers == checked.answers
    for key, answer in checked.answers.items():
        question = definition.question(key)
        assert question
        if question.type in (Type.SINGLE, Type.LIKERT):
            assert answer in question.codes
