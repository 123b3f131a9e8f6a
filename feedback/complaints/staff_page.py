"""The furniture of a staff screen in Wagtail's look: title, trail, and the errors of services."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

Crumbs = tuple[tuple[str, str], ...]


def staff_page(
    request: HttpRequest,
    template: str,
    title: str,
    context: dict[str, Any],
    *,
    crumbs: Crumbs = (),
    status: int = 200,
) -> HttpResponse:
    trail = ((_("Home"), reverse("wagtailadmin_home")), *crumbs, (title, ""))
    items = [{"label": label, "url": url} for label, url in trail]
    furniture = {"header_title": title, "page_title": title, "breadcrumbs_items": items}
    template = f"complaints/staff/{template}.html"
    return render(request, template, {**furniture, **context}, status=status)


def to_top(name: str, *args: Any) -> HttpResponse:
    """To the beginning of a screen: without a # of its own the browser would keep that of the form
    that was sent, and what was done is said far above."""
    return redirect(f"{reverse(name, args=args)}#")


def add_errors(form: Any, error: ValidationError) -> None:
    """At its field where the form has one, above the form otherwise."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, problems in error.error_dict.items():
        form.add_error(field if field in form.fields else None, problems)
