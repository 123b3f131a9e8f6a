"""Sections asked several times, as the editor writes them."""

from typing import Any

import pytest

from feedback.surveys.compiling import compile_definition
from feedback.surveys.questionnaire import Definition, QuestionnaireError
from feedback.surveys.xlsform import export_form

Block = dict[str, Any]
YES_NO = [{"code": code, "text_zh": code} for code in ("yes", "no")]
FIRST: Block = {
    "type": "single",
    "value": {"key": "H", "text_zh": "问", "required": True, "options": YES_NO},
}
NUMBER: Block = {"type": "number", "value": {"key": "N", "text_zh": "几口人"}}


def section(**value: Any) -> Block:
    return {"type": "section", "value": {"title_zh": "成员", **value}}


def text(key: str) -> Block:
    return {"type": "text", "value": {"key": key, "text_zh": "姓名"}}


def compiled(*blocks: Block) -> Definition:
    return compile_definition([FIRST, *blocks], headline="H", named=False)


@pytest.mark.parametrize("most", [None, 1, 5])
def test_a_fixed_number_is_how_often_it_is_asked_whatever_the_most(most: int | None):
    repeat = section(times=most, repeat_count="2")
    definition = compiled(repeat, text("A"), section(), text("C"))
    assert [q.key for q in definition.asked()] == ["H", "A_1", "A_2", "C"]
    assert export_form([FIRST, repeat, text("A")], title="问卷", slug="a", headline="H")


@pytest.mark.parametrize(
    "repeat",
    [
        {"times": 3, "repeat_count": "${H}"},
        {"times": 3, "repeat_count": "${LATER}"},
        {"times": 3, "repeat_count": "${INSIDE}"},
        {"times": 3, "repeat_count": "${N} + 1"},
        {"repeat_count": "${N}"},
        {"repeat_count": "0"},
        {"repeat_count": "11"},
    ],
)
def test_a_number_of_times_that_can_not_be_is_said_at_the_section_alone(repeat: Block):
    inside: Block = {"type": "number", "value": {"key": "INSIDE", "text_zh": "几岁"}}
    before = [FIRST, NUMBER, section(times=2), inside, section(), text("B")]
    later: Block = {"type": "number", "value": {"key": "LATER", "text_zh": "几个"}}
    with pytest.raises(QuestionnaireError) as caught:
        compiled(*before[1:], section(**repeat), text("A"), section(), later)
    assert [problem.block for problem in caught.value.found] == [len(before)]


def test_what_is_shown_is_the_answer_of_the_same_time():
    shown = {"text_zh": "${A}怎么样", "other_text_zh": "${A}还有什么"}
    options = [*YES_NO, {"code": "more", "text_zh": "其他", "other": True}]
    rows = [{"code": code, "text_zh": "${A}的质量"} for code in "xy"]
    definition = compiled(
        section(times=2, repeat_count="2", title_zh="成员"),
        text("A"),
        {"type": "single", "value": {"key": "B", "options": options, **shown}},
        {
            "type": "matrix",
            "value": {"key": "M", "text_zh": "表", "rows": rows, "scale": "SATISFACTION"},
        },
    )
    shows = {q.key: q.shown_keys for q in definition.questions if q.shown_keys}
    assert shows == {
        key: (f"A_{time}",)
        for time in (1, 2)
        for key in (f"B_{time}", f"B_{time}_other", f"M_{time}_x", f"M_{time}_y")
    }


def test_each_of_two_sections_asks_its_own_number():
    definition = compiled(section(times=1), text("A"), section(times=1), text("B"))
    asked = [q.key for q in definition.asked()]
    assert asked == ["H", "repeat_A_how_many", "A_1", "repeat_B_how_many", "B_1"]
