"""Feeds that other programs read: Atom by feedparser, calendars by icalendar, without an error."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import feedparser
import pytest
from django.test import Client
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries, Settings

from notices.models import NoticePage, NoticeType
from portal.demo import factories
from tests.notices.conftest import NOW, Pages

LAWFUL = {"kind": "N04", "publicity_start": date(2026, 3, 2), "publicity_end": date(2026, 3, 11)}
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def notice(pages: Pages, now: datetime) -> NoticePage:
    title = "改造方案征求意见 <第一次> & 说明"
    return factories.notice(pages.community, NOW - timedelta(hours=1), title=title, **LAWFUL)


def water_cut(pages: Pages, **fields: object) -> NoticePage:
    kind = NoticeType.objects.get(code="N10").variants.get(code="WATER")
    starts = NOW + timedelta(days=3)
    values = {"kind": "N10", "title": "停水公告", "variant": kind, "event_starts_at": starts}
    return factories.notice(pages.community, NOW, **(values | fields))


@pytest.mark.parametrize("path", ["feeds/notices.atom", "feeds/PC001/notices.atom"])
@pytest.mark.parametrize("language", ["", "en/"])
def test_a_reader_program_finds_no_fault_in_the_feed(
    client: Client, notice: NoticePage, path: str, language: str
) -> None:
    response = client.get(f"/{language}{path}")
    assert response["Content-Type"].startswith("application/atom+xml")
    feed = feedparser.parse(response.content)
    assert feed.bozo == 0
    assert feed.version == "atom10"
    (entry,) = feed.entries
    assert entry.title == notice.title
    assert entry.id == f"urn:uuid:{notice.translation_key}"
    assert entry.author == notice.issuer
    assert entry.link.startswith(f"http://testserver/{language}")
    assert "屋面防水" in entry.content[0].value
    assert entry.published_parsed[:5] == (2026, 3, 2, 1, 0)
    assert entry.updated_parsed
    assert feed.feed.id
    assert feed.feed.language == ("en" if language else "zh-hans")


def test_a_feed_is_of_a_place_and_of_a_type(
    client: Client, pages: Pages, notice: NoticePage
) -> None:
    water_cut(pages)
    factories.notice(pages.other, NOW, title="别处")

    def titles(address: str) -> list[str]:
        return [entry.title for entry in feedparser.parse(client.get(address).content).entries]

    assert titles("/feeds/PC001/notices.atom") == ["停水公告", notice.title]
    assert titles("/feeds/PC001/notices.atom?type=N10") == ["停水公告"]
    assert titles("/feeds/140214/notices.atom") == ["别处"]
    assert len(titles("/feeds/notices.atom")) == 3
    for wrong in ("/feeds/nowhere/notices.atom", "/feeds/notices.ics?type=N99"):
        assert client.get(wrong).status_code == 404


def test_a_draft_is_in_no_feed(client: Client, pages: Pages, now: datetime) -> None:
    factories.notice(pages.community, **LAWFUL)
    assert not feedparser.parse(client.get("/feeds/notices.atom").content).entries
    assert not Calendar.from_ical(client.get("/feeds/notices.ics").content).events


def test_a_calendar_has_periods_as_days_and_events_as_hours(
    client: Client, pages: Pages, notice: NoticePage
) -> None:
    cut = water_cut(pages, event_ends_at=NOW + timedelta(days=3, hours=4))
    response = client.get("/feeds/PC001/notices.ics")
    assert response["Content-Type"].startswith("text/calendar")
    calendar = Calendar.from_ical(response.content)
    assert not [error for part in calendar.walk() for error in part.errors]
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    events = {str(event["UID"]): event for event in calendar.events}
    assert len(events) == 3

    period = events[f"{notice.translation_key}-period@linli"]
    assert (period.start, period.end) == (date(2026, 3, 2), date(2026, 3, 12))
    happening = events[f"{cut.translation_key}-event@linli"]
    assert happening.start == datetime(2026, 3, 5, 10, 0, tzinfo=SHANGHAI)
    assert happening.end == datetime(2026, 3, 5, 14, 0, tzinfo=SHANGHAI)
    assert happening["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert str(happening["SUMMARY"]) == "停水公告"
    assert str(happening["URL"]).endswith(cut.url.removeprefix("/en"))
    assert b"\n" not in response.content.replace(b"\r\n", b"")


def test_what_ended_long_ago_is_not_in_the_calendar(client: Client, pages: Pages, now) -> None:
    factories.notice(pages.community, NOW - timedelta(days=200), kind="N04")
    assert not Calendar.from_ical(client.get("/feeds/notices.ics").content).events


def test_feeds_need_the_same_few_queries_however_much_is_in_them(
    client: Client,
    pages: Pages,
    notice: NoticePage,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(12):
        factories.notice(pages.community, NOW, title=f"公告{number}", **LAWFUL)
    for path in ("/feeds/PC001/notices.atom", "/feeds/PC001/notices.ics"):
        client.get(path)
        with django_assert_max_num_queries(8):
            client.get(path)


def test_feeds_are_kept_and_fresh(
    client: Client, pages: Pages, notice: NoticePage, settings: Settings
) -> None:
    settings.PAGE_CACHE_SECONDS = 60
    for path in ("/feeds/PC001/notices.atom?type=N04", "/feeds/PC001/notices.ics"):
        first = client.get(path)
        assert first["ETag"]
        assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize("page", ["/notices/", "/notices/PC001/", "/communities/PC001/", "notice"])
def test_pages_say_where_their_feeds_are(client: Client, notice: NoticePage, page: str) -> None:
    address = notice.url if page == "notice" else page
    html = client.get(address, follow=True).content.decode()
    assert 'rel="alternate" type="application/atom+xml"' in html
    assert 'rel="alternate" type="text/calendar"' in html
    assert 'property="og:image" content="http://testserver/static/linli/share.png"' in html
    if page in ("/notices/PC001/", "/communities/PC001/"):
        assert "/subscribe/PC001/" in html
