"""The round from door to door of the running survey in the clerk's community: piles of paper, doors
that were tried, residents who asked for help; and flags of the wave before that were judged."""

from datetime import date, datetime, timedelta
from random import Random

from feedback.surveys import reach
from feedback.surveys.flagged import flagged
from feedback.surveys.models import FlagReview, HelpRequest, PaperBatch, Survey
from feedback.surveys.reach_states import BatchKind, DoorState, Flag, NextStep, Purpose, Verdict
from feedback.surveys.services import (
    batch_open,
    differences,
    door_record,
    help_ask,
    help_handle,
    sheet_check,
    sheet_key,
    sheet_settle,
    sheets_check,
    sheets_release,
    stub_key,
    stubs_close,
)
from portal.accounts.models import User
from portal.demo.answers import satisfaction_answers
from portal.demo.clock import seeding_moment
from portal.demo.register import Register
from portal.demo.staff import COMMUNITY
from portal.places.codes import household_code
from portal.places.models import Household, Place

#: Sheets of the pile that counts, and of the one whose second entry is under way.
COUNTED, WAITING = 8, 6
DOORS = [
    (DoorState.AWAY, NextStep.VISIT, 2),
    (DoorState.AWAY, NextStep.VISIT, 0),
    (DoorState.LATER, NextStep.CALL, 1),
    (DoorState.LATER, NextStep.PAPER, 3),
    (DoorState.REFUSED, NextStep.NONE, None),
    (DoorState.EMPTY, NextStep.NONE, None),
]
ASKED = [
    (Purpose.SURVEY, "13900001001", 26),
    (Purpose.PAPER, "", 20),
    (Purpose.READ, "13900001002", 3),
]
KEPT = "同一楼道邻里共用网格员手机填答，逐户核对属实。"


def reaching_seed(
    register: Register, survey: Survey, as_of: date, rng: Random, *, left: set[int]
) -> None:
    """Nothing of it moves what other parts of the demonstration draw; the homes in `left` (keys)
    answer by themselves later."""
    clerk = User.objects.get(username="clerk")
    place = next(c.place for c in register.communities if c.code == COMMUNITY)
    now = seeding_moment(as_of) - timedelta(hours=2)
    homes = [home for home in reach.unreached(survey, place) if home.pk not in left]
    rng.shuffle(homes)
    needed = COUNTED + WAITING + len(DOORS) + len(ASKED)
    if len(homes) < needed:
        return
    _paper(survey, place, homes[: COUNTED + WAITING], clerk, now, rng)
    rest = homes[COUNTED + WAITING :]
    for home, (state, step, days) in zip(rest, DOORS, strict=False):
        due = None if days is None else (now + timedelta(days=days)).date()
        door_record(
            survey=survey,
            household=home,
            state=state,
            next_step=step,
            next_date=due,
            user=clerk,
            now=now,
        )
    _help(place, rest[len(DOORS) : len(DOORS) + len(ASKED)], clerk, now, rng)


def _paper(
    survey: Survey,
    place: Place,
    homes: list[Household],
    clerk: User,
    now: datetime,
    rng: Random,
) -> None:
    def pile(kind: BatchKind) -> PaperBatch:
        return batch_open(survey=survey, community=place, kind=kind, user=clerk, now=now)

    for part, is_done in ((homes[:COUNTED], True), (homes[COUNTED:], False)):
        stubs, sheets = pile(BatchKind.STUBS), pile(BatchKind.SHEETS)
        for home in part:
            stub_key(batch=stubs, code=household_code(home), user=clerk, now=now)
            answers = satisfaction_answers(0.72, rng)
            sheet_key(batch=sheets, answers=answers, key=_key(rng), user=clerk, now=now)
        if is_done:
            stubs_close(batch=stubs, user=clerk, now=now)
        sheets_check(batch=sheets, user=clerk, now=now, chooser=rng)
        _second_entry(sheets, User.objects.get(username="reviewer"), now, leave=0 if is_done else 3)
        if is_done:
            sheets_release(batch=sheets, user=clerk, now=now, shuffler=rng)


def _second_entry(batch: PaperBatch, checker: User, now: datetime, *, leave: int) -> None:
    """By somebody else: one sheet was misread the first time; `leave` sheets are still to do."""
    drawn = list(batch.sheets.filter(is_sampled=True).order_by("number"))
    for index, sheet in enumerate(drawn[: len(drawn) - leave]):
        again = dict(sheet.answers)
        if index == 1:
            again["B1"] = "3" if sheet.answers["B1"] != "3" else "4"
        number = sheet.number
        checked = sheet_check(batch=batch, number=number, answers=again, user=checker, now=now)
        if differences(checked) and not leave:
            sheet_settle(batch=batch, number=number, second=True, user=checker, now=now)


def _key(rng: Random) -> str:
    """What a form would carry, the same for the same seed."""
    return f"{rng.getrandbits(128):032x}"


def _help(place: Place, homes: list[Household], clerk: User, now: datetime, rng: Random) -> None:
    for home, (purpose, phone, hours) in zip(homes, ASKED, strict=True):
        help_ask(
            place=place,
            building=home.building,
            unit=home.unit,
            room=home.room,
            phone=phone,
            purpose=purpose,
            key=_key(rng),
            now=now - timedelta(hours=hours),
        )
    first = HelpRequest.objects.filter(place=place, purpose=Purpose.READ).first()
    if first:
        help_handle(asked=first, user=clerk, now=now)


def flags_judged(survey: Survey, now: datetime) -> None:
    """The evaluator looked at the shared devices of a closed wave; the rest waits."""
    evaluator = User.objects.get(username="evaluator")
    FlagReview.objects.bulk_create(
        FlagReview(
            survey=survey,
            community=row.community,
            flag=row.flag,
            verdict=Verdict.KEPT,
            reason=KEPT,
            by=evaluator,
            reviewed_at=now,
        )
        for row in flagged(survey, survey.communities())
        if row.flag == Flag.DEVICE
    )
