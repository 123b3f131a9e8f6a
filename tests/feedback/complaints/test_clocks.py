"""Clocks that stop, start and grow, across nights, weekends and 春节 with 调休."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from feedback.complaints import services
from feedback.complaints.deadlines import LOCAL, after_waiting, deadlines, extended, used_share
from feedback.complaints.models import Complaint, DeadlineRule
from portal.common.workdays import add_work_time, work_time_between
from tests.feedback.complaints.conftest import NOW, category


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=LOCAL)


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (at(7, 13, 10), at(7, 13, 12), 2),
        (at(7, 13, 20), at(7, 14, 6), 0),  # a night
        (at(7, 10, 17), at(7, 13, 9, 30), 2),  # over a weekend
        (at(2, 14, 17), at(2, 14, 23), 1),  # a working Saturday before the holiday
        (at(2, 14, 17), at(2, 24, 9, 30), 2),  # 春节, 15–23 February
        (at(2, 28, 8), at(3, 2, 8), 9.5),  # 28 February is a working Saturday, too
        (at(7, 13, 12), at(7, 13, 10), 0),
    ],
)
def test_working_time_between_two_moments(start, end, hours):
    assert work_time_between(start, end) == timedelta(hours=hours)
    if hours:
        assert work_time_between(start, add_work_time(start, hours * HOUR)) == hours * HOUR


@pytest.mark.parametrize(
    ("due", "since", "until", "moved"),
    [
        (at(7, 15, 18), at(7, 13, 10), at(7, 13, 14), at(7, 16, 12, 30)),  # 4 hours
        (at(7, 15, 18), at(7, 14, 18), at(7, 15, 8, 30), at(7, 15, 18)),  # a night costs nothing
        (at(7, 15, 18), at(7, 10, 17), at(7, 13, 9, 30), at(7, 16, 10, 30)),  # a weekend neither
        (at(2, 24, 18), at(2, 14, 17), at(2, 24, 9, 30), at(2, 25, 10, 30)),  # nor 春节
        (at(2, 14, 18), at(2, 14, 17), at(2, 24, 8, 30), at(2, 24, 9, 30)),  # its end moves behind
        (at(7, 13, 9), at(7, 13, 10), at(7, 14, 10), at(7, 13, 9)),  # late before it waited
    ],
)
def test_waiting_is_added_back_in_working_time(due, since, until, moved):
    assert after_waiting(due, since, until)[0] == moved


@pytest.mark.parametrize(
    ("due", "days", "end"),
    [
        (at(7, 15, 18), 3, at(7, 20, 18)),
        (at(2, 13, 18), 2, at(2, 24, 18)),  # 14 February counts, 15–23 do not
        (at(2, 14, 18), 5, at(2, 28, 18)),
    ],
)
def test_an_extension_runs_in_working_days(due, days, end):
    assert extended(due, days) == end


def test_how_much_of_the_time_is_used():
    start, due = at(7, 13, 10), at(7, 15, 18)  # 8 + 9.5 + 9.5 = 27 hours
    assert used_share(start, due, at(7, 13, 10)) == 0
    assert used_share(start, due, at(7, 15, 12, 36)) == pytest.approx(0.8)
    assert used_share(start, due, at(7, 15, 18)) == 1
    assert used_share(start, due, at(7, 25, 18)) == 1
    # Four hours of waiting moved the end; they are not part of what was allowed.
    later = after_waiting(due, at(7, 13, 10), at(7, 13, 14))[0]
    waited = timedelta(hours=4)
    assert used_share(start, later, at(7, 13, 14), waited=waited) == pytest.approx(0)
    assert used_share(start, later, at(7, 16, 7), waited=waited) == pytest.approx(1 - 4 / 27)
    p0 = deadlines("P0", at(2, 15, 23, 50))
    used = used_share(at(2, 15, 23, 50), p0.done, at(2, 16, 11, 50), around_the_clock=True)
    assert used == pytest.approx(0.5)


# --- on cases ---

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(file, clerk):
    complaint = file("C17")
    services.complaint_accept(complaint=complaint, by=clerk, now=NOW)
    return complaint


def test_the_clock_stands_still_while_the_resident_is_asked(case, clerk):
    before = case.due_at
    services.complaint_wait(complaint=case, by=clerk, text="请告知单元", now=NOW)
    assert (case.waiting_since, case.first_contact_at) == (NOW, NOW)
    with pytest.raises(ValidationError):
        services.complaint_wait(complaint=case, by=clerk, text="再问", now=NOW)
    assert not Complaint.objects.due_before(before + timedelta(days=90)).exists()
    services.complaint_resume(complaint=case, by=clerk, now=NOW + timedelta(hours=3))
    assert (case.waiting_since, case.waited_minutes) == (None, 180)
    assert case.due_at == add_work_time(before.astimezone(LOCAL), 3 * HOUR)
    assert [e.kind for e in case.events.public()][-2:] == ["WAITING", "RESUMED"]
    with pytest.raises(ValidationError):
        services.complaint_resume(complaint=case, by=clerk, now=NOW)


def test_whoever_goes_on_with_a_case_waits_no_longer(case, clerk):
    services.complaint_wait(complaint=case, by=clerk, text="请告知单元", now=NOW)
    services.complaint_resolve(complaint=case, by=clerk, text="修好了", now=NOW + HOUR)
    assert case.waiting_since is None
    assert case.events.filter(kind="RESUMED").count() == 1


def test_danger_never_waits_nor_does_what_nobody_has_taken_on(file, clerk, case):
    danger = file("C15")
    services.complaint_accept(complaint=danger, by=clerk, now=NOW)
    for complaint in (danger, file("C17")):
        with pytest.raises(ValidationError):
            services.complaint_wait(complaint=complaint, by=clerk, text="问", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.filter(pk=danger.pk).update(waiting_since=NOW)


def test_hours_and_days_are_data_and_never_move_what_is_filed(file):
    old = file("C17")
    DeadlineRule.objects.filter(pk="P2").update(done_workdays=7, contact_workdays=2)
    new = file("C17")
    old.refresh_from_db()
    assert old.due_at == at(7, 20, 18)
    assert (new.contact_due_at, new.due_at) == (at(7, 15, 18), at(7, 22, 18))


@pytest.mark.parametrize(
    "wrong",
    [
        {"done_minutes": 60},
        {"done_workdays": None},
        {"contact_minutes": 30},
        {"contact_workdays": 0},
    ],
)
def test_a_rule_is_in_minutes_or_in_days(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        DeadlineRule.objects.filter(pk="P2").update(**wrong)


def test_another_category_takes_the_rules_as_they_are(case, clerk, evaluator):
    DeadlineRule.objects.filter(pk="P3").update(done_workdays=10)
    with pytest.raises(PermissionDenied):
        services.complaint_wait(complaint=case, by=evaluator, text="问", now=NOW)
    services.complaint_wait(complaint=case, by=clerk, text="问", now=NOW)
    services.complaint_reclassify(
        complaint=case, by=clerk, category=category("C20"), danger=False, now=NOW + HOUR
    )
    assert (case.due_at, case.waiting_since, case.waited_minutes) == (at(7, 27, 18), None, 0)
