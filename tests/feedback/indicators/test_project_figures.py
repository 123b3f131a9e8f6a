"""I06, I09, I22, I24, I29 on the facts of the source document (domain.md §1 and §7)."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from feedback.indicators.models import Measurement
from feedback.indicators.services import sweep
from portal.demo import factories
from portal.places.models import StaleMark
from tests.feedback.indicators.conftest import LOCAL, NOW, latest, measured_renovation

pytestmark = pytest.mark.django_db

stands_on = measured_renovation
TWO = Decimal("0.01")


def value(code, place, variant="main", **fields):
    return latest(code, place, variant, **fields).value.quantize(TWO)


def test_execution_is_adjusted_and_raw(measured, neighbourhood):
    assert value("I09", neighbourhood.city) == Decimal("87.18")
    assert value("I09", neighbourhood.city, "raw") == Decimal("72.15")
    assert value("I09", neighbourhood.county) == Decimal("88.13")


def test_the_gap_is_shown_over_both_bases(measured, neighbourhood):
    assert value("I06", neighbourhood.other_county) == Decimal("51.97")
    assert value("I06", neighbourhood.other_county, "over_contract") == Decimal("108.22")
    assert latest("I06", neighbourhood.other_county).status == "PROVISIONAL"


def test_the_gap_of_a_city_is_that_of_the_sums(measured, neighbourhood):
    row = latest("I06", neighbourhood.city)
    assert row.numerator == abs(Decimal("83531300") - Decimal("44814000"))
    assert row.denominator == Decimal("83531300")


def test_a_project_has_figures_of_its_own(measured):
    row = Measurement.objects.get(
        project=measured.yungang, indicator="I06", variant="main", period_end=date(2021, 12, 31)
    )
    assert (row.place, row.value.quantize(TWO), row.status) == (None, Decimal("51.97"), "OK")


def test_a_month_counts_the_money_up_to_its_end(measured, neighbourhood):
    row = latest("I09", neighbourhood.city, period_end=date(2020, 11, 30))
    assert (row.value, row.numerator) == (0, 0)
    assert row.status == "OK"


def test_nothing_is_due_before_the_deadline(measured, neighbourhood):
    rows = Measurement.objects.filter(place=neighbourhood.city)
    assert rows.filter(indicator="I22").earliest("period_end").period_end == date(2021, 9, 30)
    assert rows.filter(indicator="I24").earliest("period_end").period_end == date(2021, 9, 30)


def test_acceptance_and_accounts_were_missed(measured, neighbourhood):
    for code in ("I22", "I24"):
        row = latest(code, neighbourhood.city)
        assert (row.value, row.numerator, row.denominator) == (0, 0, 2)


def test_accounts_in_time_count_in_the_month_they_were_due(measured, neighbourhood):
    project = measured.pingcheng
    project.accounts_date = date(2021, 9, 15)
    project.save()
    StaleMark.objects.create(kind="PROJECT", place=project.county, object_id=project.pk)
    sweep(NOW)
    assert value("I24", neighbourhood.city) == Decimal("50.00")


def test_takeover_by_community_and_by_household(measured, neighbourhood, city):
    row = latest("I29", neighbourhood.city)
    assert (row.numerator, row.denominator) == (1, 4)
    assert value("I29", neighbourhood.city, "by_household") == Decimal("24.59")
    assert value("I29", city["A"]) == Decimal("100.00")
    assert value("I29", neighbourhood.subdistrict) == Decimal("33.33")
    assert latest("I29", neighbourhood.subdistrict).period_start == date(2022, 1, 1)


def test_an_expired_contract_does_not_count(measured, neighbourhood, city):
    from portal.projects.models import PropertyTakeover

    PropertyTakeover.objects.update(to_date=date(2021, 11, 30))
    StaleMark.objects.create(kind="PROJECT", place=city["A"])
    sweep(NOW)
    assert value("I29", neighbourhood.city) == Decimal("0.00")
    earlier = latest("I29", neighbourhood.city, period_end=date(2021, 9, 30))
    assert earlier.numerator == 1


def test_a_payment_moves_the_figures_of_its_county_and_city(measured, neighbourhood):
    factories.PaymentFactory(
        project=measured.yungang, amount=Decimal("1000000"), entry_date=date(2022, 2, 10)
    )
    StaleMark.objects.create(kind="PROJECT", place=neighbourhood.other_county)
    before = latest("I09", neighbourhood.county).computed_at
    sweep(datetime(2022, 2, 28, 13, tzinfo=LOCAL))
    assert latest("I09", neighbourhood.city).numerator == Decimal("360611700.00")
    assert latest("I09", neighbourhood.county).computed_at == before


def test_more_spent_than_received_is_a_data_error(measured, neighbourhood):
    factories.PaymentFactory(project=measured.yungang, amount=Decimal("90000000"))
    StaleMark.objects.create(kind="PROJECT", place=neighbourhood.other_county)
    sweep(NOW)
    row = latest("I09", neighbourhood.other_county)
    assert (row.status, row.reason) == ("DATA_ERROR", "OVER_100")
    assert row.value > 100
