"""The portal's addresses, and one more: a view that does nothing but answer."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from portal.urls import urlpatterns as portal_urls

#: The bytes of our kept page; the benchmark puts them here.
PAGE = {"body": b""}


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE["body"])


urlpatterns = [path("bare/", bare), *portal_urls]
