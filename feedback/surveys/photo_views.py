"""Photos residents answered with, for those who judge the answers of a place. They are never
public, and stand in no file that is handed out."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from feedback.surveys.models import Response, Survey
from feedback.surveys.permissions import communities_for, work_survey_or_404
from feedback.surveys.photo_files import photo_path
from feedback.surveys.questionnaire import Type
from feedback.surveys.staff_views import list_crumb, staff_page, staff_user, survey_crumb
from feedback.surveys.texts import given_to, questions_of_type
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.intake.serving import photo_response
from portal.intake.storage import private_storage
from portal.places.models import PlaceQuerySet

PER_PAGE = 24


@require_GET
def photos(request: HttpRequest, pk: int) -> HttpResponse:
    """Photos of one question. Only after sealing, like texts: before, who looks at them as they
    come could tell whose they are."""
    user = staff_user(request)
    survey = work_survey_or_404(user, pk)
    places = _places(user, survey)
    asked = questions_of_type(survey, Type.PHOTO)
    wanted = request.GET.get("question", "")
    chosen = next((one for one in asked if one.key == wanted), asked[0] if asked else None)
    rows = Response.objects.none()
    if survey.sealed_at and chosen:
        rows = given_to(survey, chosen.key, places).select_related("community")
    language = get_language() or "zh-hans"
    context = {
        "survey": survey,
        "questions": [(one.key, one.text.label(language)) for one in asked],
        "chosen": chosen.key if chosen else "",
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("p")),
    }
    crumbs = [list_crumb(), survey_crumb(survey)]
    return staff_page(request, "photos", _("Photos"), crumbs, context)


@require_GET
def photo(request: HttpRequest, pk: int, number: int, key: str) -> FileResponse:
    """One photo, through the question who looks."""
    user = staff_user(request)
    survey = work_survey_or_404(user, pk)
    places = _places(user, survey)
    is_asked = key in {one.key for one in questions_of_type(survey, Type.PHOTO)}
    if survey.sealed_at is None or not is_asked:
        raise Http404
    response = get_object_or_404(given_to(survey, key, places), pk=number)
    path = photo_path(survey.pk, str(response.answers[key]))
    if not private_storage().exists(path):
        raise Http404
    return photo_response(private_storage().open(path))


def _places(user: User, survey: Survey) -> PlaceQuerySet:
    places = communities_for(user, survey, Action.SIGNAL_REVIEW)
    if not places.exists():
        raise PermissionDenied
    return places
