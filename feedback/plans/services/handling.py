"""The life of an action: planned, promised, reported as done, closed; every step is logged."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from feedback.plans.models import ActionEvent, CorrectiveAction
from feedback.plans.permissions import require_plan, require_promise
from feedback.plans.states import State, Verdict, may_become
from feedback.plans.verdicts import verdict_counts
from portal.common.generation import generation_bump

if TYPE_CHECKING:
    from portal.accounts.models import User

Kind = ActionEvent.Kind
#: What a plan says.
FIELDS = (
    "measure",
    "resident_text_zh",
    "resident_text_en",
    "organisation",
    "owner",
    "budget",
    "due_on",
)


@contextmanager
def action_change(action: CorrectiveAction) -> Iterator[CorrectiveAction]:
    """The row locked and read again, in one transaction; public pages are made anew after it."""
    with transaction.atomic():
        rows = CorrectiveAction.objects.select_for_update(of=("self",)).select_related("place")
        yield rows.get(pk=action.pk)
        generation_bump()
    action.refresh_from_db()


def action_plan(
    *, action: CorrectiveAction, by: "User", now: datetime, **fields: Any
) -> CorrectiveAction:
    """Say what is done, by whom and until when; it then waits for the county.

    `fields` are those of FIELDS. Raises ValidationError by field and PermissionDenied.
    """
    with action_change(action) as row:
        require_plan(by, row)
        if row.state != State.PLANNED:
            _move(row, State.PLANNED)
        for name in FIELDS:
            if name in fields:
                setattr(row, name, fields[name])
        _check_plan(row, timezone.localdate(now))
        row.save()
        _event(row, Kind.PLANNED, by, now)
    return action


def action_return(
    *, action: CorrectiveAction, by: "User", reason: str, now: datetime
) -> CorrectiveAction:
    """The county sends a plan back. The reason is for the staff."""
    _need(reason)
    with action_change(action) as row:
        require_promise(by, row)
        _move(row, State.OPEN)
        row.save(update_fields=["state"])
        _event(row, Kind.RETURNED, by, now, reason)
    return action


def action_promise(*, action: CorrectiveAction, by: "User", now: datetime) -> CorrectiveAction:
    """The county makes the plan a public promise."""
    with action_change(action) as row:
        require_promise(by, row)
        _check_plan(row, timezone.localdate(now))
        _move(row, State.PROMISED, only_from=State.PLANNED)
        row.promised_at = now
        row.save(update_fields=["state", "promised_at"])
        _event(row, Kind.PROMISED, by, now, is_public=True)
    return action


def action_note(
    *, action: CorrectiveAction, by: "User", text: str, is_public: bool, now: datetime
) -> CorrectiveAction:
    """Tell how far it has come."""
    if not text.strip():
        raise ValidationError({"text": _("Please write something.")})
    with action_change(action) as row:
        require_plan(by, row)
        if row.state not in (State.PROMISED, State.DONE):
            raise ValidationError(_("This is not possible any more; please load the page again."))
        _event(row, Kind.NOTED, by, now, text, is_public=is_public)
    return action


def action_postpone(
    *, action: CorrectiveAction, by: "User", due_on: date, reason: str, now: datetime
) -> CorrectiveAction:
    """Move the date of a promise. Only the county can, and residents read why."""
    _need(reason)
    with action_change(action) as row:
        require_promise(by, row)
        if row.state != State.PROMISED or row.due_on is None:
            raise ValidationError(_("This is not possible any more; please load the page again."))
        if due_on <= max(row.due_on, timezone.localdate(now)):
            raise ValidationError({"due_on": _("Choose a day after the one that was promised.")})
        # Kept as it is written, among what the staff of the place say: in their language.
        with override(settings.LANGUAGE_CODE):
            days = {"before": date_format(row.due_on), "after": date_format(due_on)}
            text = _("From %(before)s to %(after)s.") % days
        row.due_on = due_on
        row.save(update_fields=["due_on"])
        _event(row, Kind.POSTPONED, by, now, f"{text} {reason.strip()}", is_public=True)
    return action


def action_done(
    *,
    action: CorrectiveAction,
    by: "User",
    text: str,
    photo: ContentFile[bytes] | None,
    now: datetime,
) -> CorrectiveAction:
    """Report it as done, with a photo; from then on residents are asked.

    `photo` is one that intake has drawn anew. Raises ValidationError by field.
    """
    problems = {}
    if not text.strip():
        problems["text"] = _("Please say what was done.")
    if photo is None:
        problems["photo"] = _("Please add a photo of the result.")
    if problems:
        raise ValidationError(problems)
    with action_change(action) as row:
        require_plan(by, row)
        _move(row, State.DONE)
        row.done_at, row.done_text, row.photo = now, text.strip(), photo
        row.times_done += 1
        row.save(update_fields=["state", "done_at", "done_text", "photo", "times_done"])
        _event(row, Kind.DONE, by, now, text, is_public=True)
    return action


def action_reopen(
    *, action: CorrectiveAction, by: "User", reason: str, now: datetime
) -> CorrectiveAction:
    """It is not done after all. The promise holds; residents read why, and what they had said."""
    _need(reason)
    with action_change(action) as row:
        require_promise(by, row)
        _move(row, State.PROMISED, only_from=State.DONE)
        row.save(update_fields=["state"])
        said = _said(verdict_counts(row))
        _event(row, Kind.REOPENED, by, now, f"{reason.strip()} {said}", is_public=True)
    return action


def action_close(
    *, action: CorrectiveAction, by: "User", reason: str, now: datetime
) -> CorrectiveAction:
    """The county closes what is done. Where more households say no than yes, it has to say why."""
    with action_change(action) as row:
        require_promise(by, row)
        counted = verdict_counts(row)
        if counted[Verdict.NO] > counted[Verdict.YES]:
            _need(reason)
        _move(row, State.CLOSED)
        row.closed_at = now
        row.save(update_fields=["state", "closed_at"])
        text = f"{reason.strip()} {_said(counted)}"
        _event(row, Kind.CLOSED, by, now, text, is_public=True)
    return action


def action_drop(
    *, action: CorrectiveAction, by: "User", reason: str, now: datetime
) -> CorrectiveAction:
    """The county does not pursue it. What had been promised in public ends with a public reason."""
    _need(reason)
    with action_change(action) as row:
        require_promise(by, row)
        was_public = row.is_public
        _move(row, State.DROPPED)
        row.save(update_fields=["state"])
        _event(row, Kind.DROPPED, by, now, reason, is_public=was_public)
    return action


def effect_record(
    *, action: CorrectiveAction, effect: Mapping[str, str], now: datetime
) -> CorrectiveAction:
    """Keep the figure of the period after it was done. The system does this; safe to repeat."""
    with action_change(action) as row:
        if row.effect != dict(effect):
            row.effect = dict(effect)
            row.save(update_fields=["effect"])
            _event(row, Kind.MEASURED, None, now, is_public=row.is_public)
    return action


def _check_plan(row: CorrectiveAction, today: date) -> None:
    problems: dict[str, str] = {}
    if not row.measure.strip():
        problems["measure"] = _("Please say what is done about it.")
    if not row.resident_text_zh.strip():
        problems["resident_text_zh"] = _("Please say what residents will see.")
    if row.organisation is None and row.owner is None:
        problems["owner"] = _("Please say who does it: an organisation or a person.")
    if row.due_on is None:
        problems["due_on"] = _("Please say until when.")
    elif row.due_on < today:
        problems["due_on"] = _("This day has passed.")
    if problems:
        raise ValidationError(problems)
    row.full_clean(exclude=["place", "evidence", "rank_parts", "effect"])


def _said(counted: Mapping[str, int]) -> str:
    """What households said until then, which later answers are counted apart from. Kept as it is
    written, so in the language of the place."""
    if not any(counted.values()):
        return ""
    with override(settings.LANGUAGE_CODE):
        return _("Households: yes %(yes)s, partly %(partly)s, no %(no)s.") % {
            "yes": counted[Verdict.YES],
            "partly": counted[Verdict.PARTLY],
            "no": counted[Verdict.NO],
        }


def _need(reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": _("Please say why.")})


def _move(row: CorrectiveAction, following: State, only_from: State | None = None) -> None:
    if not may_become(row.state, following) or row.state != (only_from or row.state):
        raise ValidationError(_("This is not possible any more; please load the page again."))
    row.state = following


def _event(
    row: CorrectiveAction,
    kind: str,
    by: "User | None",
    now: datetime,
    text: str = "",
    *,
    is_public: bool = False,
) -> None:
    ActionEvent.objects.create(
        action=row, kind=kind, at=now, actor=by, text=text.strip(), is_public=is_public
    )
