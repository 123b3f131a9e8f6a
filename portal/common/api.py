"""What every list of the public API shares: pages, CSV or JSON, ETags, open to browsers, limits."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import Annotated, Any, TypeVar

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from django.utils.cache import patch_vary_headers
from ninja import NinjaAPI, Query
from ninja.throttling import SimpleRateThrottle

from portal.common.addresses import client_address
from portal.common.keys import current_key, keyed_digest

T = TypeVar("T")
PageNumber = Annotated[int, Query(ge=1, le=100_000)]
PAGE_SIZE = 100
#: A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def page_of(
    rows: "QuerySet[Any] | Sequence[T]", number: int, shown: Callable[[Any], Mapping[str, Any]]
) -> dict[str, Any]:
    """One page of `rows`: `count` of all, `page`, `pages`, and its `items` as `shown` gives them.

    A page beyond the last one is empty.
    """
    pages = Paginator(rows, PAGE_SIZE)
    found: Iterable[Any] = pages.page(number).object_list if number <= pages.num_pages else ()
    return {
        "count": pages.count,
        "page": number,
        "pages": pages.num_pages,
        "items": [shown(row) for row in found],
    }


class AddressThrottle(SimpleRateThrottle):
    """So many requests a minute from one address; the cache holds a digest, never the address."""

    def get_cache_key(self, request: HttpRequest) -> str | None:
        address = str(client_address(request) or "unknown")
        secret = current_key("RECEIPT_KEY")[1]
        return f"api:{keyed_digest(secret, 'api', address).hex()[:32]}"


class OpenApi(NinjaAPI):
    """Answers in JSON, or a list in CSV where the reader asks for it, with an ETag for both."""

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        found = super()._get_urls()
        for one in found:
            if isinstance(one, URLPattern):
                one.callback = _answering_head(one.callback)
        return found

    def create_response(
        self,
        request: HttpRequest,
        data: Any,
        *,
        status: int | None = None,
        temporal_response: HttpResponse | None = None,
    ) -> HttpResponse:
        if _wants_csv(request) and isinstance(data, dict) and isinstance(data.get("items"), list):
            response = HttpResponse(_csv(data["items"]), content_type="text/csv; charset=utf-8")
            response.headers["X-Count"] = str(data.get("count", len(data["items"])))
        else:
            response = super().create_response(
                request, data, status=status, temporal_response=temporal_response
            )
        return _finished(request, response)


def _answering_head(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The library knows GET alone. Servers take the body off an answer to HEAD."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        method = request.method
        if method == "HEAD":
            request.method = "GET"
        try:
            return view(request, *args, **kwargs)
        finally:
            request.method = method

    return answered


def _wants_csv(request: HttpRequest) -> bool:
    return request.get_preferred_type(["application/json", "text/csv"]) == "text/csv"


def _csv(items: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO(newline="")
    # A byte order mark, so that Excel reads Chinese.
    out.write("\ufeff")
    if items:
        writer = csv.DictWriter(out, fieldnames=list(items[0]), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows({key: _cell(value) for key, value in row.items()} for row in items)
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal | date):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """With an ETag; 304 without a body where the reader has it already."""
    patch_vary_headers(response, ["Accept"])
    # A refusal is this reader's alone: kept on the way, it would be everybody's.
    response.headers["Cache-Control"] = (
        "public, max-age=60" if response.status_code == 200 else "no-store"
    )
    if settings.DEMONSTRATION:
        response.headers["X-Demonstration"] = "demonstration data"
    if response.status_code == 200:
        etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        if etag in request.headers.get("If-None-Match", ""):
            response = HttpResponse(status=304, headers=dict(response.headers))
        response.headers["ETag"] = etag
    return response
