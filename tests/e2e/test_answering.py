"""A resident answers with Back and reload, replaces the answer, and finds it in the sealed list."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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
services.survey_publish(survey=services.survey_create(
    sample="SATISFACTION", slug="walk", kind="OTHER", places=[Place.objects.get(code="PC001")],
    opens_at=now - timedelta(hours=1), closes_at=now + timedelta(days=3)))
"""
SEAL = """
from django.utils import timezone
from feedback.surveys import services
from feedback.surveys.models import Survey
from portal.common.generation import generation_bump
survey, now = Survey.objects.get(slug="walk"), timezone.now()
services.survey_close(survey=survey, now=now)
print("root", survey.pk, services.survey_seal(survey=survey, now=now))
generation_bump()
"""


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f"input[name=q-{name}][value='{value}']").check()


def finish(page: Page) -> str:
    """Through the rest with the first choice of each question; the receipt."""
    while True:
        for name in page.evaluate(
            "[...new Set([...document.querySelectorAll('form.survey input[type=radio]')]"
            ".filter(e => e.offsetParent).map(e => e.name))]"
        ):
            if not page.locator(f"input[name={name}]:checked").count():
                page.locator(f"input[name={name}]").first.check()
        if page.locator("[data-send]:visible").count():
            page.click("[data-send]")
            break
        page.click("[data-next]:visible")
    expect(page.get_by_text("您的答卷已计入统计")).to_be_visible()
    return page.locator("[data-keep-receipt]").inner_text().strip()


def test_back_reload_replace_and_find_it_in_the_list(
    installation: Installation,
    open_context: Callable[..., BrowserContext],
    sign_in: Callable[[str], Page],
    tmp_path: Path,
) -> None:
    installation.run(BEGIN)
    code = household_codes(sign_in("clerk"))[0]
    phone = open_context()
    page = phone.new_page()
    page.goto("/surveys/walk/PC001/")
    page.fill("input[name=code]", code)
    page.click("form[data-survey-start] button[type=submit]")
    choose(page, "B1", "4")
    choose(page, "B19", "3")
    page.click("[data-next]:visible")
    page.click("[data-back]:visible")
    expect(page.locator("input[name=q-B1][value='4']")).to_be_checked()
    # Somebody calls, the page is thrown out, and comes back.
    page.goto("/surveys/walk/PC001/")
    page.fill("input[name=code]", code)
    page.click("form[data-survey-start] button[type=submit]")
    expect(page.locator("input[name=q-B1][value='4']")).to_be_checked()
    receipt = finish(page)

    page.goto("/surveys/walk/PC001/")
    expect(page.locator(".survey-kept")).to_be_visible()
    page.locator(".survey-kept__actions button[type=submit]").click()
    page.get_by_role("button", name="重新填写").click()
    choose(page, "B1", "2")
    assert finish(page) == receipt

    number, root = re.findall(r"root (\d+) ([0-9a-f]{64})", installation.run(SEAL))[0]
    page.goto("/surveys/walk/PC001/")
    expect(page.locator(".survey-kept__state--good")).to_contain_text("已计入统计")
    page.goto("/surveys/walk/sealed/")
    expect(page.get_by_text(root)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    download.value.save_as(tmp_path / "list.csv")
    program = tmp_path / "check_seal.py"
    program.write_bytes(phone.request.get("/static/surveys/check_seal.py").body())
    command = [sys.executable, str(program), str(tmp_path / "list.csv"), root, "--receipt", receipt]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout

    auditor = sign_in("evaluator")
    auditor.goto(f"/staff/surveys/{number}/answers/")
    auditor.select_option("[name=what]", "codebook")
    form = auditor.locator("form:has([name=what])")
    form.locator("button[type=submit]").click()
    expect(form.locator("[role=alert]")).to_be_visible()
    auditor.fill("[name=reason]", "核对封存")
    with auditor.expect_download() as codebook:
        form.locator("button[type=submit]").click()
    lines = Path(codebook.value.path()).read_text("utf-8-sig").splitlines()
    assert [line.split(",")[4] for line in lines if line.startswith("merkle_root,")] == [root]
