"""Whatever the editor can save can be answered, frozen, read back, and go to XLSForm and back."""

import io
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from feedback.surveys import reachability
from feedback.surveys.answers import InvalidAnswer, check_answers, clean_answer, is_shown
from feedback.surveys.compiling import compile_definition
from feedback.surveys.questionnaire import Definition, Question, QuestionnaireError, from_json
from feedback.surveys.reachability import Undecided, way_to
from feedback.surveys.states import Channel, Standing
from feedback.surveys.tallies import Given, add_up
from feedback.surveys.xlsform import export_form, import_form
from tests.feedback.surveys.strategies import Block, questionnaires

MANY = settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

AB = [{"code": code, "text_zh": code} for code in ("a", "b")]


def compiled(blocks: list[Block]) -> Definition:
    try:
        return compile_definition(blocks, headline="H", named=False)
    except QuestionnaireError:
        assume(False)
        raise


def tried(question: Question) -> list[Any]:
    """Answers one of which fits, where any does."""
    if question.codes:
        return [*question.codes, *([code] for code in question.codes), list(question.codes)]
    numbers = [*range(-60, 160), *(n / 2 for n in range(-100, 300))]
    return ["一", "123", "2024-05-06", "0" * 32, *numbers]


def fitting(question: Question, answers: dict[str, Any], data: st.DataObject) -> Any:
    order = data.draw(st.permutations(tried(question)[:8])) + tried(question)[8:]
    for value in order:
        try:
            return clean_answer(question, value, answers)
        except InvalidAnswer:
            continue
    return None


@MANY
@given(questionnaires(), st.data())
def test_it_can_be_answered_and_tallied(blocks: list[Block], data: st.DataObject):
    definition = compiled(blocks)
    answers: dict[str, Any] = {}
    for question in definition.asked():
        if is_shown(question, answers):
            answer = fitting(question, answers, data)
            assert answer is not None, question
            answers[question.key] = answer
    checked = check_answers(definition, answers)
    assert checked.errors == {} and checked.answers == answers
    sums = add_up([Given(definition, answers, Channel.SELF, Standing.COUNTED)])
    assert all(sums.questions[key]["#"] == 1 for key in answers)


@MANY
@given(questionnaires(), st.data())
def test_somebody_can_reach_and_answer_every_question(blocks: list[Block], data: st.DataObject):
    """There are whole answers, taken by the same check as a resident's, that hold it."""
    definition = compiled(blocks)
    for wanted in definition.asked():
        try:
            way = way_to(wanted, definition)
        except Undecided:
            continue
        assert way is not None, wanted
        answers: dict[str, Any] = {}
        hangs_on = {q.key for q in reachability._involved(wanted, definition)}
        parts = [set(definition.keys_of(part)) for part in definition.parts()]
        begun = set().union(*(keys for keys in parts[1:] if keys & set(way)), parts[0])
        for question in definition.asked():
            if question.key in way:
                answers[question.key] = way[question.key]
            elif question.key in begun - hangs_on and is_shown(question, answers):
                answers[question.key] = fitting(question, answers, data)
        checked = check_answers(definition, answers)
        assert checked.errors == {} and wanted.key in checked.answers


#: (what comes before Q, Q itself): each leaves no way to answer Q, or none for some.
CONTRADICTIONS: dict[str, tuple[list[Block], Block]] = {
    "two answers to one question": ([], {"formula": "${H} = 'a' and ${H} = 'b'"}),
    "an answer that is not offered": ([], {"formula": "${H} = 'zzz'"}),
    "an empty answer to what must be answered": ([], {"formula": "${H} = ''"}),
    "a number outside its limits": (
        [{"type": "number", "value": {"key": "N", "text_zh": "数", "maximum": 5}}],
        {"formula": "${N} > 5"},
    ),
    "what hangs on what is not shown": (
        [{"type": "text", "value": {"key": "T", "text_zh": "字", "formula": "${H} = 'a'"}}],
        {"formula": "${H} = 'b' and ${T} != ''"},
    ),
    "more choices than there are": (
        [{"type": "multiple", "value": {"key": "M", "text_zh": "多", "options": AB, "maximum": 1}}],
        {"formula": "count-selected(${M}) = 2"},
    ),
    "a rule that nothing keeps": ([], {"constraint": ". > 5 and . < 3"}),
    "a rule that the limits break": ([], {"constraint": ". > 5", "maximum": 5}),
    "a pattern longer than what may be written": (
        [],
        {"type": "text", "maximum": 2, "constraint": ". != 'x' and regex(., '[0-9]{3}')"},
    ),
    "a rule that some can't keep": (
        [
            {
                "type": "number",
                "value": {"key": "N", "text_zh": "数", "maximum": 9, "required": True},
            }
        ],
        {"constraint": ". > ${N}", "maximum": 9},
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_contradiction_is_refused_at_its_question(name: str):
    before, rest = CONTRADICTIONS[name]
    first = {"key": "H", "text_zh": "问", "required": True, "options": AB}
    value = {"key": "Q", "text_zh": "数", "required": True, "minimum": 0, **rest}
    asked = {"type": value.pop("type", "number"), "value": value}
    blocks = [{"type": "single", "value": first}, *before, asked]
    with pytest.raises(QuestionnaireError) as caught:
        compile_definition(blocks, headline="H", named=False)
    assert [problem.block for problem in caught.value.found] == [len(blocks) - 1]


@pytest.mark.parametrize("rule", [". = count-selected(${M})", ". > count-selected(${M})"])
def test_a_number_may_hang_on_how_many_were_chosen(rule: str):
    options = [{"code": code, "text_zh": code} for code in "abcdefg"]
    common = {"required": True, "options": options}
    blocks = [
        {"type": "single", "value": {"key": "H", "text_zh": "问", **common}},
        {"type": "multiple", "value": {"key": "M", "text_zh": "多", **common}},
        {
            "type": "number",
            "value": {"key": "Q", "text_zh": "数", "required": True, "constraint": rule},
        },
    ]
    assert compile_definition(blocks, headline="H", named=False).question("Q")
    blocks[2]["value"]["maximum"] = 6
    with pytest.raises(QuestionnaireError):
        compile_definition(blocks, headline="H", named=False)


@pytest.mark.parametrize("pattern", ["[[:digit:]]{6}", "[^[:alpha:]]{6}", "[0-9]{6}", r"\pN{6}"])
def test_a_pattern_that_just_fits_is_taken(pattern: str):
    value = {"key": "Q", "text_zh": "码", "required": True, "maximum": 6}
    asked = {"type": "text", "value": {**value, "constraint": f"regex(., '{pattern}')"}}
    first = {"type": "single", "value": {"key": "H", "text_zh": "问", "options": AB}}
    assert compile_definition([first, asked], headline="H", named=False).question("Q")


@MANY
@given(questionnaires())
def test_it_comes_back_from_json_as_it_was(blocks: list[Block]):
    definition = compiled(blocks)
    assert from_json(definition.to_json()) == definition


def plain(definition: Definition) -> Definition:
    """Without what only names things: sections and lists of choices."""
    questions = [replace(q, choices_name="") for q in definition.questions]
    groups = [replace(g, name="") for g in definition.groups]
    return replace(definition, questions=tuple(questions), groups=tuple(groups))


@MANY
@given(questionnaires())
def test_it_goes_to_xlsform_and_comes_back(blocks: list[Block]):
    definition = compiled(blocks)
    content = export_form(blocks, title="问卷", slug="a-b", headline="H")
    convert(io.BytesIO(content), file_type=".xlsx")
    imported = import_form(content)
    assert imported.issues == [] and imported.is_valid
    assert imported.fields["headline"] == "H"
    again = compile_definition(imported.blocks, headline="H", named=False)
    for before, after in zip(plain(definition).questions, plain(again).questions, strict=True):
        assert after == before
    assert [g.part for g in again.groups] == [g.part for g in definition.groups]
    assert [q.value for q in again.questions] == [q.value for q in definition.questions]
    assert export_form(imported.blocks, title="问卷", slug="a-b", headline="H") is not None
