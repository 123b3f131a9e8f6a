"""I05, I08, I18–I20, I27 and I30 on numbers that can be worked out by hand."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from feedback.indicators.definitions import definition
from feedback.indicators.figures.figure import Sums, calendar_frame
from feedback.indicators.models import Measurement
from feedback.indicators.services import rebuild, sweep, target_record
from portal.common.periods import Period
from portal.demo import factories
from portal.places.models import StaleMark
from portal.projects.models import (
    FundReceipt,
    ProjectCommunity,
    PropertyTakeover,
    RenovationProject,
)
from portal.projects.services import project_community_update
from tests.feedback.indicators.conftest import LOCAL, NOW, latest

pytestmark = pytest.mark.django_db
TWO = Decimal("0.01")


def value(code, place, variant="main", **fields):
    return latest(code, place, variant, **fields).value.quantize(TWO)


def test_what_came_in_for_the_renovation_of_the_investment(renovation, neighbourhood):
    RenovationProject.objects.filter(code="PC-01").update(investment=Decimal("396509200"))
    RenovationProject.objects.filter(code="YG-01").update(investment=Decimal("100000000"))
    rebuild(None, NOW)
    assert value("I08", neighbourhood.city) == Decimal("83.08")
    raw = latest("I08", neighbourhood.city, "raw")
    assert raw.value.quantize(TWO) == Decimal("100.39")
    assert (raw.status, raw.reason) == ("DATA_ERROR", "OVER_100")


def test_without_a_planned_investment_nothing_is_compared(renovation, neighbourhood):
    RenovationProject.objects.filter(code="YG-01").update(investment=0)
    rebuild(None, NOW)
    alone = latest("I08", neighbourhood.other_county)
    assert (alone.status, alone.reason) == ("NOT_APPLICABLE", "ZERO_DENOMINATOR")


def test_works_are_completed_by_community_household_and_area(measured, neighbourhood, city):
    ProjectCommunity.objects.filter(community=city["C"]).update(
        completed_date=None, area=Decimal(1000)
    )
    ProjectCommunity.objects.filter(community=city["A"]).update(area=Decimal(2500))
    ProjectCommunity.objects.filter(community=city["B"]).update(area=Decimal(500))
    rebuild(None, NOW)
    county = neighbourhood.county
    row = latest("I18", county)
    assert (row.numerator, row.denominator, value("I18", county)) == (2, 3, Decimal("66.67"))
    assert value("I19", county) == Decimal("40.00")
    assert value("I20", county) == Decimal("75.00")
    assert value("I18", city["C"]) == 0
    assert latest("I18", neighbourhood.city).denominator == 4


def test_a_residual_item_does_not_hold_up_its_community(measured, city):
    ProjectCommunity.objects.filter(community=city["D"]).update(
        residual_item="道路", residual_area=Decimal(700)
    )
    rebuild(None, NOW)
    assert value("I18", city["D"]) == 100
    assert value("I20", city["D"]) == 100


def test_before_the_completion_nothing_was_done(measured, neighbourhood):
    earlier = latest("I18", neighbourhood.city, period_end=date(2021, 5, 31))
    assert (earlier.value, earlier.denominator) == (0, 4)
    assert latest("I18", neighbourhood.city, period_end=date(2021, 6, 30)).value == 100


def test_nobody_benefits_before_the_acceptance(measured, neighbourhood):
    row = latest("I27", neighbourhood.city)
    assert (row.status, row.reason, row.value) == ("NOT_APPLICABLE", "NO_BASE", None)
    assert (row.n, row.population) == (0, 1220)


def test_beneficiaries_grow_from_one_year_to_the_next(measured, neighbourhood):
    """1,000 households accepted in 2021, 220 more in January 2022: 22 %."""
    for project, day in ((measured.pingcheng, "2021-09-01"), (measured.yungang, "2022-01-20")):
        RenovationProject.objects.filter(pk=project.pk).update(accepted_date=day)
    rebuild(None, NOW)
    assert value("I27", neighbourhood.city) == Decimal("22.00")
    # A county without a base has no value of its own, and still counts in the city.
    assert latest("I27", neighbourhood.other_county).status == "NOT_APPLICABLE"
    assert latest("I27", neighbourhood.other_county).numerator == 220
    assert value("I27", neighbourhood.county) == 0


def test_growth_is_provisional_while_works_wait_for_their_acceptance():
    frame = calendar_frame(
        definition("I27"), Period.containing("YEAR", date(2021, 1, 1)), date(2023, 1, 1)
    )
    some = frame.share("main", Sums(Decimal(50), Decimal(100), n=150, population=200), {})
    every = frame.share("main", Sums(Decimal(150), Decimal(100), n=250, population=250), {})
    assert (some.status, some.reason, some.value) == ("PROVISIONAL", "NOT_ACCEPTED", 50)
    assert (every.status, every.value) == ("OK", 150)


def test_new_takeovers_of_those_that_had_none(measured, neighbourhood, city):
    """A had property management before; of B, C and D one was newly taken over."""
    PropertyTakeover.objects.update(newly=False)
    factories.PropertyTakeoverFactory(community=city["B"], newly=True)
    rebuild(None, NOW)
    row = latest("I30", neighbourhood.city)
    assert (row.numerator, row.denominator) == (1, 3)
    assert latest("I30", city["A"]).status == "NOT_APPLICABLE"
    assert value("I30", city["B"]) == 100


def test_targets_cover_the_groups_they_name(measured, neighbourhood):
    """The city's target counts in both counties: 3 of 7, and 2 of 7."""
    assert not Measurement.objects.filter(indicator="I05").exists()
    for place, code in (
        (neighbourhood.city, "I38"),
        (neighbourhood.city, "I29"),
        (neighbourhood.county, "I18"),
        (neighbourhood.county, "I09"),
    ):
        target_record(
            place=place, indicator=code, year=2022, value=Decimal(80), document="x", now=NOW
        )
    sweep(NOW)
    assert value("I05", neighbourhood.county) == Decimal("42.86")
    assert value("I05", neighbourhood.other_county) == Decimal("28.57")
    assert value("I05", neighbourhood.city) == Decimal("35.71")
    assert "产出成本" in latest("I05", neighbourhood.county).inputs["lacking"]


def test_an_investment_changed_moves_the_county(measured, neighbourhood):
    RenovationProject.objects.filter(code="YG-01").update(investment=Decimal("129503800"))
    StaleMark.objects.create(kind="PROJECT", place=neighbourhood.other_county)
    sweep(datetime(2022, 2, 28, 13, tzinfo=LOCAL))
    assert value("I08", neighbourhood.other_county) == Decimal("50.00")


def test_a_project_without_any_money_has_received_nothing_of_its_plan(renovation, neighbourhood):
    """Its works began, so its plan stands in the denominator of the county: 100 of 400."""
    poor = factories.RenovationProjectFactory(
        county=neighbourhood.other_county, code="YG-02", investment=Decimal("300")
    )
    community = factories.place("COMMUNITY", neighbourhood.other.get_parent(), code="YG909")
    factories.ProjectCommunityFactory(project=poor, community=community)
    RenovationProject.objects.filter(code="YG-01").update(investment=Decimal("100"))
    FundReceipt.objects.filter(project__code="YG-01").update(amount=Decimal("100"))
    rebuild(None, NOW)
    row = latest("I08", neighbourhood.other_county)
    assert (row.numerator, row.denominator, row.value) == (100, 400, 25)


def test_who_had_property_management_before_stays_out_when_its_contract_expires(
    measured, neighbourhood, city
):
    """A's old contract has expired, B's company after the works was followed by another one."""
    PropertyTakeover.objects.filter(community=city["A"]).update(to_date=date(2021, 12, 31))
    factories.PropertyTakeoverFactory(
        community=city["B"], newly=True, from_date=date(2021, 7, 1), to_date=date(2021, 12, 31)
    )
    factories.PropertyTakeoverFactory(
        community=city["B"], newly=False, from_date=date(2022, 1, 1), to_date=None
    )
    rebuild(None, NOW)
    assert latest("I30", city["A"]).status == "NOT_APPLICABLE"
    assert value("I30", city["B"]) == 100


def test_an_earlier_start_of_one_community_is_that_of_its_project(measured, city, reviewer):
    """Nothing was measured in August; now its siblings are, before any check of the night."""
    august = {"period_end": date(2020, 8, 31), "indicator": "I18", "variant": "main"}
    assert not Measurement.objects.filter(place=city["B"], **august).exists()
    project_community_update(
        actor=reviewer,
        member=ProjectCommunity.objects.get(community=city["A"]),
        facts={"start_date": date(2020, 8, 20)},
        today=NOW.date(),
    )
    sweep(NOW)
    assert latest("I18", city["B"], period_end=date(2020, 8, 31)).value == 0
