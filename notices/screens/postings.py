"""The photos of a notice on the board, on the staff screens."""

from typing import Any, cast

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin import messages

from notices.forms import PostingForm
from notices.models import NoticePage
from notices.permissions import postable_or_404
from notices.services import posting_add, posting_delete
from portal.accounts.models import User


@require_http_methods(["GET", "HEAD", "POST"])
def postings(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast(User, request.user)
    notice = postable_or_404(user, pk)
    now = timezone.now()
    initial = {"taken_on": timezone.localdate(now)}
    form = PostingForm(request.POST or None, request.FILES or None, notice=notice, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            posting_add(notice=notice, user=user, now=now, **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("The photo was added."))
            return redirect("notice_postings", pk=notice.pk)
    rows = notice.postings.select_related("image", "building", "added_by").order_by("-pk")
    return _page(request, notice, {"form": form, "rows": rows})


@require_POST
def delete(request: HttpRequest, pk: int, posting: int) -> HttpResponse:
    user = cast(User, request.user)
    notice = postable_or_404(user, pk)
    found = get_object_or_404(notice.postings.select_related("notice__place", "image"), pk=posting)
    posting_delete(posting=found, user=user)
    messages.success(request, _("The photo was taken away."))
    return redirect("notice_postings", pk=notice.pk)


def _page(request: HttpRequest, notice: NoticePage, context: dict[str, Any]) -> HttpResponse:
    title = _("Photos on the board")
    edit = reverse("wagtailadmin_pages:edit", args=[notice.pk])
    frame = {
        "page_title": title,
        "header_title": title,
        "header_icon": "image",
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": _("Home")},
            {"url": edit, "label": notice.get_admin_display_title()},
            {"url": "", "label": title},
        ],
        "notice": notice,
    }
    return render(request, "notices/staff/postings.html", {**frame, **context})
