"""Whatever the editor can save can be answered, frozen, read back, and go to XLSForm and back."""

import io
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from feedback.surveys.answers import InvalidAnswer, check_answers, clean_answer, is_shown
from feedback.surveys.compiling import compile_definition
from feedback.surveys.questionnaire import Definition, Question, QuestionnaireError, from_json
from feedback.surveys.reachability import can_be_answered
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
@given(questionnaires())
def test_every_required_question_can_be_reached(blocks: list[Block]):
    definition = compiled(blocks)
    assert all(can_be_answered(q, definition) for q in definition.asked() if q.required)


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
    assert export_form(imported.blocks, title="问卷", slug="a-b", headline="H") is not None
