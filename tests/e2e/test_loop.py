"""The whole loop by hand: notice, answer, complaint, figures, proposal, export."""

import csv
import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Installation

pytestmark = [pytest.mark.browser, pytest.mark.worker]

PLACE = "PC001"
SURVEY = f"/surveys/satisfaction-2026/{PLACE}/"
MOVING = ("I38", "I39", "I40", "I32", "I33", "I34")
EXPORT = f"""
from django.core.management import call_command
from django.utils import timezone
year = timezone.localdate().year
call_command("export_measurements", place="{PLACE}", year=year, format="csv", output="-")
"""
Figures = dict[tuple[str, str, str], tuple[str, ...]]


def figures(installation: Installation) -> Figures:
    """(indicator, variant, start of the period) of the place → what it says."""
    rows = csv.DictReader(io.StringIO(installation.run(EXPORT)))
    return {
        (r["indicator"], r["variant"], r["period_start"]): tuple(
            r[name] for name in ("inputs_hash", "value", "numerator", "n", "population")
        )
        for r in rows
    }


def household_codes(staff: Page) -> list[str]:
    """The codes on the letters of the clerk's first building, as a person reads them."""
    staff.goto("/staff/buildings/")
    staff.goto("/staff/letters/buildings/1/")
    letters = staff.locator(".letter__code").all_inner_texts()
    return [re.sub(r"\D", "", text)[-16:] for text in letters]


def answer_core(page: Page, codes: list[str]) -> str:
    """Answer the two-minute core with the first code that has not answered yet."""
    for code in codes:
        page.goto(SURVEY)
        page.fill("input[name=code]", code)
        page.click("form[data-survey-start] button[type=submit]")
        page.wait_for_load_state()
        if page.locator("form[data-survey-steps]").count():
            break
    else:
        raise AssertionError("every code has answered")
    while True:
        for name in page.evaluate(
            "[...new Set([...document.querySelectorAll('form.survey input[type=radio]')]"
            ".filter(e => e.offsetParent).map(e => e.name))]"
        ):
            page.locator(f"input[name={name}]").first.check()
        if page.locator("[data-send]:visible").count():
            page.click("[data-send]")
            break
        page.click("[data-next]:visible")
    expect(page.get_by_text("您的答卷已计入统计")).to_be_visible()
    return code


def file_complaint(page: Page, photo: Path) -> tuple[str, str]:
    page.goto(f"/complaints/new/?place={PLACE}")
    page.get_by_text("暖气不热").click()
    page.fill("textarea[name=text]", "三单元顶层暖气片是凉的，晚上只有十四度，已经四天了。")
    page.set_input_files("input[name=photos]", photo)
    expect(page.locator(".intake-photos img")).to_have_count(1)
    page.click("form[data-intake-form] button[type=submit]")
    expect(page.get_by_text("我们收到了您反映的问题")).to_be_visible()
    number, secret = page.locator(".copyable").all_inner_texts()[:2]
    return number.strip(), secret.strip()


def track(page: Page, number: str, secret: str) -> None:
    page.goto("/complaints/track/")
    page.fill("input[name=number]", number)
    page.fill("input[name=secret]", secret)
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_text("办理经过")).to_be_visible()


def handle(staff: Page, number: str) -> None:
    """Accept it, then say what was done."""
    staff.goto(f"/staff/complaints/{number}/")
    staff.fill("[name=accept-reply]", "今天下午供热单位上门排气。")
    staff.click("form[action*='/accept/'] button")
    resolve = staff.locator("form[action*='/resolve/']")
    resolve.evaluate("form => { const d = form.closest('details'); if (d) d.open = true; }")
    resolve.locator("textarea").first.fill("已放气并更换阀门，室温20度。")
    resolve.locator("button").last.click()
    expect(staff.get_by_text("待居民确认").first).to_be_visible()


def test_the_loop_from_notice_to_export(
    installation: Installation,
    open_context: Callable[..., BrowserContext],
    sign_in: Callable[[str], Page],
    tmp_path: Path,
) -> None:
    before = figures(installation)
    clerk = sign_in("clerk")
    codes = household_codes(clerk)
    assert len(codes) > 10

    resident = open_context().new_page()
    resident.goto("/")
    resident.fill("input[name=q]", "hsl")
    resident.locator("main form button[type=submit]").first.click()
    resident.locator("main").get_by_role("link", name="和顺里小区").first.click()
    expect(resident.locator("h1")).to_have_text("和顺里小区")
    resident.locator("main a[href*='n10-']").first.click()
    expect(resident.get_by_text("公示期").first).to_be_visible()

    code = answer_core(resident, codes)
    resident.goto(SURVEY)
    resident.fill("input[name=code]", code)
    resident.click("form[data-survey-start] button[type=submit]")
    expect(resident.get_by_text("已经答过").first).to_be_visible()

    photo = tmp_path / "heating.jpg"
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(
        photo, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"
    )
    number, secret = file_complaint(resident, photo)
    handle(clerk, number)
    track(resident, number, secret)
    resident.check("input[name=verdict][value=SOLVED]", force=True)
    resident.check("input[name=rating][value='5']", force=True)
    resident.locator("form[action$='/track/answer/'] button[type=submit]").first.click()
    expect(resident.get_by_text("谢谢").first).to_be_visible()

    after = moved(installation, before)
    changed = {key[0] for key in after if after[key] != before.get(key)}
    assert changed >= set(MOVING)
    assert "I28" not in changed

    approve_and_export(sign_in, tmp_path)


def moved(installation: Installation, before: Figures) -> Figures:
    """The figures once all that must move has moved: a minute, and what it takes to measure."""
    until = time.monotonic() + 90
    while True:
        now = figures(installation)
        changed = {key[0] for key in now if now[key] != before.get(key)}
        if changed >= set(MOVING) or time.monotonic() > until:
            return now
        time.sleep(1)


def approve_and_export(sign_in: Callable[[str], Page], tmp_path: Path) -> None:
    finance = sign_in("finance")
    finance.goto("/staff/figures/targets/")
    finance.locator("main table a[href*='/targets/']").first.click()
    proposal = finance.url
    finance.click("button[name=advance]")
    finance.goto(proposal)
    expect(finance.locator(".w-status").first).to_have_text("已批准")

    evaluator = sign_in("evaluator")
    evaluator.goto("/staff/figures/")
    evaluator.select_option("#export-year", "2021")
    evaluator.select_option("#export-format", "xlsx")
    evaluator.fill("#export-reason", "年度绩效评价")
    evaluator.locator("form[action$='/export/'] button").click()
    # A worker makes the file; the page comes up to date by itself.
    fetch = evaluator.locator("a[href$='/file/']")
    fetch.wait_for(timeout=90_000)
    with evaluator.expect_download() as download:
        fetch.click()
    download.value.save_as(tmp_path / "figures.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "figures.xlsx").worksheets[0]
    header = [cell.value for cell in next(sheet.iter_rows(max_row=1))]
    assert header[:3] == ["indicator", "variant", "name_zh"]
    assert sheet.max_row > 10
