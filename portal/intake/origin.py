"""Resident forms carry no ambient authority: nobody is signed in, nothing is remembered.

So there is no token to forge, and old phones and local networks that send no Origin still pass.
Only a browser that says itself that the post comes from elsewhere is turned away.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponseBase]
DEFAULT_PORTS = {"http": "80", "https": "443"}


def is_foreign(request: HttpRequest) -> bool:
    """Whether the browser itself says that this request was made by another site."""
    fetch_site = request.headers.get("Sec-Fetch-Site", "")
    if fetch_site:
        return fetch_site in {"cross-site", "same-site"}
    origin = request.headers.get("Origin", "")
    if not origin:
        return False
    parts = urlsplit(origin)
    # TLS may end at a proxy, so the scheme is no evidence; host and port are.
    return _host(parts.netloc, parts.scheme) != _host(request.get_host(), parts.scheme)


def _host(netloc: str, scheme: str) -> str:
    return netloc.lower().removesuffix(f":{DEFAULT_PORTS.get(scheme, '')}")


def resident_form(view: View) -> View:
    """The view sees an anonymous visitor, sets no cookie, and its answers are never stored."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.user = AnonymousUser()
        if request.method == "POST" and is_foreign(request):
            response: HttpResponseBase = render(request, "intake/foreign.html", status=403)
        else:
            response = view(request, *args, **kwargs)
        response.cookies.clear()
        response.headers["Cache-Control"] = "no-store"
        return response

    made: View = csrf_exempt(wrapped)
    made.is_resident_form = True  # type: ignore[attr-defined]
    return made


def is_resident_form(view: View) -> bool:
    return getattr(view, "is_resident_form", False)
