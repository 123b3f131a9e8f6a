from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from feedback.complaints import services
from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import Complaint, ComplaintEvent
from feedback.complaints.permissions import (
    complaints_visible_to,
    may_answer,
    may_call_back,
    may_handle,
    may_view_any,
)
from feedback.complaints.states import IN_WORK, TRANSITIONS, Nature, State, Verdict
from portal.accounts.roles import Role
from portal.demo import factories
from tests.feedback.complaints.conftest import NOW, category

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def kinds(complaint: Complaint) -> list[str]:
    return [event.kind for event in complaint.events.order_by("at", "pk")]


def test_the_whole_way_from_filing_to_the_second_closing(file, clerk, builder, company):
    complaint = file()
    services.complaint_accept(complaint=complaint, by=clerk, reply="已受理", now=LATER)
    assert (complaint.state, complaint.first_contact_at) == (State.ACCEPTED, LATER)
    services.complaint_assign(complaint=complaint, by=clerk, organisation=company, now=LATER)
    services.complaint_answer(complaint=complaint, by=builder, text="已补防水", now=LATER)
    services.complaint_resolve(complaint=complaint, by=clerk, text="屋面已重做防水", now=LATER)
    assert (complaint.state, complaint.resolved_by) == (State.RESOLVED, clerk)
    services.complaint_confirm(
        complaint=complaint, verdict=Verdict.SOLVED, rating=5, now=LATER + timedelta(days=1)
    )
    assert (complaint.state, complaint.verdict, complaint.rating) == ("CLOSED", "SOLVED", 5)
    assert kinds(complaint) == [
        "FILED",
        "ACCEPTED",
        "ASSIGNED",
        "ANSWERED",
        "RESOLVED",
        "CONFIRMED",
    ]
    public = [event.kind for event in complaint.events.public()]
    assert "ANSWERED" not in public


def test_not_solved_opens_it_again_with_a_new_deadline(file, clerk):
    complaint = file()
    services.complaint_accept(complaint=complaint, by=clerk, now=LATER)
    services.complaint_resolve(complaint=complaint, by=clerk, text="修了", now=LATER)
    later = NOW + timedelta(days=30)
    services.complaint_confirm(complaint=complaint, verdict="UNSOLVED", rating=1, now=later)
    assert (complaint.state, complaint.resolved_at) == (State.REOPENED, None)
    assert complaint.due_at > later
    services.complaint_resolve(complaint=complaint, by=clerk, text="重修", now=later)
    services.complaint_confirm(complaint=complaint, verdict="PARTLY", now=later)
    assert (complaint.state, complaint.verdict, complaint.rating) == ("CLOSED", "PARTLY", None)


@pytest.mark.parametrize(
    ("verdict", "rating", "field"), [("", 5, "verdict"), ("SOLVED", 6, "rating")]
)
def test_an_answer_must_make_sense(file, clerk, verdict, rating, field):
    complaint = file()
    services.complaint_accept(complaint=complaint, by=clerk, now=LATER)
    services.complaint_resolve(complaint=complaint, by=clerk, text="修了", now=LATER)
    with pytest.raises(ValidationError) as error:
        services.complaint_confirm(complaint=complaint, verdict=verdict, rating=rating, now=LATER)
    assert field in error.value.message_dict


def test_there_is_nothing_to_confirm_before_staff_report_it_and_only_once(file, clerk):
    complaint = file()
    with pytest.raises(ValidationError):
        services.complaint_confirm(complaint=complaint, verdict="SOLVED", now=LATER)
    services.complaint_accept(complaint=complaint, by=clerk, now=LATER)
    services.complaint_resolve(complaint=complaint, by=clerk, text="修了", now=LATER)
    services.complaint_confirm(complaint=complaint, verdict="SOLVED", now=LATER)
    with pytest.raises(ValidationError):
        services.complaint_confirm(complaint=complaint, verdict="UNSOLVED", now=LATER)
    complaint.refresh_from_db()
    assert complaint.verdict == Verdict.SOLVED


def step(name, complaint, by, company):
    given = {
        "accept": {},
        "refuse": {"nature": Nature.OUT_OF_SCOPE, "reason": "不在改造范围"},
        "assign": {"organisation": company},
        "take_back": {},
        "resolve": {"text": "修了"},
    }[name]
    getattr(services, f"complaint_{name}")(complaint=complaint, by=by, now=LATER, **given)


STEP_TO = {
    "accept": State.ACCEPTED,
    "refuse": State.REFUSED,
    "assign": State.ASSIGNED,
    "take_back": State.ACCEPTED,
    "resolve": State.RESOLVED,
}


#: These begin in one state alone, though the table knows other ways to where they lead.
ONLY_FROM = {"accept": {State.RECEIVED}, "take_back": {State.ASSIGNED}, "assign": IN_WORK}


@pytest.mark.parametrize("name", STEP_TO)
@pytest.mark.parametrize("state", State)
def test_every_step_follows_the_table_of_states(file, clerk, builder, company, name, state):
    complaint = file()
    Complaint.objects.filter(pk=complaint.pk).update(
        state=state,
        assigned_to=company,
        resolved_at=NOW,
        reopened_at=NOW,
        merged_into=file().pk if state == State.MERGED else None,
    )
    begins = state in ONLY_FROM.get(name, {state})
    if begins and STEP_TO[name] in TRANSITIONS[state]:
        step(name, complaint, clerk, company)
        assert complaint.state == STEP_TO[name]
    else:
        with pytest.raises(ValidationError):
            step(name, complaint, clerk, company)
        complaint.refresh_from_db()
        assert complaint.state == state
        assert kinds(complaint) == ["FILED"]


def test_a_decision_on_an_old_page_meets_the_row_as_it_is(file, clerk):
    complaint = file()
    stale = Complaint.objects.get(pk=complaint.pk)
    services.complaint_accept(complaint=complaint, by=clerk, now=LATER)
    with pytest.raises(ValidationError):
        services.complaint_accept(complaint=stale, by=clerk, now=LATER)


def test_a_refused_case_needs_a_reason_and_a_nature(file, clerk):
    complaint = file()
    for nature, reason in [(Nature.OUT_OF_SCOPE, " "), (Nature.COMPLAINT, "reason"), ("X", "r")]:
        with pytest.raises(ValidationError):
            services.complaint_refuse(
                complaint=complaint, by=clerk, nature=nature, reason=reason, now=LATER
            )


def test_the_deadline_is_extended_once_with_a_reason(file, clerk):
    complaint = file()
    before = complaint.due_at
    services.complaint_extend(complaint=complaint, by=clerk, workdays=5, reason="等材料", now=LATER)
    assert complaint.due_at > before
    with pytest.raises(ValidationError):
        services.complaint_extend(complaint=complaint, by=clerk, workdays=1, reason="再等", now=NOW)
    other = file()
    with pytest.raises(ValidationError):
        services.complaint_extend(complaint=other, by=clerk, workdays=11, reason="等", now=NOW)


def test_a_date_is_promised_for_roofs_and_heating_alone(file, clerk):
    roof = file("C10")
    services.complaint_promise(
        complaint=roof, by=clerk, day=date(2026, 8, 3), text="已盖防雨布", now=LATER
    )
    assert (roof.promised_date, roof.due_at.date()) == (date(2026, 8, 3), date(2026, 8, 3))
    drain = file("C12")
    with pytest.raises(ValidationError):
        services.complaint_promise(
            complaint=drain, by=clerk, day=date(2026, 8, 3), text="等", now=LATER
        )
    with pytest.raises(ValidationError):
        services.complaint_promise(
            complaint=file("C14"), by=clerk, day=date(2026, 7, 1), text="等", now=LATER
        )


def test_another_category_runs_its_own_deadlines_from_the_filing(file, clerk):
    complaint = file("C17")
    services.complaint_reclassify(
        complaint=complaint, by=clerk, category=category("C16"), danger=True, now=LATER
    )
    assert (complaint.due, complaint.due_at) == ("P0", NOW + timedelta(hours=24))
    with pytest.raises(ValidationError):
        services.complaint_reclassify(
            complaint=complaint, by=clerk, category=category("C30"), danger=False, now=LATER
        )


def test_a_category_set_once_more_gives_no_second_extension(file, clerk):
    complaint = file("C17")
    services.complaint_extend(complaint=complaint, by=clerk, workdays=5, reason="等", now=LATER)
    change = {"complaint": complaint, "by": clerk, "danger": False, "now": LATER}
    with pytest.raises(ValidationError):
        services.complaint_reclassify(category=category("C17"), **change)
    services.complaint_reclassify(category=category("C18"), **change)
    services.complaint_reclassify(category=category("C17"), **change)
    with pytest.raises(ValidationError):
        services.complaint_extend(complaint=complaint, by=clerk, workdays=5, reason="等", now=LATER)


def test_a_promised_date_moves_once_and_not_far(file, clerk):
    roof = file("C10")

    def promise(month, day):
        given = {"day": date(2026, month, day), "text": "已盖防雨布", "now": LATER}
        services.complaint_promise(complaint=roof, by=clerk, **given)

    def refused(month, day):
        before = roof.due_at
        with pytest.raises(ValidationError):
            promise(month, day)
        roof.refresh_from_db()
        assert roof.due_at == before

    refused(8, 18)  # the 26th working day after Monday 13 July
    promise(8, 17)
    promise(8, 17)
    refused(9, 1)  # the 11th working day more
    promise(8, 31)
    refused(9, 1)
    assert (roof.is_extended, roof.due_at.date()) == (True, date(2026, 8, 31))
    for code in ("C17", "C10"):
        services.complaint_reclassify(
            complaint=roof, by=clerk, category=category(code), danger=False, now=LATER
        )
    refused(8, 17)
    with pytest.raises(ValidationError):
        services.complaint_extend(complaint=roof, by=clerk, workdays=1, reason="等", now=LATER)


def test_a_day_begins_at_midnight_here(file, clerk):
    early = datetime(2026, 7, 14, 1, tzinfo=LOCAL).astimezone(UTC)
    with pytest.raises(ValidationError):
        services.complaint_promise(
            complaint=file("C10"), by=clerk, day=date(2026, 7, 13), text="已盖", now=early
        )


def test_the_first_contact_happens_once(file, clerk):
    complaint = file()
    services.complaint_contact(complaint=complaint, by=clerk, note="已入户", now=LATER)
    services.complaint_reply(complaint=complaint, by=clerk, text="明天来修", now=NOW + timedelta(9))
    assert complaint.first_contact_at == LATER
    notes = complaint.events.filter(kind=ComplaintEvent.Kind.NOTED)
    assert not notes.filter(is_public=True).exists()


def test_a_case_is_passed_only_to_organisations_that_work_there(file, clerk, company):
    with pytest.raises(ValidationError):
        services.complaint_assign(complaint=file(), by=clerk, organisation=company, now=LATER)


def test_that_somebody_looked_at_the_phone_number_is_in_the_log(file, clerk, outsider):
    complaint = file(contact="13800001234", contact_wish="PHONE")
    shown = services.complaint_contact_show(complaint=complaint, by=clerk, now=LATER)
    assert shown == "13800001234"
    assert kinds(complaint)[-1] == "CONTACT_SHOWN"
    with pytest.raises(PermissionDenied):
        services.complaint_contact_show(complaint=complaint, by=outsider, now=LATER)


def test_the_caller_is_not_the_handler(file, clerk, colleague):
    complaint = file()
    services.complaint_accept(complaint=complaint, by=clerk, now=LATER)
    services.complaint_resolve(complaint=complaint, by=clerk, text="修了", now=LATER)
    with pytest.raises(PermissionDenied):
        services.complaint_callback(complaint=complaint, by=clerk, answered=False, now=LATER)
    for attempt in (1, 2):
        call = services.complaint_callback(
            complaint=complaint, by=colleague, answered=False, now=LATER
        )
        assert call.attempt == attempt
    services.complaint_callback(
        complaint=complaint,
        by=colleague,
        answered=True,
        verdict="SOLVED",
        rating=4,
        now=LATER,
    )
    complaint.refresh_from_db()
    assert (complaint.verdict, complaint.verdict_by_callback) == ("SOLVED", True)
    with pytest.raises(ValidationError):
        services.complaint_callback(complaint=complaint, by=colleague, answered=False, now=LATER)


def test_no_more_than_three_calls(file, clerk, colleague):
    complaint = file()
    services.complaint_accept(complaint=complaint, by=clerk, now=LATER)
    services.complaint_resolve(complaint=complaint, by=clerk, text="修了", now=LATER)
    for _ in range(3):
        services.complaint_callback(complaint=complaint, by=colleague, answered=False, now=LATER)
    with pytest.raises(ValidationError):
        services.complaint_callback(complaint=complaint, by=colleague, answered=False, now=LATER)


#: role at the community → (sees it, sees it when assigned, handles, answers when assigned)
MATRIX = {
    Role.COMMUNITY_STAFF: (True, True, True, False),
    Role.CONTRACTOR: (False, True, False, True),
    Role.PROPERTY_COMPANY: (False, True, False, True),
    Role.PROJECT_UNIT: (False, True, False, True),
    Role.COUNTY_REVIEWER: (True, True, True, False),
    Role.COUNTY_READER: (True, True, False, False),
    Role.CITY_READER: (True, True, False, False),
    Role.EVALUATOR: (True, True, False, False),
    Role.FINANCE_APPROVER: (True, True, False, False),
    Role.DISCIPLINE: (False, False, False, False),
    Role.ADMINISTRATOR: (True, True, True, True),
}


@pytest.mark.parametrize("role", Role)
def test_the_matrix_of_roles(neighbourhood, file, company, role):
    user = factories.staff("somebody", role, neighbourhood.community, organisation=company)
    free, passed_on = file(), file("C12")
    Complaint.objects.filter(pk=passed_on.pk).update(state="ASSIGNED", assigned_to=company)
    passed_on.refresh_from_db()
    seen = complaints_visible_to(user)
    expected = MATRIX[role]
    found = (
        seen.filter(pk=free.pk).exists(),
        seen.filter(pk=passed_on.pk).exists(),
        may_handle(user, free),
        may_answer(user, passed_on),
    )
    assert found == expected
    assert not may_answer(user, free)
    assert may_call_back(user, free) is may_handle(user, free)


def test_nobody_sees_what_lies_elsewhere(file, outsider, company, neighbourhood):
    complaint = file()
    assert not complaints_visible_to(outsider).exists()
    assert may_view_any(outsider)
    elsewhere = factories.staff(
        "elsewhere", Role.CONTRACTOR, neighbourhood.other, organisation=company
    )
    Complaint.objects.filter(pk=complaint.pk).update(state="ASSIGNED", assigned_to=company)
    complaint.refresh_from_db()
    assert not complaints_visible_to(elsewhere).exists()
    assert not may_answer(elsewhere, complaint)


STAFF_STEPS = ("accept", "refuse", "assign", "take_back", "resolve")


@pytest.mark.parametrize("name", STAFF_STEPS)
@pytest.mark.parametrize("who", ["outsider", "evaluator", "approver", "builder"])
def test_nobody_else_takes_a_step(request, file, builder, company, name, who):
    complaint = file()
    Complaint.objects.filter(pk=complaint.pk).update(state="ASSIGNED", assigned_to=company)
    with pytest.raises(PermissionDenied):
        step(name, complaint, request.getfixturevalue(who), company)
    assert kinds(complaint) == ["FILED"]
