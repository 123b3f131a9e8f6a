"""Public pages are the same for everyone, so each is rendered once and kept.

This middleware stands outside all others. A kept page costs one read of the cache at most and
nothing else: no database, no session, no rendering. What may be kept is decided by what a page *is*
(`_is_public`, `_may_keep`), never by a list of views.
"""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import DisallowedHost
from django.db.models import Min, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from feedback.surveys.models import Survey
from portal.common.generation import ALIAS, generation_lately, generation_with

#: Parts of the address that a public page may depend on. Any other part: the page is not kept.
QUERY_KEYS = frozenset({"page", "view", "place", "type", "part", "state", "year", "period"})
#: Added to links by WeChat and by those who count clicks; no page depends on them.
IGNORED_KEYS = frozenset(
    {"from", "isappinstalled", "nsukey", "scene", "utm_source", "utm_medium", "utm_campaign"}
)
MAX_VALUE = 40
PRIVATE_PATHS = (
    "/api/",
    "/staff/",
    "/accounts/",
    "/documents/",
    "/media/",
    "/static/",
    "/healthz",
    "/h/",
    "/subscribe/",
)
KEPT_TYPES = ("text/html", "application/json", "application/atom+xml", "text/calendar", "text/csv")
MAX_BYTES = 1024 * 1024
#: Others get the old page while one renders the new one, this long after it went stale.
OLD_SECONDS = 600
#: So many pages, each so large at most, a process holds itself: 12 MB.
MAX_NEAR, MAX_NEAR_BYTES = 200, 60 * 1024
LOCK_SECONDS = 15
#: Headers that belong to one answer and not to the page.
OWN_HEADERS = frozenset({"content-length", "date", "vary", "etag", "cache-control"})

CONTROL = "public, max-age=0, must-revalidate"

GetResponse = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True)
class Kept:
    """A page as it lies in the cache."""

    body: bytes
    etag: str
    headers: tuple[tuple[str, str], ...]
    generation: str
    fresh_until: datetime
    ends_at: datetime

    def is_fresh(self, now: datetime, current: str) -> bool:
        return self.generation == current and now < min(self.fresh_until, self.ends_at)


#: The pages this process answered last, so that the most read ones need not be fetched again.
_near: dict[str, Kept] = {}


class PageCacheMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        seconds = settings.PAGE_CACHE_SECONDS
        key = _key(request) if seconds and _is_public(request) else None
        if key is None:
            return self.get_response(request)
        now = timezone.now()
        near = _near.get(key)
        if near and near.is_fresh(now, generation_lately()):
            return _answer(request, near)
        kept: Kept | None
        current, kept = generation_with(key)
        if kept and now < kept.ends_at:
            if kept.is_fresh(now, current):
                return _answer(request, _keep_near(key, kept))
            if not caches[ALIAS].add(f"{key}:lock", 1, LOCK_SECONDS):
                return _answer(request, kept)
        return self._render(request, key, current, now + timedelta(seconds=seconds))

    def _render(
        self, request: HttpRequest, key: str, current: str, fresh_until: datetime
    ) -> HttpResponseBase:
        try:
            response = self.get_response(request)
            if not _may_keep(request, response):
                return response
            body = _encoded(request, response.content)  # type: ignore[attr-defined]
            kept = Kept(
                body=body,
                etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
                headers=_headers(request, response, body),
                generation=current,
                fresh_until=fresh_until,
                ends_at=next_boundary(timezone.now()),
            )
            caches[ALIAS].set(key, kept, settings.PAGE_CACHE_SECONDS + OLD_SECONDS)
            return _answer(request, _keep_near(key, kept))
        finally:
            caches[ALIAS].delete(f"{key}:lock")


def _keep_near(key: str, kept: Kept) -> Kept:
    if len(_near) >= MAX_NEAR:
        _near.clear()
    if len(kept.body) <= MAX_NEAR_BYTES:
        _near[key] = kept
    return kept


def next_boundary(now: datetime) -> datetime:
    """When a page changes without anybody changing it: midnight, or a survey opening or closing.

    Publicity periods begin and end on days, so midnight is theirs too.
    """
    day = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    moments = Survey.objects.running().aggregate(
        opens=Min("opens_at", filter=Q(opens_at__gt=now)),
        closes=Min("closes_at", filter=Q(closes_at__gt=now)),
    )
    return min([day + timedelta(days=1), *(m for m in moments.values() if m)])


def _is_public(request: HttpRequest) -> bool:
    """Whether the answer can be the same for everybody, as far as the request tells."""
    cookies = request.COOKIES
    return (
        request.method == "GET"
        and not _without_language(request.path_info).startswith(PRIVATE_PATHS)
        and settings.SESSION_COOKIE_NAME not in cookies
        and "messages" not in cookies
        and "HTTP_AUTHORIZATION" not in request.META
        # Wagtail's preview sends an invented request for a page's own address.
        and not getattr(request, "is_dummy", False)
    )


def _without_language(path: str) -> str:
    return path[3:] if path.startswith("/en/") else path


def _key(request: HttpRequest) -> str | None:
    """Everything a public page may depend on; None when the address has something unknown in it.

    Ignored parts are taken out of the request as well, so that no page can show them to others.
    """
    query: dict[str, str] = {}
    for name, values in request.GET.lists():
        if name in IGNORED_KEYS:
            continue
        if name not in QUERY_KEYS or len(values) != 1 or len(values[0]) > MAX_VALUE:
            return None
        query[name] = values[0]
    try:
        host = request.get_host()
    except DisallowedHost:
        return None
    canonical = urlencode(sorted(query.items()))
    request.META["QUERY_STRING"] = canonical
    request.__dict__.pop("GET", None)
    parts = [request.scheme or "", host, request.path_info, canonical, _encoding(request)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _may_keep(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether the answer says itself that it is nobody's own."""
    control = {part.partition("=")[0] for part in _directives(response, "Cache-Control")}
    varies = {name.lower() for name in _directives(response, "Vary")}
    return (
        response.status_code == 200
        and isinstance(response, HttpResponse)
        and not response.cookies
        and not control & {"private", "no-store", "no-cache"}
        # Who reads the session or the token of a form says so here. The language is no matter:
        # it is in the address, and Django adds that header all the same.
        and varies <= {"accept-language", "accept-encoding"}
        and not getattr(request, "is_preview", False)
        and not response.has_header("Content-Encoding")
        and response.get("Content-Type", "").startswith(KEPT_TYPES)
        and len(response.content) <= MAX_BYTES
    )


def _directives(response: HttpResponseBase, header: str) -> list[str]:
    value = response.headers.get(header, "")
    return [part.strip().lower() for part in value.split(",") if part.strip()]


def _encoding(request: HttpRequest) -> str:
    return "gzip" if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "") else ""


def _encoded(request: HttpRequest, body: bytes) -> bytes:
    # Nothing in a public page is secret, so compressing it gives nothing away.
    return gzip.compress(body, compresslevel=6, mtime=0) if _encoding(request) else body


def _headers(
    request: HttpRequest, response: HttpResponseBase, body: bytes
) -> tuple[tuple[str, str], ...]:
    """What the page says of itself, and what is the same for every reader of it."""
    own = {name: value for name, value in response.items() if name.lower() not in OWN_HEADERS}
    own |= {"Cache-Control": CONTROL, "Vary": "Accept-Encoding", "Content-Length": str(len(body))}
    if _encoding(request):
        own["Content-Encoding"] = "gzip"
    return tuple(own.items())


def _answer(request: HttpRequest, kept: Kept) -> HttpResponse:
    """The page, or 304 where the browser has it already."""
    if kept.etag in request.META.get("HTTP_IF_NONE_MATCH", ""):
        headers = {"ETag": kept.etag, "Cache-Control": CONTROL, "Vary": "Accept-Encoding"}
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(kept.body, headers=dict(kept.headers) | {"ETag": kept.etag})
