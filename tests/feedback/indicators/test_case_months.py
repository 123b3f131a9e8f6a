"""Counting every month at once gives what counting each of them by hand does."""

from datetime import datetime, timedelta
from random import Random

import pytest

from feedback.complaints.models import Complaint, ComplaintEvent
from feedback.complaints.queries import CaseRates
from feedback.indicators.figures.case_months import case_months
from portal.common.periods import Period, add_months
from tests.feedback.indicators.conftest import LOCAL

pytestmark = pytest.mark.django_db
START = datetime(2022, 1, 1, tzinfo=LOCAL)


def scatter(rng: Random, community, number: int) -> Complaint:
    """A complaint whose times may lie in any order of months, and some that never came."""

    def later(at, chance, days):
        return at + timedelta(hours=rng.randint(0, 24 * days)) if rng.random() < chance else None

    filed = START + timedelta(hours=rng.randint(0, 24 * 150))
    resolved = later(filed, 0.7, 60)
    verdict_at = later(resolved, 0.6, 40) if resolved else None
    verdict = rng.choice(["SOLVED", "PARTLY", "UNSOLVED"]) if verdict_at else ""
    if verdict == "UNSOLVED":
        resolved = None
    state = "REOPENED" if verdict == "UNSOLVED" else "CLOSED" if verdict else "ACCEPTED"
    waits = state == "ACCEPTED" and number % 3 == 0
    waiting = filed + timedelta(days=number % 12) if waits else None
    return Complaint(
        number=f"T{number:06d}",
        community=community,
        category_id=rng.choice(["C10", "C17", "C30"]),
        due="P2",
        channel="12345",
        text="路面积水",
        state="REFUSED" if rng.random() < 0.05 and not waits else state,
        waiting_since=waiting,
        filed_at=filed,
        contact_due_at=filed + timedelta(days=1),
        first_contact_at=later(filed, 0.8, 3),
        due_at=filed + timedelta(days=7),
        resolved_at=resolved,
        verdict=verdict,
        verdict_at=verdict_at,
        verdict_by_callback=rng.random() < 0.3,
        rating=rng.choice([None, 1, 4, 5]) if verdict else None,
        reopened_at=verdict_at if state == "REOPENED" else None,
    )


def log_of(rng: Random, cases) -> None:
    """Reports of a solution and answers in any number and order; what the rows say is the last."""
    kind = ComplaintEvent.Kind
    events = []
    for case in cases:
        for _step in range(rng.randint(0, 5)):
            data = {"verdict": rng.choice(["SOLVED", "PARTLY", "UNSOLVED"])}
            data["rating"] = rng.choice([None, 1, 4, 5])
            answer = rng.random() < 0.5
            at = case.filed_at + timedelta(hours=rng.randint(0, 24 * 70) // 12 * 12)
            chosen = kind.CONFIRMED if answer else rng.choice([kind.RESOLVED, kind.REPLIED])
            given = data if answer else {}
            events.append(ComplaintEvent(complaint=case, kind=chosen, at=at, data=given))
    ComplaintEvent.objects.bulk_create(events)


def by_hand(place, month, moment) -> CaseRates:
    """The counts of one community and month, case by case and event by event."""
    cases = [
        case
        for case in Complaint.objects.filter(community=place).exclude(state="REFUSED")
        if case.category_id != "C30" and in_month(case.filed_at, month) and case.filed_at <= moment
    ]
    contacted = [
        case for case in cases if case.first_contact_at and case.first_contact_at <= moment
    ]
    late = [
        case
        for case in cases
        if case not in contacted
        and case.contact_due_at <= moment
        # The hotline tells no contacts of what ended there.
        and (case.first_contact_at is not None or case.resolved_at is None)
    ]
    claimed = [case for case in cases if case.events.filter(kind="RESOLVED", at__lte=moment)]
    over = [
        case
        for case in cases
        if case not in claimed
        and case.due_at <= moment
        and (case.waiting_since is None or case.waiting_since >= case.due_at)
    ]
    given, silent = answers_by_hand(place, month, moment)
    said = [event.data["verdict"] for event in given]
    ratings = [event.data["rating"] for event in given if event.data["rating"] is not None]
    return CaseRates(
        filed=len(cases),
        due=len(contacted) + len(late),
        on_time=sum(case.first_contact_at <= case.contact_due_at for case in contacted),
        staff_claimed=len(claimed) + len(over),
        staff_resolved=len(claimed),
        answered=len(given),
        solved=said.count("SOLVED"),
        partly=said.count("PARTLY"),
        by_callback=sum(event.complaint.verdict_by_callback for event in given),
        rated=len(ratings),
        satisfied=ratings.count(4) + ratings.count(5),
        silent=silent,
    )


def answers_by_hand(place, month, moment):
    """The answers of a month, and how many reports of a solution nothing followed."""
    given, silent = [], 0
    events = ComplaintEvent.objects.filter(
        complaint__community=place, kind__in=["CONFIRMED", "RESOLVED"], at__lte=moment
    ).exclude(complaint__category="C30")
    logs = {}
    for event in events.select_related("complaint").order_by("at", "pk"):
        logs.setdefault(event.complaint_id, []).append(event)
    for log in logs.values():
        given += [one for one in log if one.kind == "CONFIRMED" and in_month(one.at, month)]
        silent += log[-1].kind == "RESOLVED" and in_month(log[-1].at, month)
    return given, silent


def in_month(at, month) -> bool:
    day = at.astimezone(LOCAL).date()
    return (day.year, day.month) == (month.year, month.month)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_months_at_once_are_what_each_month_is(seed, neighbourhood):
    rng, places = Random(seed), [neighbourhood.community, neighbourhood.other]  # noqa: S311
    rows = [scatter(rng, rng.choice(places), number) for number in range(300)]
    Complaint.objects.bulk_create(
        row for row in rows if row.state != "REFUSED" or row.resolved_at is None
    )
    now = START + timedelta(days=170)
    log_of(rng, Complaint.objects.order_by("pk"))
    ends = {}

    def as_of(month):
        period = Period.containing("MONTH", month)
        ends[month] = min(
            now, datetime.combine(period.end, datetime.min.time(), LOCAL) + timedelta(days=16)
        )
        return ends[month]

    found = case_months(places, as_of, now)
    seen = 0
    for step in range(9):
        period = Period.containing("MONTH", add_months(START.date(), step))
        for place in places:
            mine = found[place.pk].get(period.start, CaseRates())
            assert mine == by_hand(place, period.start, as_of(period.start))
            seen += mine.filed + mine.answered + mine.silent
    assert seen > 300
