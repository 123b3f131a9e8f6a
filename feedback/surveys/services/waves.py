"""A survey while it runs: extended or ended early with a public reason, and remembered."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from feedback.surveys.models import Survey, SurveyEvent
from feedback.surveys.permissions import require_publish
from feedback.surveys.services.paper import unfinished
from feedback.surveys.services.sealing import survey_close
from feedback.surveys.states import Phase, phase
from portal.common.generation import generation_bump
from portal.messages.services import bulletin_queue

if TYPE_CHECKING:
    from portal.accounts.models import User

Kind = SurveyEvent.Kind
#: A reminder that was missed for so long is not sent any more.
LATE = timedelta(days=1)


@transaction.atomic
def survey_extend(
    *, survey: Survey, by: "User", closes_at: datetime, reason: str, now: datetime
) -> Survey:
    """Move the end of a running survey to later; residents read why.

    Raises PermissionDenied, and ValidationError by field.
    """
    row = _locked(survey, by)
    problems = {}
    if phase(row, now) not in (Phase.UPCOMING, Phase.OPEN):
        raise ValidationError(_("Only a survey that has not ended can be extended."))
    if closes_at <= row.closes_at:
        problems["closes_at"] = _("The new end must be after the present one.")
    if not reason.strip():
        problems["reason"] = _("Please say why.")
    if problems:
        raise ValidationError(problems)
    before, row.closes_at = row.closes_at, closes_at
    row.save(update_fields=["closes_at"])
    _event(row, Kind.EXTENDED, by, reason, before, closes_at, now)
    survey.closes_at = closes_at
    return survey


@transaction.atomic
def survey_end_early(
    *, survey: Survey, by: "User", reason: str, now: datetime, anyway: bool = False
) -> Survey:
    """End a running survey now; residents read why. Paper that is already there can still be
    entered for its days; where there are none, unfinished paper is lost and has to be given up
    (`anyway`)."""
    row = _locked(survey, by)
    if phase(row, now) is not Phase.OPEN:
        raise ValidationError(_("Only a survey that is open can be ended early."))
    if not reason.strip():
        raise ValidationError({"reason": _("Please say why.")})
    if not row.entry_days and not anyway and unfinished(row):
        text = _("Finish the paper that is being keyed first, or say that it is not to count.")
        raise ValidationError({"anyway": text})
    before, row.closes_at = row.closes_at, now
    row.save(update_fields=["closes_at"])
    _event(row, Kind.ENDED, by, reason, before, now, now)
    survey.closes_at = now
    if not row.entry_days:
        survey_close(survey=survey, now=now)
    return survey


def surveys_remind_due(*, now: datetime) -> int:
    """Tell subscribers that a survey ends soon, on the days its author chose; how many reminders.

    Sent twice it is one. It speaks to everybody: who has answered is nobody's to know.
    """
    done = 0
    for survey in Survey.objects.answerable(now).exclude(remind_days="").order_by("pk"):
        for days in survey.reminders():
            due = survey.closes_at - timedelta(days=days)
            if due <= now < due + LATE and survey.opens_at < due:
                done += _remind(survey, days, now)
    return done


def _remind(survey: Survey, days: int, now: datetime) -> bool:
    try:
        with transaction.atomic():
            SurveyEvent.objects.create(
                survey=survey,
                kind=Kind.REMINDED,
                at=now,
                days_before=days,
                closes_before=survey.closes_at,
            )
            for place in survey.places.order_by("path"):
                bulletin_queue(
                    key=f"survey-{survey.pk}-{place.pk}-{days}-{survey.closes_at:%Y%m%d%H%M}",
                    place=place,
                    places=[place],
                    with_below=not place.is_community,
                    texts=_texts(survey),
                    path=_path(survey, place.code),
                    now=now,
                )
    except IntegrityError:
        # Another worker was first.
        return False
    return True


def _texts(survey: Survey) -> dict[str, dict[str, str]]:
    texts = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            ends = date_format(timezone.localtime(survey.closes_at), "DATE_FORMAT")
            detail = _("The survey ends on %(day)s. If your home has answered, you are done.")
            title = _("Ends soon: %(title)s") % {"title": survey.title}
            texts[language] = {"title": title, "detail": detail % {"day": ends}}
    return texts


def _path(survey: Survey, code: str) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return reverse("surveys:answer", args=[survey.slug, code])


def _locked(survey: Survey, by: "User") -> Survey:
    row = Survey.objects.select_for_update().get(pk=survey.pk)
    require_publish(by, row)
    return row


def _event(
    row: Survey,
    kind: str,
    by: "User",
    reason: str,
    before: datetime,
    after: datetime,
    now: datetime,
) -> None:
    SurveyEvent.objects.create(
        survey=row,
        kind=kind,
        at=now,
        actor=by,
        reason=reason.strip(),
        closes_before=before,
        closes_after=after,
    )
    generation_bump()
