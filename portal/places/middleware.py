"""The guard on the staff screens: 404 outside one's places, 403 inside without the right.

Wagtail alone sends somebody without a right back to the front page with a message, and tells
outsiders apart from nobody. Here the address of an object outside the user's places answers as if
nothing were there, whatever the view would have done with it.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.defaults import page_not_found
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.permissions import policy_registry

from portal.places.page_policy import visible_pages
from portal.places.policy import PlacePolicy

View = Callable[..., HttpResponse]

#: Names of address parts that say what they are, whichever view they lead to.
_PAGE_KEYS = frozenset(
    {"page_id", "page_pk", "parent_page_id", "page_to_move_id", "destination_id"}
)
_MEDIA_KEYS = {
    "image_id": get_image_model,
    "document_id": get_document_model,
    "doc_id": get_document_model,
}
_OBJECT_KEYS = frozenset({"pk", "id", "object_id"})


class StaffGuardMiddleware:
    """Stands after MessageMiddleware: it takes back the message Wagtail says a refusal with."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        home = reverse("wagtailadmin_home")
        if request.path.startswith(home) and _is_refusal(request, response, home):
            return render(request, "places/forbidden.html", status=403)
        return response

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not request.path.startswith(reverse("wagtailadmin_home")):
            return None
        if not request.user.is_authenticated:
            return None
        for visible, key in _objects_named(request, view, kwargs):
            if not _holds(visible, key):
                return page_not_found(request, Http404(), template_name="wagtailadmin/404.html")
        return None


def _objects_named(
    request: HttpRequest, view: View, kwargs: dict[str, Any]
) -> Iterator[tuple[Any, Any]]:
    """(what `request.user` may know of, primary key) for every object the address names."""
    for name, key in kwargs.items():
        if name in _PAGE_KEYS:
            yield visible_pages(request.user), key
            continue
        model = _MEDIA_KEYS[name]() if name in _MEDIA_KEYS else None
        if name in _OBJECT_KEYS:
            model = _model_of(view)
        policy = model and policy_registry.get_by_type(model, fallback=False)
        if isinstance(policy, PlacePolicy):
            yield policy.visible_to(request.user), key


def _model_of(view: View) -> type[Model] | None:
    initial = getattr(view, "view_initkwargs", {})
    model = initial.get("model") or getattr(getattr(view, "view_class", None), "model", None)
    return model if isinstance(model, type) and issubclass(model, Model) else None


def _holds(visible: QuerySet[Any], key: Any) -> bool:
    try:
        return visible.filter(pk=unquote(str(key))).exists()
    except (ValueError, ValidationError):
        return False


def _is_refusal(request: HttpRequest, response: HttpResponse, home: str) -> bool:
    """Whether this is Wagtail saying no: back to the front page with a message of level error."""
    if response.status_code != 302 or response.get("Location") != home or request.path == home:
        return False
    # Reading them takes them out, so that the message does not turn up on the next page.
    waiting = list(messages.get_messages(request))
    refused = any(message.level >= messages.ERROR for message in waiting)
    if not refused:
        for message in waiting:
            messages.add_message(request, message.level, message.message, message.extra_tags)
    return refused
