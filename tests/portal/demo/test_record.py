"""The renovation record gives the figures of the source document (domain.md §1)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from feedback.indicators.figures import projects as project_facts
from feedback.indicators.figures import works
from feedback.indicators.figures.figure import Figure
from feedback.indicators.models import Measurement
from feedback.indicators.services import rebuild
from portal.demo.clock import at
from portal.demo.record import spread
from portal.demo.register import Register
from portal.places.models import Place
from portal.projects import queries
from portal.projects.models import (
    FundReceipt,
    Payment,
    ProjectCommunity,
    RenovationProject,
    StatedFigure,
)
from portal.projects.states import FundSource

pytestmark = pytest.mark.django_db

EVALUATION = date(2022, 2, 28)


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal:
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)


def wan(amount: Decimal) -> Decimal:
    return (amount / 10_000).quantize(Decimal("0.01"), ROUND_HALF_UP)


def added_up(
    found: Mapping[int, Sequence[Figure]], code: str, variant: str = "main"
) -> tuple[Decimal, Decimal]:
    """Numerators and denominators of an indicator in the period of the evaluation."""
    rows = [
        figure
        for figures_of_one in found.values()
        for figure in figures_of_one
        if (figure.slot.indicator, figure.slot.variant) == (code, variant)
        and figure.slot.start <= EVALUATION <= figure.slot.end
    ]
    return (
        sum((row.numerator or Decimal(0) for row in rows), Decimal(0)),
        sum((row.denominator or Decimal(0) for row in rows), Decimal(0)),
    )


def projects(place: Place) -> list[RenovationProject]:
    return list(RenovationProject.objects.in_place(place))


def test_execution_is_72_15_raw_and_87_18_adjusted(datong: Register) -> None:
    funds = queries.funds(projects(datong.city), EVALUATION)
    assert wan(funds.received) == Decimal("49842.95")
    assert wan(funds.spent) == Decimal("35961.17")
    assert percent(funds.spent, funds.received) == Decimal("72.15")
    assert percent(funds.spent_eligible, funds.received_eligible) == Decimal("87.18")


def test_pingcheng_executes_88_13_of_what_served_the_renovation(datong: Register) -> None:
    funds = queries.funds(projects(datong.counties["140213"]), EVALUATION)
    assert wan(funds.received_eligible) == Decimal("34772.63")
    assert wan(funds.received - funds.received_eligible) == Decimal("8595.13")
    assert percent(funds.spent_eligible, funds.received_eligible) == Decimal("88.13")


def test_spending_by_source_is_as_stated(datong: Register) -> None:
    spent: dict[str, Decimal] = defaultdict(Decimal)
    for source, amount in Payment.objects.values_list("source", "amount"):
        spent[source] += amount
    assert {source: wan(amount) for source, amount in spent.items()} == {
        FundSource.CENTRAL: Decimal("21921.68"),
        FundSource.TREASURY_BOND: Decimal("2800.00"),
        FundSource.PROVINCIAL_BOND: Decimal("5667.90"),
        FundSource.DISTRICT: Decimal("1598.71"),
        FundSource.OTHER_GRANT: Decimal("3972.87"),
    }


def test_the_batch_and_the_investment_are_as_stated(datong: Register) -> None:
    batch = FundReceipt.objects.filter(source=FundSource.CENTRAL).values_list("amount", flat=True)
    assert sum(batch) == Decimal("244500000")
    investment = RenovationProject.objects.values_list("investment", flat=True)
    assert wan(sum(investment, Decimal(0))) == Decimal("49650.92")


def test_yungang_budgeted_twice_its_contracts(datong: Register) -> None:
    found = project_facts.project_figures(projects(datong.counties["140214"]), EVALUATION)
    gap, budget = added_up(found, "I06")
    same, contract = added_up(found, "I06", "over_contract")
    assert (wan(budget), wan(contract), gap) == (Decimal("7353.13"), Decimal("3531.40"), same)
    assert percent(gap, budget) == Decimal("51.97")
    assert percent(gap, contract) == Decimal("108.22")


def test_nothing_was_accepted_and_no_accounts_were_filed(datong: Register) -> None:
    dates = queries.completion(projects(datong.city), EVALUATION)
    assert len(dates) == 16
    assert all(one.acceptance_due and not one.accepted_in_time for one in dates)
    assert all(one.accounts_due and not one.accounts_in_time for one in dates)


def test_34_of_79_communities_are_managed_three_of_them_newly(datong: Register) -> None:
    communities = list(Place.objects.under(datong.city).communities())
    covered = project_facts.community_figures(communities, EVALUATION)
    assert added_up(covered, "I29") == (34, 79)
    assert percent(34, 79) == Decimal("43.04")
    newly = works.community_figures(communities, EVALUATION)
    assert added_up(newly, "I30") == (3, 48)
    pingcheng = Place.objects.under(datong.counties["140213"]).communities()
    assert added_up({place.pk: newly[place.pk] for place in pingcheng}, "I30")[0] == 3


def test_the_open_road_is_a_residual_item_of_a_completed_community(datong: Register) -> None:
    [member] = ProjectCommunity.objects.exclude(residual_item="")
    assert member.residual_area == 700
    assert member.completed_date == date(2021, 6, 30)
    assert member.project.completed_date is None
    assert member.project.county == datong.counties["140214"]


def test_the_stated_score_is_kept_beside_ours(datong: Register) -> None:
    stated = {figure.key: figure for figure in StatedFigure.objects.filter(place=datong.city)}
    assert stated["score"].value == Decimal("79.50")
    assert stated["grade"].text == "中"


def test_money_is_spread_without_losing_a_yuan() -> None:
    assert spread(100, [1, 1, 1]) == [33, 33, 34]
    assert sum(spread(73_531_300, [811, 902, 850])) == 73_531_300


def test_the_measurements_say_the_same(datong: Register) -> None:
    rebuild(None, at(EVALUATION, 12))
    assert measured(datong.city, "I09", "raw") == Decimal("72.15")
    assert measured(datong.city, "I09") == Decimal("87.18")
    assert measured(datong.counties["140213"], "I09") == Decimal("88.13")
    assert measured(datong.counties["140214"], "I06") == Decimal("51.97")
    assert measured(datong.counties["140214"], "I06", "over_contract") == Decimal("108.22")
    assert measured(datong.city, "I29") == Decimal("43.04")
    assert measured(datong.city, "I22") == measured(datong.city, "I24") == 0


def measured(place: Place, indicator: str, variant: str = "main") -> Decimal:
    """The figure of the period that holds the day of the evaluation."""
    row = Measurement.objects.latest_revisions().get(
        place=place,
        indicator=indicator,
        variant=variant,
        period_start__lte=EVALUATION,
        period_end__gte=EVALUATION,
    )
    assert row.value is not None
    return row.value.quantize(Decimal("0.01"), ROUND_HALF_UP)
