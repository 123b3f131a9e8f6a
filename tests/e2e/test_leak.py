"""A resident reports a leak from the poster in the stairwell, and a neighbour joins it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Installation
from tests.e2e.test_loop import PLACE, track

pytestmark = [pytest.mark.browser, pytest.mark.worker]
TEXT = "屋顶漏水，小卧室顶上湿了一大片，下雨就滴。"


def poster(installation: Installation) -> str:
    """The address in the QR code of a poster of the place."""
    code = (
        "from portal.places.models import Building; "
        "from portal.places.signs import building_sign; "
        f"one = Building.objects.filter(place__code='{PLACE}').order_by('pk')[0]; "
        "print('/b/' + building_sign(one) + '/')"
    )
    return installation.manage("shell", "-c", code).split()[-1]


def codes_on(page: Page) -> tuple[str, str]:
    number, secret = page.locator(".copyable").all_inner_texts()[:2]
    return number.strip(), secret.strip()


def report_leak(page: Page, address: str, photo: Path) -> tuple[str, str]:
    """From the poster to the receipt: words first, then a photo."""
    page.goto(address)
    page.locator("a[href*='/complaints/new/?at=']").first.click()
    page.fill("textarea[name=text]", TEXT)
    expect(page.locator(".kinds-chip").first).to_contain_text("漏雨")
    page.locator(".kinds-chip").first.click()
    expect(page.locator("textarea[name=text]")).to_have_value(TEXT)
    assert page.locator("select[name=building]").input_value()
    page.set_input_files("input[name=photos]", photo)
    page.fill("input[name=extra_room]", "小卧室，5楼")
    page.click("form[data-intake-form] button[type=submit]")
    expect(page.get_by_text("我们收到了您反映的问题")).to_be_visible()
    return codes_on(page)


def join_leak(page: Page, address: str, number: str) -> tuple[str, str]:
    """The neighbour finds it before writing a word, and gets a receipt of her own."""
    page.goto(address)
    page.locator("a[href*='/complaints/new/?at=']").first.click()
    page.get_by_role("link", name="屋顶漏雨").click()
    page.locator(f"a[href$='?case={number}']").click()
    assert TEXT not in page.content()
    page.click("form[data-intake-form] button[type=submit]")
    expect(page.get_by_text("您家也有同样的问题")).to_be_visible()
    return codes_on(page)


def test_a_leak_is_reported_from_the_poster_and_a_neighbour_joins(
    open_context: Callable[..., BrowserContext], installation: Installation, tmp_path: Path
) -> None:
    photo = tmp_path / "leak.jpg"
    Image.new("RGB", (800, 600), "grey").save(photo)
    address = poster(installation)
    resident, neighbour = open_context().new_page(), open_context().new_page()
    number, secret = report_leak(resident, address, photo)
    own_number, own_secret = join_leak(neighbour, address, number)
    assert own_number != number
    track(neighbour, own_number, own_secret)
    assert TEXT not in neighbour.content()
    track(resident, number, secret)
    expect(resident.locator("main")).to_contain_text("小卧室，5楼")
    expect(resident.locator(".intake-photos img")).to_have_count(1)
    expect(resident.locator("main")).to_contain_text("有邻居反映同样的问题")
