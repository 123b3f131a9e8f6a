"""Every condition under which a page may, and may not, be kept."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import caches
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from feedback.surveys.models import Survey
from portal.common.generation import generation, generation_bump
from portal.pages.cache import MAX_BYTES, OLD_SECONDS, PageCacheMiddleware, next_boundary
from portal.pages.models import CommunityPage

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def keeping(settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 60


class Site:
    """A site of one page that counts how often it was rendered."""

    def __init__(self, change: Callable[[HttpResponse], None] | None = None, **kwargs: Any) -> None:
        self.rendered = 0
        self.change = change
        self.kwargs = kwargs
        self.seen: list[HttpRequest] = []
        self.middleware = PageCacheMiddleware(self.respond)

    def respond(self, request: HttpRequest) -> HttpResponse:
        self.rendered += 1
        self.seen.append(request)
        response = HttpResponse(f"page {self.rendered} {request.get_full_path()}", **self.kwargs)
        if self.change:
            self.change(response)
        return response

    def get(self, path: str = "/", cookies: dict[str, str] | None = None, **extra: Any) -> Any:
        request = RequestFactory().get(path, **extra)
        request.COOKIES.update(cookies or {})
        return self.middleware(request)

    def twice(self, path: str = "/", **extra: Any) -> int:
        """How often two readers of one page made it render."""
        self.get(path, **extra)
        self.get(path, **extra)
        return self.rendered


def test_a_page_is_rendered_once() -> None:
    assert Site().twice() == 1


def test_nothing_is_kept_where_it_is_switched_off(settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    assert Site().twice() == 2


def test_a_kept_page_asks_nothing_of_the_database(
    client: Client, community_page: CommunityPage, django_assert_num_queries: Any
) -> None:
    first = client.get("/find/")
    with django_assert_num_queries(0):
        second = client.get("/find/")
    assert second.content == first.content
    assert second["Content-Security-Policy"] == first["Content-Security-Policy"]
    assert second["Content-Type"] == first["Content-Type"]


@pytest.mark.parametrize("cookie", ["sessionid", "messages"])
def test_who_has_a_session_sees_pages_fresh(cookie: str) -> None:
    site = Site()
    site.get("/")
    assert site.get("/", {cookie: "x"}).content.startswith(b"page 2")
    assert site.get("/").content.startswith(b"page 1")


def test_a_page_rendered_for_a_session_is_not_kept() -> None:
    site = Site()
    site.get("/", {"sessionid": "x"})
    assert site.get("/").content.startswith(b"page 2")


@pytest.mark.parametrize(
    "path",
    [
        "/staff/",
        "/accounts/login/",
        "/en/accounts/login/",
        "/documents/1/",
        "/h/",
        "/en/h/",
        "/healthz",
    ],
)
def test_private_parts_of_the_site_are_not_kept(path: str) -> None:
    assert Site().twice(path) == 2


def test_only_get_is_kept() -> None:
    site = Site()
    site.get("/")
    for method in ("post", "head", "put", "options"):
        site.middleware(getattr(RequestFactory(), method)("/"))
    assert site.rendered == 5


def test_a_request_with_credentials_is_not_answered_from_the_cache() -> None:
    assert Site().twice("/", HTTP_AUTHORIZATION="Bearer x") == 2


def test_known_parts_of_the_address_make_pages_of_their_own() -> None:
    site = Site()
    site.get("/?page=1")
    assert site.get("/?page=2").content == b"page 2 /?page=2"
    assert site.get("/?page=1").content == b"page 1 /?page=1"


def test_their_order_does_not_matter() -> None:
    site = Site()
    site.get("/?page=1&type=N01")
    site.get("/?type=N01&page=1")
    assert site.rendered == 1


@pytest.mark.parametrize("query", ["q=x", "page=1&page=2", "page=" + "9" * 41, "anything=1"])
def test_an_unknown_part_of_the_address_is_not_kept(query: str) -> None:
    assert Site().twice(f"/?{query}") == 2


def test_what_wechat_adds_to_an_address_is_ignored_and_never_shown_to_others() -> None:
    site = Site()
    assert site.get("/?from=singlemessage&isappinstalled=0").content == b"page 1 /"
    assert site.get("/").content == b"page 1 /"
    assert dict(site.seen[0].GET) == {}


def test_each_host_has_its_own_pages(settings: Any) -> None:
    site = Site()
    assert site.twice("/", HTTP_HOST="a.example") == 1
    assert site.get("/", HTTP_HOST="b.example").content.startswith(b"page 2")


def test_a_host_that_is_not_ours_is_never_kept(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["a.example"]
    middleware = PageCacheMiddleware(lambda request: HttpResponse("page"))
    assert "ETag" not in middleware(RequestFactory().get("/", HTTP_HOST="evil.example"))
    assert "ETag" in middleware(RequestFactory().get("/", HTTP_HOST="a.example"))


def test_plain_and_encrypted_pages_are_kept_apart() -> None:
    site = Site()
    site.get("/")
    site.middleware(RequestFactory().get("/", secure=True))
    assert site.rendered == 2


def test_a_browser_that_can_gets_it_compressed_and_one_that_cannot_does_not() -> None:
    site = Site()
    small = site.get("/", HTTP_ACCEPT_ENCODING="gzip, br")
    assert small["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.content).startswith(b"page 1")
    assert small["Content-Length"] == str(len(small.content))
    plain = site.get("/")
    assert "Content-Encoding" not in plain
    assert plain.content.startswith(b"page 2")


def test_the_language_is_in_the_address_and_not_in_a_header(client: Client, db: None) -> None:
    chinese = client.get("/privacy/", headers={"Accept-Language": "en"})
    assert "Accept-Language" not in chinese["Vary"]
    assert chinese["Content-Language"] == "zh-hans"
    assert client.get("/privacy/").content == chinese.content
    assert client.get("/en/privacy/").content != chinese.content


def test_a_browser_that_has_the_page_gets_no_body() -> None:
    site = Site()
    etag = site.get("/")["ETag"]
    answer = site.get("/", HTTP_IF_NONE_MATCH=etag)
    assert answer.status_code == 304
    assert not answer.content
    assert site.get("/", HTTP_IF_NONE_MATCH='"other"').status_code == 200


def _private(response: HttpResponse) -> None:
    response["Cache-Control"] = "private"


def _no_store(response: HttpResponse) -> None:
    response["Cache-Control"] = "max-age=0, no-store"


def _cookie(response: HttpResponse) -> None:
    response.set_cookie("csrftoken", "x")


def _vary(response: HttpResponse) -> None:
    response["Vary"] = "Accept-Language, Cookie"


def _encoded(response: HttpResponse) -> None:
    response["Content-Encoding"] = "br"


@pytest.mark.parametrize("change", [_private, _no_store, _cookie, _vary, _encoded])
def test_an_answer_that_is_somebodys_own_is_not_kept(
    change: Callable[[HttpResponse], None],
) -> None:
    assert Site(change).twice() == 2


@pytest.mark.parametrize("status", [201, 204, 301, 302, 400, 403, 404, 410, 429, 500, 503])
def test_only_whole_pages_are_kept(status: int) -> None:
    assert Site(status=status).twice() == 2


def test_a_file_or_a_picture_is_not_kept() -> None:
    assert Site(content_type="image/png").twice() == 2


def test_a_huge_page_is_not_kept() -> None:
    assert Site(lambda response: response.write("x" * (MAX_BYTES + 1))).twice() == 2


def test_a_stream_passes_through_untouched() -> None:
    middleware = PageCacheMiddleware(lambda request: StreamingHttpResponse([b"a", b"b"]))
    for _ in range(2):
        assert b"".join(middleware(RequestFactory().get("/"))) == b"ab"  # type: ignore[arg-type]


def test_a_preview_is_neither_kept_nor_answered_from_what_is_kept() -> None:
    site = Site()
    site.get("/")
    dummy = RequestFactory().get("/")
    dummy.is_dummy = True  # type: ignore[attr-defined]
    assert site.middleware(dummy).content.startswith(b"page 2")  # type: ignore[attr-defined]

    def preview(request: HttpRequest) -> HttpResponse:
        request.is_preview = True  # type: ignore[attr-defined]
        return HttpResponse("draft")

    PageCacheMiddleware(preview)(RequestFactory().get("/draft/"))
    assert site.get("/draft/").content.startswith(b"page 3")


def test_publishing_makes_every_page_old(django_capture_on_commit_callbacks: Any) -> None:
    site = Site()
    site.get("/")
    with django_capture_on_commit_callbacks(execute=True):
        generation_bump()
    assert site.get("/").content.startswith(b"page 2")


def test_a_wagtail_page_going_live_makes_every_page_old(
    community_page: CommunityPage, django_capture_on_commit_callbacks: Any
) -> None:
    before = generation()
    with django_capture_on_commit_callbacks(execute=True):
        community_page.save_revision().publish()
    assert generation() != before
    before = generation()
    with django_capture_on_commit_callbacks(execute=True):
        community_page.unpublish()
    assert generation() != before


def test_a_change_counts_when_it_is_committed_and_not_when_it_is_rolled_back(
    django_capture_on_commit_callbacks: Any,
) -> None:
    before = generation()
    with (
        django_capture_on_commit_callbacks(execute=True) as callbacks,
        pytest.raises(ZeroDivisionError),
        transaction.atomic(),
    ):
        generation_bump()
        _ = 1 / 0
    assert not callbacks
    assert generation() == before
    with django_capture_on_commit_callbacks(execute=True):
        generation_bump()
        assert generation() == before
    assert generation() != before


def test_a_page_rendered_while_something_changed_is_old_at_once(
    django_capture_on_commit_callbacks: Any,
) -> None:
    site = Site()

    def change_meanwhile(response: HttpResponse) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            generation_bump()

    site.change = change_meanwhile
    site.get("/")
    site.change = None
    assert site.get("/").content.startswith(b"page 2")
    assert site.get("/").content.startswith(b"page 2")


def test_a_page_is_rendered_anew_when_its_time_is_over() -> None:
    site = Site()
    with time_machine.travel(NOON, tick=False) as clock:
        site.get("/")
        clock.shift(timedelta(seconds=59))
        assert site.get("/").content.startswith(b"page 1")
        clock.shift(timedelta(seconds=2))
        assert site.get("/").content.startswith(b"page 2")


def test_while_one_renders_the_others_get_the_old_page(
    django_capture_on_commit_callbacks: Any,
) -> None:
    site = Site()
    site.get("/")
    with django_capture_on_commit_callbacks(execute=True):
        generation_bump()
    others: list[bytes] = []

    def somebody_else_comes(response: HttpResponse) -> None:
        site.change = None
        others.append(site.get("/").content)

    site.change = somebody_else_comes
    assert site.get("/").content.startswith(b"page 2")
    assert others == [b"page 1 /"]
    assert site.rendered == 2


def test_a_page_that_failed_to_render_lets_the_next_one_try(
    django_capture_on_commit_callbacks: Any,
) -> None:
    site = Site()
    site.get("/")
    with django_capture_on_commit_callbacks(execute=True):
        generation_bump()

    def fail(response: HttpResponse) -> None:
        raise RuntimeError

    site.change = fail
    with pytest.raises(RuntimeError):
        site.get("/")
    site.change = None
    assert site.get("/").content.startswith(b"page 3")


def test_an_old_page_goes_after_a_while_even_as_an_old_one() -> None:
    site = Site()
    with time_machine.travel(NOON, tick=False) as clock:
        site.get("/")
        clock.shift(timedelta(seconds=60 + OLD_SECONDS + 1))
        assert caches["pages"].get("generation")
        assert site.get("/").content.startswith(b"page 2")


def test_no_page_lives_past_midnight_not_even_as_an_old_one() -> None:
    site = Site()
    with time_machine.travel(NOON.replace(hour=23, minute=59, second=50), tick=False) as clock:
        site.get("/")
        clock.shift(timedelta(seconds=11))
        others: list[bytes] = []

        def somebody_else_comes(response: HttpResponse) -> None:
            site.change = None
            others.append(site.get("/").content)

        site.change = somebody_else_comes
        site.get("/")
    assert not others[0].startswith(b"page 1")


def test_without_surveys_the_boundary_is_local_midnight() -> None:
    now = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)  # 01:30 on the 24th in Shanghai
    assert next_boundary(now) == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)


def test_a_survey_that_opens_or_closes_ends_the_life_of_pages() -> None:
    survey = Survey.objects.create(
        slug="s",
        title_zh="满意度",
        live=True,
        opens_at=NOON + timedelta(hours=1),
        closes_at=NOON + timedelta(hours=3),
        headline="B1",
    )
    assert next_boundary(NOON) == survey.opens_at
    assert next_boundary(survey.opens_at) == survey.closes_at
    assert next_boundary(survey.closes_at) == NOON.replace(hour=0) + timedelta(days=1)


def test_a_draft_survey_ends_nothing() -> None:
    Survey.objects.create(
        slug="s",
        title_zh="满意度",
        live=False,
        opens_at=NOON + timedelta(hours=1),
        closes_at=NOON + timedelta(hours=3),
        headline="B1",
    )
    assert next_boundary(NOON) == NOON.replace(hour=0) + timedelta(days=1)


def test_the_clock_of_a_kept_page_is_aware() -> None:
    assert timezone.is_aware(next_boundary(timezone.now()))
