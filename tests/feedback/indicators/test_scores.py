"""Scorecards of places and projects: from the figures, on the screens, and by whom."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.indicators.cards import cards
from feedback.indicators.models import Assessment, Measurement
from feedback.indicators.services import assessment_add, rebuild, target_record
from tests.feedback.indicators.conftest import NOW, all_answered, card_of, community_of

pytestmark = pytest.mark.django_db

stands_on = all_answered
TODAY = date(2022, 2, 28)


def lines_of(card):
    return {line.part.definition.code: line for line in card.lines}


def test_the_card_of_a_city_stands_on_its_figures(scored, neighbourhood):
    card = card_of(neighbourhood.city)
    lines = lines_of(card)
    row = Measurement.objects.get(pk=lines["I09"].given.measurement)
    assert (row.place, row.period_end) == (neighbourhood.city, date(2021, 12, 31))
    assert lines["I22"].points == lines["I24"].points == 0
    assert lines["I18"].points == lines["I18"].weight
    assert lines["I03"].points is None
    assert lines["I03"].given.why
    assert sum(line.weight for line in card.lines) == 100
    assert card.total == sum(line.points for line in card.lines if line.points is not None)
    assert card.grade.name.zh in "优良中差"
    assert card.is_provisional


def test_a_target_of_ones_own_counts(scored, neighbourhood):
    before = lines_of(card_of(neighbourhood.county))["I38"]
    target_record(
        place=neighbourhood.county,
        indicator="I38",
        year=2021,
        value=Decimal(50),
        document="批复",
        now=NOW,
    )
    after = lines_of(card_of(neighbourhood.county))["I38"]
    assert before.points < before.weight
    assert after.points == after.weight
    assert after.is_overshot


def test_a_year_adds_up_the_months_of_what_is_counted_in_them(scored, city):
    """Three months with 4 of 5, 30 of 45 and 5 of 10 answered: 39 of 60 is 65 %."""
    for month, top, n in ((3, 4, 5), (4, 30, 45), (5, 5, 10)):
        Measurement.objects.create(
            indicator="I33",
            place=city["A"],
            period_start=date(2021, month, 1),
            period_end=date(2021, month, 28),
            formula_version="1",
            status="INSUFFICIENT",
            numerator=top,
            denominator=n,
            value=100 * top / n,
            unit="%",
            n=n,
            population=n,
            inputs_hash="x",
            computed_at=NOW,
            freeze_date=date(2021, month + 1, 15),
            frozen_at=NOW,
        )
    line = lines_of(card_of(city["A"]))["I33"]
    assert (line.given.value, line.given.status) == (65, "OK")


def test_a_month_that_runs_counts_only_where_no_other_is_over(scored, neighbourhood):
    lines = lines_of(card_of(neighbourhood.city, year=2022))
    row = Measurement.objects.get(pk=lines["I09"].given.measurement)
    assert row.period_end == date(2022, 1, 31)
    quarter = Measurement.objects.get(pk=lines["I29"].given.measurement)
    assert quarter.period_end == date(2022, 3, 31)


def test_a_wave_counts_until_the_next(scored, neighbourhood):
    assert lines_of(card_of(neighbourhood.city, year=2022))["I38"].given.value is not None
    assert lines_of(card_of(neighbourhood.city, year=2020))["I38"].points is None


def test_an_open_survey_is_for_those_who_may_see_results(scored, neighbourhood):
    Measurement.objects.filter(indicator="I38").update(freeze_date=None, status="PROVISIONAL")
    assert lines_of(card_of(neighbourhood.city))["I38"].points is not None
    assert lines_of(card_of(neighbourhood.city, with_running=False))["I38"].points is None


def test_a_project_is_scored_on_what_is_measured_of_it(scored):
    card = card_of(scored.yungang)
    lines = lines_of(card)
    assert lines["I06"].points == 0
    assert lines["I38"].points is None
    assert sum(line.weight for line in card.lines) == 100


def test_many_places_take_no_more_queries_than_one(scored, neighbourhood, city):
    places = [neighbourhood.city, neighbourhood.county, neighbourhood.other_county, *city.values()]

    def queries(scopes):
        with CaptureQueriesContext(
            connection,
        ) as found:
            cards(scopes, year=2021, scheme="EVALUATION", today=TODAY, with_running=True)
        return len(found)

    assert queries(places[:1]) == queries(places) <= 5


# --- what evaluators add ---


def test_a_judgement_and_a_deduction_change_the_points(scored, neighbourhood, evaluator):
    given = {"actor": evaluator, "scope": neighbourhood.county, "year": 2021, "now": NOW}
    assessment_add(indicator="I14", value=Decimal(75), reason="制度齐全，领导组未开会", **given)
    assessment_add(indicator="I18", value=Decimal("1.5"), reason="目标偏低", **given)
    lines = lines_of(card_of(neighbourhood.county))
    assert lines["I14"].points == (lines["I14"].weight * Decimal("0.75")).quantize(Decimal("0.01"))
    assert lines["I14"].given.why == ""
    assert lines["I18"].points == lines["I18"].weight - Decimal("1.5")
    assert lines["I18"].given.by == str(evaluator)
    assessment_add(indicator="I18", value=Decimal(0), reason="撤回", **given)
    assert lines_of(card_of(neighbourhood.county))["I18"].given.deduction == 0
    assert Assessment.objects.count() == 3
    # The unit's own form is its own.
    own = lines_of(card_of(neighbourhood.county, scheme="SELF"))
    assert own["I18"].points == own["I18"].weight


@pytest.mark.parametrize(
    ("indicator", "value", "reason", "field"),
    [
        ("I14", "101", "x", "value"),
        ("I18", "4.01", "x", "value"),
        ("I18", "-1", "x", "value"),
        ("I18", "1", "  ", "reason"),
        ("I39", "0", "x", "indicator"),
        ("I99", "0", "x", "indicator"),
    ],
)
def test_a_judgement_that_cannot_be(neighbourhood, evaluator, indicator, value, reason, field):
    with pytest.raises(ValidationError) as refused:
        assessment_add(
            actor=evaluator,
            scope=neighbourhood.county,
            year=2021,
            indicator=indicator,
            value=Decimal(value),
            reason=reason,
            now=NOW,
        )
    assert list(refused.value.message_dict) == [field]
    assert not Assessment.objects.exists()


@pytest.mark.parametrize("name", ["approver", "reviewer", "clerk", "administrator"])
def test_nobody_but_an_evaluator_judges(request, neighbourhood, renovation, name):
    for scope in (neighbourhood.county, renovation.yungang):
        with pytest.raises(PermissionDenied):
            assessment_add(
                actor=request.getfixturevalue(name),
                scope=scope,
                year=2021,
                indicator="I18",
                value=Decimal(1),
                reason="x",
                now=NOW,
            )


def test_judgements_are_append_only(neighbourhood, evaluator):
    one = assessment_add(
        actor=evaluator,
        scope=neighbourhood.county,
        year=2021,
        indicator="I18",
        value=Decimal(1),
        reason="x",
        now=NOW,
    )
    with pytest.raises(TypeError):
        one.save()
    with pytest.raises(TypeError):
        one.delete()


# --- screens ---


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("evaluator", "", 200),
        ("evaluator", "?place=1402&year=2021&scheme=SELF", 200),
        ("evaluator", "?place=140214&year=x&scheme=nonsense", 200),
        ("evaluator", "?place=1402&year=2030", 200),
        ("evaluator", "?project=YG-01&year=2021", 200),
        ("evaluator", "?project=nowhere", 404),
        ("evaluator", "what-if/?place=1402&year=2021&reach=I09&reach=I99", 200),
        ("evaluator", "what-if/?place=1402&year=2020", 200),
        ("evaluator", "I14/?place=1402&year=2021", 200),
        ("evaluator", "I39/?place=1402&year=2021", 404),
        ("reviewer", "?place=140213&year=2021", 200),
        ("reviewer", "?place=140214", 404),
        ("reviewer", "?project=YG-01", 404),
        ("reviewer", "I14/?place=140213&year=2021", 403),
        ("approver", "I14/?place=1402&year=2021", 403),
        ("clerk", "?place=PC001", 200),
        ("outsider", "?place=PC001", 404),
    ],
)
def test_who_sees_what(scored, client, request, name, path, status):
    client.force_login(request.getfixturevalue(name))
    assert client.get(f"/staff/figures/score/{path}").status_code == status


def test_an_evaluator_deducts_and_a_mistake_is_told_at_its_field(
    scored, client, evaluator, neighbourhood
):
    client.force_login(evaluator)
    address = "/staff/figures/score/I18/?place=140213&year=2021"
    refused = client.post(address, {"value": "9", "reason": "目标偏低"})
    assert refused.status_code == 200
    assert "目标偏低" in refused.content.decode()
    assert refused.context["form"].errors["value"]
    assert not Assessment.objects.exists()
    saved = client.post(address, {"value": "1", "reason": "目标偏低"})
    assert saved.status_code == 302
    page = client.get(saved["Location"]).content.decode()
    assert "目标偏低" in page
    assert str(evaluator) in page


def test_what_if_saves_nothing(scored, client, evaluator):
    client.force_login(evaluator)
    address = "/staff/figures/score/what-if/?place=1402&year=2021"
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(f"{address}&reach=I22&reach=I24")
    written = [one["sql"] for one in queries if not one["sql"].lstrip().startswith("SELECT")]
    assert [sql for sql in written if "SAVEPOINT" not in sql] == []
    card = page.context["card"]
    lines = lines_of(card)
    assert page.context["total"] == card.total + lines["I22"].gain + lines["I24"].gain
    assert client.post(address, {"reach": "I22"}).status_code == 405


def test_more_communities_cost_the_score_no_queries(
    scored, client, evaluator, neighbourhood, django_assert_max_num_queries
):
    client.force_login(evaluator)
    address = "/staff/figures/score/?place=140213&year=2021"
    client.get(address)
    with CaptureQueriesContext(connection) as before:
        client.get(address)
    for number in range(3):
        community_of(neighbourhood.subdistrict, f"PC2{number:02d}", 5)
    rebuild(None, NOW)
    with CaptureQueriesContext(connection) as after:
        client.get(address)
    assert len(after) == len(before)


def test_a_year_that_runs_is_not_final_because_its_months_so_far_are(scored, city, complaints):
    """One month of 2021 has cases, and it is final; the year is not over."""
    complaints(city["D"], date(2021, 3, 1), 3)
    rebuild(None, NOW)
    given = {"year": 2021, "scheme": "EVALUATION", "with_running": True}

    def status(day):
        card = cards([city["D"]], today=day, **given)[0]
        return next(line.given.status for line in card.lines if line.part.definition.code == "I32")

    assert status(date(2021, 6, 1)) == "PROVISIONAL"
    assert status(date(2022, 1, 15)) == "OK"
