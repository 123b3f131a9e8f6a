"""Conditions mean what XLSForm says, are written back as read, and anything else is refused."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.surveys.condition_text import parse_calculation, parse_condition, to_text
from feedback.surveys.conditions import (
    ConditionError,
    Term,
    all_of,
    any_of,
    calculated,
    holds,
    inlined,
    term_from_json,
)

ANSWERS: dict[str, Any] = {"one": "yes", "many": ["a", "b"], "age": 17, "size": "2.5", "words": "x"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${one} = 'yes'", True),
        ("${one}!='yes'", False),
        ('${one} = "no" or ${age} >= 15', True),
        ("${one} = 'no' or ${one} = 'yes' and ${age} > 20", False),
        ("(${one} = 'no' or ${one} = 'yes') and ${age} < 20", True),
        ("not(selected(${many}, 'c'))", True),
        ("selected(${many}, 'b')", True),
        ("selected(${one}, 'yes')", True),
        ("count-selected(${many}) = 2", True),
        ("count-selected(${nothing}) = 0", True),
        ("${nothing} = ''", True),
        ("${nothing} != 'yes'", True),
        ("${nothing} < 5", False),
        ("${nothing} >= 5", False),
        ("not(${nothing} < 5)", True),
        ("${nothing} != 5", True),
        ("${words} > 1", False),
        ("${size} > 2.4 and ${size} <= 2.50", True),
        ("${age} = 17.0", True),
        ("-3 < ${age}", True),
        ("${many} = 'a b'", True),
        ("regex(., '[0-9]{6}')", True),
        ("regex(., '[0-9]{5}')", False),
        (". != '' and . >= 100000", True),
    ],
)
def test_a_condition_means_what_xlsform_says(text: str, expected: bool):
    term = parse_condition(text)
    assert holds(term, ANSWERS, "123456") is expected
    assert parse_condition(to_text(term)) == term
    assert term_from_json(term.to_json()) == term


@pytest.mark.parametrize(
    "text",
    [
        "${a}",
        "'yes'",
        "${a} + 1 = 2",
        "${a} - 1 = 2",
        "${a} div 2 = 1",
        "today() > ${a}",
        "string-length(.) < 5",
        "if(${a} = 1, 2, 3) = 2",
        "/data/a = 1",
        "../a = 1",
        "${a} = 1 = 2",
        "${a} =",
        "(${a} = 1",
        "${a} = 1)",
        "selected(${a})",
        "selected(${a}, ${b})",
        "selected('a', 'a')",
        "regex(., '(a)\\1')",
        "regex(., '(?=a)b')",
        "regex(., '[')",
        "${a} = 'it",
        "true()",
        "",
        "not(" * 60 + "${a}=1" + ")" * 60,
        "${a} = " + "1" * 3000,
    ],
)
def test_whatever_is_outside_the_grammar_is_refused_with_a_reason(text: str):
    with pytest.raises(ConditionError) as caught:
        parse_condition(text)
    assert str(caught.value)


def test_the_columns_of_a_choice_stand_for_their_text():
    term = parse_condition("${state} = cf and cf != 'x'", {"cf": "texas"})
    assert to_text(term) == "${state} = 'texas'"


def test_a_costly_pattern_takes_no_time():
    term = parse_condition("regex(., '(a+)+b')")
    assert not holds(term, {}, "a" * 1000)


def test_a_calculation_that_grows_with_each_line_is_refused():
    values: dict[str, Term] = {"Y0": parse_calculation("${a} + 1")}
    with pytest.raises(ConditionError):
        for n in range(1, 40):
            values[f"Y{n}"] = inlined(parse_calculation(f"${{Y{n - 1}}} + ${{Y{n - 1}}}"), values)
    assert 5 < len(values) < 12
    assert calculated(values["Y5"], {"a": 1}) == "64"


@pytest.mark.parametrize(
    "text", ["1" + "+1" * 990, "if(1" + "+1" * 900 + " > ${a} or ${a} = 1, 'x', 'y')"]
)
def test_a_calculation_too_deep_to_be_followed_is_refused(text: str):
    with pytest.raises(ConditionError):
        parse_calculation(text)


def test_a_score_of_many_answers_is_held():
    term = inlined(parse_calculation(" + ".join(f"${{a{n}}}" for n in range(50))), {})
    assert calculated(term, {f"a{n}": 2 for n in range(50)}) == "100"


KEYS = st.sampled_from(["a", "b.c", "d-e", "_f1"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="'\""), max_size=8)
VALUES = (
    KEYS.map(lambda key: Term("answer", (key,)))
    | KEYS.map(lambda key: Term("count-selected", (key,)))
    | st.integers(-99, 99).map(lambda n: Term("number", (str(n),)))
    | TEXTS.map(lambda text: Term("text", (text,)))
)
LOOKS = KEYS.map(lambda key: Term("answer", (key,)))
LEAVES = st.builds(
    lambda op, left, right: Term(op, (left, right)),
    st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
    LOOKS,
    VALUES,
) | st.builds(lambda key, text: Term("selected", (key, text)), KEYS, TEXTS)
TERMS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=4, unique=True).map(all_of)
        | st.lists(inner, min_size=2, max_size=4, unique=True).map(any_of)
        | inner.map(lambda term: Term("not", (term,)))
    ),
    max_leaves=8,
)


@given(TERMS)
def test_what_is_written_is_read_back_as_it_was(term: Term):
    assert parse_condition(to_text(term)) == term
    assert term_from_json(term.to_json()) == term


PIECES = [*"${}ab'\"()=<>! .,-019", "${a}", "'a'", "=", " and ", " or ", "not(", "selected("]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_no_text_breaks_the_reader(text: str):
    with suppress(ConditionError):
        holds(parse_condition(text), {"a": "1"}, "x")
