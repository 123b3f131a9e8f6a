"""What is due next is whichever clock runs out first: contact, visit on site, end."""

from datetime import timedelta

import pytest

from feedback.complaints import services
from feedback.complaints.due import next_due
from feedback.complaints.models import Complaint, DeadlineRule
from tests.feedback.complaints.conftest import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def order() -> list[int]:
    return list(Complaint.objects.open().for_list().values_list("pk", flat=True))


def same(case: Complaint) -> str:
    """What is due next, in words; the database must have the same time for it."""
    case.refresh_from_db()
    due = next_due(case, NOW)
    assert due is not None
    assert due.at == case.next_due_at
    return due.what


def test_a_danger_owes_contact_then_visit_then_end(file, clerk):
    case = file("C15")
    assert (same(case), case.next_due_at) == ("首次联系", NOW + HOUR / 2)
    services.complaint_accept(complaint=case, by=clerk, reply="马上到", now=NOW)
    assert (same(case), case.next_due_at) == ("到场查看", NOW + 2 * HOUR)
    services.complaint_arrive(complaint=case, by=clerk, now=NOW + HOUR)
    assert (same(case), case.next_due_at) == ("办结", NOW + 24 * HOUR)


def test_a_visit_that_comes_before_the_contact_is_due_first(file):
    DeadlineRule.objects.filter(pk="P1").update(site_minutes=60)
    case = file("C12")
    assert (same(case), case.next_due_at) == ("到场查看", NOW + HOUR)


def test_who_promised_a_date_or_solved_it_once_was_there(file, clerk):
    DeadlineRule.objects.filter(pk="P1").update(site_minutes=180)
    promised, again = file("C10"), file("C12")
    for case in (promised, again):
        services.complaint_accept(complaint=case, by=clerk, reply="马上到", now=NOW)
        assert same(case) == "到场查看"
    day = NOW.date() + timedelta(days=3)
    services.complaint_promise(complaint=promised, by=clerk, day=day, text="已遮盖", now=NOW)
    services.complaint_resolve(complaint=again, by=clerk, text="已疏通", now=NOW + HOUR)
    services.complaint_confirm(complaint=again, verdict="UNSOLVED", now=NOW + 2 * HOUR)
    assert [same(promised), same(again)] == ["办结", "办结"]


def test_lists_tabs_and_the_worklist_sort_by_it(client, file, clerk):
    answered, danger = file("C12"), file("C15")
    for case in (answered, danger):
        services.complaint_accept(complaint=case, by=clerk, reply="马上到", now=NOW)
    services.complaint_extend(complaint=answered, by=clerk, workdays=1, reason="雨", now=NOW)
    # Its end comes after that of the sewer, its visit before.
    Complaint.objects.filter(pk=answered.pk).update(due_at=NOW + 20 * HOUR)
    assert order() == [danger.pk, answered.pk]
    late = Complaint.objects.due_before(NOW + 3 * HOUR)
    assert list(late) == [danger]
    services.complaint_arrive(complaint=danger, by=clerk, now=NOW + HOUR)
    assert order() == [answered.pk, danger.pk]
    assert not Complaint.objects.due_before(NOW + 3 * HOUR).exists()
