"""Answers in words are read by the evaluator before everybody reads them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from feedback.surveys.models import Response, TextReview
from feedback.surveys.texts import screened, text_questions
from portal.accounts.roles import Action
from portal.common.generation import generation_bump
from portal.places.permissions import require

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def text_review(
    *,
    response: Response,
    key: str,
    is_public: bool,
    reason: str,
    user: "User",
    now: datetime,
    also: Sequence[str] = (),
) -> TextReview:
    """Publish what `response` says under `key`, personal data and the words in `also` masked, or
    withhold it with a reason. It can be said anew.

    Only after sealing: before it, who reads texts as they come could tell whose they are. Raises
    PermissionDenied, and ValidationError by field.
    """
    survey = response.survey
    require(user, Action.SIGNAL_REVIEW, response.community)
    if survey.sealed_at is None:
        raise ValidationError(_("Texts are looked at when the survey is sealed."))
    written = response.answers.get(key)
    if not isinstance(written, str) or key not in {q.key for q in text_questions(survey)}:
        raise ValidationError(_("There is no such text."))
    if not is_public and not reason.strip():
        raise ValidationError({"reason": _("Please write why.")})
    review, _new = TextReview.objects.update_or_create(
        response=response,
        key=key,
        defaults={
            "is_public": is_public,
            "text": screened(written, also) if is_public else "",
            "reason": reason.strip()[:500],
            "by": user,
            "reviewed_at": now,
        },
    )
    generation_bump()
    return review
