"""A form without script: the first post answers with a page to check, the second commits.

A post without a key is never refused: it gets the review page, which carries a key made here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.intake.receipts import is_key, new_key

KEY_FIELD = "intake_key"
EDIT_FIELD = "intake_edit"
SCRIPT_HEADER = "X-Intake"
#: Fields that the review page writes itself and never copies from what was posted.
OWN_FIELDS = frozenset({KEY_FIELD, EDIT_FIELD, "csrfmiddlewaretoken"})


@dataclass(frozen=True)
class ReviewRow:
    """One line to check: what was asked and what was answered, as the resident would say it."""

    label: str
    value: str


def submitted_key(request: HttpRequest) -> str | None:
    """The key that commits this post; None where the review page is due."""
    key = request.POST.get(KEY_FIELD, "")
    return key if is_key(key) and not wants_edit(request) else None


def wants_edit(request: HttpRequest) -> bool:
    """Whether the resident pressed “change” on the review page: show the form again as typed."""
    return EDIT_FIELD in request.POST


def is_script(request: HttpRequest) -> bool:
    """Whether intake/form.js sent this post; it reads the answer's HTML and its X-Intake header."""
    return request.headers.get(SCRIPT_HEADER) == "script"


def mark_form(response: HttpResponse) -> HttpResponse:
    """Tell the service worker that this page is an empty form, the same for everybody, which a
    phone may keep for the moment when there is no network."""
    response.headers[SCRIPT_HEADER] = "form"
    return response


def mark_stored(response: HttpResponse) -> HttpResponse:
    """Tell intake/form.js that the submission is safe, so that the draft may go."""
    response.headers[SCRIPT_HEADER] = "stored"
    return response


def mark_conflict(response: HttpResponse) -> HttpResponse:
    """Tell intake/form.js that its key is used up and the page keeps both texts."""
    response.headers[SCRIPT_HEADER] = "conflict"
    response.status_code = 409
    return response


def form_rows(form: forms.BaseForm) -> list[ReviewRow]:
    """The visible fields of a valid form with the words of their choices; empty ones left out."""
    rows = []
    for bound in form.visible_fields():
        value = form.cleaned_data.get(bound.name)
        if value not in (None, "", [], False) and not isinstance(bound.field, forms.FileField):
            rows.append(ReviewRow(str(bound.label), _words(bound.field, value)))
    return rows


def _words(field: forms.Field, value: Any) -> str:
    choices = dict(_flat(getattr(field, "choices", ())))
    if isinstance(value, list | tuple):
        return "、".join(choices.get(str(item), str(item)) for item in value)
    return choices.get(str(getattr(value, "pk", value)), str(value))


def _flat(choices: Iterable[Any]) -> Iterable[tuple[str, str]]:
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(key), str(label)


def review_response(
    request: HttpRequest,
    *,
    title: str,
    rows: Sequence[ReviewRow],
    thumbnails: Sequence[str] = (),
    replace: dict[str, str | None] | None = None,
    context: dict[str, Any] | None = None,
    template: str = "intake/review.html",
) -> HttpResponse:
    """The page to check before sending; posts to the same address.

    Every posted value comes along as a hidden field; `replace` sets or changes some (a token of
    held photos, say) and leaves out those it sets to None. `context` is handed to the template,
    for headings that name the place; `template` extends intake/review.html.
    """
    kept = replace or {}
    hidden = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in OWN_FIELDS and name not in kept
        for value in values
    ]
    hidden += [(name, value) for name, value in kept.items() if value is not None]
    page = {
        "title": title,
        "rows": rows,
        "thumbnails": thumbnails,
        "hidden": hidden,
        "key": new_key(),
        "key_field": KEY_FIELD,
        "edit_field": EDIT_FIELD,
        **(context or {}),
    }
    return render(request, template, page)
