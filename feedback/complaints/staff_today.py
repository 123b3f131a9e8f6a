"""The worklist of one person: made for a phone on the doorstep."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feedback.complaints import permissions
from feedback.complaints.wording import numbers_hidden
from feedback.complaints.worklist import worklist
from portal.accounts.models import User


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    if not permissions.has_worklist(request.user):
        raise PermissionDenied
    user = cast(User, request.user)
    parts = worklist(user, timezone.now())
    for part in parts:
        numbers_hidden(user, [case for case, _due in part.rows])
    title = _("To do today")
    trail = [(_("Home"), reverse("wagtailadmin_home")), (title, "")]
    context = {
        "header_title": title,
        "page_title": title,
        "breadcrumbs_items": [{"label": label, "url": url} for label, url in trail],
        "parts": [part for part in parts if part.rows],
        "can_add": permissions.may_handle_any(request.user),
    }
    return render(request, "complaints/staff/worklist.html", context)
