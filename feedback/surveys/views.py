"""What residents see of surveys. Nothing here knows who is signed in."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from feedback.surveys import services
from feedback.surveys.answers import check_answers, check_group
from feedback.surveys.done_page import done_page
from feedback.surveys.flagged import counted_receipts, voided_review
from feedback.surveys.journey import Journey
from feedback.surveys.kept import phone_for, running_at
from feedback.surveys.models import Survey
from feedback.surveys.nudges import tally_nudge
from feedback.surveys.receipt_forms import ReceiptForm
from feedback.surveys.screens import Form
from feedback.surveys.states import Phase
from portal.intake.limits import client_scope, failure_add, is_blocked
from portal.intake.origin import resident_form
from portal.intake.review import (
    is_script,
    mark_form,
    mark_stored,
    review_response,
    submitted_key,
    wants_edit,
)
from portal.places.models import Place

RECEIPT_FAILURES = "survey-receipt"


@resident_form
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """The one address of a survey at a place: the start, every step, the receipt."""
    now = timezone.now()
    running = running_at(slug, code)
    if running is None:
        raise Http404
    survey, place = running.survey, running.place
    if survey.phase(now) is not Phase.OPEN:
        context = {"survey": survey, "place": place, "phase": survey.phase(now)}
        return _page(request, "surveys/closed.html", place, context)
    journey = Journey(survey, place, running.asked.definition, request.POST)
    journey.files, journey.now = request.FILES, now
    if not journey.move or request.method != "POST":
        start = _start(request, journey, now)
        return mark_form(start) if request.method != "POST" else start
    try:
        journey.identify(client_scope(request), now)
    except ValidationError as error:
        return _start(request, journey, now, error)
    if journey.move != "commit" and not survey.is_named and journey.has_answered():
        return _duplicate(request, journey)
    return _step(request, journey, now)


def _step(request: HttpRequest, journey: Journey, now: datetime) -> HttpResponse:
    form = journey.form()
    if wants_edit(request) or journey.move == "start":
        return _ask(request, journey, form, form.visible()[0])
    step = journey.step(form)
    if journey.move == "back":
        before = form.before(step)
        if before is None:
            return _start(request, journey, now)
        return _ask(request, journey, form, before)
    if journey.move == "next":
        form.errors = check_group(journey.definition, form.raw, form.groups[step].keys)
        form.errors |= journey.photo_errors
        after = step if form.errors else form.after(step)
        if after is not None:
            return _ask(request, journey, form, after)
    return _commit(request, journey, form, now)


def _commit(request: HttpRequest, journey: Journey, form: Form, now: datetime) -> HttpResponse:
    key = submitted_key(request)
    if key is None or form.has_photos:
        # Otherwise the service alone judges: once is enough.
        form.errors = check_answers(journey.definition, form.raw).errors | journey.photo_errors
    if form.errors:
        return _ask(request, journey, form, form.screen_with_error() or 0)
    if key is None:
        return review_response(
            request,
            title=journey.survey.title,
            rows=form.review_rows(),
            replace={"move": "commit"},
        )
    try:
        submitted = journey.commit(key, now)
    except services.AnswerConflict as error:
        return _conflict(request, journey, form, error)
    except services.InvalidAnswers as error:
        form.errors = error.errors
        return _ask(request, journey, form, form.screen_with_error() or 0)
    except ValidationError as error:
        return _start(request, journey, now, error)
    if submitted.duplicate:
        return mark_stored(_duplicate(request, journey))
    tally_nudge(survey_id=journey.survey.pk, community_id=journey.community.pk)
    return done_page(request, journey, form, submitted, journey.continues or key)


def _ask(request: HttpRequest, journey: Journey, form: Form, index: int) -> HttpResponse:
    """One screen, or with script all screens of the part in one form."""
    screen = form.screen(index)
    whole = journey.with_script or is_script(request)
    here = journey.definition.keys_of(form.part) if whole else screen.group.keys
    context = {
        "survey": journey.survey,
        "form": form,
        "screen": screen,
        "screens": form.screens() if whole else [],
        "hidden": [*journey.hidden(), *form.carried(without=here)],
        "first": index,
        "error_fields": form.error_fields(),
    }
    template = "surveys/all_steps.html" if whole else "surveys/step.html"
    return _page(request, template, journey.community, context)


def _start(
    request: HttpRequest, journey: Journey, now: datetime, error: ValidationError | None = None
) -> HttpResponse:
    context = {
        "survey": journey.survey,
        "place": journey.community,
        "error": error.messages[0] if error else "",
        "wants_consent": isinstance(error, services.ConsentNeeded),
        "consent_version": services.CONSENT_VERSION,
        "agreed": journey.consent == services.CONSENT_VERSION,
        "typed": journey.data.get("code", "")[:40],
        "code": "" if error else journey.code,
        "replaces": journey.replaces,
        "hidden": journey.form().carried() if journey.move == "back" else [],
        "questions": journey.definition.length_of(0),
        "has_more": len(journey.definition.parts()) > 1,
    }
    return _page(request, "surveys/start.html", journey.community, context)


def _duplicate(request: HttpRequest, journey: Journey) -> HttpResponse:
    context = {"survey": journey.survey}
    return _page(request, "surveys/duplicate.html", journey.community, context)


def _conflict(
    request: HttpRequest, journey: Journey, form: Form, error: services.AnswerConflict
) -> HttpResponse:
    """Both are kept: what counts is stored, what was just sent stands on the page."""
    context = {"survey": journey.survey, "receipt": error.receipt, "rows": form.review_rows()}
    response = _page(request, "surveys/conflict.html", journey.community, context)
    response.status_code = 409
    response.headers["X-Intake"] = "conflict"
    return response


def _page(
    request: HttpRequest, template: str, place: Place, context: dict[str, Any]
) -> HttpResponse:
    # The script takes the main part alone.
    frame = "intake/bare.html" if is_script(request) else "base.html"
    base = {"place": place, "phone": phone_for(place), "frame": frame}
    return render(request, template, {**base, **context})


@resident_form
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: HttpRequest) -> HttpResponse:
    """Whether an answer counts, by its receipt; never what was answered."""
    form = ReceiptForm(request.POST or None)
    scope = client_scope(request)
    if request.method != "POST":
        return render(request, "surveys/receipt.html", {"form": ReceiptForm()})
    if is_blocked(RECEIPT_FAILURES, scope):
        form.add_error("receipt", _("Too many tries from here. Please try again in an hour."))
        return render(request, "surveys/receipt.html", {"form": form}, status=429)
    found = form.found() if form.is_valid() else None
    if found is None:
        failure_add(RECEIPT_FAILURES, scope)
        return render(request, "surveys/receipt.html", {"form": form})
    now = timezone.now()
    is_open = found.survey.phase(now) is Phase.OPEN
    context = {
        "form": form,
        "found": found,
        "is_open": is_open,
        "voided": voided_review(found),
    }
    if form.cleaned_data["action"] == "withdraw" and is_open:
        return _withdraw(request, form, context, now)
    return render(request, "surveys/receipt_found.html", context)


def _withdraw(
    request: HttpRequest, form: ReceiptForm, context: dict[str, Any], now: datetime
) -> HttpResponse:
    found = context["found"]
    if not form.cleaned_data["sure"]:
        return render(request, "surveys/withdraw.html", context)
    text = form.cleaned_data["receipt"]
    try:
        services.response_withdraw(survey=found.survey, receipt=text, now=now)
    except ValidationError as error:
        form.add_error(None, error)
        return render(request, "surveys/receipt.html", {"form": form})
    tally_nudge(survey_id=found.survey_id, community_id=found.community_id)
    return render(request, "surveys/withdrawn.html", context)


@require_safe
def sealed(request: HttpRequest, slug: str) -> HttpResponse:
    """What commits to the answers of a sealed survey."""
    survey = get_object_or_404(Survey.objects.filter(sealed_at__isnull=False), slug=slug)
    return render(request, "surveys/sealed.html", {"survey": survey})


@require_safe
def leaves(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """The list the Merkle root was made from, one line an answer, in the order of the leaves."""
    survey = get_object_or_404(Survey.objects.filter(sealed_at__isnull=False), slug=slug)

    def lines() -> Any:
        label = "# DEMONSTRATION DATA 演示数据\n" if settings.DEMONSTRATION else ""
        yield f"{label}# survey {survey.slug}\n# merkle root {survey.merkle_root}\n"
        yield "receipt_hash,answers\n"
        for leaf in services.survey_leaves(survey):
            yield f"{leaf.receipt_hash},{leaf.commitment}\n"

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{survey.slug}-leaves.csv"'
    return response


@require_safe
def leaves_part(request: HttpRequest, slug: str, part: str) -> HttpResponse:
    """The lines that begin with two given signs, and whether each answer counts: what a phone needs
    to find its receipt without saying which one it looks for."""
    survey = get_object_or_404(Survey.objects.filter(sealed_at__isnull=False), slug=slug)
    counted = counted_receipts(survey, part)
    lines = [
        f"{leaf.receipt_hash},{leaf.commitment},{'counted' if leaf.receipt_hash in counted else ''}"
        for leaf in services.survey_leaves(survey, part)
    ]
    return HttpResponse("\n".join(lines), content_type="text/csv; charset=utf-8")
