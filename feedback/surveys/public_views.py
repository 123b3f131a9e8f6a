"""Results of closed surveys, for everybody. Nothing here knows who is signed in."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from feedback.surveys.models import Survey
from feedback.surveys.published import are_published, public_results, tallies_of
from feedback.surveys.states import FINISHED


@require_safe
def results(request: HttpRequest, slug: str) -> HttpResponse:
    """All communities together, or the one with the code `?place=`."""
    now = timezone.now()
    survey = get_object_or_404(Survey.objects.published().defer("questions"), slug=slug)
    if not are_published(survey, now):
        context = {"survey": survey, "is_counting": survey.phase(now) in FINISHED}
        return render(request, "surveys/results_later.html", context, status=404)
    questionnaire = survey.current_questionnaire()
    if questionnaire is None:
        raise Http404
    rows = tallies_of(survey)
    code = request.GET.get("place", "")
    place = next((row.community for row in rows if row.community.code == code), None)
    if code and place is None:
        raise Http404
    language = get_language() or "zh-hans"
    told = public_results(survey, questionnaire, rows, place, language)
    return render(request, "surveys/results.html", {"survey": survey, "told": told})
