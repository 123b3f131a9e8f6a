"""What a resident sees: lists with filters, and the page of a notice."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notices.models import NoticePage, NoticeVariant
from notices.queries import next_cut, notices_for
from notices.services import NewNotice, notices_publish_many
from portal.demo import factories
from tests.notices.conftest import NOW, SHANGHAI

STARTS = {"ENDED": -60, "OPEN": -1, "UPCOMING": 10}


def publish(parent, count, **fields):
    items = []
    for number in range(count):
        state = list(STARTS)[number % 3]
        start = NOW.date() + timedelta(days=STARTS[state])
        posted = min(NOW, datetime(start.year, start.month, start.day, tzinfo=SHANGHAI))
        kind = f"N{12 if number % 2 else 17}"
        page = factories.NoticePageFactory(**({"kind": kind, "publicity_start": start} | fields))
        items.append(NewNotice(page, parent, posted))
    return notices_publish_many(new=items, user=None)


def listed(client, place, **query):
    answer = client.get(reverse("notices:place", args=[place.code]), query)
    assert answer.status_code == 200
    return answer.context["listing"]


def test_a_community_lists_its_own_and_its_countys_notices(pages, neighbourhood, now, client):
    own = factories.notice(pages.community, now, title="本小区")
    county = factories.notice(pages.county, now - timedelta(days=1), title="本县区")
    factories.notice(pages.other, now, title="别处")
    factories.notice(pages.community, title="草稿")
    assert list(notices_for(neighbourhood.community)) == [own, county]
    assert list(notices_for(neighbourhood.county)) == [own, county]
    found = listed(client, neighbourhood.community)
    assert ["本小区" in found.rows[0].title, "本县区" in found.rows[1].title] == [True, True]
    assert found.total == 2


def test_the_filters_narrow_and_count(pages, neighbourhood, now, client):
    publish(pages.community, 12)
    everything = listed(client, neighbourhood.community)
    assert everything.total == 12
    assert [choice.count for choice in everything.states.choices[1:]] == [4, 4, 4]
    assert [choice.count for choice in everything.more[0].choices[1:]] == [6, 6]
    for query, number in [({"state": "ENDED"}, 4), ({"state": "OPEN"}, 4), ({"type": "N17"}, 6)]:
        assert listed(client, neighbourhood.community, **query).total == number
    both = listed(client, neighbourhood.community, state="UPCOMING", type="N12")
    assert {row.tag for row in both.rows} == {"未开始"}
    assert both.total == 2


@pytest.mark.parametrize("query", ["type=X&year=abc&state=?", "year=99999", "page=-3", "q=%00%FF"])
def test_nonsense_in_the_address_is_no_error(pages, neighbourhood, now, client, query):
    publish(pages.community, 3)
    url = reverse("notices:place", args=[neighbourhood.community.code])
    assert client.get(f"{url}?{query}").status_code == 200


def test_a_list_without_notices_says_so(pages, neighbourhood, now, client):
    url = reverse("notices:place", args=[neighbourhood.community.code])
    assert "还没有公告" in client.get(url).content.decode()
    publish(pages.community, 3)
    assert "没有符合条件的公告" in client.get(url, {"q": "电梯"}).content.decode()
    assert client.get(reverse("notices:place", args=["nowhere"])).status_code == 404


@pytest.mark.parametrize("query", [{}, {"q": "改造进度"}, {"state": "ENDED", "type": "N17"}])
def test_a_list_costs_the_same_at_3_and_at_300(pages, neighbourhood, now, client, query):
    url = reverse("notices:place", args=[neighbourhood.community.code])
    publish(pages.community, 3)
    client.get(url, query)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(url, query)
    publish(pages.community, 297)
    with CaptureQueriesContext(connection) as many:
        assert client.get(url, query).context["listing"].total >= 50
    assert len(many) == len(few)


def test_pages_keep_the_filter(pages, neighbourhood, now, client):
    publish(pages.community, 70)
    url = reverse("notices:place", args=[neighbourhood.community.code])
    answer = client.get(url, {"state": "ENDED"}).content.decode()
    following = re.search(r'rel="next" href="([^"]+)"', answer)
    assert following is not None
    second = client.get(url + following.group(1).replace("&amp;", "&"))
    assert second.context["listing"].page.number == 2
    assert {row.tag for row in second.context["listing"].rows} == {"已结束"}


def test_the_page_says_whose_when_and_whom_to_ask(pages, now, client):
    notice = factories.notice(
        pages.community,
        now - timedelta(days=2),
        kind="N04",
        objection="公示期内书面送交社区居委会。",
        document_number="平住建〔2026〕8号",
    )
    answer = client.get(notice.url)
    html = answer.content.decode()
    for text in [
        "和平里小区",
        "平住建〔2026〕8号",
        "公示期内书面送交",
        "tel:0352-0000000",
        "屋面防水",
    ]:
        assert text in html
    assert html.count("公示期内书面送交") == 1
    assert answer.context["days_left"] == (notice.publicity_end - now.date()).days + 1
    assert "<script>" not in html and "style=" not in html.split("<main", 1)[1]


def test_an_ended_notice_stays_readable(pages, now, client):
    notice = factories.notice(pages.community, now - timedelta(days=400), kind="N04")
    answer = client.get(notice.url)
    assert answer.status_code == 200
    assert answer.context["publicity"] == "ENDED"
    assert client.get("/en" + notice.url).status_code == 200


@pytest.mark.parametrize(
    ("day", "state", "left"),
    [
        (date(2026, 3, 1), "UPCOMING", None),
        (date(2026, 3, 2), "OPEN", 3),
        (date(2026, 3, 4), "OPEN", 1),
        (date(2026, 3, 5), "ENDED", None),
    ],
)
def test_the_days_left_count_the_first_and_the_last_day(db, day, state, left):
    page = NoticePage(publicity_start=date(2026, 3, 2), publicity_end=date(2026, 3, 4))
    assert (page.publicity(day), page.days_left(day)) == (state, left)


def test_the_next_cut_is_the_one_under_way_or_the_nearest(pages, neighbourhood, now):
    water = NoticeVariant.objects.get(code="WATER")

    def cut(parent, begins, hours):
        begins = now + begins
        return factories.notice(
            parent,
            now - timedelta(days=3),
            kind="N10",
            variant=water,
            event_starts_at=begins,
            event_ends_at=begins + timedelta(hours=hours),
        )

    place = neighbourhood.community
    assert next_cut(place, now) is None
    cut(pages.community, timedelta(days=-1), hours=2)
    assert next_cut(place, now) is None
    later = cut(pages.county, timedelta(days=2), hours=2)
    cut(pages.other, timedelta(hours=1), hours=2)
    assert next_cut(place, now) == later
    running = cut(pages.community, timedelta(hours=-1), hours=2)
    assert next_cut(place, now) == running
    assert next_cut(place, now + timedelta(hours=2)) == later
