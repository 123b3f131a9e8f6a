"""A draft plan by hand: review, the day it was scheduled for, objections, answers, final plan."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Installation

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.anywhere]

PLAN = "自行车棚改造方案（征求意见稿）"
FINAL = "自行车棚改造最终方案"
FIRST = "车棚不要建在配电房旁边，万一着火谁也跑不掉。"
SECOND = "顶棚请用不透明的材料，夏天太晒。"
OPEN_OBJECTIONS = "/staff/notices/objections/?tab=open"
#: As if the period of every draft plan of the community had run out yesterday.
END = """
from datetime import datetime, timedelta
from django.utils import timezone
from notices.models import NoticePage
today = timezone.localdate()
dates = {"publicity_start": today - timedelta(days=20), "publicity_end": today - timedelta(days=1)}
plans = NoticePage.objects.filter(notice_type__code="N04", place__code="PC001")
plans.update(**dates)
"""
OPENED = "table.listing td a"
#: Long enough for the reviewer to approve it before, on a busy machine, too.
SCHEDULED_IN = timedelta(seconds=45)


def start(page: Page, code: str, title: str) -> str:
    """A draft from its template; the address of its editor."""
    page.goto("/staff/notices/start/")
    page.locator(f"button[name=kind][value={code}]").click()
    page.wait_for_url(re.compile(r"/staff/pages/\d+/edit/"))
    page.fill("#id_title", title)
    return page.url


def write_plan(page: Page) -> None:
    checklist = page.locator("[data-notice-missing]")
    expect(checklist).to_contain_text("图纸查阅地点")
    page.fill("#id_extra_N04_drawings", "社区居委会")
    page.fill("#id_extra_N04_content", "新建自行车棚，增设充电插座")
    page.fill("#id_extra_N04_budget", "128000")
    page.fill("#id_extra_N04_charge", "不需出资")
    # It follows what is written, before anything is saved.
    expect(checklist).to_contain_text("没有缺项")


def schedule(page: Page) -> None:
    page.locator("#id_go_live_at").evaluate(
        "(field, value) => { field.value = value; field.dispatchEvent(new Event('change')); }",
        f"{_next_full_minute():%Y-%m-%d %H:%M:%S}",
    )


def _next_full_minute() -> datetime:
    """The editor shows no seconds: whoever approves would bring the moment nearer."""
    later = timezone.localtime() + SCHEDULED_IN + timedelta(minutes=1)
    return later.replace(second=0, microsecond=0)


def press(page: Page, selector: str) -> None:
    """One of the actions at the foot of the editor, which lie in a drop-down."""
    button = page.locator(f"footer {selector}, [data-tippy-root] {selector}").first
    if not button.is_visible():
        page.locator("footer [data-w-dropdown-target=toggle]").first.click()
    button.click()


def approve(reviewer: Page, editor: str) -> None:
    reviewer.goto(editor)
    with reviewer.expect_navigation():
        press(reviewer, "[data-workflow-action-name=approve]:not([data-workflow-action-modal-url])")


def listed(page: Page, url: str, title: str, seconds: int) -> str:
    """Load a list again until `title` is on it; its address."""
    until = timezone.now() + timedelta(seconds=seconds)
    link = page.get_by_role("link", name=title)
    while page.goto(url) and not link.count():
        assert timezone.now() < until, f"{title} is not public"
        page.wait_for_timeout(1000)
    return link.first.get_attribute("href") or ""


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


def answer_all(staff: Page, given: dict[str, tuple[str, str, str]]) -> None:
    """Answer whatever is open at the place, with what is given: what becomes of it, its public
    summary and the reason. The demonstration has left some objections open, too."""
    other = ("未采纳", "其他意见", "已转有关单位。")
    while staff.goto(OPEN_OBJECTIONS) and staff.locator(OPENED).count():
        staff.locator(OPENED).first.click()
        shown = staff.locator("main").inner_text()
        choice, summary, reason = next((v for text, v in given.items() if text in shown), other)
        staff.get_by_label(choice, exact=True).check()
        staff.fill("input[name=summary]", summary)
        staff.fill("textarea[name=reason]", reason)
        staff.get_by_role("button", name="公开答复").click()
        expect(staff.get_by_text("已保存")).to_be_visible()


def test_a_plan_goes_through_review_schedule_and_objections_to_its_final_form(
    installation: Installation,
    sign_in: Callable[[str], Page],
    open_context: Callable[..., BrowserContext],
) -> None:
    clerk, reviewer, stranger = sign_in("clerk"), sign_in("reviewer"), sign_in("clerk2")
    resident = open_context().new_page()

    # Draft and review: sent back with a remark, mended, approved for a moment to come.
    plan = start(clerk, "N04", PLAN)
    write_plan(clerk)
    press(clerk, "[name=action-submit]")
    expect(clerk.locator(".messages")).to_contain_text("审核")
    unseen = stranger.goto(plan)
    assert unseen is not None
    assert unseen.status == 404
    reviewer.goto("/staff/")
    expect(reviewer.locator("main")).to_contain_text(PLAN)
    reviewer.goto(plan)
    press(reviewer, "[data-workflow-action-name=reject]")
    reviewer.fill("#id_comment", "请写明图纸在几号楼可以看")
    with reviewer.expect_navigation():
        reviewer.locator(".modal [type=submit]").click()
    clerk.goto(plan)
    expect(clerk.locator("body")).to_contain_text("请写明图纸在几号楼可以看")
    clerk.fill("#id_extra_N04_drawings", "社区居委会一楼、3号楼门厅")
    schedule(clerk)
    press(clerk, "[name=action-restart-workflow]")
    expect(clerk.locator(".messages")).to_contain_text("重启")
    approve(reviewer, plan)
    notices = "/notices/PC001/"
    resident.goto(notices)
    expect(resident.get_by_role("link", name=PLAN)).to_have_count(0)

    # While beat and worker wait for the moment, the clerk writes the final plan.
    final = start(clerk, "N06", FINAL)
    clerk.fill("#id_extra_N06_basic", "新建自行车棚")
    clerk.fill("#id_extra_N06_targets", "受益户数120户")
    clerk.locator("footer button:not([name])").first.click()
    clerk.wait_for_load_state()
    url = listed(resident, notices, PLAN, seconds=200)

    # Two residents object; before they are answered the final plan is refused.
    receipt = object_to(resident, url, FIRST, checked=False)
    object_to(open_context(java_script_enabled=False).new_page(), url, SECOND, checked=True)
    clerk.goto(final)
    with clerk.expect_navigation():
        press(clerk, "[name=action-submit]")
    expect(clerk.get_by_text(re.compile("还有[0-9]+条异议没有答复")).first).to_be_visible()

    near = ("采纳", "车棚与配电房的距离", "已改到北侧围墙边，与配电房相距20米。")
    roof = ("未采纳", "车棚顶棚材料", "不透明材料采光不足，改为加装遮阳网。")
    answer_all(clerk, {FIRST: near, SECOND: roof})
    number = re.findall(r"/pages/(\d+)/", plan)[0]
    clerk.goto(f"/staff/notices/objections/?notice={number}")
    clerk.get_by_role("button", name="生成意见采纳情况公告").click()
    clerk.wait_for_url("**/edit/")
    drafted = clerk.content()
    assert near[1] in drafted
    assert roof[2] in drafted
    # Both wait, too, for the end of the plan's publicity.
    clerk.goto(final)
    # The list of what is missing says it before, so the answer must be waited for.
    with clerk.expect_navigation():
        press(clerk, "[name=action-submit]")
    expect(clerk.get_by_text("征求意见稿公示至").first).to_be_visible()
    # What was refused is saved as a draft by itself, half a second later; nobody leaves sooner.
    clerk.wait_for_timeout(2000)
    clerk.wait_for_load_state("networkidle")
    installation.run(END)
    clerk.goto(final)
    press(clerk, "[name=action-submit]")
    expect(clerk.locator(".messages")).to_contain_text("审核")
    approve(reviewer, final)
    listed(resident, notices, FINAL, seconds=5)

    # In public: how many, what became of them and why; never who, and not in whose words.
    resident.goto(url)
    expect(resident.get_by_text("收到异议：2条")).to_be_visible()
    expect(resident.get_by_text(roof[2])).to_be_visible()
    assert FIRST not in resident.content()
    resident.goto("/objections/")
    resident.fill("input[name=receipt]", receipt)
    resident.locator("main form button[type=submit]").first.click()
    expect(resident.get_by_text("已改到北侧围墙边")).to_be_visible()
