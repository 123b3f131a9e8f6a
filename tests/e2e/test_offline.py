"""No network: forms open again, what is sent waits on the phone and arrives once."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Installation

pytestmark = [pytest.mark.browser, pytest.mark.worker]
#: Not the place whose figures test_loop.py watches.
PLACE = "YG001"
SURVEY = f"/surveys/satisfaction-2026/{PLACE}/"
OBJECTION = "门厅的坡道太陡，轮椅上不去，请放缓。"
TEXT = "地下室的暖气管在滴水，信号不好，先写下来。"


def count(installation: Installation, expression: str) -> int:
    """What an expression over the models gives in the installation."""
    code = (
        "from feedback.complaints.models import *; from feedback.surveys.models import *; "
        "from notices.models import *; "
        f"print('count', {expression})"
    )
    return int(re.findall(r"count (\d+)", installation.run(code))[-1])


def household_codes(installation: Installation) -> list[str]:
    code = (
        "from portal.places.codes import household_code; "
        "from portal.places.models import Household; "
        f"homes = Household.objects.filter(building__place__code='{PLACE}').order_by('pk'); "
        "print('codes', *map(household_code, homes))"
    )
    return installation.run(code).split("codes ")[-1].split()


def kept(page: Page, address: str) -> None:
    """Wait until the worker is in charge and keeps the page."""
    page.evaluate(
        """address => new Promise(resolve => {
            const timer = setInterval(async () => {
                if (navigator.serviceWorker.controller && await caches.match(address)) {
                    clearInterval(timer);
                    resolve();
                }
            }, 100);
        })""",
        address,
    )


def test_a_complaint_with_a_photo_made_without_network_arrives_once(
    open_context: Callable[..., BrowserContext], installation: Installation, tmp_path: Path
) -> None:
    photo = tmp_path / "pipe.jpg"
    Image.new("RGB", (800, 600), "brown").save(photo)
    context = open_context()
    page = context.new_page()
    address = f"/complaints/new/?place={PLACE}&category=C14"
    page.goto(address)
    kept(page, address)
    context.set_offline(True)
    # Opened again in the basement, and about something else than what was kept.
    page.goto(address.replace("C14", "C12"))
    expect(page.locator("select[name=category]")).to_have_value("C12")
    page.select_option("select[name=category]", "C14")
    page.fill("textarea[name=text]", TEXT)
    page.set_input_files("input[name=photos]", photo)
    page.click("form[data-intake-form] button[type=submit]")
    expect(page.locator(".outbox__item")).to_have_count(1)
    # The page is closed; another one has the same list.
    page.goto(address)
    expect(page.locator(".outbox__item")).to_contain_text("等待发送")
    context.set_offline(False)
    expect(page.locator(".outbox__item")).to_contain_text("已送达", timeout=30000)
    page.get_by_role("button", name="看回执").click()
    expect(page.get_by_text("我们收到了您反映的问题")).to_be_visible()
    expect(page.locator(".outbox")).to_be_hidden()
    filed = f"Complaint.objects.filter(text='{TEXT}', category='C14')"
    assert count(installation, f"{filed}.count()") == 1
    assert (
        count(installation, f"ComplaintPhoto.objects.filter(complaint__text='{TEXT}').count()") == 1
    )


def test_an_objection_written_without_network_arrives_once(
    open_context: Callable[..., BrowserContext], installation: Installation
) -> None:
    code = (
        "from django.utils import timezone; from portal.demo import factories; "
        "from portal.pages.models import CommunityPage; "
        f"page = CommunityPage.objects.get(place__code='{PLACE}'); "
        "print('made', factories.notice(page, timezone.now(), kind='N04', title='门厅方案').pk)"
    )
    pk = re.findall(r"made (\d+)", installation.run(code))[-1]
    address = f"/objections/{pk}/"
    context = open_context()
    page = context.new_page()
    page.goto(address)
    kept(page, address)
    context.set_offline(True)
    page.goto(address)
    page.fill("textarea[name=text]", OBJECTION)
    page.click("form[data-intake-form] button[type=submit]")
    expect(page.locator(".outbox__item")).to_have_count(1)
    page.goto(address)
    expect(page.locator(".outbox__item")).to_contain_text("等待发送")
    context.set_offline(False)
    expect(page.locator(".outbox__item")).to_contain_text("已送达", timeout=30000)
    page.get_by_role("button", name="看回执").click()
    expect(page.get_by_role("heading", name="已收到您的异议")).to_be_visible()
    filed = f"Objection.objects.filter(notice={pk}, text='{OBJECTION}').count()"
    assert count(installation, filed) == 1


def test_a_survey_answered_in_a_tunnel_counts_once(
    open_context: Callable[..., BrowserContext],
    installation: Installation,
) -> None:
    context = open_context()
    page = context.new_page()
    for code in household_codes(installation):
        page.goto(SURVEY)
        kept(page, SURVEY)
        page.fill("input[name=code]", code)
        page.click("form[data-survey-start] button[type=submit]")
        page.wait_for_load_state()
        if page.locator("form[data-survey-steps]").count():
            break
    before = count(installation, "Participation.objects.count()")
    answer_shown(page)
    chosen = page.locator("input[type=radio]:checked").first
    name, value = chosen.get_attribute("name"), chosen.get_attribute("value")
    page.wait_for_timeout(1000)
    # Thrown out in the tunnel: no error of the browser; out of it the page goes on where it was.
    context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", name="没有网络")).to_be_visible()
    page.goto(SURVEY)
    expect(page.locator("form[data-survey-start]")).to_be_visible()
    context.set_offline(False)
    page.fill("input[name=code]", code)
    page.click("form[data-survey-start] button[type=submit]")
    expect(page.locator(f"input[name={name}][value='{value}']")).to_be_checked()
    context.set_offline(True)
    while not page.locator("[data-send]:visible").count():
        answer_shown(page)
        page.click("[data-next]:visible")
    answer_shown(page)
    page.click("[data-send]")
    expect(page.locator(".outbox__item")).to_have_count(1)
    context.set_offline(False)
    expect(page.get_by_text("您的答卷已计入统计")).to_be_visible(timeout=30000)
    assert count(installation, "Participation.objects.count()") == before + 1


def answer_shown(page: Page) -> None:
    for name in page.evaluate(
        "[...new Set([...document.querySelectorAll('form.survey input[type=radio]')]"
        ".filter(e => e.offsetParent).map(e => e.name))]"
    ):
        page.locator(f"input[name={name}]").first.check()
