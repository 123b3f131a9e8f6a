"""What the shipped questionnaires ask, and what can't be asked."""

from typing import Any

import pytest

from feedback.surveys.compiling import GROUP_SIZE, compile_definition, decisive_keys
from feedback.surveys.questionnaire import Definition, QuestionnaireError, Type, from_json
from feedback.surveys.services import samples


def compiled(code: str, *, named: bool = False) -> Definition:
    fields = samples()[code].fields
    return compile_definition(fields["questions"], headline=fields["headline"], named=named)


def single(key: str, **value: Any) -> dict[str, Any]:
    options = [{"code": c, "text_zh": c, "text_en": c} for c in ("YES", "NO")]
    return {
        "type": "single",
        "value": {"key": key, "text_zh": key, "text_en": key, "options": options, **value},
    }


def test_the_intention_survey_asks_a1_to_a25_when_named():
    keys = [q.key for q in compiled("INTENTION", named=True).asked()]
    assert keys == [f"A{n}" for n in range(1, 26)]


def test_an_anonymous_intention_survey_does_not_ask_for_the_unit():
    keys = [q.key for q in compiled("INTENTION").asked()]
    assert keys == [f"A{n}" for n in range(2, 26)]


def test_the_satisfaction_survey_sends_the_core_first():
    definition = compiled("SATISFACTION")
    assert sorted(definition.keys_of(0)) == ["B1", "B18", "B19", "B21", "B22"]
    assert {q.key for q in definition.asked()} == {f"B{n}" for n in range(1, 26)}


def test_the_length_is_what_residents_meet():
    other = [{"code": "1", "text_zh": "甲"}, {"code": "2", "text_zh": "其他", "other": True}]
    rows = [{"code": "1", "text_zh": "路"}, {"code": "2", "text_zh": "灯"}]
    blocks = [
        {"type": "single", "value": {"key": "Q1", "text_zh": "?", "options": other}},
        {
            "type": "matrix",
            "value": {"key": "Q2", "text_zh": "?", "rows": rows, "scale": "AGREEMENT"},
        },
        {"type": "information", "value": {"key": "Q3", "text_zh": "!"}},
    ]
    assert compile_definition(blocks, headline="Q1", named=False).length_of(0) == 3


@pytest.mark.parametrize("code", ["INTENTION", "SATISFACTION", "CHECKLIST"])
def test_every_word_is_there_in_both_languages(code: str):
    definition = compiled(code, named=True)
    texts = [t for q in definition.questions for t in (q.text, *(o.text for o in q.options))]
    texts += [group.title for group in definition.groups if group.title]
    assert [t for t in texts if not (t.zh and t.en)] == []
    helps = [q.help for q in definition.questions if q.help]
    assert [t for t in helps if not (t.zh and t.en)] == []


@pytest.mark.parametrize(
    ("key", "number"),
    [
        *[("A2", 4), ("A3", 5), ("A5", 3), ("A6", 4), ("A7", 11), ("A8", 4), ("A9", 6)],
        *[("A10", 13), ("A11", 10), ("A12", 7), ("A13", 30), ("A14", 3), ("A15", 4), ("A16", 3)],
        *[("A17", 4), ("A18", 4), ("A19", 3), ("A20", 4), ("A21", 5), ("A22", 6), ("A23", 5)],
        *[("A24", 4)],
    ],
)
def test_every_option_of_the_intention_survey_is_there(key: str, number: int):
    question = compiled("INTENTION").question(key)
    assert question and len(question.options) == number


def test_likert_questions_have_five_steps_and_does_not_apply():
    likert = [q for q in compiled("SATISFACTION").asked() if q.type is Type.LIKERT]
    assert len(likert) == 20
    assert {q.codes for q in likert} == {("5", "4", "3", "2", "1", "0")}


def test_it_comes_back_from_json_as_it_was():
    definition = compiled("INTENTION", named=True)
    assert from_json(definition.to_json()) == definition


def test_a_screen_has_few_questions_and_never_decides_about_itself():
    for code in ("INTENTION", "SATISFACTION"):
        definition = compiled(code)
        for group in definition.groups:
            assert len(group.keys) <= GROUP_SIZE
            for key in group.keys:
                question = definition.question(key)
                assert question
                assert not set(decisive_keys(question)) & set(group.keys)


@pytest.mark.parametrize(
    "blocks",
    [
        [single("Q1"), single("Q1")],
        [single("Q1", show_if=[{"key": "Q2", "codes": "YES"}]), single("Q2")],
        [single("Q1"), single("Q2", show_if=[{"key": "Q1", "codes": "MAYBE"}])],
        [single("Q1", options=[{"code": "YES", "text_zh": "是"}])],
        [single("Q1", options=[{"code": "A", "text_zh": "是"}, {"code": "A", "text_zh": "否"}])],
        [single("OTHER")],
        [
            single("Q1"),
            {"type": "rank", "value": {"key": "R", "text_zh": "R", "sources": "Q1", "maximum": 3}},
        ],
    ],
)
def test_it_refuses_what_cannot_be_asked(blocks: list[dict[str, Any]]):
    with pytest.raises(QuestionnaireError) as caught:
        compile_definition(blocks, headline="Q1", named=False)
    assert caught.value.problems


OTHER = [{"code": "A", "text_zh": "甲"}, {"code": "B", "text_zh": "乙", "other": True}]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("section", {"title_zh": "您选了${Q1}"}),
        ("section", {"title_zh": "后", "note_en": "You chose ${Q1}."}),
        ("number", {"unit_zh": "${Q1}"}),
        ("text", {"constraint": ". != 'x'", "constraint_message_zh": "不能是${Q1}"}),
        ("single", {"options": [*OTHER, {"code": "C", "text_zh": "${Q1}"}]}),
        ("single", {"options": OTHER, "other_text_zh": "您选了${NOPE}"}),
    ],
)
def test_a_text_that_can_not_show_an_answer_is_refused_at_its_block(
    kind: str, value: dict[str, Any]
):
    given = value if kind == "section" else {"key": "Q2", "text_zh": "您选了${Q1}", **value}
    with pytest.raises(QuestionnaireError) as caught:
        compile_definition(
            [single("Q1"), {"type": kind, "value": given}], headline="Q1", named=False
        )
    assert [problem.block for problem in caught.value.found] == [1]


def test_the_headline_must_be_in_the_part_that_is_sent_first():
    later = {"type": "section", "value": {"title_zh": "后", "continuation": True}}
    with pytest.raises(QuestionnaireError):
        compile_definition([single("Q1"), later, single("Q2")], headline="Q2", named=False)


def test_lists_mean_the_same_plain_and_as_a_stream_field_keeps_them():
    plain = [single("Q1"), single("Q2", show_if=[{"key": "Q1", "codes": "YES"}])]
    wrapped = [
        {
            "type": block["type"],
            "value": {
                name: [{"type": "item", "id": "x", "value": item} for item in value]
                if isinstance(value, list)
                else value
                for name, value in block["value"].items()
            },
        }
        for block in plain
    ]
    given = {"headline": "Q1", "named": False}
    assert compile_definition(wrapped, **given) == compile_definition(plain, **given)
