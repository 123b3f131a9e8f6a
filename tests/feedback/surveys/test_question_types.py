"""Every type of question: what it compiles to, what is a valid answer, and what is refused."""

from typing import Any

import pytest

from feedback.surveys.answers import check_answers, offered, spoken_answer
from feedback.surveys.compiling import compile_definition
from feedback.surveys.conditions import holds
from feedback.surveys.questionnaire import (
    Definition,
    QuestionnaireError,
    Type,
    from_json,
)
from feedback.surveys.screens import Form

OPTIONS = [{"code": c, "text_zh": c} for c in ("YES", "NO", "MAYBE")]

OTHER = {"code": "other", "text_zh": "其他", "other": True}


def block(kind: str, key: str, **value: Any) -> dict[str, Any]:
    return {"type": kind, "value": {"key": key, "text_zh": key, **value}}


def single(key: str, **value: Any) -> dict[str, Any]:
    return block("single", key, **{"options": OPTIONS, **value})


def compiled(*blocks: dict[str, Any]) -> Definition:
    return compile_definition([single("H"), *blocks], headline="H", named=False)


def answer(definition: Definition, key: str, value: Any, **before: Any) -> Any:
    """The stored form of an answer, or the message for the resident in a tuple."""
    checked = check_answers(definition, {"H": "YES", **before, key: value})
    return checked.answers.get(key) if key not in checked.errors else (checked.errors[key],)


def test_a_matrix_asks_one_question_a_row_on_one_screen():
    rows = [{"code": str(n), "text_zh": f"行{n}"} for n in range(1, 6)]
    definition = compiled(block("matrix", "M", rows=rows, scale="SATISFACTION", required=True))
    asked = [q.key for q in definition.asked()]
    assert asked == ["H", "M_1", "M_2", "M_3", "M_4", "M_5"]
    assert {q.type for q in definition.asked() if q.matrix} == {Type.LIKERT}
    assert ("M", "M_1", "M_2", "M_3", "M_4", "M_5") in [g.keys for g in definition.groups]
    assert set(check_answers(definition, {"H": "YES", "M_1": "5"}).errors) == set(asked[2:])


def test_a_matrix_has_options_of_its_own():
    rows = [{"code": "A", "text_zh": "甲"}]
    definition = compiled(block("matrix", "M", rows=rows, scale="OPTIONS", options=OPTIONS))
    question = definition.question("M_A")
    assert question and question.type is Type.SINGLE and question.codes == ("YES", "NO", "MAYBE")


def test_other_asks_what_and_only_of_those_who_chose_it():
    options = [*OPTIONS, {"code": "other", "text_zh": "其他", "other": True}]
    definition = compiled(block("multiple", "Q", options=options, other_required=True))
    assert answer(definition, "Q_other", "别的", Q=["other", "NO"]) == "别的"
    assert answer(definition, "Q_other", "别的", Q=["NO"]) is None
    assert set(check_answers(definition, {"H": "YES", "Q": ["other"]}).errors) == {"Q_other"}
    assert any(set(g.keys) >= {"Q", "Q_other"} for g in definition.groups)


def test_without_script_other_stands_beside_its_question():
    options = [*OPTIONS, {"code": "other", "text_zh": "其他", "other": True}]
    form = Form(compiled(single("Q", options=options)), {})
    assert "Q_other" in [field.key for field in form.screen(0).fields]


@pytest.mark.parametrize(
    ("given", "stored"),
    [("2.50", "2.5"), ("２．５", "2.5"), ("-1", "-1"), ("0.0", "0"), (3, "3"), ("1e3", None)],
)
def test_a_decimal_number_has_one_stored_form(given: Any, stored: str | None):
    definition = compiled(block("number", "N", decimal=True, minimum=-5, maximum=10))
    found = answer(definition, "N", given)
    assert found == stored if stored else isinstance(found, tuple)


@pytest.mark.parametrize("wrong", ["10.5", "1.0000001", "NaN", "Infinity", "一", ".", "-6", "1 2"])
def test_a_number_that_does_not_fit_is_refused(wrong: str):
    definition = compiled(block("number", "N", decimal=True, minimum=-5, maximum=10))
    assert isinstance(answer(definition, "N", wrong), tuple)


def test_a_number_goes_in_steps_and_is_said_with_its_unit():
    definition = compiled(
        block("number", "N", decimal=True, minimum="0.5", maximum=3, step="0.5", unit_zh="米")
    )
    assert answer(definition, "N", "1.5") == "1.5"
    assert isinstance(answer(definition, "N", "1.7"), tuple)
    question = definition.question("N")
    assert question and spoken_answer(question, "1.5", "zh-hans") == "1.5 米"


def test_words_are_held_to_a_pattern_and_the_message_is_the_authors():
    definition = compiled(
        block(
            "text",
            "T",
            short=True,
            constraint="regex(., '[0-9]{6}')",
            constraint_message_zh="请填六位邮编",
        )
    )
    assert answer(definition, "T", " 037000 ") == "037000"
    assert answer(definition, "T", "37000") == ("请填六位邮编",)


def test_an_answer_is_held_against_an_earlier_one():
    definition = compiled(block("number", "A"), block("number", "B", constraint=". <= ${A}"))
    assert answer(definition, "B", 2, A=3) == 2
    assert isinstance(answer(definition, "B", 4, A=3), tuple)


def test_a_ranking_of_what_was_chosen_offers_nothing_else():
    definition = compiled(
        block("multiple", "Q", options=OPTIONS),
        block("rank", "R", sources="Q", only_chosen=True, maximum=3, minimum=2, required=True),
    )
    question = definition.question("R")
    assert question and [o.code for o in offered(question, {"Q": ["NO", "YES"]})] == ["YES", "NO"]
    assert answer(definition, "R", ["NO", "YES"], Q=["YES", "NO"]) == ["NO", "YES"]
    assert isinstance(answer(definition, "R", ["NO", "MAYBE"], Q=["YES", "NO"]), tuple)
    assert answer(definition, "R", ["NO"], Q=["NO"]) == ["NO"]
    assert check_answers(definition, {"H": "YES"}).errors == {}


def test_a_ranking_has_options_of_its_own():
    definition = compiled(block("rank", "R", options=OPTIONS, maximum=3))
    assert answer(definition, "R", ["NO", "YES"]) == ["NO", "YES"]


def test_a_photo_is_answered_with_the_name_of_a_kept_one():
    definition = compiled(block("photo", "P"))
    assert answer(definition, "P", "0" * 32) == "0" * 32
    assert isinstance(answer(definition, "P", "../../etc/passwd"), tuple)


def test_conditions_are_joined_by_all_or_by_any():
    listed = [{"key": "H", "codes": "YES"}, {"key": "G", "codes": "NO, MAYBE", "negated": True}]
    every = compiled(single("G"), single("Q", show_if=listed)).question("Q")
    some = compiled(single("G"), single("Q", show_if=listed, show_if_any=True)).question("Q")
    assert every and some
    assert not holds(every.show_if, {"H": "YES", "G": "NO"})
    assert holds(every.show_if, {"H": "YES", "G": "YES"})
    assert holds(some.show_if, {"H": "YES", "G": "NO"})
    assert not holds(some.show_if, {"H": "NO", "G": "NO"})


def test_the_condition_of_a_section_holds_for_all_its_questions():
    section = {"type": "section", "value": {"title_zh": "节", "formula": "${H} = 'NO'"}}
    definition = compiled(section, single("Q", formula="${H} != ''"))
    assert answer(definition, "Q", "YES", H="NO") == "YES"
    assert answer(definition, "Q", "YES", H="YES") is None


@pytest.mark.parametrize(
    "blocks",
    [
        [single("Q", required=True, formula="${H} = 'YES' and ${H} = 'NO'")],
        [single("A", formula="${H}='YES'"), single("B", formula="${A}='NO' and ${H}='NO'")],
        [block("number", "N", maximum=20, constraint=". > 50")],
        [block("multiple", "M", options=OPTIONS, maximum=1, constraint="count-selected(.) >= 2")],
        [single("Q", formula="selected(${H}, 'NEVER')")],
        [single("Q", formula="${LATER} = 'YES'"), single("LATER")],
        [single("Q", formula="${Q} = 'YES'")],
        [single("Q", formula=". = 'YES'")],
        [single("Q", formula="${H} +")],
        [block("number", "N", minimum="0.5")],
        [block("number", "N", step=2, minimum=None)],
        [block("number", "N", decimal=True, minimum=0, step=-1)],
        [block("photo", "P"), single("Q", formula="${P} = 'x'")],
        [block("date", "D"), single("Q", formula="${D} > '2020-01-01'")],
        [block("text", "T"), single("Q", formula="count-selected(${T}) > 1")],
        [block("multiple", "M", options=OPTIONS, minimum=4)],
        [single("Q", options=[*OPTIONS, OTHER]), block("text", "Q_other")],
    ],
)
def test_what_cannot_be_asked_is_said_at_its_block(blocks: list[dict[str, Any]]):
    with pytest.raises(QuestionnaireError) as caught:
        compiled(*blocks)
    assert caught.value.problems
    assert {problem.block for problem in caught.value.found} <= {1, 2}


def test_a_questionnaire_frozen_in_the_first_format_is_still_read():
    text = {"zh": "问", "en": ""}
    plain = {
        "help": {"zh": "", "en": ""},
        "required": False,
        "options": [],
        "minimum": None,
        "maximum": None,
        "show_if": [],
        "sources": [],
    }
    options = [{"code": c, "text": text, "exclusive": False} for c in ("YES", "NO", "MAYBE")]
    conditions = [{"key": "H", "codes": ["YES", "MAYBE"]}]
    frozen = {
        "format": 1,
        "headline": "H",
        "questions": [
            {**plain, "key": "H", "type": "single", "text": text, "options": options},
            {**plain, "key": "N", "type": "number", "text": text, "show_if": conditions},
        ],
        "groups": [{"part": 0, "title": text, "note": text, "keys": ["H", "N"]}],
    }
    definition = from_json(frozen)
    assert answer(definition, "N", 3, H="MAYBE") == 3
    assert isinstance(answer(definition, "N", -3, H="MAYBE"), tuple)
    assert answer(definition, "N", 3, H="NO") is None
    assert from_json(definition.to_json()) == definition
