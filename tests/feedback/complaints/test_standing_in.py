"""Somebody is away: a deputy's worklist, cases that move, and whom to call."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback.complaints import services
from feedback.complaints.models import Absence, Complaint
from feedback.complaints.permissions import complaints_visible_to
from portal.accounts.roles import Role
from portal.demo import factories
from tests.feedback.complaints.conftest import NOW

pytestmark = pytest.mark.django_db
DAY = NOW.date()


@pytest.fixture
def case(file, clerk):
    complaint = file()
    services.complaint_accept(complaint=complaint, by=clerk, now=NOW)
    Complaint.objects.filter(pk=complaint.pk).update(handler=clerk)
    return complaint


def absent(by, user, deputy, place, days=(0, 3)):
    return services.absence_add(
        by=by,
        user=user,
        deputy=deputy,
        place=place,
        from_date=DAY + timedelta(days=days[0]),
        to_date=DAY + timedelta(days=days[1]),
    )


def worklist(user, day=DAY):
    return list(complaints_visible_to(user).worklist_of(user, day))


def test_a_deputy_finds_the_cases_of_both_while_it_lasts(case, clerk, colleague, neighbourhood):
    assert (worklist(clerk), worklist(colleague)) == ([case], [])
    absent(clerk, clerk, colleague, neighbourhood.community)
    assert worklist(colleague) == [case]
    assert worklist(colleague, DAY + timedelta(days=3)) == [case]
    assert worklist(colleague, DAY + timedelta(days=4)) == []
    assert worklist(colleague, DAY - timedelta(days=1)) == []


def test_an_absence_that_is_sent_twice_is_one(clerk, colleague, neighbourhood):
    first = absent(clerk, clerk, colleague, neighbourhood.community)
    assert absent(clerk, clerk, colleague, neighbourhood.community) == first
    assert absent(clerk, clerk, colleague, neighbourhood.community, (0, 4)) != first
    assert Absence.objects.count() == 2


def test_standing_in_gives_no_rights(case, clerk, outsider, neighbourhood):
    with pytest.raises(ValidationError) as error:
        absent(clerk, clerk, outsider, neighbourhood.community)
    assert "deputy" in error.value.message_dict
    Absence.objects.create(
        user=clerk, deputy=outsider, place=neighbourhood.city, from_date=DAY, to_date=DAY
    )
    assert worklist(outsider) == []
    with pytest.raises(PermissionDenied):
        services.complaint_note(complaint=case, by=outsider, text="x", now=NOW)


def test_the_place_of_an_absence_narrows_what_is_covered(case, clerk, reviewer, neighbourhood):
    Absence.objects.create(
        user=clerk, deputy=reviewer, place=neighbourhood.other, from_date=DAY, to_date=DAY
    )
    assert worklist(reviewer) == []


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("clerk", True),
        ("reviewer", True),
        ("administrator", True),
        ("colleague", False),
        ("outsider", False),
        ("evaluator", False),
    ],
)
def test_who_may_say_that_somebody_is_away(who, may, request, clerk, colleague, neighbourhood):
    by = request.getfixturevalue(who)
    if may:
        assert absent(by, clerk, colleague, neighbourhood.community).pk
    else:
        with pytest.raises(PermissionDenied):
            absent(by, clerk, colleague, neighbourhood.community)


def test_the_last_day_must_not_lie_before_the_first(clerk, colleague, neighbourhood):
    with pytest.raises(ValidationError):
        absent(clerk, clerk, colleague, neighbourhood.community, days=(3, 0))
    with pytest.raises(ValidationError):
        absent(clerk, clerk, clerk, neighbourhood.community)


def test_cases_of_one_deputy_are_left_to_nobody_by_a_second_absence(
    clerk, colleague, reviewer, neighbourhood
):
    here = neighbourhood.community
    third = factories.staff("third", Role.COMMUNITY_STAFF, here)
    absent(clerk, clerk, colleague, neighbourhood.county, days=(2, 5))
    with pytest.raises(ValidationError) as error:
        absent(colleague, colleague, third, here, days=(5, 9))
    assert error.value.message_dict["user"] == [
        f"2026-07-15 至 2026-07-18 正在为{clerk}代办，请先为{clerk}另行指定代办人。"
    ]
    with pytest.raises(ValidationError) as error:
        absent(reviewer, third, clerk, here, days=(0, 2))
    assert list(error.value.message_dict) == ["deputy"]
    # Other days leave nobody alone.
    assert absent(colleague, colleague, third, here, days=(6, 9)).pk


def test_colleagues_of_the_county_can_stand_in_and_those_of_elsewhere_cannot(
    client, clerk, colleague, reviewer, outsider, evaluator, neighbourhood
):
    client.force_login(clerk)
    page = client.get(reverse("complaints_people:people"))
    for form, name in (("absence_form", "deputy"), ("move_form", "to")):
        offered = set(page.context[form].fields[name].queryset)
        assert offered == {clerk, colleague, reviewer}
        # The one place there is need not be chosen.
        assert page.context[form]["place"].value() == neighbourhood.community.pk


def test_only_who_may_end_an_absence_is_offered_it(client, clerk, colleague, neighbourhood):
    absence = absent(clerk, clerk, colleague, neighbourhood.community, days=(0, 9999))
    address = reverse("complaints_people:absence_remove", args=[absence.pk])

    def offered(user):
        client.force_login(user)
        return address in client.get(reverse("complaints_people:people")).content.decode()

    assert (offered(clerk), offered(colleague)) == (True, False)
    client.force_login(colleague)
    assert client.post(address).status_code == 403


def test_what_is_missing_or_not_allowed_is_said_at_its_field(
    client, clerk, colleague, neighbourhood
):
    client.force_login(clerk)
    address = reverse("complaints_people:absence_add")
    given = {
        "absence-user": colleague.pk,
        "absence-deputy": clerk.pk,
        "absence-place": neighbourhood.community.pk,
        "absence-from_date": "2026-01-01",
    }
    page = client.post(address, given)
    assert page.context["absence_form"].errors == {"to_date": ["请选择：结束日期"]}
    page = client.post(address, {**given, "absence-to_date": "2026-01-02"})
    assert (page.status_code, list(page.context["absence_form"].errors)) == (422, ["user"])
    assert not Absence.objects.exists()


def move(by, person, to, place):
    return services.cases_move(by=by, person=person, to=to, place=place, now=NOW)


def test_open_cases_move_and_each_says_so(case, file, clerk, colleague, neighbourhood):
    done = file("C17")
    services.complaint_accept(complaint=done, by=clerk, now=NOW)
    services.complaint_resolve(complaint=done, by=clerk, text="修了", now=NOW)
    Complaint.objects.filter(pk=done.pk).update(handler=clerk)
    assert move(clerk, clerk, colleague, neighbourhood.city) == (1, 0)
    case.refresh_from_db()
    done.refresh_from_db()
    assert (case.handler, done.handler) == (colleague, clerk)
    event = case.events.get(kind="HANDED_OVER")
    assert (event.actor, event.data["person"]) == (clerk, colleague.pk)
    assert move(clerk, clerk, colleague, neighbourhood.city) == (0, 0)


def test_a_case_stays_where_the_other_has_no_right(case, clerk, outsider, neighbourhood):
    assert move(clerk, clerk, outsider, neighbourhood.city) == (0, 1)
    case.refresh_from_db()
    assert case.handler == clerk
    assert move(outsider, clerk, outsider, neighbourhood.city) == (0, 0)


def test_the_screens_ask_once_before_cases_move(client, case, clerk, colleague, neighbourhood):
    client.force_login(clerk)
    place = neighbourhood.community.pk
    given = {"move-person": clerk.pk, "move-to": colleague.pk, "move-place": place}
    page = client.post(reverse("complaints_people:move"), given)
    assert 'name="confirmed"' in page.content.decode()
    # “暂不写入” is what an import says.
    assert ">取消</a>" in page.content.decode()
    case.refresh_from_db()
    assert case.handler == clerk
    client.post(reverse("complaints_people:move"), {**given, "confirmed": "1"})
    case.refresh_from_db()
    assert case.handler == colleague


def test_an_absence_is_recorded_seen_and_taken_back(client, clerk, colleague, neighbourhood):
    client.force_login(clerk)
    given = {
        "absence-user": clerk.pk,
        "absence-deputy": colleague.pk,
        "absence-place": neighbourhood.community.pk,
        "absence-from_date": "2026-01-01",
        "absence-to_date": "2099-01-01",
    }
    wrong = {**given, "absence-to_date": "2025-01-01"}
    assert client.post(reverse("complaints_people:absence_add"), wrong).status_code == 422
    client.post(reverse("complaints_people:absence_add"), given)
    absence = Absence.objects.get()
    assert absence.to_date == date(2099, 1, 1)
    assert "2099-01-01" in client.get(reverse("complaints_people:people")).content.decode()
    client.post(reverse("complaints_people:absence_remove", args=[absence.pk]))
    assert not Absence.objects.exists()


def test_the_worklist_is_a_tab_of_the_list(client, case, file, clerk):
    file("C17")
    client.force_login(clerk)
    page = client.get("/staff/complaints/?tab=mine")
    assert [row.number for row, _due in page.context["rows"]] == [case.number]


def test_calls_to_make_leave_out_ones_own_and_what_was_tried_three_times(
    client, case, clerk, colleague, outsider
):
    services.complaint_resolve(complaint=case, by=clerk, text="修了", now=NOW)

    def listed(user):
        client.force_login(user)
        page = client.get(reverse("complaints_people:callbacks"))
        return [complaint.number for complaint in page.context["page_obj"]]

    assert (listed(clerk), listed(colleague), listed(outsider)) == ([], [case.number], [])
    for _attempt in range(3):
        services.complaint_callback(complaint=case, by=colleague, answered=False, now=NOW)
    assert listed(colleague) == []


@pytest.mark.parametrize("name", ["people", "callbacks"])
def test_those_who_only_read_have_no_such_screen(client, name, evaluator):
    client.force_login(evaluator)
    assert client.get(reverse(f"complaints_people:{name}")).status_code == 403


def test_lists_of_people_and_calls_have_a_constant_number_of_queries(
    client, file, clerk, colleague, neighbourhood
):
    client.force_login(colleague)
    asked: dict[str, list[int]] = {"people": [], "callbacks": []}
    for number in range(6):
        complaint = file()
        services.complaint_accept(complaint=complaint, by=clerk, now=NOW)
        services.complaint_resolve(complaint=complaint, by=clerk, text="修了", now=NOW)
        deputy = factories.staff(f"d{number}", Role.COMMUNITY_STAFF, neighbourhood.community)
        absent(clerk, clerk, deputy, neighbourhood.community, days=(0, 9999))
        for name, counts in asked.items():
            client.get(reverse(f"complaints_people:{name}"))
            with CaptureQueriesContext(connection) as captured:
                client.get(reverse(f"complaints_people:{name}"))
            counts.append(len(captured))
    for counts in asked.values():
        assert counts[-1] <= counts[1], counts
