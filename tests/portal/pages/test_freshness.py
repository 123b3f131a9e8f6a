"""What is published shows within a second, and a page that grows old is rendered once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageViewRestriction

from feedback.indicators.services import sweep
from notices.services import notice_unpublish
from portal.accounts.models import User
from portal.common import generation
from portal.demo import factories
from portal.pages import cache
from portal.pages.cache import PageCacheMiddleware
from portal.pages.models import CommunityPage, CountyPage
from tests.conftest import Neighbourhood

pytestmark = pytest.mark.django_db
Commits = Any


@pytest.fixture(autouse=True)
def keeping(settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 600


@pytest.fixture
def addresses(community_page: CommunityPage, county_page: CountyPage) -> list[str]:
    """Every public page that shows the notices of the community."""
    lists = ["/notices/", "/notices/PC001/", "/notices/140213/", "/notices/PC001/?state=OPEN"]
    feeds = [reverse("notices:atom"), reverse("notices:place_atom", args=["PC001"])]
    own = ["/", community_page.get_url(), county_page.get_url(), *lists, *feeds]
    return [*own, *(f"/en{address}" for address in own)]


def _all(client: Client, addresses: list[str]) -> dict[str, str]:
    return {address: client.get(address).content.decode() for address in addresses}


def test_every_page_shows_a_notice_once_it_is_published_and_no_longer_once_it_is_withdrawn(
    client: Client,
    addresses: list[str],
    community_page: CommunityPage,
    clerk: User,
    django_capture_on_commit_callbacks: Commits,
) -> None:
    before = _all(client, addresses)
    assert _all(client, addresses) == before
    with django_capture_on_commit_callbacks(execute=True):
        today = timezone.localdate()
        draft = factories.notice(community_page, title="加装电梯公示", publicity_start=today)
        draft.save_revision().publish()
    for address, html in _all(client, addresses).items():
        assert "加装电梯公示" in html, address
    assert client.get(draft.url).status_code == 200
    draft.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        notice_unpublish(notice=draft, user=clerk, reason="重复发布", now=timezone.now())
    for address, html in _all(client, addresses).items():
        assert "加装电梯公示" not in html, address
    assert client.get(draft.url).status_code == 410


def test_a_page_that_becomes_private_is_not_answered_from_what_was_kept(
    client: Client, community_page: CommunityPage, django_capture_on_commit_callbacks: Commits
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        notice = factories.notice(community_page, timezone.now())
    assert client.get(notice.url).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        PageViewRestriction.objects.create(
            page=community_page, restriction_type=PageViewRestriction.LOGIN
        )
    assert client.get(notice.url).status_code == 302


def test_a_new_tally_shows(
    client: Client,
    community_page: CommunityPage,
    neighbourhood: Neighbourhood,
    django_capture_on_commit_callbacks: Commits,
) -> None:
    now = timezone.now()
    factories.published_survey("SATISFACTION", neighbourhood.community, now=now)
    client.get(community_page.get_url())
    before = generation.generation()
    with django_capture_on_commit_callbacks(execute=True):
        sweep(now)
    assert generation.generation() != before


class Clock:
    """What `time.monotonic` says to the generation."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(generation.time, "monotonic", lambda: self.now)


def _served(respond: Callable[[HttpRequest], HttpResponse]) -> Callable[[], bytes]:
    middleware = PageCacheMiddleware(respond)
    return lambda: middleware(RequestFactory().get("/popular/")).content  # type: ignore[attr-defined]


def test_what_another_process_publishes_is_seen_within_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert generation.CHECK_SECONDS <= 0.5
    clock, pages = Clock(monkeypatch), iter([b"old", b"new"])
    read = _served(lambda request: HttpResponse(next(pages)))
    assert [read(), read()] == [b"old", b"old"]
    caches["pages"].set(generation.KEY, "of another process", None)
    clock.now += generation.CHECK_SECONDS
    assert read() == b"new"


def test_a_popular_page_is_answered_without_asking_the_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Clock(monkeypatch)
    read = _served(lambda request: HttpResponse(b"page"))
    read()

    def asked(*args: object, **kwargs: object) -> None:
        raise AssertionError("asked the cache")

    for name in ("get", "get_many", "set", "add"):
        monkeypatch.setattr(type(caches["pages"]), name, asked)
    assert read() == b"page"


def test_a_process_holds_a_bounded_number_of_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_NEAR", 3)
    cache._near.clear()
    middleware = PageCacheMiddleware(lambda request: HttpResponse(b"page"))
    for number in range(10):
        middleware(RequestFactory().get(f"/{number}/"))
    assert 0 < len(cache._near) <= 3
    read = PageCacheMiddleware(lambda request: HttpResponse(b"x" * (cache.MAX_NEAR_BYTES + 1)))
    cache._near.clear()
    read(RequestFactory().get("/large/"))
    assert not cache._near


def test_of_many_readers_one_renders_and_the_others_get_the_old_page(
    django_capture_on_commit_callbacks: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Threads have database connections of their own, which a test would have to close.
    later = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(cache, "next_boundary", lambda now: later)
    rendered: list[int] = []
    rendering, go_on = threading.Event(), threading.Event()

    def respond(request: HttpRequest) -> HttpResponse:
        rendered.append(len(rendered) + 1)
        if len(rendered) > 1:
            rendering.set()
            assert go_on.wait(10)
        return HttpResponse(f"page {len(rendered)}")

    read = _served(respond)
    assert read() == b"page 1"
    with django_capture_on_commit_callbacks(execute=True):
        generation.generation_bump()
    answers: list[bytes] = []
    first = threading.Thread(target=lambda: answers.append(read()))
    first.start()
    assert rendering.wait(10)
    others = [threading.Thread(target=lambda: answers.append(read())) for _ in range(20)]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join(10)
    assert answers == [b"page 1"] * 20
    go_on.set()
    first.join(10)
    assert sorted(set(answers)) == [b"page 1", b"page 2"]
    assert rendered == [1, 2]
    assert read() == b"page 2"
