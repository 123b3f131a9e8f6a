"""A short way in for what a resident form sends by script.

Nobody is signed in there, nothing is remembered, and the answer is a part of a page, which the
script takes over (`origin`, `review`). So sessions, accounts, messages and the tokens of forms have
nothing to do, and half the work of a request goes by. All else goes the whole way.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.utils import translation

from portal.intake.origin import is_resident_form
from portal.intake.review import is_script

GetResponse = Callable[[HttpRequest], HttpResponseBase]
#: It is no page: should anybody open it as one, nothing in it runs, loads or is framed.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}


class DoorwayMiddleware:
    """Stands behind SecurityMiddleware, before all that know who somebody is."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST" or not is_script(request):
            return self.get_response(request)
        # As LocaleMiddleware does where every language but one has its own addresses.
        language = translation.get_language_from_path(request.path_info)
        with translation.override(language or settings.LANGUAGE_CODE):
            response = _answer(request)
        return self.get_response(request) if response is None else response


def _answer(request: HttpRequest) -> HttpResponseBase | None:
    """None where the whole way must be gone: it is no resident form, or there is no such page."""
    try:
        match = resolve(request.path_info)
        if not is_resident_form(match.func):
            return None
        request.resolver_match = match
        request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    except Http404:
        return None
    if not isinstance(response, HttpResponse):
        return None
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Content-Language"] = translation.get_language() or ""
    response.headers["Content-Length"] = str(len(response.content))
    return response
