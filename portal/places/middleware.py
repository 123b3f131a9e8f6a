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
from django.utils.translation import get_language, override
from django.views.defaults import page_not_found
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.permissions import policy_registry

from portal.places.page_policy import visible_pages
from portal.places.permissions import assignments_keep
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
            return _forbidden(request)
        return response

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not request.path.startswith(reverse("wagtailadmin_home")):
            return None
        if not request.user.is_authenticated:
            return None
        if request.method in {"GET", "HEAD"}:
            assignments_keep(request.user)
        for visible, key, policy in _objects_named(request, view, kwargs):
            found = _one(visible, key)
            if found is None:
                return page_not_found(request, Http404(), template_name="wagtailadmin/404.html")
            words = _words_required(view)
            if policy and words and not _may(policy, request.user, words, found):
                return _forbidden(request)
        return None


def _forbidden(request: HttpRequest) -> HttpResponse:
    # Wagtail speaks the language of its user in its own views only.
    profile = getattr(request.user, "wagtail_userprofile", None)
    with override(profile.get_preferred_language() if profile else get_language()):
        # Without messages: the page says it in full.
        return render(request, "places/forbidden.html", {"messages": ()}, status=403)


def _objects_named(
    request: HttpRequest, view: View, kwargs: dict[str, Any]
) -> Iterator[tuple[QuerySet[Any], Any, PlacePolicy | None]]:
    """(what `request.user` may know of, primary key, policy) for every object the address names.

    Pages have no policy here: Wagtail asks for the rights on each of them itself.
    """
    match = request.resolver_match
    # The comparison of versions alone calls a page what other views call any object.
    keys = _PAGE_KEYS | ({"pk"} if match and match.namespace == "wagtailadmin_pages" else set())
    for name, key in kwargs.items():
        if name in keys:
            yield visible_pages(request.user), key, None
            continue
        model = _MEDIA_KEYS[name]() if name in _MEDIA_KEYS else None
        if name in _OBJECT_KEYS:
            model = _model_of(view)
        policy = model and policy_registry.get_by_type(model, fallback=False)
        if isinstance(policy, PlacePolicy):
            yield policy.visible_to(request.user), key, policy


def _model_of(view: View) -> type[Model] | None:
    initial = getattr(view, "view_initkwargs", {})
    model = initial.get("model") or getattr(getattr(view, "view_class", None), "model", None)
    return model if isinstance(model, type) and issubclass(model, Model) else None


def _words_required(view: View) -> list[str]:
    """What the view asks for the model, to be asked for the object as well."""
    view_class = getattr(view, "view_class", None)
    one = getattr(view_class, "permission_required", None)
    several = getattr(view_class, "any_permission_required", None)
    return [one] if one else list(several or [])


def _may(policy: PlacePolicy, user: Any, words: list[str], found: Model) -> bool:
    return policy.user_has_any_permission_for_instance(user, words, found)


def _one(visible: QuerySet[Any], key: Any) -> Model | None:
    try:
        found: Model | None = visible.filter(pk=unquote(str(key))).first()
    except (ValueError, ValidationError):
        return None
    return found


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
