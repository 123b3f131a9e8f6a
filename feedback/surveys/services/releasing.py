"""Handing out single answers of a sealed survey: who, what and why are kept."""

from collections.abc import Iterator

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from feedback.surveys.microdata import Column, Record, columns_of
from feedback.surveys.models import Survey
from feedback.surveys.permissions import may_export
from feedback.surveys.states import Standing
from portal.accounts.models import User

BATCH = 1000


def microdata_release(*, survey: Survey, user: User, reason: str, what: str) -> None:
    """Log that `user` takes `what` of `survey` out. Raises PermissionDenied and ValidationError."""
    if not may_export(user, survey):
        raise PermissionDenied
    if survey.sealed_at is None:
        raise ValidationError(_("Single answers are given out only after the survey was sealed."))
    if not reason.strip():
        raise ValidationError({"reason": _("Please say why.")})
    data = {"why": reason.strip(), "what": what}
    log(survey, "surveys.microdata_export", user=user, data=data)


def microdata_columns(survey: Survey) -> list[Column]:
    versions = survey.questionnaires.order_by("-number")
    return columns_of([questionnaire.compiled() for questionnaire in versions])


def microdata_records(survey: Survey) -> Iterator[Record]:
    """Counted answers in an order of no meaning, a few at a time."""
    answers = survey.responses.filter(standing=Standing.COUNTED).order_by("?")
    found = answers.values_list("community__code", "channel", "answers")
    for community, channel, given in found.iterator(chunk_size=BATCH):
        yield Record(community, channel, given)
