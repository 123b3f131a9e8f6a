"""What a tab of the staff list counts is what it lists, for everybody, in few queries."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from feedback.complaints import services
from feedback.complaints.models import Complaint
from feedback.complaints.permissions import complaints_visible_to
from feedback.complaints.services import ledger_import
from feedback.complaints.staff_filters import TABS, ComplaintList
from portal.accounts.roles import Role
from portal.demo import factories
from tests.feedback.complaints.conftest import NOW
from tests.feedback.complaints.test_staff_pages import LIST, rows_in_all_states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]
LATE = NOW + timedelta(days=30)
#: Those who open the list: its counts depend on what one sees and has to do.
ROLES = (Role.COMMUNITY_STAFF, Role.COUNTY_REVIEWER, Role.CITY_READER, Role.CONTRACTOR,
         Role.EVALUATOR, Role.DISCIPLINE, Role.ADMINISTRATOR)  # fmt: skip


@pytest.fixture
def cases(file, clerk, reviewer, company, builder):
    """In every tab something: of two restricted reports one is old enough to be late."""
    late, handed, waits, office, refused, solved = (file() for _ in range(6))
    for case in (handed, waits, office, solved):
        services.complaint_accept(complaint=case, by=clerk, now=NOW)
    services.complaint_assign(complaint=handed, by=clerk, organisation=company, now=NOW)
    services.complaint_hand_over(complaint=handed, by=clerk, person=builder, now=NOW)
    services.complaint_wait(complaint=waits, by=clerk, text="请告知单元", now=NOW)
    services.complaint_transfer(complaint=office, by=clerk, office="局", reason="r", now=NOW)
    services.complaint_refuse(complaint=refused, by=clerk, nature="PRAISE", reason="谢", now=NOW)
    services.complaint_resolve(complaint=solved, by=clerk, text="修了", now=NOW)
    restricted = [file().pk, file(now=LATE - timedelta(minutes=5)).pk]
    Complaint.objects.filter(pk__in=restricted).update(category_id="C30")
    services.alarms_sweep(now=LATE)
    return late


@pytest.mark.parametrize("role", ROLES)
def test_every_tab_counts_what_it_lists(role, cases, neighbourhood, company):
    user = factories.staff("somebody", role, neighbourhood.city, organisation=company)
    visible = complaints_visible_to(user)
    counted = {}
    for tab in TABS:
        listing = ComplaintList(visible, QueryDict(f"tab={tab}"), LATE, user)
        choice = next(one for one in listing.tabs() if one.current)
        assert choice.count == len(listing.rows()), tab
        counted[tab] = choice.count
    late = {Role.DISCIPLINE: 0, Role.CONTRACTOR: 1}.get(role, 2)
    assert counted["overdue"] == late
    assert counted["all"] == {Role.DISCIPLINE: 2, Role.CONTRACTOR: 1}.get(role, 6)


def test_nothing_is_due_on_a_restricted_report(client, cases, neighbourhood, company):
    """Its page names no deadline, so no tab and no panel says that it is late."""
    user = factories.staff("discipline", Role.DISCIPLINE, neighbourhood.city)
    number = complaints_visible_to(user).order_by("pk")[0].number
    client.force_login(user)
    assert number in client.get(f"{LIST}?tab=open").content.decode()
    for tab in ("today", "overdue"):
        assert number not in client.get(f"{LIST}?tab={tab}").content.decode()


@pytest.mark.parametrize("role", [Role.COMMUNITY_STAFF, Role.COUNTY_REVIEWER, Role.DISCIPLINE])
@pytest.mark.parametrize(
    "query",
    [
        "tab=open",
        "tab=overdue",
        "tab=mine",
        "tab=escalated",
        "tab=all&category=C10&place=PC001&who=nobody",
        "figure=I32&part=due&months=2020-03&place=140213",
        "figure=I35&part=closed&months=2020-03&place=140213",
        "figure=I28&months=2020-02,2020-03&channels=12345&place=PC001",
    ],
)
def test_the_list_needs_under_15_queries_at_any_size(client, neighbourhood, company, role, query):
    """The staff frame around it (sign-in, menu) needs its own, the same on every screen."""
    user = factories.staff("somebody", role, neighbourhood.city)
    client.force_login(user)

    def queries():
        with CaptureQueriesContext(connection) as context:
            page = client.get(f"{LIST}?{query}")
            assert page.status_code == 200
        return len([q for q in context if "complaints_" in q["sql"]]), len(context)

    queries()
    ledger_import(rows=rows_in_all_states(neighbourhood, company, 0, 8))
    caches["pages"].clear()
    few, _ = queries()
    ledger_import(rows=rows_in_all_states(neighbourhood, company, 8, 400))
    caches["pages"].clear()
    many, whole = queries()
    assert many <= few
    assert many < 15
    assert whole < 40
