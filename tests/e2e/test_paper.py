"""Twenty paper forms by number keys: stubs, sheets, a second entry by somebody else, the end."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Installation
from tests.e2e.test_loop import household_codes

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.anywhere]

FORMS = 20
BEGIN = """
from datetime import timedelta
from django.utils import timezone
from feedback.surveys import services
from portal.places.models import Place
now = timezone.now()
made = services.survey_publish(survey=services.survey_create(
    sample="SATISFACTION", slug="on-paper", kind="OTHER",
    places=[Place.objects.get(code="PC001")],
    opens_at=now - timedelta(hours=1), closes_at=now + timedelta(days=3)))
print("made", made.pk)
"""
COUNTED = """
from feedback.surveys.models import Participation, Response
answers = Response.objects.filter(survey__slug="on-paper", standing="COUNTED", channel="PAPER")
print("steps", *sorted(a["B1"] for a in answers.values_list("answers", flat=True)))
print("homes", Participation.objects.filter(survey__slug="on-paper").count())
"""


def step_of(number: int) -> str:
    """What sheet `number` ticks at B1."""
    return str(1 + number % 5)


def begin_batch(clerk: Page, survey: str, kind: str) -> None:
    clerk.goto(f"/staff/surveys/{survey}/paper/")
    clerk.locator(f"[name=kind][value={kind}]").check(force=True)
    clerk.locator("form.paper-new button").click()
    expect(clerk.locator(".paper-count strong")).to_have_text("0")


def focused(page: Page, name: str) -> None:
    expect(page.locator(f"[name={name}]")).to_be_focused()


def key_sheet(page: Page, step: str) -> None:
    """Nothing but the keyboard: one digit moves on by itself, after several comes Enter."""
    focused(page, "q-B1")
    page.keyboard.type(step)
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    with page.expect_navigation():
        page.locator("form.survey-entry button[type=submit]").press("Enter")


def test_a_clerk_keys_twenty_paper_forms(
    installation: Installation, sign_in: Callable[..., Page]
) -> None:
    survey = re.findall(r"made (\d+)", installation.run(BEGIN))[-1]
    clerk = sign_in("clerk")
    codes = household_codes(clerk)[:FORMS]

    begin_batch(clerk, survey, "STUBS")
    for number, code in enumerate(codes, start=1):
        focused(clerk, "code")
        clerk.keyboard.type(code)
        with clerk.expect_navigation():
            clerk.keyboard.press("Enter")
        expect(clerk.locator(".paper-count strong")).to_have_text(str(number))
    clerk.get_by_role("button", name="这一批录完了").click()
    begin_batch(clerk, survey, "SHEETS")
    for number in range(1, FORMS + 1):
        key_sheet(clerk, step_of(number))
        expect(clerk.locator(".paper-status")).to_contain_text(f"请在这份答卷上写 {number}")
        expect(clerk.locator(".paper-count strong")).to_have_text(str(number))
    # Misread: taken back and keyed again.
    clerk.locator("[data-undo]").click()
    expect(clerk.locator(".paper-count strong")).to_have_text(str(FORMS - 1))
    key_sheet(clerk, step_of(FORMS))
    clerk.get_by_role("button", name=re.compile("这一批录完了")).click()
    batch = clerk.url
    expect(clerk.get_by_text("由您本人录入")).to_be_visible()
    expect(clerk.locator("[name=q-B1]")).to_have_count(0)

    reviewer = sign_in("reviewer")
    reviewer.goto(f"/staff/surveys/{survey}/wave/end/")
    expect(reviewer.get_by_text("有 1 批纸质答卷尚未录完")).to_be_visible()
    reviewer.goto(batch)
    wrong = second_entry(reviewer)
    expect(reviewer.locator(".paper-difference")).to_have_count(1)
    expect(reviewer.locator(".paper-difference tbody tr")).to_have_count(1)
    expect(reviewer.locator(".paper-difference tbody th")).to_have_text("B1")
    reviewer.get_by_role("button", name="第二次录入正确").click()
    expect(reviewer.locator(".paper-difference")).to_have_count(0)
    reviewer.get_by_role("button", name="将这些答卷计入统计").click()
    expect(reviewer.locator("main")).to_contain_text(f"{FORMS}份答卷已计入统计")

    steps = [step_of(n) for n in range(1, FORMS + 1) if n != wrong] + [step_of(wrong + 1)]
    counted = installation.run(COUNTED)
    assert f"steps {' '.join(sorted(steps))}\n" in counted
    assert f"homes {FORMS}\n" in counted


def second_entry(page: Page) -> int:
    """The drawn sheets, the first of them read differently; its number."""
    wrong = 0
    while page.locator("[name=q-B1]").count():
        number = int(re.findall(r"\d+", page.locator("main h2").first.inner_text())[0])
        key_sheet(page, step_of(number if wrong else number + 1))
        wrong = wrong or number
    return wrong
