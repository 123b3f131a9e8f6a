"""What residents see of corrective actions: what was promised, and whether it was done."""

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from feedback.plans.forms import VerdictForm
from feedback.plans.models import CorrectiveAction
from feedback.plans.queries import promises_for
from feedback.plans.services import action_judge
from feedback.plans.shown import action_shown, card_shown, promise_lang, promise_text, verdict_rows
from feedback.plans.states import State, Verdict
from portal.intake.limits import client_scope, failure_add, is_blocked, place_scope
from portal.intake.origin import resident_form
from portal.intake.review import form_rows, mark_form, mark_stored, review_response, submitted_key
from portal.intake.serving import photo_response
from portal.places.codes import CodeError, household_find
from portal.places.models import Place

PER_PAGE = 20
#: Shared with every other form that asks for a household code.
CODE_FAILURES = "code"


@require_safe
def action_list(request: HttpRequest) -> HttpResponse:
    """Everything promised in public; of one place and those above it where the address names it."""
    place = Place.objects.filter(code=request.GET.get("place", "")).first()
    found = promises_for(place) if place else CorrectiveAction.objects.public().newest_first()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    cards = [card_shown(action, today) for action in page]
    context = {"page_obj": page, "cards": cards, "place": place}
    return render(request, "plans/list.html", context)


@require_safe
def action(request: HttpRequest, pk: int) -> HttpResponse:
    return _action(request, _public_or_404(pk))


@require_safe
def photo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The photo of the result."""
    done = CorrectiveAction.objects.public().exclude(photo="")
    return photo_response(get_object_or_404(done, pk=pk).photo, public=True)


@sensitive_post_parameters()
@resident_form
@require_http_methods(["GET", "HEAD", "POST"])
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whether it was done: written, read again, sent."""
    found = _public_or_404(pk)
    if found.state != State.DONE:
        return _action(request, found)
    if request.method != "POST":
        return mark_form(_form(request, found, VerdictForm()))
    form, key = VerdictForm(request.POST), submitted_key(request)
    if not form.is_valid():
        return _form(request, found, form, status=422)
    if key is None:
        if "intake_edit" in request.POST:
            return _form(request, found, form)
        return review_response(request, title=found.title, rows=form_rows(form))
    scopes = (client_scope(request), place_scope(found.place.code))
    code = form.cleaned_data["code"]
    if code and is_blocked(CODE_FAILURES, *scopes):
        form.add_error("code", _("Too many wrong codes from here. Please try again in an hour."))
        return _form(request, found, form, status=429)
    try:
        household = household_find(code, timezone.localdate()) if code else None
        judged = action_judge(
            action=found,
            verdict=Verdict(form.cleaned_data["verdict"]),
            household=household,
            key=key,
        )
    except CodeError as error:
        failure_add(CODE_FAILURES, *scopes)
        form.add_error("code", error)
        return _form(request, found, form, status=422)
    except ValidationError as error:
        form.add_error(None if not hasattr(error, "error_dict") else "code", error.messages)
        return _form(request, found, form, status=422)
    context = {"action": found, "place": found.place, "judged": judged}
    return mark_stored(render(request, "plans/judged.html", context))


def _public_or_404(pk: int) -> CorrectiveAction:
    public = CorrectiveAction.objects.public().select_related("place", "organisation", "notice")
    return get_object_or_404(public, pk=pk)


def _action(request: HttpRequest, found: CorrectiveAction) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "action": found,
        "place": found.place,
        "shown": action_shown(found, today),
        "verdicts": verdict_rows(found) if found.times_done else [],
        "asks": found.state == State.DONE,
    }
    return render(request, "plans/action.html", context)


def _form(
    request: HttpRequest, found: CorrectiveAction, form: VerdictForm, *, status: int = 200
) -> HttpResponse:
    promise = (promise_text(found), promise_lang(found))
    context = {"action": found, "place": found.place, "form": form, "promise": promise}
    return render(request, "plans/judge.html", context, status=status)
