"""Paper answers of an anonymous survey: stubs and sheets come apart and are keyed apart.

A stub says at once that its household took part. Sheets wait in their batch, a sample is keyed a
second time, and then the batch becomes answers in one transaction and in a random order. No row
holds a stub and a sheet, none a time of day, and nothing is logged. Never more sheets count than
stubs were taken, so a household still counts once.
"""

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Any, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.surveys.answers import check_answers
from feedback.surveys.models import (
    PaperBatch,
    PaperSheet,
    PaperStub,
    Participation,
    Response,
    Survey,
)
from feedback.surveys.quality import flags_of
from feedback.surveys.reach_states import BatchKind, BatchState
from feedback.surveys.services.errors import InvalidAnswers, NotOpen, WrongPlace
from feedback.surveys.services.submissions import hold_open
from feedback.surveys.states import Channel, Phase, Standing
from portal.accounts.roles import Action
from portal.intake import receipts
from portal.places.codes import household_find
from portal.places.models import Place, StaleMark
from portal.places.permissions import require
from portal.places.services import stale_mark

if TYPE_CHECKING:
    from portal.accounts.models import User

#: A pile of fewer sheets would point at the homes whose stubs were keyed that day.
SMALLEST = 5
#: At least so many sheets are keyed twice, and one in ten of a large batch.
SAMPLE = 5


class OwnBatch(ValidationError):
    """Whoever misread a number once reads it the same way again."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "You keyed sheets of this batch yourself. The second entry finds mistakes only "
                "where somebody else makes it: ask a colleague or the county."
            ),
            code="own",
        )


class BatchMoved(ValidationError):
    def __init__(self) -> None:
        super().__init__(_("This batch has moved on meanwhile. Nothing was changed."), code="moved")


@transaction.atomic
def batch_open(
    *, survey: Survey, community: Place, kind: str, user: "User", now: datetime
) -> PaperBatch:
    """Begin a pile. Raises PermissionDenied, NotOpen, WrongPlace, and ValidationError for a NAMED
    survey, whose sheets keep their household and are keyed one by one."""
    require(user, Action.ANSWER_ENTER, community)
    # One at a time, so that two clerks do not get the same number.
    Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
    hold_open(survey, Channel.PAPER, now)
    questionnaire = survey.current_questionnaire()
    if questionnaire is None:
        raise NotOpen
    if not community.is_community or not survey.runs_in(community):
        raise WrongPlace
    if survey.is_named:
        raise ValidationError(_("Only anonymous surveys are keyed in batches."))
    kind = BatchKind(kind)
    same = PaperBatch.objects.filter(survey=survey, community=community, kind=kind)
    last = same.aggregate(last=Max("number"))["last"] or 0
    return PaperBatch.objects.create(
        survey=survey,
        community=community,
        questionnaire=questionnaire,
        kind=kind,
        number=last + 1,
        opened_by=user,
        opened_date=timezone.localdate(now),
    )


def _held(batch: PaperBatch, user: "User", kind: BatchKind, state: BatchState) -> PaperBatch:
    """The row, locked until the transaction ends. Raises PermissionDenied, BatchMoved."""
    rows = PaperBatch.objects.select_for_update(of=("self",)).select_related("survey", "community")
    held = rows.get(pk=batch.pk)
    require(user, Action.ANSWER_ENTER, held.community)
    if held.kind != kind or held.state != state:
        raise BatchMoved
    return held


@transaction.atomic
def stub_key(
    *, batch: PaperBatch, code: str, user: "User", now: datetime
) -> Literal["taken", "again", "aside"]:
    """A household took part on paper. `aside`: it has answered already, so its sheet must be put
    aside unread. `again`: the same stub of this batch, which changes nothing.

    Raises CodeError, WrongPlace, BatchMoved, NotOpen.
    """
    held = _held(batch, user, BatchKind.STUBS, BatchState.KEYING)
    hold_open(held.survey, Channel.PAPER, now)
    household = household_find(code, timezone.localdate(now))
    if household.building.place_id != held.community_id:
        raise WrongPlace
    if held.stubs.filter(household=household).exists():
        return "again"
    # What ended a moment ago elsewhere is found here; the constraint finds the rest.
    _row, is_new = Participation.objects.get_or_create(
        survey=held.survey,
        household=household,
        defaults={"channel": Channel.PAPER, "staff": user},
    )
    held.keyers.add(user)
    if not is_new:
        PaperBatch.objects.filter(pk=held.pk).update(put_aside=F("put_aside") + 1)
        return "aside"
    PaperStub.objects.create(batch=held, household=household)
    _mark(held)
    return "taken"


@transaction.atomic
def stub_undo(*, batch: PaperBatch, user: "User", now: datetime) -> bool:
    """Take the last stub back; whether there was one."""
    held = _held(batch, user, BatchKind.STUBS, BatchState.KEYING)
    hold_open(held.survey, Channel.PAPER, now)
    last = held.stubs.order_by("-pk").first()
    if last is None:
        return False
    Participation.objects.filter(
        survey=held.survey, household=last.household_id, channel=Channel.PAPER
    ).delete()
    last.delete()
    _mark(held)
    return True


@transaction.atomic
def stubs_close(*, batch: PaperBatch, user: "User", now: datetime) -> PaperBatch:
    """The pile is through. Which stubs it held is forgotten; that the homes took part stays."""
    held = _held(batch, user, BatchKind.STUBS, BatchState.KEYING)
    held.entered = held.stubs.count()
    if not held.entered and not held.put_aside:
        raise ValidationError(_("Nothing has been keyed yet."))
    held.stubs.all().delete()
    held.state, held.done_date = BatchState.DONE, timezone.localdate(now)
    held.save(update_fields=["entered", "state", "done_date"])
    return held


@transaction.atomic
def sheet_key(
    *, batch: PaperBatch, answers: Mapping[str, Any], key: str, user: "User", now: datetime
) -> PaperSheet:
    """Keep a sheet; its number is to be written on the paper. The same `key` again changes nothing.

    Raises InvalidAnswers, BatchMoved, NotOpen, and ValidationError for a sheet without an answer.
    """
    held = _held(batch, user, BatchKind.SHEETS, BatchState.KEYING)
    hold_open(held.survey, Channel.PAPER, now)
    given = _checked(held, answers)
    before = held.sheets.filter(key=key).first()
    if before:
        return before
    number = (held.sheets.aggregate(last=Max("number"))["last"] or 0) + 1
    held.keyers.add(user)
    return PaperSheet.objects.create(batch=held, number=number, key=key, answers=given)


def _checked(batch: PaperBatch, answers: Mapping[str, Any]) -> dict[str, Any]:
    definition = batch.questionnaire.compiled()
    checked = check_answers(definition, answers, require=False)
    if checked.errors:
        raise InvalidAnswers(checked.errors)
    if not checked.answers:
        raise ValidationError(_("An empty sheet is put aside, not keyed."))
    return checked.answers


@transaction.atomic
def sheet_undo(*, batch: PaperBatch, user: "User", now: datetime) -> int:
    """Take the last sheet back; its number, or 0 where there is none."""
    held = _held(batch, user, BatchKind.SHEETS, BatchState.KEYING)
    last = held.sheets.order_by("-number").first()
    if last is None:
        return 0
    last.delete()
    return last.number


@transaction.atomic
def sheets_check(
    *, batch: PaperBatch, user: "User", now: datetime, chooser: Random | None = None
) -> PaperBatch:
    """Stop keying and draw the sheets that are keyed a second time."""
    held = _held(batch, user, BatchKind.SHEETS, BatchState.KEYING)
    keys = list(held.sheets.order_by("number").values_list("pk", flat=True))
    _require_enough(held, len(keys), now)
    drawn = (chooser or SystemRandom()).sample(
        keys, min(len(keys), max(SAMPLE, ceil(len(keys) / 10)))
    )
    held.sheets.filter(pk__in=drawn).update(is_sampled=True)
    held.state = BatchState.CHECKING
    held.save(update_fields=["state"])
    return held


def _require_enough(batch: PaperBatch, sheets: int, now: datetime) -> None:
    """Once residents can't answer any more, a small rest is let through, so that it counts."""
    if not sheets:
        raise ValidationError(_("Nothing has been keyed yet."))
    if sheets < SMALLEST and batch.survey.phase(now) is not Phase.ENTRY:
        raise ValidationError(
            _("A batch needs at least %(count)s sheets, or the end of the survey.")
            % {"count": SMALLEST}
        )


@transaction.atomic
def sheet_check(
    *,
    batch: PaperBatch,
    number: int,
    answers: Mapping[str, Any],
    user: "User",
    now: datetime,
) -> PaperSheet:
    """What the second entry of a drawn sheet says, made by somebody who keyed none of the batch.

    Raises InvalidAnswers, BatchMoved, OwnBatch.
    """
    held = _held(batch, user, BatchKind.SHEETS, BatchState.CHECKING)
    if keyed_by(held, user):
        raise OwnBatch
    sheet = held.sheets.filter(number=number, is_sampled=True, again__isnull=True).first()
    if sheet is None:
        raise BatchMoved
    sheet.again = _checked(held, answers)
    sheet.is_settled = sheet.again == sheet.answers
    sheet.save(update_fields=["again", "is_settled"])
    PaperBatch.objects.filter(pk=held.pk).update(
        checked_by=user,
        sampled=F("sampled") + 1,
        compared=F("compared") + len(_keys(sheet)),
        agreed=F("agreed") + len(_keys(sheet)) - len(differences(sheet)),
    )
    return sheet


def keyed_by(batch: PaperBatch, user: "User") -> bool:
    return batch.keyers.filter(pk=user.pk).exists()


def unfinished(survey: Survey) -> list[PaperBatch]:
    """Piles with something in them whose sheets are lost, or whose stubs lack their end, when
    `survey` closes now: `waiting` says how much. One query."""
    rows = PaperBatch.objects.filter(survey=survey).exclude(state=BatchState.DONE)
    counted = rows.annotate(
        waiting=Count("stubs", distinct=True) + Count("sheets", distinct=True)
    ).filter(waiting__gt=0)
    return list(counted.select_related("community").order_by("community__path", "kind", "number"))


def _keys(sheet: PaperSheet) -> list[str]:
    """Questions answered in one of the two entries, in the order of the first."""
    return list({**sheet.answers, **(sheet.again or {})})


def differences(sheet: PaperSheet) -> list[str]:
    """Keys of the questions the two entries of a sheet answer differently."""
    if sheet.again is None:
        return []
    again = sheet.again
    return [key for key in _keys(sheet) if sheet.answers.get(key) != again.get(key)]


@transaction.atomic
def sheet_settle(
    *, batch: PaperBatch, number: int, second: bool, user: "User", now: datetime
) -> None:
    """Say which entry of a sheet is what stands on the paper. The agreement stays as it was."""
    held = _held(batch, user, BatchKind.SHEETS, BatchState.CHECKING)
    sheet = held.sheets.filter(number=number, is_settled=False).exclude(again__isnull=True).first()
    if sheet is None:
        raise BatchMoved
    if second:
        sheet.answers = sheet.again
    sheet.is_settled = True
    sheet.save(update_fields=["answers", "is_settled"])


@transaction.atomic
def sheets_release(
    *, batch: PaperBatch, user: "User", now: datetime, shuffler: Random | None = None
) -> int:
    """Make the sheets of a checked batch answers, in a random order; how many.

    Raises ValidationError while a drawn sheet is open, and when there are more sheets than stubs.
    """
    # All piles of the community, in one order: two that are released at once can't share stubs.
    piles = PaperBatch.objects.filter(survey=batch.survey_id, community=batch.community_id)
    list(piles.select_for_update().order_by("pk").values_list("pk"))
    held = _held(batch, user, BatchKind.SHEETS, BatchState.CHECKING)
    hold_open(held.survey, Channel.PAPER, now)
    if held.sheets.filter(is_sampled=True, is_settled=False).exists():
        raise ValidationError(_("Some sheets still have to be keyed a second time or decided."))
    sheets = list(held.sheets.order_by("number").values_list("answers", flat=True))
    _require_stubs(held, len(sheets))
    (shuffler or SystemRandom()).shuffle(sheets)
    definition = held.questionnaire.compiled()
    Response.objects.bulk_create(
        Response(
            survey=held.survey,
            questionnaire_id=held.questionnaire_id,
            community_id=held.community_id,
            channel=Channel.PAPER,
            standing=Standing.COUNTED,
            answers=answers,
            flags=flags_of(definition, answers, ()),
            # Nobody is given the receipt: it is there so that the leaf list has every answer.
            receipt_hash=receipts.receipt_hash(receipts.receipt(receipts.new_key())),
        )
        for answers in sheets
    )
    held.sheets.all().delete()
    held.entered, held.state = len(sheets), BatchState.DONE
    held.done_date = timezone.localdate(now)
    held.save(update_fields=["entered", "state", "done_date"])
    _mark(held)
    return len(sheets)


def _require_stubs(batch: PaperBatch, sheets: int) -> None:
    balance = stubs_left(batch.survey, batch.community)
    if sheets > balance:
        raise ValidationError(
            _(
                "There are %(sheets)s sheets here, but only %(stubs)s stubs of finished batches "
                "without a sheet. Finish the batch of their stubs first, or look for stubs that "
                "are missing."
            )
            % {"sheets": sheets, "stubs": balance}
        )


def stubs_left(survey: Survey, community: Place) -> int:
    """Households of finished batches of stubs whose sheets have not become answers yet."""
    done = PaperBatch.objects.filter(survey=survey, community=community, state=BatchState.DONE)
    sums = dict(done.order_by("kind").values_list("kind").annotate(entered=Sum("entered")))
    return int(sums.get(BatchKind.STUBS, 0)) - int(sums.get(BatchKind.SHEETS, 0))


def _mark(batch: PaperBatch) -> None:
    stale_mark(kind=StaleMark.Kind.SURVEY, place=batch.community, object_id=batch.survey_id)
