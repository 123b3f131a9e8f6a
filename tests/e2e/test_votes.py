"""An owners' vote by hand: prepared, announced, voted on paper and online, counted, made public."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Installation
from tests.e2e.test_notices import press

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.anywhere]

TITLE = "北门增设门禁"
WALKS = "from feedback.votes.models import Ballot; from datetime import timedelta; "
WALKS += "from django.utils import timezone; from portal.common.generation import generation_bump; "
WALKS += f"now = timezone.now(); ballots = Ballot.objects.filter(title='{TITLE}'); "
#: Its notice has hung for sixteen days; no browser waits so long.
NOTICE = """
from datetime import timedelta
from django.utils import timezone
from notices.models import NoticeVariant
from portal.demo import factories
from portal.pages.models import CommunityPage
kind = NoticeVariant.objects.get(notice_type__code="N07", code="ANNOUNCED")
page, now = CommunityPage.objects.get(place__code="PC001"), timezone.now()
factories.notice(page, now - timedelta(days=16), kind="N07", title="北门门禁表决公告",
                 variant=kind, publicity_start=timezone.localdate(now) - timedelta(days=16),
                 publicity_end=timezone.localdate(now) + timedelta(days=8),
                 event_starts_at=now + timedelta(days=1))
"""
#: (number of the owner, name, co-owners besides) of the homes of the register, in this order.
OWNERS = [
    ("1", "周桂兰", 0),
    ("1", "周桂兰", 0),
    ("2", "赵建国", 1),
    ("3", "钱小红", 0),
    ("4", "孙大力", 0),
]


def homes(installation: Installation) -> list[tuple[str, str, str, str]]:
    """Building, unit, room and household code of the first homes."""
    code = (
        "from portal.places.codes import household_code; "
        "from portal.places.models import Household; "
        "found = Household.objects.filter(building__place__code='PC001', building__name='1号楼'); "
        "[print('home', h.building.name, h.unit, h.room, household_code(h)) "
        "for h in found.order_by('pk')[:5]]"
    )
    text = installation.run(code)
    return re.findall(r"^home (\S+) (\S+) (\S+) (\d+)$", text, re.MULTILINE)


def fits(page: Page) -> None:
    """Nothing is wider than the screen."""
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url


def prepare(clerk: Page, installation: Installation, listed: Path) -> str:
    """Question, list of owners, notice; announced only with all of them. Its staff address."""
    clerk.goto("/staff/votes/")
    clerk.get_by_role("link", name="新建表决").click()
    clerk.fill("#id_title", TITLE)
    clerk.select_option("#id_matter", "8")
    clerk.fill("#id_text", "北门改为刷卡进出，收益归全体业主。")
    dates = installation.run(
        WALKS + "print('days', *[timezone.localtime(now + timedelta(days=d))"
        ".strftime('%Y-%m-%dT%H:%M') for d in (8, 1)])",
    )
    late, soon = (day.replace("T", " ") for day in re.findall(r"\d{4}-\S+T\d\d:\d\d", dates)[-2:])
    fill_dates(clerk, late, soon)
    clerk.check("#id_is_online")
    clerk.locator("main form button[type=submit]").click()
    # The wrong way round: said at the form, nothing typed is lost.
    expect(clerk.get_by_text("表决不能在开始之前结束")).to_be_visible()
    expect(clerk.locator("#id_title")).to_have_value(TITLE)
    fill_dates(clerk, soon, late)
    clerk.locator("main form button[type=submit]").click()
    detail = clerk.url
    announce(clerk)
    expect(clerk.get_by_text("请先发布表决公告").first).to_be_visible()

    clerk.goto(f"{detail}voters/")
    clerk.set_input_files("#id_file", listed)
    clerk.locator("main form[enctype] button").click()
    expect(clerk.get_by_text("业主4名，房屋5套").first).to_be_visible()

    installation.run(NOTICE)
    clerk.goto(f"{detail}edit/")
    clerk.select_option("#id_notice", label="北门门禁表决公告")
    clerk.locator("main form button[type=submit]").click()
    clerk.wait_for_url(detail)
    announce(clerk)
    expect(clerk.locator(".w-status").first).to_have_text("已公告，尚未开始")
    return detail


def fill_dates(clerk: Page, opens: str, closes: str) -> None:
    # Not typed: the calendar would open and lie over what follows.
    for field, value in (("#id_opens_at", opens), ("#id_closes_at", closes)):
        clerk.locator(field).evaluate("(field, value) => { field.value = value; }", value)


def announce(clerk: Page) -> None:
    clerk.locator("form[action$='/announce/'] button").click()
    clerk.wait_for_load_state()


def vote_online(page: Page, ballot: str, code: str) -> str:
    """With a wrong name first; the receipt."""
    page.goto(ballot)
    page.get_by_role("link", name="线上表决").click()
    page.wait_for_url(lambda address: not address.endswith(ballot))
    fits(page)
    page.check("input[name=choice][value=FOR]", force=True)
    page.fill("input[name=code]", " ".join(code[i : i + 4] for i in range(0, 16, 4)))
    page.fill("input[name=name]", "租户")
    page.click("main form button[type=submit]")
    page.click("main form button[type=submit] >> nth=0")
    expect(page.get_by_text("对不上").first).to_be_visible()
    expect(page.locator("input[name=name]")).to_have_value("租户")
    page.fill("input[name=name]", "周 桂兰")
    page.click("main form button[type=submit]")
    expect(page.get_by_text("周 桂兰")).to_be_visible()
    fits(page)
    page.click("main form button[type=submit] >> nth=0")
    expect(page.get_by_role("heading", name="您的表决已登记")).to_be_visible()
    return page.locator(".copyable").inner_text().strip()


def enter_paper(clerk: Page, detail: str, name: str, choice: str, proxy: str = "") -> None:
    clerk.goto(f"{detail}voters/")
    clerk.locator("tr", has_text=name).get_by_role("link").click()
    clerk.check(f"input[name=choice][value={choice}]", force=True)
    if proxy:
        clerk.fill("#id_proxy", proxy)
    reason = clerk.locator("#id_reason")
    if reason.count():
        reason.fill("录入时看错一行")
    clerk.locator("main form button[type=submit]").click()
    expect(clerk.get_by_text("已登记：").first).to_be_visible()


def test_a_vote_from_the_question_to_the_published_result(
    installation: Installation,
    open_context: Callable[..., BrowserContext],
    sign_in: Callable[..., Page],
    tmp_path: Path,
) -> None:
    known = homes(installation)
    listed = tmp_path / "owners.csv"
    rows = [
        f"{number},{name},{building},{unit},{room},100,{more}"
        for (number, name, more), (building, unit, room, _c) in zip(OWNERS, known, strict=True)
    ]
    listed.write_text("业主编号,姓名,楼栋,单元,房号,专有面积,共有人数\n" + "\n".join(rows))
    clerk = sign_in("clerk")
    detail = prepare(clerk, installation, listed)

    owner = open_context().new_page()
    owner.goto("/votes/?place=PC001")
    owner.get_by_role("link", name=TITLE).click()
    ballot = owner.url
    expect(owner.get_by_text("这是业主表决，不是问卷调查")).to_be_visible()
    expect(owner.get_by_text("已公告，尚未开始")).to_be_visible()
    owner.get_by_role("link", name="本次表决公告").click()
    expect(owner.locator("h1")).to_have_text("北门门禁表决公告")

    begin = "ballots.update(opens_at=now - timedelta(hours=1)); generation_bump()"
    installation.run(WALKS + begin)
    receipt = vote_online(owner, ballot, known[1][3])
    owner.goto("/votes/receipt/")
    owner.fill("input[name=receipt]", receipt)
    owner.click("main form button[type=submit]")
    expect(owner.get_by_text("您的表决已登记").first).to_be_visible()

    # On a phone at the door, too: papers with the names, then one after the other.
    clerk.set_viewport_size({"width": 390, "height": 844})
    clerk.goto(detail)
    fits(clerk)
    link = clerk.get_by_role("link", name="北门门禁表决公告")
    assert link.bounding_box()["x"] + link.bounding_box()["width"] <= 390  # type: ignore[index]
    clerk.goto(f"{detail}voters/")
    clerk.get_by_role("link", name="打印全部未表决业主的表决票").click()
    expect(clerk.locator(".ballot-paper")).to_have_count(3)
    expect(clerk.locator(".ballot-paper").first).to_contain_text("赵建国 （另有共有人1人）")
    enter_paper(clerk, detail, "赵建国", "AGAINST")
    enter_paper(clerk, detail, "赵建国", "FOR")
    enter_paper(clerk, detail, "钱小红", "FOR", proxy="钱小明")
    owner.goto(ballot)
    expect(owner.locator(".quorum")).to_contain_text("400.00／500.00")
    expect(owner.locator(".quorum")).to_contain_text("3／4")
    fits(owner)
    assert "反对" not in owner.content()

    clerk.goto(detail)
    expect(clerk.locator("form[action$='/close/']")).to_have_count(0)
    expect(clerk.get_by_text("或业主全部表决后，可在此计票")).to_be_visible()
    end = "ballots.update(closes_at=now - timedelta(minutes=1)); generation_bump()"
    installation.run(WALKS + end)
    clerk.goto(detail)
    clerk.locator("form[action$='/close/'] button").click()
    expect(clerk.get_by_role("heading", name="通过", exact=True)).to_be_visible()
    expect(clerk.get_by_text("尚未公布")).to_be_visible()
    clerk.get_by_role("link", name="打印计票结果确认书").click()
    fits(clerk)
    expect(clerk.locator(".vote-hash")).to_contain_text(re.compile("[0-9a-f]{64}"))

    publish_result(clerk, sign_in("reviewer"), detail)
    for address in (ballot, ballot.replace("/votes/", "/en/votes/")):
        owner.goto(address)
        fits(owner)
        expect(owner.locator("main")).to_contain_text("80.00 %")
    expect(owner.get_by_text("at least 3/4").first).to_be_visible()
    owner.get_by_role("link", name="The notice of the result").click()
    expect(owner.locator("main")).to_contain_text("400.00")
    clerk.goto(detail)
    expect(clerk.get_by_text("已公布")).to_be_visible()


def publish_result(clerk: Page, reviewer: Page, detail: str) -> None:
    """The draft that the count has made goes the way of every notice."""
    clerk.set_viewport_size({"width": 1280, "height": 844})
    clerk.goto(detail)
    clerk.locator("form[action$='/result/'] button").click()
    clerk.wait_for_url(re.compile(r"/staff/pages/\d+/edit/"))
    editor = clerk.url
    with clerk.expect_navigation():
        press(clerk, "[name=action-submit]")
    reviewer.goto(editor)
    with reviewer.expect_navigation():
        press(reviewer, "[data-workflow-action-name=approve]:not([data-workflow-action-modal-url])")
