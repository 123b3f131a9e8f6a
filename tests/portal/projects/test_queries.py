from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from portal.demo import factories
from portal.projects import queries
from portal.projects.models import RenovationProject
from tests.portal.projects.conftest import AS_OF, Record, wan

ALL = RenovationProject.objects.all


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal:
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_execution_comes_out_as_the_report_states_it(record: Record) -> None:
    funds = queries.funds(ALL(), AS_OF)

    assert (funds.received, funds.spent) == (wan("49842.95"), wan("35961.17"))
    assert percent(funds.spent, funds.received) == Decimal("72.15")


def test_execution_without_unrelated_money(record: Record) -> None:
    funds = queries.funds(ALL(), AS_OF)

    assert funds.received_eligible == wan("41247.82")
    assert percent(funds.spent_eligible, funds.received_eligible) == Decimal("87.18")


def test_pingcheng_execution_without_unrelated_money(record: Record) -> None:
    funds = queries.funds(RenovationProject.objects.in_place(record.pingcheng))

    assert funds.received_eligible == wan("34772.63")
    assert percent(funds.spent_eligible, funds.received_eligible) == Decimal("88.13")


def test_money_dated_later_is_not_known_yet(record: Record) -> None:
    assert queries.funds(ALL(), date(2020, 12, 14)).spent == 0
    assert queries.funds(ALL(), date(2020, 12, 15)).spent == wan("35961.17")


def test_many_small_amounts_add_up_to_the_fen(record: Record) -> None:
    project = factories.RenovationProjectFactory(county=record.zuoyun)
    factories.PaymentFactory.create_batch(300, project=project, amount=Decimal("0.10"))
    factories.PaymentFactory(project=project, amount=Decimal("9007199254740.93"))

    assert queries.funds([project]).spent == Decimal("9007199254770.93")


def test_no_completed_project_was_accepted_or_accounted_for(record: Record) -> None:
    dates = {item.code: item for item in queries.completion(ALL(), AS_OF)}

    assert set(dates) == {"PC", "ZY"}, "a project with works left has no deadlines"
    assert all(item.acceptance_due and not item.accepted_in_time for item in dates.values())
    assert dates["PC"].accounts_due
    assert not dates["PC"].accounts_in_time
    assert not dates["ZY"].accounts_due, "a large project with an extension is not due yet"


@pytest.mark.parametrize(
    ("accepted", "in_time"),
    [(date(2021, 9, 28), True), (date(2021, 9, 29), False), (None, False)],
)
def test_acceptance_within_ninety_days_is_in_time(
    record: Record, accepted: date | None, in_time: bool
) -> None:
    RenovationProject.objects.filter(code="PC").update(accepted_date=accepted)

    (item,) = queries.completion([record.projects["PC"]], AS_OF)

    assert item.acceptance_deadline == date(2021, 9, 28)
    assert item.accepted_in_time is in_time


def test_a_late_fact_is_unknown_before_its_day(record: Record) -> None:
    RenovationProject.objects.filter(code="PC").update(accounts_date=date(2021, 9, 30))

    (before,) = queries.completion([record.projects["PC"]], date(2021, 9, 29))
    (after,) = queries.completion([record.projects["PC"]], date(2021, 9, 30))

    assert (before.accounts, before.accounts_due) == (None, False)
    assert (after.accounts_in_time, after.accounts_due) == (True, True)


def test_the_number_of_queries_does_not_grow(
    handover: Record, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for place in (handover.communities[0], handover.city):
        with django_assert_num_queries(2):
            queries.funds(RenovationProject.objects.in_place(place), AS_OF)
        with django_assert_num_queries(1):
            queries.completion(RenovationProject.objects.in_place(place), AS_OF)


def test_the_construction_window_of_a_community(handover: Record) -> None:
    community = handover.communities[0]

    found = queries.construction_windows([community, handover.city])
    assert found == {community.pk: queries.Window(date(2020, 9, 1), date(2021, 6, 30))}


def test_a_project_is_found_from_its_county_and_its_communities(handover: Record) -> None:
    for place in (handover.city, handover.yungang, handover.communities[78]):
        assert RenovationProject.objects.in_place(place).filter(code="YG").count() == 1
    assert not RenovationProject.objects.in_place(handover.communities[0]).filter(code="YG")
