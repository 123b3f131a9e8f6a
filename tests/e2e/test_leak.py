"""A leak from the poster in the stairwell to the second closing, everybody on a phone; and a report
of corruption that nobody but the discipline office finds."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from portal.demo.staff import CONTRACTOR
from tests.e2e.conftest import Installation
from tests.e2e.test_loop import PLACE, track

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.anywhere]
TEXT = "屋顶漏水，小卧室顶上湿了一大片，下雨就滴。"


def poster(installation: Installation) -> str:
    """The address in the QR code of a poster of the place."""
    code = (
        "from portal.places.models import Building; "
        "from portal.places.signs import building_sign; "
        f"one = Building.objects.filter(place__code='{PLACE}').order_by('pk')[0]; "
        "print('/b/' + building_sign(one) + '/')"
    )
    return installation.run(code).split()[-1]


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


PHONE = 390


def step(staff: Page, number: str, name: str, **fields: str | Path) -> None:
    """Open the case on the phone and take one step on it."""
    staff.goto(f"/staff/complaints/{number}/")
    form = staff.locator(f"form[action*='/{name}/']")
    form.evaluate("form => { form.closest('details').open = true; }")
    for field, value in fields.items():
        place = form.locator(f"[name={name}-{field}]")
        if isinstance(value, Path):
            place.set_input_files(value)
        elif place.evaluate("field => field.tagName") == "SELECT":
            place.select_option(label=value)
        else:
            place.fill(value)
    form.locator("button[type=submit]").last.click()
    staff.wait_for_load_state()
    assert not staff.locator(".help-critical, .w-field--error").count(), name
    assert staff.evaluate("document.documentElement.scrollWidth") <= PHONE, name


def say(page: Page, codes: tuple[str, str], verdict: str, rating: int) -> None:
    """The resident's word on whether it is solved."""
    track(page, *codes)
    page.check(f"input[name=verdict][value={verdict}]", force=True)
    page.check(f"input[name=rating][value='{rating}']", force=True)
    page.locator("form[action$='/track/answer/'] button[type=submit]").first.click()
    page.wait_for_load_state()


def test_a_leak_goes_from_the_poster_to_the_second_closing(
    open_context: Callable[..., BrowserContext],
    sign_in: Callable[..., Page],
    installation: Installation,
    tmp_path: Path,
) -> None:
    photo, repaired = tmp_path / "leak.jpg", tmp_path / "repaired.jpg"
    Image.new("RGB", (800, 600), "grey").save(photo)
    Image.new("RGB", (800, 600), "green").save(repaired)
    address = poster(installation)
    resident, neighbour = open_context().new_page(), open_context().new_page()
    codes = number, secret = report_leak(resident, address, photo)
    own_number, own_secret = join_leak(neighbour, address, number)
    assert own_number != number
    track(neighbour, own_number, own_secret)
    assert TEXT not in neighbour.content()
    track(resident, number, secret)
    expect(resident.locator("main")).to_contain_text("小卧室，5楼")
    expect(resident.locator(".intake-photos img")).to_have_count(1)
    expect(resident.locator("main")).to_contain_text("有邻居反映同样的问题")

    clerk = sign_in("clerk", PHONE)
    step(clerk, number, "accept", reply="今天联系施工单位上门查看。")
    step(clerk, number, "assign", organisation=CONTRACTOR)
    builder = sign_in("contractor", PHONE)
    step(builder, number, "answer", text="防水层已重做，请查收照片。", photos=repaired)
    step(clerk, number, "resolve", text="施工单位已重做防水，社区到场看过。")
    say(resident, codes, "PARTLY", 3)
    expect(resident.locator("main")).to_contain_text("平城区")
    expect(resident.locator("form[action$='/track/answer/']")).to_have_count(0)

    reviewer = sign_in("reviewer", PHONE)
    reviewer.goto("/staff/complaints/today/")
    reviewer.locator(f"a[href$='/{number}/']").first.click()
    expect(reviewer.get_by_text(TEXT).first).to_be_visible()
    step(reviewer, number, "resolve", text="区里牵头返工，淋水试验一小时不漏。")
    say(resident, codes, "SOLVED", 5)
    expect(resident.locator("main")).to_contain_text("居民已确认")
    track(neighbour, own_number, own_secret)
    expect(neighbour.locator("main")).to_contain_text("居民已确认")


def test_a_report_of_corruption_is_seen_by_the_discipline_office_alone(
    open_context: Callable[..., BrowserContext], sign_in: Callable[..., Page]
) -> None:
    words = "验收时没有到现场就签了字。"
    resident = open_context().new_page()
    resident.goto(f"/complaints/new/?place={PLACE}&category=C30")
    expect(resident.get_by_text("只有纪检监察机关能看到").first).to_be_visible()
    resident.fill("textarea[name=text]", words)
    resident.click("form[data-intake-form] button[type=submit]")
    expect(resident.get_by_role("heading", name="我们收到了您反映的问题")).to_be_visible()
    expect(resident.locator("main")).to_contain_text("您的举报只有纪检监察机关能看到")
    number, secret = codes_on(resident)
    track(resident, number, secret)
    expect(resident.locator("main")).to_contain_text(words)

    clerk = sign_in("clerk", PHONE)
    for url in (f"/staff/complaints/?tab=all&q={number}", "/staff/complaints/today/"):
        clerk.goto(url)
        expect(clerk.locator(f"a[href*='{number}']")).to_have_count(0)
        assert words not in clerk.content()
    assert clerk.goto(f"/staff/complaints/{number}/").status == 404

    office = sign_in("discipline", PHONE)
    office.goto("/staff/complaints/today/")
    office.locator(f"a[href$='/{number}/']").first.click()
    expect(office.get_by_text(words)).to_be_visible()
    step(office, number, "accept")
    step(office, number, "conclude", outcome="属实", text="已立案，感谢您的反映。")
    track(resident, number, secret)
    expect(resident.locator("main")).to_contain_text("已立案")
