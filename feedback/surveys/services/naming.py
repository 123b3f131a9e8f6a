"""NAMED surveys: a household may send several answers; by a published rule one of them counts.

Owner first, then the latest. The others are kept and count nowhere.
"""

from datetime import datetime
from typing import Any

from feedback.surveys.models import NamedAnswer, Participation, Response, Survey
from feedback.surveys.questionnaire import Definition
from feedback.surveys.states import Standing

#: Of the notice shown before a NAMED survey; a change of its words is a new version.
CONSENT_VERSION = "2026-11"
#: Somebody who did not say goes after everybody who did.
UNSAID = 99


def rank_of(survey: Survey, definition: Definition, answers: dict[str, Any]) -> int:
    """The place of the answer among the options of the question that says who goes first; 0 for
    every answer where the survey names no such question."""
    question = definition.question(survey.precedence) if survey.precedence else None
    if question is None:
        return 0
    codes = [option.code for option in question.options]
    given = answers.get(question.key)
    return codes.index(given) if given in codes else UNSAID


def answer_name(
    participation: Participation,
    response: Response,
    *,
    rank: int,
    consent: str,
    now: datetime,
) -> bool:
    """Keep one more answer of a household and decide anew which counts; whether it is this one."""
    NamedAnswer.objects.create(
        participation=participation, response=response, rank=rank, given_at=now, consent=consent
    )
    settle(participation)
    response.refresh_from_db(fields=["standing"])
    return response.standing == Standing.COUNTED


def settle(participation: Participation) -> None:
    """Owner first, then the latest: that one counts and the others are superseded.

    Call it with the participation's row locked.
    """
    rows = list(
        participation.named_answers.select_related("response").order_by("rank", "-given_at", "-pk")
    )
    first = rows[0].response if rows else None
    for row in rows:
        standing = Standing.COUNTED if row.response == first else Standing.SUPERSEDED
        if row.response.standing != standing:
            row.response.standing = standing
            row.response.save(update_fields=["standing"])
    if participation.response_id != (first.pk if first else None):
        participation.response = first
        participation.channel = first.channel if first else participation.channel
        participation.save(update_fields=["response", "channel"])
