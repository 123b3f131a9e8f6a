"""Taking an answer in, whatever way it came: sent once, counted once, and linked to nobody."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, overload

from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from feedback.surveys.answers import check_answers, extends
from feedback.surveys.kept import asked_now, runs_in
from feedback.surveys.models import Participation, Response, Survey
from feedback.surveys.quality import flags_of, flags_text
from feedback.surveys.reach_states import Flag
from feedback.surveys.services.errors import (
    AnswerConflict,
    CodeNeeded,
    InvalidAnswers,
    NotOpen,
    UnknownReceipt,
    WrongPlace,
)
from feedback.surveys.services.naming import answer_name, rank_of, settle
from feedback.surveys.states import STAFF_ENTRY, Channel, Phase, Standing, phase
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.common.inserting import Guard, insert_together
from portal.intake import receipts
from portal.places.models import Household, Place, StaleMark
from portal.places.permissions import require
from portal.places.services import stale_mark


@dataclass(frozen=True)
class Submitted:
    """`duplicate`: the household had an answer already, so nothing was stored and there is no
    receipt. `repeated`: the very same submission had come before; nothing changed. `superseded`:
    stored, but in a NAMED survey another answer of the home goes before it."""

    receipt: str
    counted: bool
    duplicate: bool = False
    repeated: bool = False
    superseded: bool = False


@dataclass(frozen=True)
class _Entry:
    survey: Survey
    community: Place
    household: Household | None
    answers: dict[str, Any]
    questionnaire_id: int
    channel: Channel
    key: str
    staff: User | None = None
    flags: str = ""
    rank: int = 0
    consent: str = ""


def response_submit(
    *,
    survey: Survey,
    community: Place,
    household: Household | None,
    answers: Mapping[str, Any],
    key: str,
    channel: Channel,
    staff: User | None = None,
    signs: Collection[str] = (),
    consent: str = "",
    now: datetime,
) -> Submitted:
    """Store one answer and who took part, unlinked unless the survey is NAMED.

    `signs` are the flags (`quality`) that the way it came raised; `consent` is the version of the
    notice a resident agreed to before a NAMED survey.

    The same `key` again with the same or fewer answers changes nothing; with more answers it
    extends what was sent (the rest of a survey whose first part is sent on its own). Nothing is
    logged: a time beside a household would tell whose answer came then.

    Raises NotOpen, WrongPlace, CodeNeeded, InvalidAnswers, AnswerConflict (all ValidationError),
    and PermissionDenied when `staff` may not enter answers there.
    """
    _require_entry(survey, community, channel, staff)
    _check_household(survey, community, household)
    asked = asked_now(survey)
    if asked is None:
        raise NotOpen
    paper = channel == Channel.PAPER
    definition = asked.definition
    checked = check_answers(definition, answers, require=not paper)
    if checked.errors:
        raise InvalidAnswers(checked.errors)
    entry = _Entry(
        survey,
        community,
        household,
        checked.answers,
        asked.pk,
        Channel(channel),
        key,
        staff,
        flags_of(definition, checked.answers, signs),
        rank_of(survey, definition, checked.answers) if survey.is_named else 0,
        consent,
    )
    try:
        submitted = _store_new(entry, now)
    except IntegrityError:
        # The key or the household is there already: look what it is.
        submitted = None
    return submitted or _store(entry, now)


def _require_entry(survey: Survey, community: Place, channel: Channel, staff: User | None) -> None:
    if channel == Channel.SELF:
        return
    if staff is None:
        raise ValueError("an answer entered by staff needs the member of staff")
    require(staff, Action.ANSWER_ENTER, community)


def _check_household(survey: Survey, community: Place, household: Household | None) -> None:
    if not community.is_community or not runs_in(survey, community):
        raise WrongPlace
    if household is None:
        if not survey.open_answers or survey.is_named:
            raise CodeNeeded
    elif household.building.place_id != community.pk:
        raise WrongPlace


@transaction.atomic
def _store(entry: _Entry, now: datetime) -> Submitted:
    hold_open(entry.survey, entry.channel, now)
    household = entry.household
    # In this order: whoever sees that the household took part also sees the answer it came with.
    has_answered = bool(
        household and entry.survey.participations.filter(household=household).exists()
    )
    before = _stored(entry.survey, entry.key)
    if before:
        return _store_again(before, entry)
    if has_answered and not entry.survey.is_named:
        return Submitted(receipt="", counted=False, duplicate=True)
    return _insert(entry, now)


def _store_new(entry: _Entry, now: datetime) -> Submitted | None:
    """As if nothing were there yet, as nearly always: the constraints say if something is.

    None where nothing was stored because the survey is not open: `_store` says what it is.
    """
    is_plain = entry.channel == Channel.SELF and not entry.survey.is_named
    if is_plain and connection.vendor == "postgresql":
        # One statement, which is a transaction of its own.
        return _insert(entry, now, guard=(_OPEN, (entry.survey.pk, now, now)))
    with transaction.atomic():
        hold_open(entry.survey, entry.channel, now)
        return _insert(entry, now)


#: The survey, if a resident can answer it now (`states.phase`), kept from being closed as by
#: `hold_open`.
_OPEN = (
    "SELECT 1 FROM surveys_survey WHERE id = %s AND live AND opens_at <= %s AND closes_at > %s"
    " AND closed_at IS NULL AND sealed_at IS NULL FOR SHARE"
)


@overload
def _insert(entry: _Entry, now: datetime) -> Submitted: ...
@overload
def _insert(entry: _Entry, now: datetime, guard: Guard) -> Submitted | None: ...
def _insert(entry: _Entry, now: datetime, guard: Guard | None = None) -> Submitted | None:
    """The answer, who took part and the mark: one statement, unlinked unless NAMED says so.

    None where `guard` found nothing.
    """
    household = entry.household
    receipt = receipts.receipt(entry.key)
    response = Response(
        survey_id=entry.survey.pk,
        questionnaire_id=entry.questionnaire_id,
        community_id=entry.community.pk,
        channel=entry.channel,
        standing=Standing.COUNTED if household else Standing.OPEN,
        answers=entry.answers,
        flags=entry.flags,
        receipt_hash=receipts.receipt_hash(receipt),
    )
    if household and entry.survey.is_named:
        response.save(force_insert=True)
        counts = _name(entry, household, response, now)
        _mark(entry.survey, entry.community)
        return Submitted(receipt, counts, superseded=not counts)
    rows: list[Model] = [response]
    if household:
        rows.append(
            Participation(
                survey_id=entry.survey.pk,
                household_id=household.pk,
                channel=entry.channel,
                staff=entry.staff,
            )
        )
    rows.append(
        StaleMark(
            kind=StaleMark.Kind.SURVEY, place_id=entry.community.pk, object_id=entry.survey.pk
        )
    )
    if not insert_together(*rows, savepoint=guard is not None, guard=guard):
        return None
    return Submitted(receipt=receipt, counted=household is not None)


def _name(entry: _Entry, household: Household, response: Response, now: datetime) -> bool:
    """Link the answer to its household; whether it counts."""
    took_part, is_first = Participation.objects.get_or_create(
        survey=entry.survey,
        household=household,
        defaults={"channel": entry.channel, "staff": entry.staff},
    )
    if not is_first:
        took_part = Participation.objects.select_for_update().get(pk=took_part.pk)
    return answer_name(took_part, response, rank=entry.rank, consent=entry.consent, now=now)


def _stored(survey: Survey, key: str) -> Response | None:
    hashes = receipts.receipt_hashes(key)
    return survey.responses.select_for_update().filter(receipt_hash__in=hashes).first()


def _store_again(before: Response, entry: _Entry) -> Submitted:
    receipt = next(
        text
        for text in receipts.receipts(entry.key)
        if receipts.receipt_hash(text) == before.receipt_hash
    )
    counted = before.standing == Standing.COUNTED
    same = before.answers == entry.answers or extends(before.answers, entry.answers)
    if before.community_id != entry.community.pk:
        raise AnswerConflict(receipt)
    if same:
        return Submitted(receipt, counted, repeated=True)
    if not extends(entry.answers, before.answers):
        raise AnswerConflict(receipt)
    _rewrite(before, entry.answers, entry.questionnaire_id, _later(before.flags, entry.flags))
    return Submitted(receipt, counted)


def response_replace(
    *, survey: Survey, receipt: str, answers: Mapping[str, Any], now: datetime
) -> Submitted:
    """Put other answers in the place of those under `receipt`; what stood there is gone.

    Raises NotOpen, UnknownReceipt, InvalidAnswers.
    """
    questionnaire = survey.current_questionnaire()
    if questionnaire is None:
        raise NotOpen
    definition = questionnaire.compiled()
    checked = check_answers(definition, answers)
    if checked.errors:
        raise InvalidAnswers(checked.errors)
    with transaction.atomic():
        hold_open(survey, Channel.SELF, now)
        response = _under(survey, receipt)
        if response.answers != checked.answers:
            flags = flags_of(definition, checked.answers, _later(response.flags, "").split())
            _rewrite(response, checked.answers, questionnaire.pk, flags)
            _rename(response, rank_of(survey, definition, checked.answers), now)
    return Submitted(receipts.normalise_receipt(receipt), response.standing == Standing.COUNTED)


@transaction.atomic
def response_withdraw(*, survey: Survey, receipt: str, now: datetime) -> None:
    """Delete the answers under `receipt`. That the household took part stays.

    Raises NotOpen, UnknownReceipt.
    """
    hold_open(survey, Channel.SELF, now)
    response = _under(survey, receipt)
    community, took_part = response.community, _took_part(response)
    response.delete()
    if took_part:
        settle(took_part)
    _mark(survey, community)


def _took_part(response: Response) -> Participation | None:
    """Whose answer it is, locked; None in an anonymous survey."""
    rows = Participation.objects.select_for_update()
    return rows.filter(named_answers__response=response).first()


def _rename(response: Response, rank: int, now: datetime) -> None:
    """What was answered anew is the latest, and may come from somebody else in the home."""
    if took_part := _took_part(response):
        took_part.named_answers.filter(response=response).update(rank=rank, given_at=now)
        settle(took_part)
        response.refresh_from_db(fields=["standing"])


def _under(survey: Survey, receipt: str) -> Response:
    found = (
        survey.responses.select_for_update(of=("self",))
        .select_related("community")
        .filter(receipt_hash=receipts.receipt_hash(receipt))
        .first()
    )
    if found is None:
        raise UnknownReceipt
    return found


def _later(before: str, now: str) -> str:
    """How it came stays; what the answers themselves show is judged anew."""
    return flags_text({*before.split(), *now.split()} - ({Flag.STRAIGHT.value} - {*now.split()}))


def _rewrite(
    response: Response, answers: dict[str, Any], questionnaire_id: int, flags: str
) -> None:
    response.answers = answers
    response.questionnaire_id = questionnaire_id
    response.flags = flags
    response.save(update_fields=["answers", "questionnaire", "flags"])
    _mark(response.survey, response.community)


def _mark(survey: Survey, community: Place) -> None:
    stale_mark(kind=StaleMark.Kind.SURVEY, place=community, object_id=survey.pk)


def hold_open(survey: Survey, channel: Channel, now: datetime) -> None:
    """Read the survey afresh and keep it from being closed until this transaction ends.

    Raises NotOpen. On PostgreSQL answers share the lock and do not wait for each other; SQLite has
    one writer at a time anyway.
    """
    found = _held(survey.pk)
    now_phase = phase(found, now) if found else Phase.DRAFT
    allowed = {Phase.OPEN} if channel == Channel.SELF else STAFF_ENTRY
    if now_phase not in allowed:
        raise NotOpen


def _held(pk: int) -> Survey | None:
    if connection.vendor != "postgresql":
        return Survey.objects.defer("questions").filter(pk=pk).first()
    rows = Survey.objects.raw(
        "SELECT id, live, opens_at, closes_at, closed_at, sealed_at, entry_days"
        " FROM surveys_survey WHERE id = %s FOR SHARE",
        [pk],
    )
    return next(iter(rows), None)
