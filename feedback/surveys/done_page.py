"""The page with the receipt, once an answer is stored, and again when it arrives a second time."""

from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from feedback.surveys.journey import Journey
from feedback.surveys.kept import phone_for
from feedback.surveys.screens import Form
from feedback.surveys.services import Submitted
from portal.intake.pouring import poured
from portal.intake.receipts import receipt_hash
from portal.intake.review import is_script, mark_stored


def done_page(
    request: HttpRequest, journey: Journey, form: Form, submitted: Submitted, key: str
) -> HttpResponse:
    """`key` is what the rest of the survey, where there is one, goes on from."""
    definition = journey.definition
    later = next((part for part in definition.parts() if part > journey.part), None)
    goes_on = later is not None and not journey.replaces
    words = {
        "receipt": submitted.receipt,
        "receipt_hash": receipt_hash(submitted.receipt),
        "code": journey.code,
        "key": key,
        "carried": _hidden(form) if goes_on else "",
    }
    about = {
        "counted": submitted.counted,
        "superseded": submitted.superseded,
        "next_part": later if goes_on else None,
        "more": definition.length_of(later) if goes_on and later is not None else 0,
    }
    make = partial(_page, request, journey, about)
    if not is_script(request):
        # The frame around it depends on the address.
        return mark_stored(HttpResponse(make(words)))
    # The script takes the main part alone, which is the same for everybody but for these words.
    is_large = request.GET.get("view", "")[:10]
    which = (journey.survey.pk, journey.survey.title, journey.community.pk, is_large)
    page = poured(("survey done", *which, *about.values()), words, make)
    return mark_stored(HttpResponse(page))


def _hidden(form: Form) -> SafeString:
    fields = (
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in form.carried()
    )
    return mark_safe("".join(fields))


def _page(
    request: HttpRequest, journey: Journey, about: Mapping[str, Any], words: Mapping[str, str]
) -> str:
    context = {
        **about,
        **words,
        "survey": journey.survey,
        "place": journey.community,
        "phone": phone_for(journey.community),
        "frame": "intake/bare.html" if is_script(request) else "base.html",
    }
    return render_to_string("surveys/done.html", context, request)
