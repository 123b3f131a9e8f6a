"""What was withdrawn, moved or deleted, and why: for staff, with names."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from notices.queries import removals_visible
from portal.accounts.roles import Action
from portal.places.permissions import can_somewhere

PER_PAGE = 50


@require_safe
def removal_list(request: HttpRequest) -> HttpResponse:
    if not can_somewhere(request.user, Action.FIGURES_VIEW):
        raise PermissionDenied
    early = request.GET.get("early") == "1"
    rows = removals_visible(request.user, early=early)  # type: ignore[arg-type]
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    title = _("Removed notices")
    context = {
        "page_title": title,
        "header_title": title,
        "header_icon": "bin",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": _("Home")},
            {"url": "", "label": title},
        ],
        "page_obj": page,
        "early": early,
    }
    return render(request, "notices/staff/removals.html", context)
