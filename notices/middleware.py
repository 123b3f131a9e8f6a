"""A refused notice never ends in a server error, whichever button was pressed."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request

from notices.refusal import NoticeRefused


class RefusalMiddleware:
    """The editor's form shows refusals at the fields. Approval from a list, bulk publishing and
    copying have no such form: there the reason stands on the screen one came from.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, NoticeRefused):
            return None
        messages.error(request, str(exception))
        url = _back(request)
        if request.headers.get("x-requested-with") == "XMLHttpRequest":
            # What Wagtail's dialogue for comments on an approval expects.
            return JsonResponse({"step": "success", "redirect": url})
        return redirect(url)


def _back(request: HttpRequest) -> str:
    match = request.resolver_match
    page_id = match.kwargs.get("page_id") if match else None
    if page_id:
        return reverse("wagtailadmin_pages:edit", args=[page_id])
    return get_valid_next_url_from_request(request) or reverse("wagtailadmin_home")
