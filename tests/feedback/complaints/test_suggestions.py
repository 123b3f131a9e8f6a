"""Everyday words lead to a category; its questions are data that is checked."""

import pytest
from django.core.exceptions import ValidationError

from feedback.complaints.models import Category
from feedback.complaints.questions import answers_check, questions_check
from feedback.complaints.suggestions import suggest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("暖气不热", "C14"),
        ("家里太冷了，暖气片摸着冰凉", "C14"),
        ("下水道堵了", "C12"),
        ("马桶堵了往外返水", "C12"),
        ("楼道灯坏了", "C18"),
        ("没水", "C13"),
        ("水管爆了", "C13"),
        ("屋顶漏水", "C10"),
        ("一下雨房顶漏", "C10"),
        ("外墙 墙皮往下掉", "C11"),
        ("有煤气味！", "C15"),
        ("井盖坏了", "C17"),
        ("车没地方停", "C20"),
        ("物业费乱收", "C26"),
        ("电梯又坏了", "C23"),
        ("半夜施工睡不着", "C01"),
        ("no heating, it is cold", "C14"),
        ("Leaking roof", "C10"),
    ],
)
def test_everyday_words_find_their_category(typed, code):
    assert suggest(typed, Category.objects.for_residents())[0].pk == code


def test_a_leak_alone_offers_every_kind_of_leak_and_nonsense_offers_nothing():
    found = {c.pk for c in suggest("漏水", Category.objects.for_residents())}
    assert found == {"C10", "C11", "C12", "C13"}
    for nothing in ("", "  ", "嗯", "zzqqy", "？？"):
        assert suggest(nothing, Category.objects.for_residents()) == []


def test_every_category_has_words_a_picture_and_sound_questions():
    for category in Category.objects.all():
        assert category.icon
        assert len(category.keywords_zh.split()) >= 5
        assert category.keywords_en
        questions_check(category.questions)


def test_answers_are_stored_with_their_wording_and_empty_ones_left_out():
    heating = Category.objects.get(pk="C14").questions
    given = {"temperature": "14", "since": "", "rooms": "all", "unknown": "x"}
    first, second = answers_check(heating, given)
    assert (first["value"], first["shown"]) == ("14", {"zh": "14 ℃", "en": "14 °C"})
    assert (second["key"], second["shown"]["zh"]) == ("rooms", "全屋都不热")


@pytest.mark.parametrize(
    "given",
    [
        {"temperature": "warm"},
        {"temperature": "NaN"},
        {"temperature": "Infinity"},
        {"temperature": "140"},
        {"since": "yesterday"},
        {"since": "2026-02-30"},
        {"rooms": "cellar"},
    ],
)
def test_an_answer_that_cannot_be_is_named_at_its_field(given):
    heating = Category.objects.get(pk="C14").questions
    with pytest.raises(ValidationError) as caught:
        answers_check(heating, given)
    assert list(caught.value.message_dict) == [f"extra_{next(iter(given))}"]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        "text",
        [1],
        [{"key": "A", "kind": "text", "zh": "x", "en": "x"}],
        [{"key": "a", "kind": "scale", "zh": "x", "en": "x"}],
        [{"key": "a", "kind": "text", "zh": "", "en": "x"}],
        [{"key": "a", "kind": "text", "zh": "x", "en": "x"}] * 2,
        [{"key": "a", "kind": "choice", "zh": "x", "en": "x", "options": []}],
        [{"key": "a", "kind": "choice", "zh": "x", "en": "x", "options": [1, 2]}],
        [{"key": "a", "kind": "number", "zh": "x", "en": "x", "minimum": 5, "maximum": 1}],
        [{"key": "a", "kind": "number", "zh": "x", "en": "x", "minimum": "5"}],
        [{"key": "a", "kind": "number", "zh": "x", "en": "x", "unit": "m"}],
    ],
)
def test_questions_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValidationError):
        questions_check(wrong)
