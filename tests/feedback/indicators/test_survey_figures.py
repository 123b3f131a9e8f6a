"""I01, I02, I38–I40: from answers to the city, by the numbers of domain.md §6.1."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from feedback.indicators.models import Measurement
from feedback.indicators.services import freeze, sweep
from feedback.surveys.services import (
    invitations_record_all,
    survey_close,
    survey_seal,
)
from portal.places.models import StaleMark
from tests.feedback.indicators.conftest import LOCAL, NOW, answers, latest

pytestmark = pytest.mark.django_db
TWO = Decimal("0.01")


def shown(number):
    return None if number is None else number.quantize(TWO)


@pytest.fixture
def closed(wave, answer, city):
    """The strata of domain.md answered: 48 of 60, 36 of 40, 42 of 60; 48 of 60 in Yungang."""
    survey = wave()
    for key, top, n in (("A", 48, 60), ("B", 36, 40), ("C", 42, 60), ("D", 48, 60)):
        answer(survey, city[key], answers(top, n - top))
    invitations_record_all(survey=survey, now=datetime(2021, 12, 2, tzinfo=LOCAL))
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    survey_seal(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    sweep(NOW)
    return survey


def test_a_community_has_its_share_and_interval(closed, city):
    row = latest("I38", city["D"])
    assert (shown(row.value), shown(row.low), shown(row.high)) == (
        Decimal("80.00"),
        Decimal("70.10"),
        Decimal("87.22"),
    )
    assert (row.numerator, row.denominator, row.n, row.population) == (48, 60, 60, 220)
    assert (row.status, row.wave, row.unit) == ("OK", "wave-2021", "%")
    assert (row.period_start, row.period_end) == (date(2021, 12, 1), date(2021, 12, 31))


def test_a_county_weighs_its_communities_by_households(closed, neighbourhood, city):
    """The empty community of the county (12 households) joins the smallest stratum."""
    row = latest("I38", neighbourhood.county)
    assert row.inputs["rest"] == ["PC001"]
    assert row.n == 160
    assert row.denominator == 1012
    expected = (300 * 48 / 60 + 112 * 36 / 40 + 600 * 42 / 60) / 1012
    assert float(row.value) == pytest.approx(100 * expected)
    assert float(row.numerator) == pytest.approx(1012 * expected)
    assert row.low < row.value < row.high


def test_a_city_adds_up_its_counties(closed, neighbourhood):
    county = latest("I38", neighbourhood.county)
    other = latest("I38", neighbourhood.other_county)
    row = latest("I38", neighbourhood.city)
    assert row.denominator == county.denominator + other.denominator
    assert float(row.numerator) == pytest.approx(float(county.numerator + other.numerator))
    assert row.n == 220
    assert {code for code, _total in row.inputs["counties"]} == {"140213", "140214"}


def test_the_index_and_the_return_rate(closed, city, neighbourhood):
    index = latest("I39", city["D"])
    assert shown(index.value) == shown(Decimal((48 * 5 + 12 * 2) / 60 * 20))
    assert index.unit == "分"
    assert shown(latest("I40", city["D"]).value) == Decimal("27.27")
    assert shown(latest("I40", city["D"], "all_households").value) == Decimal("27.27")
    total = latest("I40", neighbourhood.city)
    assert (total.numerator, total.denominator) == (220, 1232)
    assert shown(latest("I39", neighbourhood.city).value) > 20


def test_a_community_without_answers_is_insufficient(closed, neighbourhood):
    row = latest("I38", neighbourhood.community)
    assert (row.status, row.value, row.n) == ("INSUFFICIENT", None, 0)


def test_the_intention_survey_gives_consent_and_coverage(wave, answer, city):
    survey = wave(sample="INTENTION", slug="intention-2020")
    given = [{"A2": "OWNER", "A8": "AGREE"}] * 40 + [{"A2": "OWNER", "A8": "DISAGREE"}] * 10
    answer(survey, city["B"], given)
    survey_close(survey=survey, now=NOW)
    sweep(NOW)
    assert shown(latest("I01", city["B"]).value) == Decimal("80.00")
    assert shown(latest("I01", city["B"], "all_households").value) == Decimal("40.00")
    assert shown(latest("I02", city["B"]).value) == Decimal("50.00")
    assert shown(latest("I02", city["B"], "occupied").value) == Decimal("50.00")


# --- open, frozen, revised ---


def test_an_open_wave_is_provisional_and_has_one_row(wave, answer, city):
    survey = wave(closes_at=NOW + timedelta(days=5))
    answer(survey, city["B"], answers(30, 10))
    sweep(NOW)
    first = latest("I38", city["B"])
    assert (first.status, first.reason, first.frozen_at) == ("PROVISIONAL", "OPEN", None)
    answer(survey, city["B"], answers(10, 0))
    sweep(NOW + timedelta(minutes=1))
    again = latest("I38", city["B"])
    assert (again.pk, again.n, again.revision) == (first.pk, 50, 0)
    assert again.inputs_hash != first.inputs_hash


def test_results_move_in_steps_of_ten_while_taking_part_is_up_to_date(wave, answer, city):
    survey = wave(closes_at=NOW + timedelta(days=5))
    invitations_record_all(survey=survey, now=NOW)
    answer(survey, city["B"], answers(30, 10))
    sweep(NOW)
    answer(survey, city["B"], answers(0, 9))
    sweep(NOW)
    assert latest("I38", city["B"]).n == 40
    assert latest("I40", city["B"]).numerator == 49


def test_a_row_whose_inputs_did_not_change_is_left_alone(closed, city):
    before = latest("I38", city["D"])
    StaleMark.objects.create(kind=StaleMark.Kind.SURVEY, object_id=closed.pk, place=city["D"])
    sweep(NOW + timedelta(hours=1))
    assert latest("I38", city["D"]).computed_at == before.computed_at


def test_a_closed_wave_is_frozen_after_fifteen_days(wave, answer, city, neighbourhood):
    survey = wave()
    answer(survey, city["B"], answers(30, 10))
    closed_at = datetime(2022, 1, 4, tzinfo=LOCAL)
    survey_close(survey=survey, now=closed_at)
    sweep(closed_at)
    assert latest("I38", city["B"]).status == "PROVISIONAL"
    freeze(datetime(2022, 1, 18, 12, tzinfo=LOCAL))
    assert latest("I38", city["B"]).status == "PROVISIONAL"
    freeze(datetime(2022, 1, 19, 12, tzinfo=LOCAL))
    assert (latest("I38", city["B"]).status, latest("I38", city["B"]).frozen_at is None) == (
        "OK",
        False,
    )
    assert latest("I38", neighbourhood.city).frozen_at is not None
    assert not Measurement.objects.freezable(date(2022, 1, 19)).exists()


def test_after_the_freeze_a_correction_is_a_new_revision(closed, city):
    before = latest("I38", city["D"])
    closed.responses.filter(community=city["D"], answers__B1="2")[0].delete()
    StaleMark.objects.create(kind=StaleMark.Kind.SURVEY, object_id=closed.pk, place=city["D"])
    sweep(NOW)
    after = latest("I38", city["D"])
    assert (after.revision, after.n) == (1, 59)
    before.refresh_from_db()
    assert (before.is_latest, before.n) == (False, 60)


def test_inputs_that_are_a_data_error_say_so(closed, city):
    from feedback.surveys.models import SurveyTally

    SurveyTally.objects.filter(community=city["D"]).update(population=50, valid=60)
    StaleMark.objects.create(kind=StaleMark.Kind.ROLLUP, place=city["D"])
    sweep(NOW)
    row = latest("I38", city["D"])
    assert (row.status, row.reason) == ("DATA_ERROR", "OVER_100")
    assert latest("I40", city["D"], "all_households").status == "DATA_ERROR"
