"""Complaints of the whole register: enough of them, where they belong, and no text too often."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

import pytest

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import Category
from feedback.complaints.states import IMPORTED, Channel
from portal.accounts.models import User
from portal.demo.case_lives import CaseLife, Team
from portal.demo.case_plan import AFTER, BEFORE, Filing, record_filings, running_filings
from portal.demo.profiles import profiles_draw
from portal.demo.register import Register
from portal.demo.rng import rng_for
from portal.demo.texts.complaints import complaint_text

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 11, 20)


@pytest.fixture
def record(datong: Register) -> list[Filing]:
    profiles = profiles_draw(datong, rng_for(2020, "profiles"))
    return list(record_filings(datong, profiles, rng_for(2020, "cases")))


@pytest.fixture
def running(datong: Register) -> list[Filing]:
    profiles = profiles_draw(datong, rng_for(2020, "profiles"))
    return list(running_filings(datong, profiles, AS_OF, rng_for(2020, "running")))


def test_no_text_is_in_more_than_one_case_in_a_hundred(
    record: list[Filing], running: list[Filing]
) -> None:
    rng = rng_for(2020, "texts")
    filings = [*record, *running]
    texts = Counter(
        complaint_text(
            filing.category,
            filing.community,
            filing.filed_at.date(),
            rng,
            before_works=filing.before_works,
        ).text
        for filing in filings
    )
    assert len(filings) > 3000
    assert max(texts.values()) <= len(filings) * 0.01


def test_the_record_comes_through_channels_that_were_there_before(record: list[Filing]) -> None:
    assert {filing.channel for filing in record} == set(IMPORTED)
    before = [f for f in record if BEFORE[0] <= f.filed_at.date() <= BEFORE[1]]
    after = [f for f in record if AFTER[0] <= f.filed_at.date() <= AFTER[1]]
    assert all(filing.before_works for filing in before)
    assert 0.2 < 1 - len(after) / len(before) < 0.5


def test_the_running_year_uses_every_channel(running: list[Filing]) -> None:
    assert {filing.channel for filing in running} == set(Channel) - {Channel.SUPERVISION}
    assert all(filing.filed_at.date() < AS_OF for filing in running)
    assert min(f.filed_at.date() for f in running) <= date(2025, 11, 20)


def test_heating_is_complained_of_in_winter_only(record: list[Filing]) -> None:
    months = {filing.filed_at.month for filing in record if filing.category == "C14"}
    assert months <= {10, 11, 12, 1, 2, 3, 4}


def test_somebody_arrives_at_most_dangers_before_they_are_solved(running: list[Filing]) -> None:
    team = Team(User(username="handler"), User(username="caller"), None)
    gas, end = Category.objects.get(pk="C15"), datetime(2026, 11, 20, 12, tzinfo=LOCAL)
    came = 0
    for number, filing in enumerate(running[:120]):
        danger = replace(filing, category="C15", channel=Channel.PORTAL)
        rows = CaseLife(danger, gas, team, end).live(rng_for(number, "gas"))
        case, times = rows.complaint, [event.at for event in rows.events]
        arrivals = [event.at for event in rows.events if event.kind == "ARRIVED"]
        assert times == sorted(times)
        assert arrivals == ([case.arrived_at] if case.arrived_at else [])
        if case.arrived_at:
            came += 1
            assert case.filed_at < case.arrived_at < (case.resolved_at or end)
    assert came > 60
