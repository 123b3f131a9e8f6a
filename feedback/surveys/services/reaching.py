"""The round from door to door, and residents who ask somebody to come or to call."""

import unicodedata
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.surveys.models import AnswerScan, DoorContact, HelpRequest, Participation, Survey
from feedback.surveys.reach_states import DoorState, HelpState, NextStep
from feedback.surveys.services.errors import NotOpen, WrongPlace
from feedback.surveys.states import STAFF_ENTRY
from portal.accounts.roles import Action
from portal.intake.photos import photo_clean
from portal.intake.receipts import receipt, receipt_hash
from portal.places.models import Building, Household, Place
from portal.places.permissions import require

if TYPE_CHECKING:
    from portal.accounts.models import User

#: So many requests of a home wait at most; more would tell the committee nothing new.
WAITING = 3


@transaction.atomic
def door_record(
    *,
    survey: Survey,
    household: Household,
    state: str,
    next_step: str,
    next_date: date | None,
    user: "User",
    now: datetime,
) -> DoorContact:
    """What came of going to a home that has not answered.

    A home that answered meanwhile gets no row: nothing dated stands beside its taking part that was
    not there before. Raises PermissionDenied, NotOpen, WrongPlace, ValidationError.
    """
    community = household.building.place
    require(user, Action.ANSWER_ENTER, community)
    if not survey.runs_in(community):
        raise WrongPlace
    if survey.phase(now) not in STAFF_ENTRY:
        raise NotOpen
    if Participation.objects.filter(survey=survey, household=household).exists():
        raise ValidationError(_("This home has answered meanwhile."))
    today = timezone.localdate(now)
    if next_date and next_date < today:
        raise ValidationError({"next_date": _("This day is over already.")})
    if state in (DoorState.REFUSED, DoorState.EMPTY):
        next_step, next_date = NextStep.NONE, None
    row, is_new = DoorContact.objects.select_for_update().get_or_create(
        survey=survey,
        household=household,
        defaults={
            "state": state,
            "next_step": next_step,
            "next_date": next_date,
            "last_date": today,
            "by": user,
        },
    )
    if not is_new:
        row.state, row.next_step, row.next_date = state, next_step, next_date
        row.tries, row.last_date, row.by = min(row.tries + 1, 99), today, user
        row.save()
    return row


def help_ask(
    *,
    place: Place,
    building: Building | None,
    unit: str,
    room: str,
    phone: str,
    purpose: str,
    key: str,
    now: datetime,
) -> bool:
    """Put a home on the worklist; whether the register knows it. The same `key` twice is one.

    The resident is told the same either way.
    """
    household = _home(place, building, unit, room)
    if household and HelpRequest.objects.waiting().filter(household=household).count() >= WAITING:
        return True
    fields: dict[str, Any] = {"place": place, "building": building, "unit": unit, "room": room}
    fields |= {"phone": phone, "purpose": purpose, "household": household, "asked_at": now}
    try:
        with transaction.atomic():
            HelpRequest.objects.create(key_hash=receipt_hash(receipt(key)), **fields)
    except IntegrityError:
        pass  # it came before
    return household is not None


def _home(place: Place, building: Building | None, unit: str, room: str) -> Household | None:
    """The one home this can mean, if there is one."""
    rooms = Household.objects.filter(building__place=place, room=_plain(room), valid_to=None)
    if building:
        rooms = rooms.filter(building=building)
    if unit:
        rooms = rooms.filter(unit=_plain(unit))
    found = list(rooms.order_by("pk")[:2])
    return found[0] if len(found) == 1 else None


def _plain(text: str) -> str:
    """`"３０１室"` → `"301"`."""
    return unicodedata.normalize("NFKC", text).strip().rstrip("室号单元#").strip()


@transaction.atomic
def help_handle(*, asked: HelpRequest, user: "User", now: datetime) -> bool:
    """It is done, and the telephone number is erased; whether it was still waiting."""
    require(user, Action.ANSWER_ENTER, asked.place)
    waiting = HelpRequest.objects.waiting().filter(pk=asked.pk)
    return bool(
        waiting.update(
            state=HelpState.HANDLED,
            phone="",
            handled_by=user,
            handled_date=timezone.localdate(now),
        )
    )


def scan_attach(
    *, survey: Survey, household: Household, upload: IO[Any], user: "User"
) -> AnswerScan:
    """Keep the sheet beside the answer it was typed from, drawn anew as JPEG.

    Only a NAMED survey links an answer to its household, so only there can a sheet be attached.
    Raises PermissionDenied, ValidationError.
    """
    require(user, Action.ANSWER_ENTER, household.building.place)
    if not survey.is_named:
        raise ValidationError(_("Sheets of anonymous surveys are never scanned."))
    drawn = photo_clean(upload)  # type: ignore[arg-type]
    taken = Participation.objects.filter(survey=survey, household=household).first()
    if taken is None or taken.response_id is None:
        raise ValidationError(_("There is no answer of this home to attach a sheet to."))
    return AnswerScan.objects.create(
        response_id=taken.response_id, place=household.building.place, file=drawn
    )
