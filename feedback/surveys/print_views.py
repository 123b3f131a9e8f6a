"""A questionnaire on paper: blank to copy, or one for each home with its code on the stub."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from feedback.surveys import reach
from feedback.surveys.paper_form import paper_groups
from feedback.surveys.permissions import communities_for, work_survey_or_404
from feedback.surveys.staff_views import staff_user
from portal.accounts.roles import Action
from portal.places.letters import base_address, letters_for
from portal.places.permissions import can

#: So many forms are laid out at once: a browser prints them, and a stairwell has fewer homes.
MOST = 60


@require_GET
def paper(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """`?unit=<building>-<unit>`: a form for each home there that has not answered."""
    user = staff_user(request)
    survey = work_survey_or_404(user, pk)
    place = communities_for(user, survey, Action.ANSWER_ENTER).filter(code=code).first()
    questionnaire = survey.current_questionnaire()
    if place is None or questionnaire is None:
        raise Http404
    wanted = request.GET.get("unit", "")
    letters: list[Any] = []
    too_many = 0
    if wanted:
        if not can(user, Action.CODE_PRINT, place):
            raise PermissionDenied
        building, _dash, unit = wanted.partition("-")
        if not building.isdecimal() or len(building) > 12:
            raise Http404
        homes = reach.unreached(survey, place, everybody=True)
        homes = homes.filter(building=int(building), unit=unit).order_by("room", "pk")
        listed = list(homes[: MOST + 1])
        too_many = len(listed) > MOST
        letters = list(letters_for(listed[:MOST], base_address(request)))
    context = {
        "survey": survey,
        "place": place,
        "questionnaire": questionnaire,
        "groups": paper_groups(questionnaire.compiled(), get_language() or "zh-hans"),
        "letters": letters or [None],
        "has_codes": bool(letters),
        "nobody": bool(wanted) and not letters,
        "too_many": too_many,
        "most": MOST,
        "today": timezone.localdate(),
    }
    response = render(request, "surveys/staff/paper_form.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response
