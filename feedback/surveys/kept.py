"""What every answer reads and hardly anybody changes: a process keeps it (portal.common.parts).

Publishing makes it an old one at once. Whether a survey is still open is never asked here: the
transaction that stores an answer reads that afresh. What is kept is shared: nobody may change it.
"""

from dataclasses import dataclass

from feedback.surveys.models import Survey
from feedback.surveys.questionnaire import Definition
from portal.common.parts import part
from portal.places.models import Place


@dataclass(frozen=True)
class Asked:
    """The questionnaire that is answered now."""

    pk: int
    definition: Definition


@dataclass(frozen=True)
class Running:
    """A published survey at a place where it runs, or above or below one."""

    survey: Survey
    place: Place
    asked: Asked


def running_at(slug: str, code: str) -> Running | None:
    """None where there is no such survey, or nothing to answer."""
    return part(("survey at", slug, code), lambda: _running(slug, code))


def _running(slug: str, code: str) -> Running | None:
    survey = Survey.objects.published().filter(slug=slug).first()
    place = Place.objects.filter(code=code).first()
    if survey is None or place is None:
        return None
    asked = asked_now(survey)
    touches = Survey.objects.touching(place).filter(pk=survey.pk).exists()
    return Running(survey, place, asked) if asked and touches else None


def asked_now(survey: Survey) -> Asked | None:
    return part(("survey asks", survey.pk), lambda: _asked(survey))


def _asked(survey: Survey) -> Asked | None:
    questionnaire = survey.current_questionnaire()
    return Asked(questionnaire.pk, questionnaire.compiled()) if questionnaire else None


def runs_in(survey: Survey, community: Place) -> bool:
    return part(("survey runs in", survey.pk, community.pk), lambda: survey.runs_in(community))


def phone_for(place: Place) -> str:
    """The number residents of `place` call: its own, or the nearest above it that has one."""
    return part(("survey phone", place.pk), lambda: _phone(place))


def _phone(place: Place) -> str:
    above = Place.objects.above(place).exclude(phone="").values_list("phone", flat=True)
    return next(reversed(above), "")
