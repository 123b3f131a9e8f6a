"""The old address of a page that moved leads to the new one.

Wagtail's redirects app writes the rows down when a page moves or its address changes, in the
language of whoever did it; every language is answered from them. Nothing is said of a page that was
never public: its address would give away that it exists. One that was withdrawn says so itself.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, Site

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class OldAddressMiddleware:
    """Asked only where nothing else answers, so that a page that came back is always seen."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code != 404 or request.method not in {"GET", "HEAD"}:
            return response
        target = _target(request)
        if target is None:
            return response
        moved = HttpResponsePermanentRedirect(target)
        # A browser asks again each time: the page may move again, or come back.
        moved["Cache-Control"] = "public, max-age=0, must-revalidate"
        return moved


def _target(request: HttpRequest) -> str | None:
    """Where the page is now that was at this address. One query where there is none."""
    path = request.path
    if "\0" in path:
        return None
    plain = _without_language(path)
    prefixes = ["", *(f"/{code}" for code, _name in settings.LANGUAGES)]
    paths = [Redirect.normalise_path(f"{prefix}{plain}") for prefix in prefixes]
    found = Redirect.get_for_site(Site.find_for_request(request)).filter(old_path__in=paths)
    for row in found.select_related("redirect_page").order_by("-created_at", "-pk"):
        page: Page | None = row.redirect_page
        if page is None:
            return str(row.link) if row.link else None
        if _says_something(page):
            return str(page.get_url(request)) if page.get_url(request) != path else None
    return None


def _says_something(page: Page) -> bool:
    """Whether everybody is answered at its address: with the page, or that it was withdrawn."""
    known = page.live or getattr(page.specific, "withdrawal", None) is not None
    return bool(known) and not page.get_view_restrictions().exists()


def _without_language(path: str) -> str:
    for code, _name in settings.LANGUAGES:
        if path.startswith(f"/{code}/"):
            return path[len(code) + 1 :]
    return path
