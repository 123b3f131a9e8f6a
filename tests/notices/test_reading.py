"""What helps to read a notice: marks, changes, paper, structured data, and what to do next."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.rich_text import RichText

from notices.models import NoticePage, NoticeVariant
from notices.services import notice_unpublish
from portal.common.search.marking import marked, pattern_of, snippet
from portal.demo import factories
from tests.notices.conftest import NOW

Body = list[tuple[str, Any]]


def _body(*sentences: str) -> Body:
    return [("paragraph", RichText(f"<p>{''.join(sentences)}</p>"))]


def _page(client: Client, notice: NoticePage, language: str = "") -> str:
    with translation.override("zh-hans"):
        address = language + notice.url
    return client.get(address).content.decode()


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    """A request leaves its language behind, and addresses follow it."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def later() -> Iterator[None]:
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        yield


# --- search results ---


def test_what_was_searched_for_is_marked_in_title_and_text(
    pages: Any, now: Any, client: Client
) -> None:
    factories.notice(
        pages.community, now, title="停热通知", body=_body("请知悉。3号楼、13号楼暂停供热。")
    )
    html = client.get("/notices/", {"q": "3号楼停暖气"}).content.decode()
    assert "<mark>停热</mark>通知" in html
    assert "<mark>3号楼</mark>、13号楼<mark>暂停供热</mark>" in html


@pytest.mark.parametrize(
    ("text", "query", "result"),
    [
        ("停水<b>", "停水", "<mark>停水</mark>&lt;b&gt;"),
        ("WiFi6 同步", "wifi6", "<mark>WiFi6</mark> 同步"),
        ("13号楼", "3号楼", "13号楼"),
        ("a&b", "，", "a&amp;b"),
    ],
)
def test_marking_escapes_everything_else(text: str, query: str, result: str) -> None:
    assert marked(text, pattern_of(query)) == result


def test_a_snippet_shows_what_stands_around_the_word() -> None:
    sentence = "前" * 60 + "停水" + "后" * 100
    shown = snippet(["别的。", sentence], pattern_of("停水"))
    assert shown.startswith("…前")
    assert shown.endswith("后…")
    assert "<mark>停水</mark>" in shown
    assert snippet(["没有"], pattern_of("停水")) == ""


def test_search_stays_inside_the_filters(pages: Any, now: Any, client: Client) -> None:
    factories.notice(pages.community, now, title="停水通知", kind="N12")
    factories.notice(pages.community, now, title="停水处理情况", kind="N17")
    factories.notice(pages.other, now, title="别处停水", kind="N12")
    query = {"q": "停水", "type": "N12", "state": "OPEN", "year": "2026"}
    for language in ("", "/en"):
        found = client.get(f"{language}/notices/PC001/", query).context["listing"]
        assert [re.sub("<[^>]+>", "", row.title) for row in found.rows] == ["停水通知"]
        assert [choice.count for choice in found.states.choices if choice.count] == [1]


# --- what changed ---


@pytest.fixture
def changed(pages: Any, now: Any) -> NoticePage:
    """Published, then published again a day later with another telephone and another text."""
    notice = factories.notice(
        pages.community, now, title="施工公告", body=_body("3号楼先施工。", "请注意安全。")
    )
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        notice.contact_phone = "0352-1111111"
        notice.body = _body("5号楼先施工。", "请注意安全。")
        notice.save_revision().publish()
    return notice


def test_residents_see_in_words_what_changed(
    changed: NoticePage, client: Client, later: None
) -> None:
    html = _page(client, changed).split('id="changes"')[1].split("</details>")[0]
    assert ">0352-0000000</del> → <ins" in html
    assert ">0352-1111111</ins>" in html
    assert ">3号楼先施工。</del>" in html
    assert ">5号楼先施工。</ins>" in html
    assert "请注意安全" not in html
    assert 'id="changes"' in _page(client, changed, "/en")


def test_a_draft_shows_in_no_list_of_changes(
    changed: NoticePage, client: Client, later: None
) -> None:
    changed.title = "未公开的标题"
    changed.body = _body("未公开的内容。")
    changed.save_revision()
    assert "未公开" not in _page(client, changed)
    changed.refresh_from_db()
    changed.body = _body("第三版。")
    changed.save_revision().publish()
    html = _page(client, changed)
    assert "第三版。</ins>" in html
    assert "未公开" not in html


def test_a_notice_published_once_has_no_changes_and_asks_nothing(
    pages: Any, now: Any, client: Client
) -> None:
    assert 'id="changes"' not in _page(client, factories.notice(pages.community, now))


def test_what_was_withdrawn_is_not_shown_again_as_a_change(
    changed: NoticePage, client: Client, clerk: Any
) -> None:
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        changed.refresh_from_db()
        notice_unpublish(notice=changed, user=clerk, reason="有误", now=timezone.now())
        changed.refresh_from_db()
        changed.publicity_start = changed.publicity_end = timezone.localdate()
        changed.body = _body("更正后的内容。")
        changed.save_revision().publish()
        html = _page(client, NoticePage.objects.get(pk=changed.pk))
    assert "更正后的内容" in html
    assert "3号楼先施工" not in html
    assert "5号楼先施工" not in html


# --- paper, search engines, tools ---


def test_the_printed_notice_carries_its_address(pages: Any, now: Any, client: Client) -> None:
    notice = factories.notice(pages.community, now)
    paper = _page(client, notice).split("notice-paper", 1)[1]
    assert 'class="qr"' in paper
    assert f"http://testserver{notice.url}" in paper


def test_search_engines_get_whole_addresses_and_no_markup(
    pages: Any, now: Any, client: Client
) -> None:
    notice = factories.notice(pages.community, now, title="停水</script><b>通知&")
    html = _page(client, notice)
    data = json.loads(re.findall(r'application/ld\+json">(.*?)</script>', html)[0])
    article, trail = data["@graph"]
    assert article["headline"] == "停水</script><b>通知&"
    assert article["mainEntityOfPage"] == f"http://testserver{notice.url}"
    assert article["datePublished"].startswith("2026-03-02T")
    assert [item["name"] for item in trail["itemListElement"]][1:3] == ["平城区", "和平里小区"]
    assert all(item["item"].startswith("http://testserver/") for item in trail["itemListElement"])


def test_a_page_names_its_one_address_and_its_languages(
    pages: Any, now: Any, client: Client
) -> None:
    query = {"view": "large", "state": "OPEN", "from": "singlemessage"}
    html = client.get("/en/notices/PC001/", query).content.decode()
    base = "http://testserver"
    assert f'rel="canonical" href="{base}/en/notices/PC001/?state=OPEN"' in html
    assert f'hreflang="zh-Hans" href="{base}/notices/PC001/?state=OPEN"' in html
    assert f'hreflang="en" href="{base}/en/notices/PC001/?state=OPEN"' in html
    assert "noindex" not in html
    assert "noindex" in client.get("/notices/", {"q": "停水"}).content.decode()


def test_without_script_no_button_is_there_that_does_nothing(
    pages: Any, now: Any, client: Client
) -> None:
    tools = _page(client, factories.notice(pages.community, now)).split("data-notice-tools")[1]
    buttons = re.findall(r"<button[^>]*>", tools.split("</div>")[0])
    assert len(buttons) == 3
    assert all(" hidden" in button for button in buttons)


# --- what to do next ---


@pytest.mark.parametrize(("variant", "category"), [("WATER", "C13"), ("HEAT", "C14")])
def test_a_cut_leads_to_the_complaint_that_fits(
    pages: Any, now: Any, client: Client, variant: str, category: str
) -> None:
    begins = now + timedelta(days=3)
    notice = factories.notice(
        pages.community,
        now,
        kind="N10",
        variant=NoticeVariant.objects.get(code=variant),
        event_starts_at=begins,
        event_ends_at=begins + timedelta(hours=8),
    )
    assert f"/complaints/new/?place=PC001&amp;category={category}" in _page(client, notice)


def test_a_survey_notice_leads_to_the_survey(pages: Any, now: Any, client: Client) -> None:
    place = pages.community.place
    survey = factories.published_survey("INTENTION", place, now=now)
    notice = factories.notice(pages.community, now, kind="N02")
    assert f"/surveys/{survey.slug}/" in _page(client, notice)
    other = factories.notice(pages.community, now, kind="N12")
    assert f"/surveys/{survey.slug}/" not in _page(client, other)


def test_a_survey_notice_of_the_county_leads_to_the_choice_of_a_community(
    pages: Any, now: Any, client: Client
) -> None:
    survey = factories.published_survey("INTENTION", pages.county.place, now=now)
    notice = factories.notice(pages.county, now, kind="N02")
    shown = _page(client, notice)
    assert survey.title in shown
    assert f'class="link-list__link" href="{reverse("pages:find")}"' in shown
