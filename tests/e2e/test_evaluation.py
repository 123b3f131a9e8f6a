"""From the worst community to a bundle that tells one changed byte, by hand (the second half of the
loop): evidence, judgement, target, promise, exports."""

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Installation
from tests.reachable import OFFICE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.worker,
    pytest.mark.office,
    pytest.mark.anywhere,
]

COUNTY, COMMUNITY, YEAR = "140213", "PC001", "2021"
PROMISED = "1—4号楼楼道每晚亮灯"


def test_from_the_worst_community_to_a_bundle_that_tells_a_changed_byte(
    installation: Installation,
    open_context: Callable[..., BrowserContext],
    sign_in: Callable[[str], Page],
    tmp_path: Path,
) -> None:
    evaluator, finance, reviewer = sign_in("evaluator"), sign_in("finance"), sign_in("reviewer")
    clerk = sign_in("clerk")
    open_the_worst(evaluator)
    judge(evaluator)
    target = raise_target(clerk, reviewer, finance)
    promise(clerk, reviewer)

    resident = open_context().new_page()
    resident.goto("/")
    resident.fill("input[name=q]", "hsl")
    resident.locator("main form button[type=submit]").first.click()
    resident.locator("main").get_by_role("link", name="和顺里小区").first.click()
    card = resident.locator(".card", has_text=PROMISED)
    expect(card).to_contain_text("已承诺")
    card.get_by_role("link").click()
    expect(resident.get_by_text(PROMISED).first).to_be_visible()
    told = resident.request.get(f"/api/v1/targets?under={COMMUNITY}&year={target}").json()["items"]
    assert ("I38", "95.00") in [(one["indicator"], one["value"]) for one in told]

    export_all(evaluator, tmp_path)


def test_an_evaluator_without_script_on_a_phone(
    open_context: Callable[..., BrowserContext], installation: Installation
) -> None:
    """Nothing covers the screens, and what a step came to can be read."""
    page = open_context(java_script_enabled=False).new_page()
    page.goto("/staff/")
    page.fill("input[name=login]", "evaluator")
    page.fill("input[name=password]", installation.passwords["evaluator"])
    page.click("main button[type=submit]")
    page.goto(f"/staff/figures/dashboard/?place={COUNTY}")
    page.select_option("select[name=year]", YEAR)
    page.click("form:has(select[name=year]) button")
    assert f"year={YEAR}" in page.url
    page.goto(f"/staff/figures/score/I14/?place={COUNTY}&year={YEAR}&scheme=EVALUATION")
    page.fill("[name=value]", "80")
    page.fill("[name=reason]", "制度齐全。")
    page.click("main form button[type=submit]:has-text('保存')")
    assert page.locator(".messages ul").evaluate("one => getComputedStyle(one).opacity") == "1"
    page.goto(f"/staff/figures/exports/?place={COUNTY}&year={YEAR}")
    page.fill("form[action$='/new/'] [name=reason]", "年度绩效评价")
    page.click("form[action$='/new/'] button")
    expect(page.locator("main dl")).to_contain_text("年度绩效评价")
    page.click(".without-script a")
    page.locator("main a[href$='/figures/exports/']").click()


def test_pictures_fit_a_narrow_phone(
    open_context: Callable[..., BrowserContext], sign_in: Callable[..., Page]
) -> None:
    """Good values stand at the right end: they are the first to be cut off."""
    resident = open_context(320).new_page()
    resident.goto("/figures/?view=large")
    evaluator = sign_in("evaluator", 390)
    evaluator.goto(f"/staff/figures/score/?place={COUNTY}&year={YEAR}&scheme=EVALUATION")
    for picture in (resident.locator(".chart__picture"), evaluator.locator("div:has(> svg.marks)")):
        wide, room = picture.first.evaluate("one => [one.scrollWidth, one.clientWidth]")
        assert wide <= room


def number(text: str) -> float:
    found = re.search(r"\d+(\.\d+)?", text)
    assert found, text
    return float(found.group())


def open_the_worst(page: Page) -> None:
    """The last of the ranks, and from its cell of the heat table down to the answers."""
    page.goto(f"/staff/figures/dashboard/?place={COUNTY}&year={YEAR}&indicator=I38")
    ranks = page.locator("section[aria-labelledby=ranks] tbody tr")
    told = {
        row.locator("td").nth(1).inner_text(): number(row.locator("td").nth(2).inner_text())
        for row in ranks.all()
        if row.locator("td").first.inner_text() != "–"
    }
    worst = min(told, key=lambda name: told[name])
    assert list(told)[-1] == worst
    heads = page.locator(".heat-table thead abbr").all_inner_texts()
    line = page.locator(".heat-table tbody tr", has_text=worst)
    line.locator("td").nth(heads.index("I38")).locator("a").click()
    expect(page.get_by_text(worst).first).to_be_visible()
    facts = {
        row.locator("th").inner_text(): row.locator("td").inner_text()
        for row in page.locator("tr:has(th[scope=row]):has(td)").all()
    }
    tally = {int(code): int(n) for code, n in re.findall(r"([0-5]): (\d+)", facts["答卷数"])}
    valid = sum(n for code, n in tally.items() if code)
    top = tally.get(4, 0) + tally.get(5, 0)
    assert facts["代入数字"].startswith(f"{top} ÷ {valid} × 100 = {told[worst]:.2f}")
    assert re.fullmatch(r"[0-9a-f]{64}", facts["输入数据的哈希值"])


def judge(page: Page) -> None:
    """I14 has no figure: an evaluator says how sound the rules are, and why."""
    address = f"/staff/figures/score/?place={COUNTY}&year={YEAR}&scheme=EVALUATION"
    page.goto(address)
    line = page.locator("tr", has_text="I14 ").filter(has=page.locator("a[href*='/score/I14/']"))
    expect(line).to_contain_text("不适用")
    line.locator("a[href*='/score/I14/']").click()
    page.fill("[name=value]", "85")
    page.click("main form button[type=submit]:has-text('保存')")
    expect(page.locator("[name=reason]")).to_be_visible()
    page.fill("[name=value]", "85")
    page.fill("[name=reason]", "领导组和制度齐全，档案制度执行不到位。")
    page.click("main form button[type=submit]:has-text('保存')")
    page.goto(address)
    expect(line).to_contain_text("档案制度执行不到位。 (吴敏)")
    expect(line).not_to_contain_text("等待评价人员评分")
    out_of, points = (number(line.locator("td").nth(column).inner_text()) for column in (5, 6))
    assert points == pytest.approx(0.85 * out_of, abs=0.01)


def raise_target(clerk: Page, reviewer: Page, finance: Page) -> str:
    """The community proposes more, the county passes it on, finance approves; its year."""
    clerk.goto("/staff/figures/targets/new/")
    clerk.select_option("[name=place]", index=1)
    clerk.select_option("[name=indicator]", "I38")
    year = clerk.input_value("[name=year]")
    clerk.fill("[name=value]", "95")
    clerk.fill("[name=reason]", "楼道照明修好后，回访满意度已经高于上级目标。")
    clerk.click("main form button[type=submit]:has-text('提出')")
    clerk.goto(f"/staff/figures/targets/?place={COMMUNITY}")
    mine = clerk.locator("main table tbody tr", has_text="95")
    mine.locator("a[href*='/targets/']").first.click()
    address = clerk.url
    for page in (clerk, reviewer, reviewer, finance):
        page.goto(address)
        page.click("button[name=advance]")
    clerk.goto(address)
    expect(clerk.locator("button[name=advance]")).to_have_count(0)
    expect(clerk.locator(".w-status").first).to_have_text("已批准")
    return year


def promise(clerk: Page, reviewer: Page) -> None:
    clerk.goto("/staff/actions/new/")
    clerk.select_option("[name=place]", index=1)
    clerk.fill("[name=title]", "楼道夜间没有灯")
    clerk.click("main form button[type=submit]:has-text('保存')")
    clerk.fill("[name=measure]", "更换声控灯并每周巡查。")
    clerk.fill("[name=resident_text_zh]", PROMISED)
    clerk.select_option("[name=owner]", index=1)
    clerk.fill("[name=due_on]", (timezone.localdate() + timedelta(days=40)).isoformat())
    # The calendar that opens over the button goes with the first key.
    clerk.keyboard.press("Escape")
    clerk.focus("main form button[type=submit]:has-text('保存')")
    clerk.keyboard.press("Enter")
    clerk.wait_for_url(re.compile(r"/staff/actions/\d+/$"))
    reviewer.goto(clerk.url)
    reviewer.click("form[action$='/promise/'] button")
    expect(reviewer.locator(".w-status").first).to_have_text("已承诺")


# --- exports ---


def export_all(page: Page, folder: Path) -> None:
    page.goto(f"/staff/figures/exports/?place={COUNTY}&year={YEAR}")
    page.select_option("[name=what]", "FIGURES.xlsx")
    page.fill("form[action$='/new/'] [name=reason]", "年度绩效评价")
    page.click("form[action$='/new/'] button")
    figures = openpyxl.load_workbook(fetched(page, folder)).worksheets[0]
    assert figures["A1"].value == "indicator"
    assert figures.max_row > 10

    score = f"/staff/figures/score/?place={COUNTY}&year={YEAR}&scheme=EVALUATION"
    page.goto(score)
    total = page.locator("main strong.w-h2").first.inner_text()
    page.click("form[action*='/score/form/'] button")
    sheet = fetched(page, folder)
    assert "绩效评价指标评分表" in said(openpyxl.load_workbook(sheet).worksheets[0])
    # The points come about by formulas: an office suite works out the total that the screen shows.
    assert total in office(sheet, "csv:Text - txt - csv (StarCalc):44,34,76")

    page.goto(score)
    page.click("form[action*='/score/report/'] button")
    report = office(fetched(page, folder), "txt:Text (encoded):UTF8")
    assert f"综合得分{total}分" in report

    page.goto(f"/staff/figures/exports/?place={COUNTY}&year={YEAR}")
    page.select_option("[name=what]", "BUNDLE.zip")
    page.fill("form[action$='/new/'] [name=reason]", "留存佐证")
    page.click("form[action$='/new/'] button")
    bundle = fetched(page, folder)
    unpacked = folder / "bundle"
    zipfile.ZipFile(bundle).extractall(unpacked)
    assert recomputed(unpacked).returncode == 0
    table = unpacked / "data" / "measurements.csv"
    content = bytearray(table.read_bytes())
    at = content.rindex(b"1")
    content[at] = ord("2")
    table.write_bytes(content)
    again = recomputed(unpacked)
    assert again.returncode == 1
    assert "data/measurements.csv: changed" in again.stdout + again.stderr


def fetched(page: Page, folder: Path) -> Path:
    """The file, once a worker has made it: the page comes up to date by itself."""
    link = page.locator("a[href$='/file/']")
    link.wait_for(timeout=90_000)
    with page.expect_download() as download:
        link.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def said(sheet: object) -> str:
    rows = sheet.iter_rows(values_only=True)  # type: ignore[attr-defined]
    return "\n".join(str(cell) for row in rows for cell in row if cell is not None)


def office(file: Path, form: str) -> str:
    """What LibreOffice reads in `file`, formulas worked out anew."""
    program = next(filter(None, map(shutil.which, OFFICE)))
    subprocess.run(
        [
            *(program, f"-env:UserInstallation=file://{file.parent}/profile", "--headless"),
            *("--convert-to", form, "--outdir", str(file.parent), str(file)),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return file.with_suffix(f".{form[:3]}").read_text("utf-8")


def recomputed(folder: Path) -> "subprocess.CompletedProcess[str]":
    """With nothing but the standard library: -I keeps the environment out, -S what is installed."""
    program = [sys.executable, "-I", "-S", str(folder / "recompute.py")]
    return subprocess.run(program, capture_output=True, text=True, check=False, timeout=120)
