"""Two residents object, staff answer both, and only then the final plan is public."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Installation

pytestmark = [pytest.mark.browser, pytest.mark.worker]

PLACE = "YG001"
POSTED = f"""
from django.utils import timezone
from portal.demo import factories
from portal.pages.models import CommunityPage
page = CommunityPage.objects.get(place__code="{PLACE}")
plan = factories.notice(page, timezone.now(), kind="N04", title="自行车棚方案（征求意见稿）")
final = factories.notice(page, kind="N06", title="自行车棚改造方案")
final.save_revision()
print("made", plan.pk, plan.url, final.pk)
"""
FIRST = "车棚不要建在配电房旁边，万一着火谁也跑不掉。"
SECOND = "顶棚请用不透明的材料，夏天太晒。"


def object_to(page: Page, url: str, text: str, *, checked: bool) -> str:
    """Write it and send it; without script comes a page to check. The receipt."""
    page.goto(url)
    page.get_by_role("link", name="提出异议").click()
    page.fill("textarea[name=text]", text)
    page.click("form button[type=submit]")
    if checked:
        page.get_by_role("button", name="确认提交").click()
    expect(page.get_by_role("heading", name="已收到您的异议")).to_be_visible()
    return page.locator(".copyable").inner_text().strip()


def answer(staff: Page, text: str, choice: str, summary: str, reason: str) -> None:
    staff.get_by_role("link", name=text[:12]).click()
    staff.get_by_label(choice, exact=True).check()
    staff.fill("input[name=summary]", summary)
    staff.fill("textarea[name=reason]", reason)
    staff.get_by_role("button", name="公开答复").click()
    expect(staff.get_by_text("已保存")).to_be_visible()


def publish(staff: Page, pk: str) -> None:
    """Press the publish button, wherever the menu has put it."""
    staff.goto(f"/staff/pages/{pk}/edit/")
    staff.locator("button[name=action-publish]").first.evaluate("button => button.click()")
    staff.wait_for_load_state()


def test_objections_are_answered_before_the_final_plan_is_public(
    installation: Installation,
    open_context: Callable[..., BrowserContext],
    sign_in: Callable[[str], Page],
) -> None:
    made = next(
        line
        for line in installation.manage("shell", "-c", POSTED).splitlines()
        if line.startswith("made ")
    )
    _made, plan, url, final = made.split()
    receipt = object_to(open_context().new_page(), url, FIRST, checked=False)
    object_to(open_context(java_script_enabled=False).new_page(), url, SECOND, checked=True)

    reviewer = sign_in("admin")
    publish(reviewer, final)
    expect(reviewer.get_by_text("还有2条异议没有答复").first).to_be_visible()

    staff = sign_in("clerk2")
    listed = f"/staff/notices/objections/?notice={plan}&tab=open"
    staff.goto(listed)
    answer(staff, FIRST, "采纳", "车棚与配电房的距离", "已改到北侧围墙边，与配电房相距20米。")
    staff.goto(listed)
    answer(staff, SECOND, "未采纳", "车棚顶棚材料", "不透明材料采光不足，改为加装遮阳网。")
    staff.goto(f"/staff/notices/objections/?notice={plan}")
    staff.get_by_role("button", name="生成意见采纳情况公告").click()
    staff.wait_for_url("**/edit/")
    drafted = staff.content()
    assert "车棚与配电房的距离" in drafted
    assert "不透明材料采光不足" in drafted

    publish(reviewer, final)
    expect(reviewer.get_by_text("还有2条异议没有答复")).to_have_count(0)
    page = open_context().new_page()
    page.goto(url)
    expect(page.get_by_text("收到异议：2条")).to_be_visible()
    assert FIRST not in page.content()
    page.goto("/objections/")
    page.fill("input[name=receipt]", receipt)
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_text("已改到北侧围墙边")).to_be_visible()
    asked = f"from notices.models import *; print(NoticePage.objects.get(pk={final}).live)"
    assert installation.manage("shell", "-c", asked).split()[-1] == "True"
