"""Answers in words, for the evaluator to publish or to withhold."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from feedback.surveys import services
from feedback.surveys.models import Response, Survey, TextReview
from feedback.surveys.permissions import communities_for, work_survey_or_404
from feedback.surveys.staff_views import list_crumb, staff_page, staff_user, survey_crumb
from feedback.surveys.texts import screened, text_questions, texts_waiting
from portal.accounts.roles import Action
from portal.places.models import PlaceQuerySet

PER_PAGE = 20


@require_http_methods(["GET", "POST"])
def texts(request: HttpRequest, pk: int) -> HttpResponse:
    """Texts of one question, already masked: what waits, or (`?state=done`) what was said of it."""
    user = staff_user(request)
    survey = work_survey_or_404(user, pk)
    places = communities_for(user, survey, Action.SIGNAL_REVIEW)
    if not places.exists():
        raise PermissionDenied
    error = _judge(request, survey, places) if request.method == "POST" else None
    if request.method == "POST" and error is None:
        return redirect(request.get_full_path())
    asked = text_questions(survey)
    wanted = request.GET.get("question", "")
    chosen = next((one for one in asked if one.key == wanted), asked[0] if asked else None)
    is_done, key = request.GET.get("state") == "done", chosen.key if chosen else ""
    reviews = TextReview.objects.filter(
        response__survey=survey, key=key, response__community__in=places.order_by()
    )
    waiting = texts_waiting(survey, key, places) if survey.sealed_at else Response.objects.none()
    done = reviews.select_related("response", "by").order_by("-reviewed_at", "-pk")
    page = Paginator(done if is_done else waiting, PER_PAGE).get_page(request.GET.get("p"))
    language = get_language() or "zh-hans"
    context = {
        "survey": survey,
        "questions": [(one.key, one.text.label(language)) for one in asked],
        "chosen": key,
        "is_done": is_done,
        "page_obj": page,
        "rows": [_row(one, key) for one in page],
        "typed": request.POST if error else {},
        "error": error,
    }
    crumbs = [list_crumb(), survey_crumb(survey)]
    response = staff_page(request, "texts", _("Texts"), crumbs, context)
    response.status_code = 422 if error else 200
    return response


def _row(one: Any, key: str) -> tuple[int, str, TextReview | None]:
    """(number of the answer, its text without personal data, what was said of it) of a Response or
    a TextReview."""
    if isinstance(one, TextReview):
        return one.response_id, one.text or screened(str(one.response.answers.get(key, ""))), one
    return one.pk, screened(str(one.answers.get(key, ""))), None


def _judge(request: HttpRequest, survey: Survey, places: PlaceQuerySet) -> str | None:
    """What is wrong with what was sent, for the person who sent it."""
    rows = Response.objects.filter(survey=survey, community__in=places.order_by())
    number = request.POST.get("answer", "")
    response = get_object_or_404(
        rows.select_related("survey", "community"), pk=number if number.isdecimal() else 0
    )
    verdict = request.POST.get("verdict")
    if verdict not in ("publish", "withhold"):
        return str(_("Please choose one of the answers."))
    try:
        services.text_review(
            response=response,
            key=request.POST.get("key", ""),
            is_public=verdict == "publish",
            reason=request.POST.get("reason", ""),
            also=request.POST.get("also", "").split(),
            user=staff_user(request),
            now=timezone.now(),
        )
    except ValidationError as error:
        return " ".join(error.messages)
    messages.success(request, _("Saved"))
    return None
