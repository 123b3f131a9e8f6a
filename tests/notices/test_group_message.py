"""The message for the residents' group: at most 140 characters of text, then the link."""

from datetime import date, timedelta

import pytest
from django.test import Client

from notices.group_message import LIMIT, group_message, group_text
from notices.models import NoticePage
from portal.demo import factories
from tests.notices.conftest import NOW, Pages

LAWFUL = {"kind": "N04", "publicity_start": date(2026, 3, 2), "publicity_end": date(2026, 3, 11)}


@pytest.mark.parametrize("length", [1, 60, 100, 140, 255])
@pytest.mark.parametrize("phone", ["", "0352-2021234", "9" * 40])
@pytest.mark.parametrize("event", [None, NOW + timedelta(days=3)])
def test_the_longest_titles_fit(pages: Pages, now, length: int, phone: str, event) -> None:
    pages.community.place.name = "大同市云冈区新平旺街道矿工里文化宫北侧住宅小区二期"
    notice = NoticePage(
        title="改" * length,
        contact_phone=phone,
        place=pages.community.place,
        publicity_end=date(2026, 12, 31),
        event_starts_at=event,
    )
    text = group_text(notice)
    assert len(text) <= LIMIT
    assert text.startswith("【大同市")
    assert ("改" * length in text) or "改…" in text
    assert "12月" in text or "3月" in text


def test_the_message_ends_with_the_link(pages: Pages, now, settings) -> None:
    settings.WAGTAILADMIN_BASE_URL = "https://linli.example.gov.cn"
    notice = factories.notice(pages.community, NOW, title="改造方案征求意见", **LAWFUL)
    text, link = group_message(notice).split("\n")
    assert text.startswith("【和平里小区】改造方案征求意见")
    assert "2026年3月11日" in text
    assert link == f"https://linli.example.gov.cn{notice.url.removeprefix('/en')}"


def test_residents_find_it_on_the_page_and_without_script(pages: Pages, now, client: Client):
    notice = factories.notice(pages.community, NOW, **LAWFUL)
    html = client.get(notice.url).content.decode()
    assert "<textarea" in html
    assert group_text(notice) in html


def test_staff_of_the_place_find_it_and_others_do_not(
    pages: Pages, now, client: Client, clerk, outsider
) -> None:
    notice = factories.notice(pages.community, NOW, **LAWFUL)
    address = f"/staff/notices/{notice.pk}/message/"
    assert client.get(address).status_code == 302
    client.force_login(outsider)
    assert client.get(address).status_code == 404
    client.force_login(clerk)
    assert group_text(notice) in client.get(address).content.decode()
    edit = client.get(f"/staff/pages/{notice.pk}/edit/").content.decode()
    assert address in edit
