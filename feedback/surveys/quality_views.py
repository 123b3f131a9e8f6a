"""Flags of a survey: what was noticed, and what the evaluator says of it."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin import messages

from feedback.surveys import services
from feedback.surveys.flagged import flagged
from feedback.surveys.models import Response, Survey
from feedback.surveys.nudges import tally_nudge
from feedback.surveys.permissions import communities_for, work_survey_or_404
from feedback.surveys.reach_states import Verdict
from feedback.surveys.staff_views import list_crumb, staff_page, staff_user, survey_crumb
from feedback.surveys.states import FINISHED
from portal.accounts.roles import Action
from portal.places.models import PlaceQuerySet

PER_PAGE = 25


def flags(request: HttpRequest, pk: int) -> HttpResponse:
    """Communities with flagged answers. Nothing of what was answered is shown."""
    user, now = staff_user(request), timezone.now()
    survey = work_survey_or_404(user, pk)
    places = communities_for(user, survey, Action.SIGNAL_REVIEW)
    if not places.exists():
        raise PermissionDenied
    if request.method == "POST":
        _judge(request, survey, places)
        return redirect(request.get_full_path())
    marked = Response.objects.filter(survey=survey).exclude(flags="").order_by()
    shown = places.filter(pk__in=marked.values("community")).order_by("path")
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "survey": survey,
        "page_obj": page,
        "rows": flagged(survey, page),
        "verdicts": Verdict.choices,
        "is_final": survey.phase(now) in FINISHED,
    }
    crumbs = [list_crumb(), survey_crumb(survey)]
    return staff_page(request, "flags", _("Flags"), crumbs, context)


def _judge(request: HttpRequest, survey: Survey, places: PlaceQuerySet) -> None:
    place = places.filter(code=request.POST.get("community", "")).first()
    if place is None:
        raise Http404
    try:
        services.flag_review(
            survey=survey,
            community=place,
            flag=request.POST.get("flag", ""),
            verdict=request.POST.get("verdict", ""),
            reason=request.POST.get("reason", ""),
            user=staff_user(request),
            now=timezone.now(),
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return
    tally_nudge(survey_id=survey.pk, community_id=place.pk)
    messages.success(request, _("Saved: %(building)s") % {"building": place.label})
