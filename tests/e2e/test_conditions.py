"""Conditions and calculations mean the same on the phone as on the server."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from feedback.surveys.condition_text import parse_calculation, parse_condition
from tests.feedback.surveys.test_condition_vectors import ANSWERS, cases

pytestmark = pytest.mark.browser
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


@pytest.fixture(scope="module")
def phone(chromium: Browser) -> Iterator[Ask]:
    page: Page = chromium.new_page()
    page.set_content(FORM)
    page.add_script_tag(path=SCRIPT)
    yield lambda what, term, answers: page.evaluate(ASK, [what, term, answers])
    page.close()


@pytest.mark.parametrize(("text", "who", "expected"), cases("conditions"))
def test_a_condition_on_the_phone(text: str, who: str, expected: bool, phone: Ask):
    assert phone("holds", parse_condition(text).to_json(), ANSWERS[who]) is expected


@pytest.mark.parametrize(("text", "who", "expected"), cases("calculations"))
def test_a_calculation_on_the_phone(text: str, who: str, expected: str, phone: Ask):
    assert phone("calculated", parse_calculation(text).to_json(), ANSWERS[who]) == expected
