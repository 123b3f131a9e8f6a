"""The old address of a page that moved, for public pages and for those that are not."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, PageViewRestriction

from notices.models import NoticePage
from notices.services import notice_move, notice_unpublish
from portal.accounts.roles import Role
from portal.demo import factories
from portal.pages.models import CommunityPage
from portal.pages.services import pages_ensure

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def home(neighbourhood):
    pages_ensure()
    return CommunityPage.objects.get(place=neighbourhood.community)


@pytest.fixture
def elsewhere(home, neighbourhood):
    return CommunityPage.objects.get(place=neighbourhood.other)


@pytest.fixture
def administrator(neighbourhood):
    return factories.staff("administrator", Role.ADMINISTRATOR, neighbourhood.city)


def move(notice, to, user, language="zh-hans"):
    """The old and the new address."""
    old = notice.url
    with translation.override(language):
        notice_move(notice=notice, to=to, user=user, reason="发错小区", now=NOW)
    return old, NoticePage.objects.get(pk=notice.pk).url


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_moved_notice_is_found_at_its_old_address(
    client, home, elsewhere, administrator, language
):
    old, new = move(factories.notice(home, NOW), elsewhere, administrator, language)
    assert old != new
    answer = client.get(old)
    assert (answer.status_code, answer["Location"]) == (301, new)
    assert "must-revalidate" in answer["Cache-Control"]
    assert client.get(f"{old}?from=timeline")["Location"] == new
    english = client.get(f"/en{old}")
    assert (english.status_code, english["Location"]) == (301, f"/en{new}")
    assert client.get(english["Location"]).status_code == 200


def test_what_lies_below_a_place_whose_address_changes_is_found_too(
    client, home, django_capture_on_commit_callbacks
):
    notice = factories.notice(home, NOW)
    old_place, old_notice = home.url, notice.url
    page = CommunityPage.objects.get(pk=home.pk)
    page.slug = "anothername"
    with django_capture_on_commit_callbacks(execute=True):
        page.save_revision().publish()
    assert client.get(old_place)["Location"] == CommunityPage.objects.get(pk=home.pk).url
    assert client.get(old_notice)["Location"] == NoticePage.objects.get(pk=notice.pk).url


def test_a_page_that_came_back_is_shown_at_once(
    client, home, elsewhere, administrator, settings, django_capture_on_commit_callbacks
):
    settings.PAGE_CACHE_SECONDS = 60
    caches["pages"].clear()
    notice = factories.notice(home, NOW)
    assert client.get(notice.url).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        old, new = move(notice, elsewhere, administrator)
    assert client.get(old).status_code == 301
    assert client.get(new).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        back, left = move(NoticePage.objects.get(pk=notice.pk), home, administrator)
    assert (back, left) == (new, old)
    assert client.get(old).status_code == 200
    assert client.get(new)["Location"] == old


def test_another_notice_that_takes_the_address_is_shown(client, home, elsewhere, administrator):
    old, _new = move(factories.notice(home, NOW), elsewhere, administrator)
    other = factories.notice(home, NOW, title="后来的公告")
    assert other.url == old
    assert "后来的公告" in client.get(old).content.decode()


def test_a_moved_draft_gives_nothing_away(client, home, elsewhere, administrator):
    draft = factories.notice(home)
    old, new = move(draft, elsewhere, administrator)
    for address in (old, f"/en{old}", new):
        assert client.get(address).status_code == 404
    assert Redirect.objects.exists()


def test_a_private_page_gives_nothing_away(client, home, elsewhere, administrator):
    old, new = move(factories.notice(home, NOW), elsewhere, administrator)
    PageViewRestriction.objects.create(
        page=Page.objects.get(pk=elsewhere.pk), restriction_type=PageViewRestriction.LOGIN
    )
    answer = client.get(old)
    assert answer.status_code == 404
    assert new not in answer.content.decode()


def test_a_notice_withdrawn_after_its_move_says_so_at_its_old_address(
    client, home, elsewhere, administrator
):
    notice = factories.notice(home, NOW)
    old, new = move(notice, elsewhere, administrator)
    notice = NoticePage.objects.get(pk=notice.pk)
    notice_unpublish(notice=notice, user=administrator, reason="误发", now=NOW)
    for address, there in ((old, new), (f"/en{old}", f"/en{new}")):
        assert client.get(address)["Location"] == there
        answer = client.get(address, follow=True)
        assert answer.status_code == 410
        assert "误发" in answer.content.decode()


def test_a_withdrawn_notice_of_a_private_place_gives_nothing_away(
    client, home, elsewhere, administrator
):
    notice = factories.notice(home, NOW)
    old, _new = move(notice, elsewhere, administrator)
    notice = NoticePage.objects.get(pk=notice.pk)
    notice_unpublish(notice=notice, user=administrator, reason="误发", now=NOW)
    PageViewRestriction.objects.create(
        page=Page.objects.get(pk=elsewhere.pk), restriction_type=PageViewRestriction.LOGIN
    )
    assert client.get(old).status_code == 404


def test_an_unknown_address_costs_one_query_more_and_stays_unknown(client, home):
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/nothing/here/").status_code == 404
    asked = [query for query in queries if "wagtailredirects" in query["sql"]]
    assert len(asked) == 1
    assert client.get("/nothing%00here/").status_code == 404
    assert client.post("/nothing/here/").status_code == 404
