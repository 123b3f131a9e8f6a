"""Conditions and calculations mean the same on the server and on the phone: one list for both."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from feedback.surveys.condition_text import parse_calculation, parse_condition
from feedback.surveys.conditions import calculated, holds
from tests.e2e.conftest import chromium  # noqa: F401

VECTORS = json.loads((Path(__file__).parent / "condition_vectors.json").read_text())
ANSWERS: dict[str, dict[str, Any]] = VECTORS["answers"]
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
Ask = Callable[[str, list[Any], dict[str, Any]], Any]


def cases(kind: str) -> Iterator[Any]:
    for vector in VECTORS[kind]:
        for who, expected in vector["is"].items():
            yield pytest.param(vector["text"], who, expected, id=f"{vector['text']} {who}")


@pytest.fixture(scope="module")
def phone(chromium: Browser) -> Iterator[Ask]:  # noqa: F811
    page: Page = chromium.new_page()
    page.set_content(FORM)
    page.add_script_tag(path=SCRIPT)
    yield lambda what, term, answers: page.evaluate(ASK, [what, term, answers])
    page.close()


def test_the_list_has_every_kind_of_term():
    texts = " ".join(v["text"] for kind in ("conditions", "calculations") for v in VECTORS[kind])
    words = ("and", "or", "not(", "=", "!=", "<", "<=", ">", ">=", "selected(", "regex(")
    words += ("count-selected(", "+", "-", "*", "div", "concat(", "if(")
    assert [word for word in words if word not in texts] == []
    assert all(set(v["is"]) == set(ANSWERS) for v in VECTORS["conditions"])


@pytest.mark.parametrize(("text", "who", "expected"), cases("conditions"))
def test_a_condition_on_the_server(text: str, who: str, expected: bool):
    assert holds(parse_condition(text), ANSWERS[who]) is expected


@pytest.mark.parametrize(("text", "who", "expected"), cases("calculations"))
def test_a_calculation_on_the_server(text: str, who: str, expected: str):
    assert calculated(parse_calculation(text), ANSWERS[who]) == expected


@pytest.mark.browser
@pytest.mark.parametrize(("text", "who", "expected"), cases("conditions"))
def test_a_condition_on_the_phone(text: str, who: str, expected: bool, phone: Ask):
    assert phone("holds", parse_condition(text).to_json(), ANSWERS[who]) is expected


@pytest.mark.browser
@pytest.mark.parametrize(("text", "who", "expected"), cases("calculations"))
def test_a_calculation_on_the_phone(text: str, who: str, expected: str, phone: Ask):
    assert phone("calculated", parse_calculation(text).to_json(), ANSWERS[who]) == expected
