"""What households find most urgent: the ranking of a closed renovation-intention survey (question
A13), as everybody reads it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from feedback.surveys.models import Survey, SurveyQuerySet
from feedback.surveys.published import are_published, public_questions
from feedback.surveys.questionnaire import Question, Type
from feedback.surveys.states import Kind
from portal.places.models import Place, PlaceQuerySet

#: So many surveys are looked through for what can be wished for.
LATEST = 5


@dataclass(frozen=True)
class Wish:
    """`share` is that of the answers that rank it, 0…1 with three places; `closed_on` is the day
    the survey ended."""

    code: str
    zh: str
    en: str
    share: Decimal
    closed_on: date


def wishes_asked(places: PlaceQuerySet, language: str) -> dict[str, str]:
    """Code → label of all that could be ranked at any of the communities below `places`; of the
    latest survey first."""
    found: dict[str, str] = {}
    for survey in _closed(Survey.objects.reaching(places))[:LATEST]:
        question = _ranking(survey)
        for option in question.options if question else ():
            found.setdefault(option.code, option.text.label(language))
    return found


def wish_of(community: Place, code: str, now: datetime) -> Wish | None:
    """How many of `community` find `code` most urgent, by the latest survey that was closed there.

    None where that is not public: nothing was asked, too few answered, the cell is hidden.
    """
    survey = _closed(Survey.objects.at_or_above(community)).first()
    question = _ranking(survey) if survey else None
    if survey is None or question is None or not are_published(survey, now):
        return None
    option = next((one for one in question.options if one.code == code), None)
    shares = {
        cell.code: cell.share
        for result in public_questions(survey, community, "zh-hans")
        if result.key == question.key
        for cell in result.cells
    }
    share = shares.get(code)
    if option is None or share is None:
        return None
    zh, en = option.text.label("zh-hans"), option.text.label("en")
    return Wish(code, zh, en, share / 100, timezone.localdate(survey.closes_at))


def _closed(surveys: SurveyQuerySet) -> SurveyQuerySet:
    found = surveys.published().filter(kind=Kind.INTENTION, closed_at__isnull=False)
    return found.defer("questions").order_by("-closes_at", "-pk")


def _ranking(survey: Survey) -> Question | None:
    questionnaire = survey.current_questionnaire()
    asked = questionnaire.compiled().asked() if questionnaire else ()
    return next((question for question in asked if question.type is Type.RANK), None)
