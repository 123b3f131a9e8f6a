"""Every step × every role × every state: what the page offers and what the services let through."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile

from feedback.complaints import services
from feedback.complaints.models import Complaint, Petition, QualityCase
from feedback.complaints.staff_steps import STEPS
from feedback.complaints.states import ANSWERABLE, IN_WORK, INSPECTABLE, OPEN, State
from portal.accounts.roles import Role
from portal.demo import factories
from tests.feedback.complaints.conftest import NOW, category, jpeg

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)

STAFF = {Role.COMMUNITY_STAFF, Role.COUNTY_REVIEWER, Role.ADMINISTRATOR}
COMPANIES = {Role.CONTRACTOR, Role.PROPERTY_COMPANY, Role.PROJECT_UNIT, Role.ADMINISTRATOR}
EVERY = frozenset(State)
TRANSFERRED = {State.TRANSFERRED}
#: step → (roles that may take it on an ordinary case that is with their company, states)
TABLE = {
    "accept": (STAFF, {State.RECEIVED}),
    "answer": (COMPANIES, IN_WORK),
    "resume": (STAFF, IN_WORK),
    "reply": (STAFF, EVERY),
    "contact": (STAFF, OPEN),
    "arrive": (STAFF | COMPANIES, OPEN),
    "resolve": (STAFF, IN_WORK),
    "conclude": (set(), IN_WORK),
    "reinspect": (STAFF, INSPECTABLE),
    "callback": (STAFF, ANSWERABLE),
    "petition_accept": (STAFF, TRANSFERRED),
    "petition_return": (STAFF, TRANSFERRED),
    "petition_extend": (STAFF, TRANSFERRED),
    "petition_finish": (STAFF, TRANSFERRED),
    "note": (STAFF, EVERY),
    "assign": (STAFF, IN_WORK),
    "hand_over": (STAFF | COMPANIES, OPEN),
    "take_back": (STAFF, {State.ASSIGNED}),
    "transfer": (STAFF, IN_WORK),
    "wait": (STAFF, IN_WORK),
    "promise": (STAFF, OPEN),
    "extend": (STAFF, OPEN),
    "quality": (STAFF, OPEN),
    "reclassify": (STAFF, OPEN),
    "merge": (STAFF, OPEN - {State.REOPENED}),
    "split": (STAFF, IN_WORK),
    "refuse": (STAFF, {State.RECEIVED, State.ACCEPTED}),
}
#: What the discipline office can do with a restricted case, and nobody else.
RESTRICTED = {"accept", "reply", "contact", "conclude", "note", "hand_over"}


@pytest.fixture
def roles(neighbourhood, company):
    return {
        role: factories.staff(role.lower(), role, neighbourhood.community, organisation=company)
        for role in Role
    }


@pytest.fixture
def project(neighbourhood):
    project = factories.RenovationProjectFactory(county=neighbourhood.county)
    factories.ProjectCommunityFactory(project=project, community=neighbourhood.community)
    return project


@pytest.fixture
def case_in(file, company, project, clerk):
    """One roof put into any state: with the company, a quality case, with a petition."""
    complaint, other = file("C10"), file("C10")
    QualityCase.objects.create(complaint=complaint, project=project, work_item="WATERPROOFING")
    Petition.objects.create(
        complaint=complaint,
        office="局",
        came_from=State.ACCEPTED,
        transferred_date=NOW.date(),
        transferred_by=clerk,
        accept_due_date=NOW.date(),
    )

    def _case_in(state, code="C10"):
        Complaint.objects.filter(pk=complaint.pk).update(
            state=state,
            category_id=code,
            assigned_to=company,
            resolved_at=NOW,
            reopened_at=NOW,
            merged_into=other.pk if state == State.MERGED else None,
        )
        return Complaint.objects.select_related("community", "category").get(pk=complaint.pk)

    return _case_in


def test_the_table_names_every_step():
    assert set(TABLE) == set(STEPS)


@pytest.mark.parametrize("state", State)
def test_the_page_offers_each_role_what_the_table_says(state, roles, case_in):
    case = case_in(state)
    for role, user in roles.items():
        offered = {name for name, step in STEPS.items() if step.is_open(user, case)}
        expected = {
            name
            for name, (who, states) in TABLE.items()
            if role in who and state in states and STEPS[name].applies(case)
        }
        assert offered == expected, role


@pytest.mark.parametrize("state", [State.RECEIVED, State.ACCEPTED, State.RESOLVED])
def test_a_restricted_case_offers_steps_to_the_discipline_office_alone(state, roles, case_in):
    case = case_in(state, "C30")
    for role, user in roles.items():
        offered = {name for name, step in STEPS.items() if step.is_open(user, case)}
        expected = {name for name in RESTRICTED if state in TABLE[name][1]}
        assert offered == (expected if role == Role.DISCIPLINE else set()), role


def given(name, project, company, person, other):
    """What the service of a step takes beside case, person and time."""
    return {
        "accept": {},
        "answer": {"text": "已修"},
        "resume": {},
        "reply": {"text": "好"},
        "contact": {"note": "已谈"},
        "arrive": {},
        "resolve": {"text": "修了"},
        "conclude": {"outcome": "FOUNDED", "text": "已核查"},
        "reinspect": {"passed": True, "note": "好", "photo": ContentFile(jpeg())},
        "callback": {"answered": False},
        "petition_accept": {"day": NOW.date()},
        "petition_return": {"reason": "r"},
        "petition_extend": {"days": 3, "reason": "r"},
        "petition_finish": {"day": NOW.date(), "result": "r"},
        "note": {"text": "记"},
        "assign": {"organisation": company},
        "hand_over": {"person": person},
        "take_back": {},
        "transfer": {"office": "局", "reason": "r"},
        "wait": {"text": "问"},
        "promise": {"day": NOW.date() + timedelta(days=9), "text": "盖布"},
        "extend": {"workdays": 2, "reason": "雨"},
        "quality": {"project": project, "work_item": "PIPES"},
        "reclassify": {"category": category("C17"), "danger": False},
        "merge": {"main": other},
        "split": {"category": category("C17"), "text": "路"},
        "refuse": {"nature": "PRAISE", "reason": "r"},
    }[name]


@pytest.mark.parametrize("name", STEPS)
def test_the_service_refuses_every_other_role_and_changes_nothing(
    name, roles, case_in, project, company, file
):
    who, states = TABLE[name]
    case = case_in(sorted(states)[0])
    other, before = file(), case.events.count()
    arguments = given(name, project, company, roles[Role.COMMUNITY_STAFF], other)
    for role, user in roles.items():
        if role not in who and name != "conclude":
            with pytest.raises(PermissionDenied):
                STEPS[name].service(complaint=case, by=user, now=LATER, **arguments)
    case.refresh_from_db()
    assert (case.events.count(), case.state) == (before, sorted(states)[0])


@pytest.mark.parametrize("name", STEPS)
def test_the_service_refuses_every_other_state_and_changes_nothing(
    name, roles, case_in, project, company, file
):
    states = TABLE[name][1]
    user = roles[Role.CONTRACTOR if name == "answer" else Role.COMMUNITY_STAFF]
    arguments = given(name, project, company, user, file())
    for state in EVERY - states:
        case = case_in(state)
        before = case.events.count()
        with pytest.raises(ValidationError):
            STEPS[name].service(complaint=case, by=user, now=LATER, **arguments)
        case.refresh_from_db()
        assert (case.events.count(), case.state) == (before, state), state


def test_nobody_but_the_discipline_office_touches_a_restricted_case(
    roles, case_in, project, company, file
):
    case = case_in(State.ACCEPTED, "C30")
    before, other = case.events.count(), file()
    discipline = roles[Role.DISCIPLINE]
    for name, step in STEPS.items():
        arguments = given(name, project, company, discipline, other)
        for role, user in roles.items():
            if role == Role.DISCIPLINE and name in RESTRICTED:
                continue
            with pytest.raises((PermissionDenied, ValidationError)):
                step.service(complaint=case, by=user, now=LATER, **arguments)
    assert case.events.count() == before
    services.complaint_note(complaint=case, by=discipline, text="已约谈", now=LATER)
    services.complaint_conclude(
        complaint=case, by=discipline, outcome="UNFOUNDED", text="经核查不属实", now=LATER
    )
    assert (case.state, case.events.last().data) == ("RESOLVED", {"outcome": "UNFOUNDED"})
