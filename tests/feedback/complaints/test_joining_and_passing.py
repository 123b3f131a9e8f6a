"""Merging and splitting reports; routes, persons and the petition office."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from feedback.complaints import services
from feedback.complaints.deadlines import LOCAL, deadlines
from feedback.complaints.models import Complaint, Petition, Route
from feedback.complaints.permissions import may_see_contact, persons_for
from feedback.complaints.routes import route_of
from portal.accounts.roles import Role
from portal.common.periods import Period
from portal.demo import factories
from tests.feedback.complaints.conftest import NOW, category
from tests.feedback.complaints.rates import case_rates

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def accepted(file, clerk):
    def _accepted(code="C10", **fields):
        complaint = file(code, **fields)
        services.complaint_accept(complaint=complaint, by=clerk, now=NOW)
        return complaint

    return _accepted


def test_a_duplicate_points_to_the_main_case_and_counts_once(file, clerk, neighbourhood):
    main, second, third = file(signatories=3), file(signatories=2), file()
    services.complaint_merge(complaint=third, by=clerk, main=second, now=LATER)
    services.complaint_merge(complaint=second, by=clerk, main=main, now=LATER)
    main.refresh_from_db()
    third.refresh_from_db()
    assert (main.signatories, second.state) == (6, "MERGED")
    assert (second.merged_into, third.merged_into) == (main, main)
    assert [e.kind for e in second.events.public()][-1] == "MERGED"
    assert main.number not in str(second.events.public().last().text)
    month = Period.containing("MONTH", NOW.date())
    assert case_rates(neighbourhood.community, month, NOW.date()).filed == 1
    with pytest.raises(ValidationError):
        services.complaint_merge(complaint=main, by=clerk, main=second, now=LATER)


def test_what_can_not_be_joined(file, clerk, accepted, neighbourhood, reviewer):
    one, other = file(), file(community=neighbourhood.other)
    done = accepted()
    services.complaint_resolve(complaint=done, by=clerk, text="修了", now=LATER)
    for main in (one, done):
        with pytest.raises(ValidationError):
            services.complaint_merge(complaint=one, by=clerk, main=main, now=LATER)
    with pytest.raises(PermissionDenied):
        services.complaint_merge(complaint=one, by=reviewer, main=other, now=LATER)
    with pytest.raises(ValidationError):
        services.complaint_merge(complaint=done, by=clerk, main=one, now=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.filter(pk=one.pk).update(merged_into=one.pk, state="MERGED")


def test_a_second_matter_has_a_clock_from_the_first_filing(accepted, clerk):
    first = accepted("C10", contact="13800001234", contact_wish="PHONE")
    new = services.complaint_split(
        complaint=first,
        by=clerk,
        category=category("C17"),
        text="楼前路面积水",
        now=NOW + timedelta(days=2),
    )
    assert (new.filed_at, new.state, new.split_from) == (first.filed_at, "ACCEPTED", first)
    assert new.due_at == deadlines("P2", NOW).done
    assert (new.contact, new.number != first.number) == ("13800001234", True)
    assert [e.kind for e in new.events.order_by("at", "pk")] == ["FILED", "ACCEPTED"]
    assert first.events.get(kind="SPLIT").data["number"] == new.number
    for wrong in ({"category": category("C10")}, {"category": category("C30")}, {"text": " "}):
        given = {"category": category("C12"), "text": "下水", **wrong}
        with pytest.raises(ValidationError):
            services.complaint_split(complaint=first, by=clerk, now=LATER, **given)


# --- petition office ---


def test_the_petition_office_has_a_calendar_clock_of_its_own(accepted, clerk):
    case = accepted()
    now = datetime(2026, 1, 31, 10, tzinfo=LOCAL)
    services.complaint_transfer(
        complaint=case, by=clerk, office="市信访局", reason="涉及历史遗留问题", now=now
    )
    assert case.state == "TRANSFERRED"
    # 15 days from 31 January end in 春节 and move to 24 February (Civil Code Art. 203).
    assert case.petition.accept_due_date == date(2026, 2, 24)
    day = now + timedelta(days=5)
    petition = services.petition_accept(complaint=case, by=clerk, day=day.date(), now=day)
    assert petition.finish_due_date == date(2026, 4, 7)  # 60 days end on 清明, 4–6 April
    petition = services.petition_extend(
        complaint=case, by=clerk, days=30, reason="案情复杂", now=day
    )
    assert petition.finish_due_date == date(2026, 5, 6)  # 90 days end on 6 May
    with pytest.raises(ValidationError):
        services.petition_extend(complaint=case, by=clerk, days=1, reason="再延", now=day)
    with pytest.raises(ValidationError):
        services.petition_return(complaint=case, by=clerk, reason="不受理", now=day)
    services.petition_finish(
        complaint=case, by=clerk, day=day.date(), result="已出具处理意见", now=day
    )
    assert [e.data["step"] for e in case.events.filter(kind="PETITION").order_by("pk")] == [
        "accepted",
        "extended",
        "finished",
    ]


def test_what_is_not_accepted_comes_back_with_its_own_deadline(accepted, clerk, file):
    case = accepted()
    before = case.due_at
    with pytest.raises(ValidationError):
        services.complaint_transfer(complaint=case, by=clerk, office="局", reason="", now=LATER)
    with pytest.raises(ValidationError):
        services.complaint_transfer(complaint=file(), by=clerk, office="局", reason="r", now=LATER)
    services.complaint_transfer(complaint=case, by=clerk, office="局", reason="r", now=LATER)
    with pytest.raises(ValidationError):
        services.petition_finish(complaint=case, by=clerk, day=LATER.date(), result="r", now=LATER)
    services.petition_return(complaint=case, by=clerk, reason="不属受理范围", now=LATER)
    assert (case.state, case.due_at) == ("ACCEPTED", before)
    assert not Petition.objects.exists()
    with pytest.raises(ValidationError):
        services.petition_accept(complaint=case, by=clerk, day=LATER.date(), now=LATER)


# --- routes ---


def test_the_nearest_place_wins_and_a_category_beats_its_group(
    accepted, neighbourhood, builder, company
):
    case = accepted("C10")
    assert route_of(case) is None
    far = Route.objects.create(place=neighbourhood.city, category_id="C10", role=Role.PROJECT_UNIT)
    assert route_of(case).route == far
    group = Route.objects.create(
        place=neighbourhood.county, group="LEAKS", role=Role.COMMUNITY_STAFF
    )
    assert (route_of(case).route, route_of(case).organisation) == (group, None)
    exact = Route.objects.create(
        place=neighbourhood.county, category_id="C10", organisation=company
    )
    found = route_of(case)
    assert (found.route, found.organisation, found.is_automatic) == (exact, company, False)
    Route.objects.create(place=neighbourhood.other, category_id="C10", role=Role.CONTRACTOR)
    assert route_of(case).route == exact


def test_a_role_leads_to_whoever_holds_it_nearest(accepted, neighbourhood, builder, company):
    factories.staff("far", Role.CONTRACTOR, neighbourhood.city)
    Route.objects.create(place=neighbourhood.city, group="LEAKS", role=Role.CONTRACTOR)
    assert route_of(accepted("C10")).organisation == company


def test_an_automatic_route_passes_on_when_the_case_is_accepted(
    accepted, neighbourhood, builder, company
):
    Route.objects.create(
        place=neighbourhood.county, category_id="C10", organisation=company, is_automatic=True
    )
    case = accepted("C10")
    assert (case.state, case.assigned_to) == ("ASSIGNED", company)
    assert [e.kind for e in case.events.order_by("at", "pk")] == ["FILED", "ACCEPTED", "ASSIGNED"]


def test_a_route_to_somebody_who_does_not_answer_there_stops_nobody(accepted, neighbourhood):
    nobody = factories.OrganisationFactory()
    Route.objects.create(
        place=neighbourhood.county, category_id="C10", organisation=nobody, is_automatic=True
    )
    assert accepted("C10").state == "ACCEPTED"


@pytest.mark.parametrize(
    "wrong",
    [
        {"category_id": "C10", "group": "LEAKS", "role": "CONTRACTOR"},
        {"role": "CONTRACTOR"},
        {"category_id": "C10"},
    ],
)
def test_a_route_has_one_start_and_one_end(neighbourhood, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Route.objects.create(place=neighbourhood.county, **wrong)


# --- persons and phone numbers ---


def test_a_case_is_given_to_a_person_who_can_handle_it(
    accepted, clerk, colleague, builder, outsider, company, evaluator
):
    case = accepted()
    services.complaint_hand_over(complaint=case, by=clerk, person=colleague, now=LATER)
    assert (case.handler, case.events.filter(kind="HANDED_OVER").count()) == (colleague, 1)
    for person in (outsider, builder, evaluator):
        with pytest.raises(ValidationError):
            services.complaint_hand_over(complaint=case, by=clerk, person=person, now=LATER)
    with pytest.raises(PermissionDenied):
        services.complaint_hand_over(complaint=case, by=builder, person=builder, now=LATER)
    services.complaint_assign(complaint=case, by=clerk, organisation=company, now=LATER)
    assert case.handler is None
    assert list(persons_for(case, builder)) == [builder]
    assert builder in persons_for(case, clerk)
    services.complaint_hand_over(complaint=case, by=builder, person=builder, now=LATER)
    assert case.handler == builder
    with pytest.raises(ValidationError):
        services.complaint_hand_over(complaint=case, by=builder, person=clerk, now=LATER)


def test_a_company_sees_a_phone_number_only_where_the_resident_agreed(
    accepted, clerk, builder, company
):
    for shared in (False, True):
        case = accepted(contact="13800001234", contact_wish="PHONE")
        Complaint.objects.filter(pk=case.pk).update(contact_shared=shared)
        services.complaint_assign(complaint=case, by=clerk, organisation=company, now=LATER)
        assert may_see_contact(builder, case) is shared
        assert may_see_contact(clerk, case)
        if shared:
            services.complaint_contact_show(complaint=case, by=builder, now=LATER)
        else:
            with pytest.raises(PermissionDenied):
                services.complaint_contact_show(complaint=case, by=builder, now=LATER)
