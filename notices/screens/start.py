"""Starting a notice: where, of which type, and the editor opens with a draft."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.admin import messages
from wagtail.models import Page

from notices.models import NoticePage, NoticeType
from notices.permissions import places_to_write_for
from notices.services import notice_start
from portal.accounts.roles import Action
from portal.places.permissions import can


@require_safe
def choose_place(request: HttpRequest) -> HttpResponse:
    """Whoever writes for one place only goes straight on to the types."""
    found = places_to_write_for(request.user)  # type: ignore[arg-type]
    if not found:
        raise PermissionDenied
    if len(found) == 1:
        return redirect("notice_start", page_id=found[0][0].pk)
    rows = [
        {"url": reverse("notice_start", args=[page.pk]), "place": place} for page, place in found
    ]
    return _page(request, "start_place", _("Start a notice"), [], {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def choose_type(request: HttpRequest, page_id: int) -> HttpResponse:
    parent = get_object_or_404(Page, pk=page_id).specific
    place = getattr(parent, "place", None)
    if place is None or not NoticePage.can_create_at(parent):
        raise PermissionDenied
    if not can(request.user, Action.PAGE_EDIT, place):
        raise PermissionDenied
    if request.method == "POST" and (draft := _start(request, parent)):
        messages.success(request, _("A draft was made. Fill in what is marked, then send it on."))
        return redirect("wagtailadmin_pages:edit", draft.pk)
    kinds = NoticeType.objects.filter(offered=True).order_by("code").prefetch_related("variants")
    # "What to publish next" asks for one of them.
    asked = list(kinds.filter(code=request.GET.get("type", "")))
    crumbs = [{"url": reverse("notice_start_place"), "label": _("Start a notice")}]
    rows = [_kind_row(kind) for kind in asked or kinds]
    context = {"kinds": rows, "place": place, "all_url": request.path if asked else ""}
    return _page(request, "start_type", place.label, crumbs, context)


def _start(request: HttpRequest, parent: Page) -> NoticePage | None:
    """None where the choice makes no sense, which is then said on the screen."""
    code, _dot, variant = request.POST.get("kind", "").partition(".")
    kind = NoticeType.objects.filter(code=code).first()
    if kind is None:
        messages.error(request, _("Choose a type of notice."))
        return None
    try:
        return notice_start(
            parent=parent,
            notice_type=kind,
            variant=kind.variants.filter(code=variant).first() if variant else None,
            user=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return None


def _kind_row(kind: NoticeType) -> dict[str, Any]:
    variants = [
        {"value": f"{kind.code}.{one.code}", "label": one.label, "period": one.rule_shown}
        for one in kind.variants.all()
    ]
    choices = variants or [{"value": kind.code, "label": "", "period": kind.rule_shown}]
    return {"kind": kind, "choices": choices}


def _page(
    request: HttpRequest, name: str, title: str, crumbs: list[Any], context: dict[str, Any]
) -> HttpResponse:
    trail = [{"url": reverse("wagtailadmin_home"), "label": _("Home")}, *crumbs]
    frame = {
        "page_title": title,
        "header_title": title,
        "header_icon": "doc-empty-inverse",
        "breadcrumbs_items": [*trail, {"url": "", "label": title}],
    }
    return render(request, f"notices/staff/{name}.html", {**frame, **context})
