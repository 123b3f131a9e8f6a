"""Counting every month at once gives what the complaints package says of each."""

from datetime import datetime, timedelta
from random import Random

import pytest

from feedback.complaints.models import Complaint, ComplaintEvent
from feedback.complaints.queries import CaseRates, case_rates_by_community
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
        expected = case_rates_by_community(neighbourhood.city, period, as_of(period.start))
        for place in places:
            mine = found[place.pk].get(period.start, CaseRates())
            assert mine == expected.get(place.pk, CaseRates())
            seen += mine.filed + mine.answered + mine.silent
    assert seen > 300
