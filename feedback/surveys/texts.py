"""Answers in words: what waits for a look, and what everybody may read."""

from collections.abc import Sequence

from django.db.models import QuerySet

from feedback.surveys.models import FlagReview, Response, Survey, TextReview
from feedback.surveys.questionnaire import Question, Type
from feedback.surveys.reach_states import Verdict
from feedback.surveys.states import Standing
from portal.common.canonical import sha256_hex
from portal.intake.screening import masked, personal_data
from portal.places.models import PlaceQuerySet

#: So many texts of a question stand on a page.
SHOWN = 100


def questions_of_type(survey: Survey, kind: Type) -> list[Question]:
    """Questions of one type, of every version, each as it was asked last. One query."""
    found: dict[str, Question] = {}
    for questionnaire in survey.questionnaires.order_by("-number"):
        for question in questionnaire.compiled().asked():
            if question.type is kind:
                found.setdefault(question.key, question)
    return list(found.values())


def text_questions(survey: Survey) -> list[Question]:
    return questions_of_type(survey, Type.TEXT)


def given_to(survey: Survey, key: str, places: PlaceQuerySet) -> QuerySet[Response]:
    """Counted answers of `places` that say something under `key`, in no order."""
    rows = Response.objects.filter(survey=survey, standing=Standing.COUNTED)
    rows = rows.filter(community__in=places.order_by().values("pk"), answers__has_key=key)
    return rows.order_by("pk")


def texts_waiting(survey: Survey, key: str, places: PlaceQuerySet) -> QuerySet[Response]:
    """Counted answers of `places` whose words under `key` nobody has looked at, in no order."""
    seen = TextReview.objects.filter(response__survey=survey, key=key)
    return given_to(survey, key, places).exclude(pk__in=seen.values("response"))


def screened(text: str, also: Sequence[str] = ()) -> str:
    """`text` without what may point to a person, and without the words in `also`."""
    clean = masked(text, personal_data(text))
    for word in sorted({word for word in also if word.strip()}, key=len, reverse=True):
        clean = clean.replace(word, LEFT_OUT)
    return clean


#: What stands in a published text instead of what an evaluator hid. Content, so always Chinese.
LEFT_OUT = "〔略〕"


def public_texts(survey: Survey, communities: Sequence[int]) -> dict[str, list[str]]:
    """Question key → published texts of `communities`, in an order of no meaning. Two queries.

    Of an answer that does not count any more nothing is told.
    """
    if survey.sealed_at is None:
        return {}
    voided = set(
        FlagReview.objects.filter(survey=survey, verdict=Verdict.VOIDED).values_list(
            "community", "flag"
        )
    )
    rows = TextReview.objects.filter(
        is_public=True, response__survey=survey, response__community__in=communities
    ).values_list("key", "text", "response__community", "response__flags")
    found: dict[str, set[str]] = {}
    for key, text, community, flags in rows.order_by("pk"):
        if not any((community, flag) in voided for flag in flags.split()):
            found.setdefault(key, set()).add(text)
    return {key: sorted(texts, key=sha256_hex)[:SHOWN] for key, texts in found.items()}
