"""A clerk keys twenty forms: stubs, then sheets, by the keyboard alone."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Installation

pytestmark = [pytest.mark.browser, pytest.mark.worker]

FORMS = 20
#: Sheets that are keyed twice: a tenth, at least five.
SAMPLE = 5
CODES = f"""
import json
from django.utils import timezone
from feedback.surveys import reach
from feedback.surveys.models import Survey
from portal.places.codes import household_code
from portal.places.models import Place
open_now = Survey.objects.answerable(timezone.now())
survey = open_now.filter(naming="ANONYMOUS", kind="SATISFACTION").order_by("pk").last()
homes = reach.unreached(survey, Place.objects.get(code="PC001"))[:{FORMS}]
print("made", json.dumps([survey.pk, [household_code(home) for home in homes]]))
"""


def begin(page: Page, survey: int, kind: str) -> None:
    page.goto(f"/staff/surveys/{survey}/paper/")
    page.check(f"input[name=kind][value={kind}]")
    page.get_by_role("button", name="开始", exact=True).click()
    expect(page.locator(".paper-count")).to_contain_text("0")


def key(page: Page, digits: str) -> None:
    """Type the first answers of a sheet; each goes on by itself. Then the button."""
    expect(page.locator("input[data-entry]").first).to_be_focused()
    page.keyboard.type(digits)
    expect(page.locator("input[data-entry]").nth(len(digits))).to_be_focused()
    page.locator(".survey-entry button[type=submit]").press("Enter")


def test_a_clerk_keys_twenty_forms(
    installation: Installation, sign_in: Callable[[str], Page]
) -> None:
    made = installation.manage("shell", "-c", CODES)
    line = next(line for line in made.splitlines() if line.startswith("made "))
    survey, codes = json.loads(line[5:])
    page = sign_in("clerk")

    begin(page, survey, "STUBS")
    for number, code in enumerate(codes, 1):
        expect(page.locator("input[name=code]")).to_be_focused()
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        expect(page.locator(".paper-count strong")).to_have_text(str(number))
    page.get_by_role("button", name="这一批录完了").click()

    begin(page, survey, "SHEETS")
    for number in range(1, FORMS + 1):
        key(page, f"{1 + number % 5}54")
        expect(page.locator(".paper-count strong")).to_have_text(str(number))
    page.get_by_role("button", name="撤回上一份答卷").click()
    expect(page.locator(".paper-count strong")).to_have_text(str(FORMS - 1))
    key(page, "154")
    expect(page.locator(".paper-good")).to_contain_text(str(FORMS))
    page.get_by_role("button", name="开始抽样复录").click()

    for left in range(SAMPLE, 0, -1):
        expect(page.locator(".paper-count")).to_contain_text(f"待复录{left}份")
        heading = page.get_by_role("heading", name="复录第").inner_text()
        number = int("".join(filter(str.isdigit, heading)))
        key(page, f"{1 if number == FORMS else 1 + number % 5}54")
    expect(page.get_by_text("一致率100.0%")).to_be_visible()
    page.get_by_role("button", name="计入统计").click()
    expect(page.get_by_text(f"{FORMS}份答卷已计入统计").first).to_be_visible()
