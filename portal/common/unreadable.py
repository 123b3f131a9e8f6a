"""A NUL in an address means nothing: no database can be asked about one."""

from collections.abc import Callable

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase


class UnreadableMiddleware:
    """PostgreSQL takes no NUL: whatever looks for one would end in a server error.

    A path with one leads nowhere, and what is asked for behind it is read as if it were not there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path_info:
            raise Http404
        asked = request.META.get("QUERY_STRING", "")
        while "%00" in asked:
            # What is left may make one anew.
            asked = asked.replace("%00", "")
            request.META["QUERY_STRING"] = asked
        return self.get_response(request)
