"""Flags of an answer, found while it is taken in and kept on the answer alone.

What a flag is found from never stays: the time a form was begun travels with the form, signed, and
ends there; how many answers a browser has sent is counted by the browser, which tells only whether
it is beyond the allowance; how fast one account enters answers is a counter in the cache that is
gone after ten minutes. So a flag has no device, account, household or time to lead to.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.cache import cache

from feedback.surveys.questionnaire import NOT_APPLICABLE, Definition, Type
from feedback.surveys.reach_states import Flag

#: Fewer equal steps may well be what somebody thinks.
STRAIGHT_FROM = 5
#: A form takes at least a minute, a short one at least so many seconds a question.
FAST_SECONDS, FAST_A_QUESTION = 60, 6
BURST_FROM, BURST_SECONDS = 6, 600
_SALT = "surveys.began"


def flags_text(flags: Iterable[str]) -> str:
    """As `Response.flags` has them: in the order of the codes, a space between."""
    return " ".join(sorted(set(flags)))


def is_straight(definition: Definition, answers: Mapping[str, Any]) -> bool:
    """Whether five scales or more were answered, all the same; “does not apply” is no step."""
    steps = [
        answers[question.key]
        for question in definition.asked()
        if question.type is Type.LIKERT
        and answers.get(question.key) not in (None, "", NOT_APPLICABLE)
    ]
    return len(steps) >= STRAIGHT_FROM and len(set(map(str, steps))) == 1


def flags_of(definition: Definition, answers: Mapping[str, Any], signs: Iterable[str]) -> str:
    """What came with an answer (`signs`) and what it shows itself."""
    straight = {Flag.STRAIGHT.value} if is_straight(definition, answers) else set()
    return flags_text({*(str(sign) for sign in signs), *straight} - {""})


def began_token(now: datetime) -> str:
    """When a form was handed out, for the form to carry along."""
    return signing.dumps(int(now.timestamp()), salt=_SALT)


def is_fast(token: str, answered: int, now: datetime) -> bool:
    """Whether so many questions were answered in less time than reading them takes.

    A form without a token, or with one not from here, tells nothing.
    """
    try:
        began = int(signing.loads(token, salt=_SALT))
    except (signing.BadSignature, ValueError, TypeError):
        return False
    limit = min(FAST_SECONDS, FAST_A_QUESTION * answered)
    return 0 <= now.timestamp() - began < limit


def is_burst(survey_pk: int, staff_pk: int) -> bool:
    """Count one more interview of an account; whether it is one of too many in ten minutes."""
    key = f"surveys:burst:{survey_pk}:{staff_pk}"
    cache.add(key, 0, BURST_SECONDS)
    try:
        return int(cache.incr(key)) >= BURST_FROM
    except ValueError:  # it ran out between the two
        return False
