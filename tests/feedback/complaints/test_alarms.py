"""Warnings at 80 % and 100 %, escalation up the tree: rebuilt by a sweep, told once."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from feedback.complaints import services
from feedback.complaints.models import Alarm, Category, Complaint, DeadlineRule
from feedback.complaints.tasks import sweep_alarms
from portal.accounts.roles import Role
from portal.demo import factories
from portal.messages.models import AlertChannel, Delivery
from portal.messages.states import Channel, Topic
from tests.feedback.complaints.conftest import NOW
from tests.feedback.complaints.test_clocks import at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def channel(neighbourhood):
    return AlertChannel.objects.create(
        place=neighbourhood.community,
        name="值班群",
        channel=Channel.EMAIL,
        to="duty@example.org",
        to_index="duty",
        topics=[Topic.COMPLAINTS],
    )


@pytest.fixture
def case(file, clerk):
    """P2, contacted: done by Monday 20 July, 18:00; 55.5 working hours from the filing."""
    complaint = file("C17")
    services.complaint_accept(complaint=complaint, by=clerk, reply="好", now=NOW)
    return complaint


def stages(complaint=None):
    alarms = Alarm.objects.filter(complaint=complaint) if complaint else Alarm.objects.all()
    return [(a.stage, a.place.code) for a in alarms.order_by("pk").select_related("place")]


WARNED = ("WARNED", "PC001")
OVERDUE = ("OVERDUE", "140213")
ESCALATED = ("ESCALATED", "1402")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(7, 13, 11), []),
        (at(7, 17, 16, 20), []),  # 44.3 of 55.5 hours
        (at(7, 17, 16, 30), [WARNED]),  # 44.5
        (at(7, 19, 12), [WARNED]),  # the weekend takes no time
        (at(7, 20, 18), [WARNED, OVERDUE]),
        (at(7, 22, 17, 59), [WARNED, OVERDUE]),
        (at(7, 22, 18), [WARNED, OVERDUE, ESCALATED]),  # two working days later
    ],
)
def test_the_stages_come_one_after_the_other(case, now, expected):
    services.alarms_sweep(now=now)
    assert stages(case) == expected
    assert Delivery.objects.count() == len(expected)
    assert services.alarms_sweep(now=now) == 0
    assert Delivery.objects.count() == len(expected)


def test_a_lost_table_is_rebuilt_and_nobody_is_told_twice(case):
    services.alarms_sweep(now=at(7, 20, 18))
    told = Delivery.objects.count()
    Alarm.objects.all().delete()
    assert services.alarms_sweep(now=at(7, 20, 18)) == 2
    assert (stages(case), Delivery.objects.count()) == ([WARNED, OVERDUE], told)


def test_what_holds_no_longer_goes_and_a_new_end_is_a_new_alarm(case, clerk):
    late = at(7, 20, 18)
    services.alarms_sweep(now=late)
    services.complaint_extend(complaint=case, by=clerk, workdays=2, reason="下雨", now=late)
    services.alarms_sweep(now=late)
    assert stages(case) == []
    services.alarms_sweep(now=case.due_at)
    assert stages(case) == [WARNED, OVERDUE]
    assert Delivery.objects.count() == 4
    services.complaint_resolve(complaint=case, by=clerk, text="修了", now=case.due_at)
    services.alarms_sweep(now=case.due_at)
    assert not Alarm.objects.exists()


def test_a_case_that_waits_rings_no_bell(case, clerk):
    services.complaint_wait(complaint=case, by=clerk, text="请告知单元", now=NOW)
    services.alarms_sweep(now=NOW + timedelta(days=30))
    assert not Alarm.objects.exists()


def test_the_first_contact_has_a_clock_of_its_own(file):
    complaint = file("C10")  # contact by 12:00
    services.alarms_sweep(now=at(7, 13, 11, 36))
    assert [(a.clock, a.stage) for a in Alarm.objects.all()] == [("CONTACT", "WARNED")]
    Complaint.objects.filter(pk=complaint.pk).update(first_contact_at=NOW)
    services.alarms_sweep(now=at(7, 13, 13))
    assert not Alarm.objects.exists()


def test_danger_is_told_at_once_and_urgently(file, clerk):
    danger = file("C15")
    assert stages(danger) == [("DANGER", "PC001")]
    told = Delivery.objects.get()
    assert told.urgent
    assert danger.number in told.subject
    assert danger.text not in told.body
    services.alarms_sweep(now=NOW)
    assert Delivery.objects.count() == 1
    later = file("C16")
    category = Category.objects.get(pk="C16")
    services.complaint_reclassify(
        complaint=later, by=clerk, category=category, danger=True, now=NOW
    )
    assert stages(later)[0] == ("DANGER", "PC001")


def test_old_ledgers_are_listed_and_not_told(case):
    services.alarms_sweep(now=at(7, 20, 18) + timedelta(days=60))
    assert stages(case) == [WARNED, OVERDUE, ESCALATED]
    assert not Delivery.objects.exists()


def test_the_time_until_the_city_is_told_is_data(case):
    DeadlineRule.objects.filter(pk="P2").update(escalate_minutes=60)
    services.alarms_sweep(now=at(7, 21, 9, 30))
    assert ESCALATED in stages(case)


def test_the_visit_on_site_has_a_clock_until_the_case_ends(file, clerk):
    danger = file("C15")  # on site by 12:00
    services.complaint_accept(complaint=danger, by=clerk, reply="马上到", now=NOW)
    rings = Alarm.objects.filter(clock="SITE").order_by("pk")
    for now, expected in (
        (at(7, 13, 11, 35), []),
        (at(7, 13, 11, 36), [WARNED]),
        (at(7, 13, 12), [WARNED, OVERDUE]),
        (at(7, 13, 14), [WARNED, OVERDUE, ESCALATED]),
    ):
        told = Delivery.objects.count() - rings.all().count()
        services.alarms_sweep(now=now)
        assert [(ring.stage, ring.place.code) for ring in rings.all()] == expected
        assert Delivery.objects.count() == told + len(expected)
    assert "到场" in Delivery.objects.latest("pk").body
    services.complaint_resolve(complaint=danger, by=clerk, text="已排除", now=at(7, 13, 15))
    services.alarms_sweep(now=at(7, 13, 15))
    assert not Alarm.objects.exists()


def test_the_petition_office_has_clocks_and_stands_in_the_worklist(case, clerk, client):
    services.complaint_transfer(complaint=case, by=clerk, office="区信访局", reason="同意", now=NOW)

    def shown():
        client.force_login(clerk)
        return case.number in client.get("/staff/complaints/today/").content.decode()

    services.alarms_sweep(now=at(7, 24, 18))
    assert (stages(case), shown()) == ([], False)
    services.alarms_sweep(now=at(7, 25, 18))  # 12 of 15 days
    assert (stages(case), shown()) == ([WARNED], True)
    services.alarms_sweep(now=at(7, 28, 18))
    assert stages(case) == [WARNED, OVERDUE]
    accepted = NOW.date() + timedelta(days=14)
    late = at(7, 29, 10)
    services.petition_accept(complaint=case, by=clerk, day=accepted, now=late)
    services.alarms_sweep(now=late)
    assert (stages(case), shown()) == ([], False)
    services.alarms_sweep(now=at(9, 28, 18))  # 60 days end on a holiday
    assert {row[0] for row in stages(case)} == {"WARNED", "OVERDUE"}
    services.petition_finish(
        complaint=case, by=clerk, day=accepted, result="已答复", now=at(9, 29, 9)
    )
    services.alarms_sweep(now=at(9, 29, 9))
    assert (stages(case), shown()) == ([], False)


def test_what_stays_overdue_is_in_the_worklist_of_the_city(case, client, neighbourhood):
    reader = factories.staff("city", Role.CITY_READER, neighbourhood.city)
    client.force_login(reader)
    for now, shown in ((at(7, 22, 17, 59), False), (at(7, 22, 18), True)):
        services.alarms_sweep(now=now)
        page = client.get("/staff/complaints/today/")
        assert (case.number in page.content.decode()) is shown
    assert "今天要办" in client.get("/staff/").content.decode()
    assert 'name="step"' not in client.get("/staff/complaints/").content.decode()


def test_the_task_sweeps(case):
    sweep_alarms()
    assert stages(case) == [WARNED, OVERDUE, ESCALATED]


def test_a_sweep_needs_the_same_queries_for_3_and_for_30_cases(file, django_assert_max_num_queries):
    for _number in range(3):
        file("C17")
    services.alarms_sweep(now=NOW + timedelta(days=60))
    for _number in range(27):
        file("C17")
    with django_assert_max_num_queries(13):
        services.alarms_sweep(now=NOW + timedelta(days=60))
    assert Alarm.objects.count() == 30 * 6


def test_who_arrives_in_time_is_asked_no_more(file, clerk):
    early, late = file("C15"), file("C15")
    for case in (early, late):
        services.complaint_accept(complaint=case, by=clerk, now=NOW, reply="马上到")
    services.complaint_arrive(complaint=early, by=clerk, now=NOW + timedelta(hours=1))
    after = NOW + timedelta(hours=2, minutes=5)
    services.alarms_sweep(now=after)
    site = Alarm.objects.filter(clock="SITE")
    assert {alarm.complaint_id for alarm in site} == {late.pk}
    assert early.events.get(kind="ARRIVED").is_public
    assert early.first_contact_at == NOW
    services.complaint_arrive(complaint=late, by=clerk, now=after)
    with pytest.raises(ValidationError):
        services.complaint_arrive(complaint=late, by=clerk, now=after)
    with pytest.raises(ValidationError):
        services.complaint_arrive(complaint=file("C20"), by=clerk, now=after)


def test_arriving_is_one_press_and_stands_on_the_timeline(client, file, clerk):
    case = file("C15", now=timezone.now() - timedelta(hours=3))
    client.force_login(clerk)
    page = reverse("complaints_staff:detail", args=[case.number])
    step = reverse("complaints_staff:step", args=[case.number, "arrive"])
    assert step in client.get(page).content.decode()
    assert client.post(step, {}).status_code == 302
    case.refresh_from_db()
    assert case.arrived_at is not None and case.first_contact_at is None
    shown = client.get(page).content.decode()
    assert "到达现场" in shown and "case-late" in shown
