"""A notice by hand: from its template through the review to its day."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.worker]

LATER = timezone.localtime() + timedelta(days=2)


def start_draft(page: Page) -> str:
    """A draft of N04 from its template; the address of its editor."""
    page.goto("/staff/notices/start/")
    page.locator("button[name=kind][value=N04]").click()
    page.wait_for_url(re.compile(r"/staff/pages/\d+/edit/"))
    expect(page.locator("#id_title")).to_have_value(re.compile("改造方案（征求意见稿）"))
    return page.url


def write(page: Page) -> None:
    checklist = page.locator("[data-notice-missing]")
    expect(checklist).to_contain_text("图纸查阅地点")
    page.fill("#id_extra_N04_drawings", "社区居委会")
    page.fill("#id_extra_N04_content", "屋面防水、外墙保温、雨污分流")
    page.fill("#id_extra_N04_budget", "1280000")
    page.fill("#id_extra_N04_charge", "不需出资")
    # It follows what is written, before anything is saved.
    expect(checklist).to_contain_text("没有缺项")


def schedule(page: Page) -> None:
    page.locator("#id_go_live_at").evaluate(
        "(field, value) => { field.value = value; field.dispatchEvent(new Event('change')); }",
        f"{LATER:%Y-%m-%d %H:%M}",
    )


def press(page: Page, selector: str) -> None:
    """One of the actions at the foot of the editor, which lie in a drop-down."""
    button = page.locator(f"footer {selector}, [data-tippy-root] {selector}").first
    if not button.is_visible():
        page.locator("footer [data-w-dropdown-target=toggle]").first.click()
    button.click()


def test_a_notice_is_sent_back_approved_and_waits_for_its_day(
    sign_in: Callable[[str], Page],
) -> None:
    clerk, reviewer, stranger = sign_in("clerk"), sign_in("reviewer"), sign_in("clerk2")
    editor = start_draft(clerk)
    write(clerk)
    schedule(clerk)
    press(clerk, "[name=action-submit]")
    expect(clerk.locator(".messages")).to_contain_text("审核")

    answer = stranger.goto(editor)
    assert answer is not None
    assert answer.status == 404

    reviewer.goto("/staff/")
    expect(reviewer.locator("main")).to_contain_text("改造方案（征求意见稿）")
    reviewer.goto(editor)
    press(reviewer, "[data-workflow-action-name=reject]")
    reviewer.fill("#id_comment", "请写明图纸在几号楼可以看")
    with reviewer.expect_navigation():
        reviewer.locator(".modal [type=submit]").click()

    clerk.goto(editor)
    expect(clerk.locator("body")).to_contain_text("请写明图纸在几号楼可以看")
    clerk.fill("#id_extra_N04_drawings", "社区居委会一楼、3号楼门厅")
    press(clerk, "[name=action-restart-workflow]")
    expect(clerk.locator(".messages")).to_contain_text("重启")

    reviewer.goto(editor)
    with reviewer.expect_navigation():
        press(reviewer, "[data-workflow-action-name=approve]:not([data-workflow-action-modal-url])")
    clerk.goto(editor)
    expect(clerk.locator("#id_extra_N04_drawings")).to_have_value("社区居委会一楼、3号楼门厅")
    expect(clerk.locator("body")).to_contain_text(re.compile("计划|定时|预定"))
