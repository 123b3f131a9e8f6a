"""What residents told beside their text, and who joined: for the cases of the portal that run."""

from datetime import date, datetime, timedelta
from random import Random

from django.db import transaction

from feedback.complaints.models import Category, Complaint, ComplaintEvent, Follower
from feedback.complaints.numbers import FOLLOWER_DIGITS, number_candidates
from feedback.complaints.questions import Answer, Question, answers_check
from feedback.complaints.states import OPEN, Channel
from portal.intake.receipts import new_key, receipt, receipt_hash
from portal.places.models import Household

#: Shares of the running cases of the portal.
ANSWERED, JOINED = 0.8, 0.3
WORDS = {
    "room": ("小卧室", "北卧", "客厅", "厨房"),
    "where": ("2单元3楼", "1单元门口", "3单元顶层"),
}


@transaction.atomic
def neighbours_seed(rng: Random, now: datetime) -> None:
    """Answers to the questions of the category, and followers of open cases whose home is known."""
    questions = dict(Category.objects.values_list("pk", "questions"))
    running = Complaint.objects.filter(channel=Channel.PORTAL).select_related("building")
    told: list[Complaint] = []
    joined: list[Follower] = []
    numbers: set[str] = set()
    for case in running.order_by("filed_at", "number"):
        asked = questions[case.category_id]
        if asked and rng.random() < ANSWERED:
            case.extra = _answers(asked, case.filed_at.date(), rng)
        if case.state in OPEN and case.household_id and rng.random() < JOINED:
            joined += _followers(case, now, rng, numbers)
        told.append(case)
    Complaint.objects.bulk_update(told, ["extra", "signatories"], batch_size=200)
    Follower.objects.bulk_create(joined, batch_size=200)
    ComplaintEvent.objects.bulk_create(
        ComplaintEvent(
            complaint=one.complaint,
            kind=ComplaintEvent.Kind.JOINED,
            at=one.joined_at,
            is_public=True,
        )
        for one in joined
    )


def _answers(asked: list[Question], day: date, rng: Random) -> list[Answer]:
    return answers_check(asked, {one["key"]: _answer(one, day, rng) for one in asked})


def _answer(question: Question, day: date, rng: Random) -> str:
    if question["kind"] == "choice":
        return str(rng.choice(question["options"])["code"])
    if question["kind"] == "number":
        return str(rng.randint(12, 16))
    if question["kind"] == "date":
        return (day - timedelta(days=rng.randint(1, 6))).isoformat()
    return rng.choice(WORDS.get(question["key"], ("说不准",)))


def _followers(case: Complaint, now: datetime, rng: Random, numbers: set[str]) -> list[Follower]:
    """One to three other homes of the building, within a day or two of the filing."""
    homes = Household.objects.filter(building=case.building).order_by("unit", "room", "pk")
    others = [home for home in homes[:40] if home.pk != case.household_id]
    found = []
    for home in rng.sample(others, min(len(others), rng.randint(1, 3))):
        moment = case.filed_at + timedelta(minutes=rng.randint(40, 2500))
        if moment > now:
            continue
        seed = f"{rng.getrandbits(64):016x}"
        candidates = number_candidates(moment.date(), seed, FOLLOWER_DIGITS)
        number = next(one for one in candidates if one not in numbers)
        numbers.add(number)
        found.append(
            Follower(
                complaint=case,
                number=number,
                household=home,
                receipt_hash=receipt_hash(receipt(new_key())),
                joined_at=moment,
            )
        )
    case.signatories += len(found)
    return found
