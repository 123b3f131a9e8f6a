"""A figure opens down to its cases: as many as it counted, and never a restricted one."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.figure_cases import Behind
from feedback.complaints.models import Complaint, Petition, QualityCase
from feedback.complaints.services import LedgerRow, ledger_import
from portal.common.periods import Period
from portal.demo import factories
from tests.feedback.complaints.conftest import category
from tests.feedback.complaints.rates import case_rates

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]
MARCH = Period.containing("MONTH", date(2020, 3, 1))
NOW = datetime(2022, 8, 10, tzinfo=LOCAL)


@pytest.fixture
def cases(neighbourhood):
    at = datetime(2020, 3, 2, 9, tzinfo=LOCAL)
    later = at + timedelta(days=3)
    solved = {"accepted_at": at, "first_contact_at": at, "resolved_at": later}
    said = {**solved, "verdict": "SOLVED", "verdict_at": later}
    shapes = [
        solved,
        said,
        {**said, "rating": 5},
        {**said, "rating": 2, "by_callback": True},
        {"nature": "PRAISE"},
        {"accepted_at": at, "category": "C01"},
        {**solved, "filed_at": at - timedelta(days=20)},
    ]
    ledger_import(
        rows=[
            LedgerRow(
                **{
                    "community": neighbourhood.community,
                    "channel": "12345",
                    "source_number": f"N{n}",
                    "category": "C10",
                    "text": "漏",
                    "filed_at": at,
                    **shape,
                }
            )
            for n, shape in enumerate(shapes)
        ]
    )


def opened(client, figure, months="2020-03", **query):
    """The screen with the cases behind a figure of the reviewer's county."""
    given = {"figure": figure, "months": months, "place": "140213", **query}
    return client.get("/staff/complaints/", given)


def listed(client, figure, months="2020-03", **query):
    return opened(client, figure, months, **query).context["page_obj"].paginator.count


def test_as_many_cases_open_as_the_figure_counted(client, cases, neighbourhood, reviewer):
    works = factories.RenovationProjectFactory(county=neighbourhood.county)
    factories.ProjectCommunityFactory(
        project=works, community=neighbourhood.community, start_date=date(2020, 3, 20)
    )
    client.force_login(reviewer)
    rates = case_rates(neighbourhood.city, MARCH, NOW)
    assert (rates.answered, rates.silent, rates.rated) == (3, 2, 2)
    assert listed(client, "I32") == rates.due == 5
    assert listed(client, "I33") == rates.answered + rates.silent
    assert listed(client, "I34") == rates.rated
    assert listed(client, "I28") == 4
    assert listed(client, "I28", "2020-02,2020-03") == 5
    assert listed(client, "I36") == 1
    assert listed(client, "I35") == 5
    assert listed(client, "I38") == 0
    assert (rates.by_callback, rates.answered) == (1, 3)


def test_what_the_petition_office_decided_is_among_the_closings(
    client, cases, neighbourhood, reviewer
):
    case = Complaint.objects.get(source_number="N5")
    Complaint.objects.filter(pk=case.pk).update(state="TRANSFERRED")
    Petition.objects.create(
        complaint=case, office="局", came_from="ACCEPTED", transferred_by=reviewer,
        transferred_date=date(2020, 3, 5), accept_due_date=date(2020, 3, 20),
        accepted_date=date(2020, 3, 6), finish_due_date=date(2020, 5, 5),
        finished_date=date(2020, 3, 31),
    )  # fmt: skip
    client.force_login(reviewer)
    assert (listed(client, "I35"), listed(client, "I35", "2020-04")) == (6, 0)


def test_quality_cases_due_in_the_month_open_from_their_figure(
    client, cases, neighbourhood, reviewer
):
    project = factories.RenovationProjectFactory(county=neighbourhood.county)
    for case in Complaint.objects.filter(source_number__in=["N0", "N6"]):
        QualityCase.objects.create(complaint=case, project=project, work_item="WATERPROOFING")
    client.force_login(reviewer)
    assert (listed(client, "I25"), listed(client, "I25", "2020-02")) == (1, 1)


@pytest.mark.parametrize("month", ["0001-01", "9999-12", "2020-13", "%00"])
def test_a_month_that_never_was_is_said(client, cases, reviewer, month):
    client.force_login(reviewer)
    page = client.get(f"/staff/complaints/?figure=I32&place=140213&months={month}")
    assert page.status_code == 200
    assert "没有可显示的月份" in page.content.decode()


def test_months_that_are_none_are_passed_over(client, cases, reviewer):
    client.force_login(reviewer)
    assert listed(client, "I32", "2020-13,abc,,2020-03") == 5
    assert listed(client, "I32", "") == 0


def test_a_restricted_case_and_other_places_open_for_nobody(
    client, cases, reviewer, outsider, neighbourhood
):
    Complaint.objects.filter(source_number="N1").update(category=category("C30"))
    client.force_login(reviewer)
    assert listed(client, "I33") == 4
    client.force_login(outsider)
    assert listed(client, "I33") == 0


@pytest.mark.parametrize("who", ["outsider", "builder", "clerk"])
@pytest.mark.parametrize("figure", ["I28", "I32", "I33"])
def test_a_number_is_for_who_may_see_every_case_of_its_place(
    request, client, cases, company, who, figure
):
    """One's own cases among them tell no number: neither a company's nor a clerk's in a county."""
    Complaint.objects.update(assigned_to=company)
    client.force_login(request.getfixturevalue(who))
    page = opened(client, figure)
    assert page.context["figure"].behind == Behind(0, ())
    assert page.context["page_obj"].paginator.count == 0
    assert "您可查看投诉的地点" in page.content.decode()
    assert "涉及案件" not in page.content.decode()


def test_channels_are_in_an_address_where_they_are_compared(client, cases, reviewer):
    client.force_login(reviewer)
    for figure, expected in (("I28", "12345"), ("I32", None)):
        page = opened(client, figure, channels="12345,WEB,nonsense")
        address = QueryDict(page.context["tabs"][0].url.removeprefix("?"))
        assert address.get("channels") == expected
        assert (address["figure"], address["place"]) == (figure, "140213")


def test_tabs_and_pages_count_a_figure_once(client, cases, reviewer, clerk):
    """And what is kept of it is for nobody who may not see it."""
    client.force_login(reviewer)
    first = opened(client, "I35")
    assert first.context["figure"].behind.number == 5
    with CaptureQueriesContext(connection) as queries:
        again = opened(client, "I35", tab="closed")
    assert again.context["figure"].behind == first.context["figure"].behind
    assert not [q for q in queries if "finished_date" in q["sql"]]
    assert again.context["page_obj"].paginator.count == 3
    client.force_login(clerk)
    assert opened(client, "I35").context["figure"].behind == Behind(0, ())


def test_a_list_may_be_longer_than_a_query_may_have_values(cases):
    some = list(Complaint.objects.order_by("pk").values_list("pk", flat=True)[:3])
    keys = [*some, *range(10**9, 10**9 + 300_000)]
    assert list(Complaint.objects.with_keys(keys).order_by("pk").values_list("pk", flat=True)) == (
        some
    )
    assert not Complaint.objects.with_keys([]).exists()


def test_of_an_unknown_place_or_none_nothing_is_told(client, cases, reviewer):
    client.force_login(reviewer)
    assert opened(client, "I32").context["figure"].behind.number == 5
    for code in ("", "-", "1402", "140214"):
        assert opened(client, "I32", place=code).context["figure"].behind == Behind(0, ())


def test_what_was_counted_twice_says_how_many_cases_it_is(client, cases, reviewer):
    """One case answered twice in a month is two answers."""
    case = Complaint.objects.get(source_number="N1")
    at = datetime(2020, 3, 20, 9, tzinfo=LOCAL)
    case.events.create(kind="CONFIRMED", at=at, data={"verdict": "SOLVED", "rating": None})
    client.force_login(reviewer)
    page = opened(client, "I33", part="answered")
    assert page.context["figure"].behind.number == 4
    assert "涉及案件: 3" in page.content.decode()
