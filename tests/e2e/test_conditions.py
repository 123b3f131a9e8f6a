"""Conditions and calculations mean the same on the phone as on the server."""

import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override
from playwright.sync_api import Browser, Page

from feedback.surveys.compiling import compile_definition
from feedback.surveys.condition_text import parse_calculation, parse_condition
from feedback.surveys.screens import Form
from tests.feedback.surveys.test_condition_vectors import ANSWERS, cases

pytestmark = [pytest.mark.browser, pytest.mark.anywhere]
SCRIPT = settings.BASE_DIR / "portal/static/surveys/answer.js"
#: The least form that the script takes charge of.
FORM = """<!doctype html><html lang="en"><form data-survey-steps data-text-step="NUMBER of TOTAL">
  <section data-step="0" tabindex="-1"><p class="survey-progress__text"></p><progress></progress>
  </section><button data-next type="button"></button><button data-back type="button"></button>
  <button data-send></button></form>"""
ASK = """([what, term, answers]) => {
    const form = document.querySelector("form");
    form.querySelectorAll("input").forEach(field => field.remove());
    for (const [key, answer] of Object.entries(answers)) {
        for (const one of Array.isArray(answer) ? answer : [answer]) {
            const field = document.createElement("input");
            field.type = "hidden";
            field.name = "q-" + key;
            field.value = one;
            form.appendChild(field);
        }
    }
    return form.surveySteps[what](term);
}"""
Ask = Callable[[str, Any, dict[str, Any]], Any]
OPTIONS = [{"code": c, "text_zh": f"项{c}", "text_en": f"Item {c}"} for c in "abc"]
#: A form whose last text shows every kind of answer.
SHOWN: list[tuple[str, dict[str, Any]]] = [
    ("single", {"key": "one", "options": OPTIONS}),
    ("multiple", {"key": "many", "options": OPTIONS}),
    ("rank", {"key": "order", "options": OPTIONS, "maximum": 2}),
    ("number", {"key": "area", "unit_zh": "平方米", "unit_en": "m²", "decimal": True}),
    ("text", {"key": "words", "maximum": 20}),
    ("calculation", {"key": "twice", "calculation": "${area} * 2"}),
    ("calculation", {"key": "code", "calculation": "${one}"}),
    ("information", {"key": "I", "text_zh": "${one}${many}${order}${area}${words}${twice}${code}"}),
]


@pytest.fixture(scope="module")
def phone_page(chromium: Browser) -> Iterator[Page]:
    page: Page = chromium.new_page()
    page.set_content(FORM)
    page.add_script_tag(path=SCRIPT)
    yield page
    page.close()


@pytest.fixture(scope="module")
def phone(phone_page: Page) -> Ask:
    return lambda what, term, answers: phone_page.evaluate(ASK, [what, term, answers])


@pytest.mark.parametrize(("text", "who", "expected"), cases("conditions"))
def test_a_condition_on_the_phone(text: str, who: str, expected: bool, phone: Ask):
    assert phone("holds", parse_condition(text).to_json(), ANSWERS[who]) is expected


@pytest.mark.parametrize(("text", "who", "expected"), cases("calculations"))
def test_a_calculation_on_the_phone(text: str, who: str, expected: str, phone: Ask):
    assert phone("calculated", parse_calculation(text).to_json(), ANSWERS[who]) == expected


@pytest.mark.parametrize("typed", ["5.0", "05", "+5", "5。0", "\uff15"])
def test_a_number_on_the_phone_is_what_the_server_keeps(typed: str, phone_page: Page):
    """However it is typed: conditions look at it as a text, too, and texts show it."""
    ask = """typed => {
        const form = document.querySelector("form");
        form.querySelectorAll("input").forEach(field => field.remove());
        form.insertAdjacentHTML("beforeend", "<input class='survey-number' name='q-n'>");
        form.elements["q-n"].value = typed;
        return [form.surveySteps.holds(["=", ["answer", "n"], ["text", "5"]]),
                form.surveySteps.words({"term": ["answer", "n"], "labels": {}})];
    }"""
    assert phone_page.evaluate(ask, typed) == [True, "5"]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (
            {
                "one": "b",
                "many": ["a", "c"],
                "order": ["c", "a"],
                "area": "8.5",
                "words": "toString",
            },
            ["Item b", "Item a; Item c", "Item c; Item a", "8.5 m²", "toString", "17", "b"],
        ),
        ({"one": "a", "area": "7"}, ["Item a", "", "", "7 m²", "", "14", "a"]),
    ],
)
def test_a_text_shows_the_same_on_the_phone_as_on_the_server(
    answers: dict[str, Any], expected: list[str], phone: Ask
):
    """The answers stand in hidden inputs, as those of parts that were sent before do."""
    blocks = [{"type": kind, "value": {"text_zh": kind, **value}} for kind, value in SHOWN]
    definition = compile_definition(blocks, headline="one", named=False)
    with override("en"):
        fields = [f for s in Form(definition, answers).screens() for f in s.fields]
        label = next(field.label for field in fields if field.key == "I")
    found = re.findall(r'<span data-shows="([^"]*)">([^<]*)</span>', label)
    assert [words for _source, words in found] == [words or "……" for words in expected]
    sources = [json.loads(html.unescape(source)) for source, _words in found]
    assert [phone("words", source, answers) for source in sources] == expected


@pytest.mark.parametrize(
    ("key", "given", "expected"),
    [
        ("order", ["a", "b"], ""),
        ("order", ["a", "a"], "twice"),
        ("cars", ["9.0"], ""),
        ("cars", ["\uff11\uff10"], "from 0 to 9"),
        ("cars", ["-1"], "from 0 to 9"),
        ("cars", ["many"], ""),  # the server says what is wrong with it
    ],
)
def test_what_can_be_told_at_once_is_told_before_sending(
    key: str, given: list[str], expected: str, phone_page: Page
):
    blocks: list[tuple[str, dict[str, Any]]] = [
        ("rank", {"key": "order", "options": OPTIONS, "maximum": 2}),
        ("single", {"key": "one", "options": OPTIONS}),
        ("number", {"key": "cars", "minimum": 0, "maximum": 9}),
    ]
    definition = compile_definition(
        [{"type": kind, "value": {"text_zh": kind, **value}} for kind, value in blocks],
        headline="one",
        named=False,
    )
    fields = [f for s in Form(definition, {}).screens() for f in s.fields if f.key == key]
    ask = """([question, given]) => {
        const form = document.querySelector("form");
        form.dataset.textTwice = "twice";
        form.dataset.textRange = "from LOW to HIGH";
        const step = form.querySelector("section");
        step.insertAdjacentHTML("beforeend", question);
        const field = step.querySelector("[data-question]");
        const inputs = field.querySelectorAll("select, .survey-number");
        given.forEach((value, index) => { inputs[index].value = value; });
        const said = form.surveySteps.problem(field);
        field.remove();
        return said;
    }"""
    question = render_to_string("surveys/question.html", {"field": fields[0]})
    assert phone_page.evaluate(ask, [question, given]) == expected


def test_one_step_from_the_server_asks_what_else_once_other_is_chosen(phone_page: Page):
    """The try-out of a draft comes a step at a time; without script the box is always there."""
    other = [{"code": "a", "text_zh": "甲"}, {"code": "x", "text_zh": "其他", "other": True}]
    block = {"type": "single", "value": {"key": "one", "text_zh": "?", "options": other}}
    definition = compile_definition([block], headline="one", named=False)
    screen = Form(definition, {}).screen(0)
    assert [field.key for field in screen.fields] == ["one", "one_other"]
    questions = [render_to_string("surveys/question.html", {"field": f}) for f in screen.fields]
    shown = """questions => {
        document.body.insertAdjacentHTML(
            "beforeend", `<form id="one" data-survey-step>${questions.join("")}</form>`);
        document.dispatchEvent(new CustomEvent("intake:shown"));
        const form = document.getElementById("one");
        const box = form.querySelector("[name=q-one_other]");
        return ["a", "x", "a"].map(code => {
            form.querySelector(`[value=${code}]`).click();
            return [!box.closest("[data-question]").hidden, !box.disabled];
        });
    }"""
    assert phone_page.evaluate(shown, questions) == [[False, False], [True, True], [False, False]]
