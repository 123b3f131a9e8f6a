"""What the evaluator says of flagged answers: all of a community with one flag, never a single one.

Nobody sees what they say, so nobody can void what is not liked. The sealed list keeps them all.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from feedback.surveys.flagged import flagged
from feedback.surveys.models import FlagReview, Survey
from feedback.surveys.reach_states import Flag, Verdict
from feedback.surveys.states import FINISHED
from portal.accounts.roles import Action
from portal.places.models import Place, StaleMark
from portal.places.permissions import require
from portal.places.services import stale_mark

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def flag_review(
    *,
    survey: Survey,
    community: Place,
    flag: str,
    verdict: str,
    reason: str,
    user: "User",
    now: datetime,
) -> FlagReview:
    """Keep or void, with a reason; it can be said anew, never left out.

    Only after the end: before it, figures that move by the answers of one flag would tell what they
    say. Raises PermissionDenied, and ValidationError by field.
    """
    require(user, Action.SIGNAL_REVIEW, community)
    problems = {}
    if verdict not in Verdict.values:
        problems["verdict"] = _("Please choose one of the answers.")
    if not reason.strip():
        problems["reason"] = _("Please write why.")
    if problems:
        raise ValidationError(problems)
    if survey.phase(now) not in FINISHED:
        raise ValidationError(_("Flags are judged when the survey is closed."))
    if flag not in Flag.values or not any(r.flag == flag for r in flagged(survey, [community])):
        raise ValidationError(_("No answer there carries this flag."))
    review, _new = FlagReview.objects.update_or_create(
        survey=survey,
        community=community,
        flag=flag,
        defaults={
            "verdict": verdict,
            "reason": reason.strip()[:500],
            "by": user,
            "reviewed_at": now,
        },
    )
    stale_mark(kind=StaleMark.Kind.SURVEY, place=community, object_id=survey.pk)
    return review
