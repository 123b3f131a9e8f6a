"""The other ways to answer: somebody comes to the door or calls, and a browser without script."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Installation
from tests.e2e.test_loop import household_codes

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.anywhere]

BEGIN = """
from datetime import timedelta
from django.utils import timezone
from feedback.surveys import services
from portal.places.models import Place
now = timezone.now()
made = services.survey_publish(survey=services.survey_create(
    sample="SATISFACTION", slug="channels", kind="OTHER",
    places=[Place.objects.get(code="PC001")],
    opens_at=now - timedelta(hours=1), closes_at=now + timedelta(days=3)))
print("made", made.pk)
"""
COUNTED = """
from django.db.models import Count
from feedback.surveys.models import Participation, Response
answers = Response.objects.filter(survey__slug="channels", standing="COUNTED")
print("by", *(f"{c}:{n}" for c, n in answers.order_by("channel").values_list("channel")
              .annotate(n=Count("pk"))))
print("homes", Participation.objects.filter(survey__slug="channels").count())
"""


#: The first question on the screen without an answer.
OPEN = """() => {
    const shown = [...document.querySelectorAll('.survey-step input[type=radio]')]
        .filter(e => e.offsetParent);
    const open = shown.find(e => !document.querySelector(`input[name="${e.name}"]:checked`));
    return open && open.name;
}"""


def fits(page: Page) -> None:
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url


def answer_aloud(page: Page, channel: str) -> None:
    """The first answer of every question, as the resident says it; the receipt is told."""
    page.check(f"input[name=channel][value={channel}]", force=True)
    while True:
        # One by one: what is said decides which questions follow.
        while name := page.evaluate(OPEN):
            page.locator(f"input[name={name}] + label").first.click()
        if page.locator("[data-send]:visible").count():
            fits(page)
            page.click("[data-send]")
            break
        page.click("[data-next]:visible")
    expect(page.get_by_text("已保存并计入统计")).to_be_visible()
    assert len(page.locator(".copyable").inner_text().strip()) > 10


def test_help_is_asked_for_given_at_the_door_and_by_telephone(
    installation: Installation,
    open_context: Callable[..., BrowserContext],
    sign_in: Callable[..., Page],
) -> None:
    survey = re.findall(r"made (\d+)", installation.run(BEGIN))[-1]
    resident = open_context().new_page()
    resident.goto("/surveys/channels/PC001/")
    resident.get_by_role("link", name="请社区上门或来电协助").click()
    expect(resident.locator("input[name=purpose]").first).to_be_attached()
    fits(resident)
    resident.locator("input[name=purpose][value=SURVEY]").check()
    resident.select_option("select[name=building]", label="1号楼")
    resident.fill("input[name=unit]", "1")
    resident.fill("input[name=room]", "２０１")
    resident.fill("input[name=phone]", "13900001234")
    resident.click("main form button[type=submit]")
    expect(resident.get_by_role("heading", name="社区已收到您的申请")).to_be_visible()

    clerk = sign_in("clerk", 390)
    round_ = f"/staff/surveys/{survey}/communities/PC001/round/"
    clerk.goto(round_)
    asked = clerk.locator(".door--asked", has_text="1号楼 1-201")
    expect(asked.get_by_role("link", name="13900001234").first).to_be_visible()
    asked.get_by_role("button", name="现在填答").click()
    expect(clerk.locator("input[name=channel]").first).to_be_attached()
    fits(clerk)
    answer_aloud(clerk, "ASSISTED")
    clerk.get_by_role("link", name="返回走访清单").first.click()
    expect(clerk.locator(".door", has_text="1号楼 1-201")).to_have_count(0)

    # Nobody opens next door; the one behind it is called and answers.
    doors = clerk.locator(".door:not(.door--asked) h3")
    away, called = doors.nth(0).inner_text(), doors.nth(1).inner_text()
    door = clerk.locator(".door").filter(has=clerk.get_by_role("heading", name=away, exact=True))
    door.locator("summary").click()
    door.locator("select[name=state]").select_option("AWAY")
    door.locator("select[name=next_step]").select_option("VISIT")
    door.get_by_role("button", name="保存").click()
    expect(door).to_contain_text("家中无人")
    door = clerk.locator(".door").filter(has=clerk.get_by_role("heading", name=called, exact=True))
    door.get_by_role("button", name="现在填答").click()
    answer_aloud(clerk, "PHONE")

    # The request is ticked off by hand: no row may say on which day a home took part.
    clerk.goto("/staff/surveys/help/")
    waiting = clerk.locator(".door--asked", has_text="1号楼 1-201")
    waiting.get_by_role("button").click()
    expect(clerk.get_by_text("电话号码已删除").first).to_be_visible()
    expect(waiting).to_have_count(0)
    clerk.goto("/staff/surveys/help/?state=HANDLED")
    expect(clerk.locator("main")).to_contain_text("1号楼 1-201")
    assert "13900001234" not in clerk.content()
    counted = installation.run(COUNTED)
    assert "by ASSISTED:1 PHONE:1" in counted

    without_script(open_context(java_script_enabled=False).new_page(), household_codes(clerk)[5])
    counted = installation.run(COUNTED)
    assert "by ASSISTED:1 PHONE:1 SELF:1" in counted
    assert "homes 3" in counted


def without_script(page: Page, code: str) -> None:
    """Reload and Back at every step: nothing is lost, and nothing is counted twice."""
    page.goto("/surveys/channels/PC001/")
    page.fill("input[name=code]", "1234")
    page.click("form[data-survey-start] button[type=submit]")
    expect(page.locator(".error-summary")).to_be_visible()
    page.fill("input[name=code]", code)
    page.click("form[data-survey-start] button[type=submit]")
    first = page.locator("form.survey input[type=radio]").first
    first.check()
    name = first.get_attribute("name")
    page.reload()
    page.locator(f"input[name={name}]").first.check()
    page.locator("button[name=move][value=next]").click()
    page.locator("button[name=move][value=back]").click()
    expect(page.locator(f"input[name={name}]").first).to_be_checked()
    while page.locator("form.survey").count():
        for group in page.evaluate(
            "[...new Set([...document.querySelectorAll('form.survey input[type=radio]')]"
            ".map(e => e.name))]"
        ):
            page.locator(f"input[name={group}]").first.check()
        page.locator("button[name=move][value=next]").click()
    page.get_by_role("button", name="修改").click()
    expect(page.locator("form.survey input:checked").first).to_be_attached()
    while page.locator("form.survey").count():
        page.locator("button[name=move][value=next]").click()
    page.reload()
    fields = page.evaluate("Object.fromEntries(new FormData(document.querySelector('main form')))")
    receipt = commit(page)
    page.reload()
    expect(page.locator(".copyable").first).to_have_text(receipt)
    # Back and the button again, once more: what the browser sends then is the same form.
    again = page.request.post("/surveys/channels/PC001/", form=fields)
    assert receipt in again.text()


def commit(page: Page) -> str:
    page.get_by_role("button", name="确认提交").click()
    expect(page.get_by_text("您的答卷已计入统计")).to_be_visible()
    return page.locator(".copyable").first.inner_text().strip()
