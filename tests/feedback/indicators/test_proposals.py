"""What the system proposes from the figures, and what that opens (domain.md §8)."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from feedback.indicators.models import Measurement, Target, TargetVersion
from feedback.indicators.services import (
    freeze_and_propose,
    proposals_make,
    rebuild,
    target_advance,
    target_change,
    target_record,
)
from feedback.plans.models import CorrectiveAction
from feedback.surveys.services import survey_close
from portal.accounts.roles import Role
from portal.demo import factories
from portal.places.models import StaleMark
from tests.feedback.indicators.conftest import LOCAL, NOW, answers, community_of, latest

pytestmark = pytest.mark.django_db


@pytest.fixture
def surveyed(wave, answer, city, neighbourhood):
    """A wave answered 250 : 28 in a county of 1012 households, with a target of 85 %."""
    survey = wave()
    for key, top, n in (("A", 75, 83), ("B", 25, 28), ("C", 150, 167)):
        answer(survey, city[key], answers(top, n - top))
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    target_record(
        place=neighbourhood.county,
        indicator="I38",
        year=2021,
        value=Decimal(85),
        document="绩效目标申报表",
        now=NOW,
    )
    rebuild(None, NOW)
    return survey


def proposal(place, indicator="I38", variant="main"):
    return TargetVersion.objects.get(
        target__place=place,
        target__indicator=indicator,
        target__variant=variant,
        origin="SYSTEM",
        state="FINANCE_REVIEW",
    )


def test_a_changed_proposal_is_a_new_version_that_somebody_else_approves(
    surveyed, neighbourhood, approver
):
    freeze_and_propose(now=NOW)
    found = proposal(neighbourhood.county)
    for value, reason in ((Decimal("86.00"), "同"), (Decimal(84), "低"), (Decimal(88), " ")):
        with pytest.raises(ValidationError):
            target_change(actor=approver, version=found, value=value, reason=reason, now=NOW)
    new = target_change(actor=approver, version=found, value=Decimal(88), reason="可更高", now=NOW)
    found.refresh_from_db()
    assert (found.state, new.state, new.number) == ("SUPERSEDED", "FINANCE_REVIEW", 2)
    assert (new.measurement, new.low, new.proposal) == (found.measurement, found.low, "RAISE")
    with pytest.raises(PermissionDenied):
        target_advance(actor=approver, version=new, now=NOW)
    other = factories.staff("approver2", Role.FINANCE_APPROVER, neighbourhood.city)
    assert target_advance(actor=other, version=new, now=NOW).state == "APPROVED"


def test_the_review_screen_shows_evidence_interval_and_history(
    surveyed, neighbourhood, approver, client
):
    freeze_and_propose(now=NOW)
    found = proposal(neighbourhood.county)
    client.force_login(approver)
    page = client.get(f"/staff/figures/targets/{found.pk}/")
    body = page.content.decode()
    assert f"{found.low} – {found.high}" in body
    assert f"/staff/figures/measurements/{found.measurement_id}/" in body
    assert "<svg" in body
    sent = {"change": "1", "change-value": "88", "change-reason": "可更高"}
    assert client.post(f"/staff/figures/targets/{found.pk}/", sent).status_code == 302
    assert TargetVersion.objects.get(target=found.target, number=2).value == 88
    sent = {"change": "1", "change-value": "x", "change-reason": "可更高"}
    new = TargetVersion.objects.get(target=found.target, number=2)
    page = client.post(f"/staff/figures/targets/{new.pk}/", sent)
    assert page.status_code == 200
    assert 'value="x"' in page.content.decode()


def test_a_met_target_is_raised(surveyed, neighbourhood, approver):
    assert freeze_and_propose(now=NOW) > 0
    found = proposal(neighbourhood.county)
    assert (found.proposal, found.value, found.previous) == ("RAISE", Decimal("86.00"), 85)
    assert found.target.year == 2022
    assert 87 < found.low < 89
    assert found.measurement == latest("I38", neighbourhood.county)
    assert target_advance(actor=approver, version=found, now=NOW).state == "APPROVED"


def test_the_same_figures_propose_once(surveyed):
    freeze_and_propose(now=NOW)
    assert proposals_make(now=NOW) == 0


def test_corrected_figures_replace_what_nobody_has_decided(surveyed, neighbourhood, city):
    freeze_and_propose(now=NOW)
    before = proposal(neighbourhood.county)
    surveyed.responses.filter(community=city["A"], answers__B1="2")[0].delete()
    StaleMark.objects.create(kind="SURVEY", object_id=surveyed.pk, place=city["A"])
    rebuild(None, NOW)
    assert proposals_make(now=NOW) >= 1
    before.refresh_from_db()
    assert before.state == "SUPERSEDED"
    assert proposal(neighbourhood.county).inputs_hash != before.inputs_hash


def test_too_few_answers_keep_the_target(wave, answer, city, neighbourhood, approver, client):
    survey = wave()
    answer(survey, city["D"], answers(8, 1))
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    rebuild(None, NOW)
    proposals_make(now=NOW)
    found = proposal(neighbourhood.other_county)
    assert (found.proposal, found.value) == ("HOLD_INSUFFICIENT", 90)
    client.force_login(approver)
    page = client.get(f"/staff/figures/targets/{found.pk}/").content.decode()
    assert found.measurement.get_reason_display() in page
    assert "人工提出，没有对应的测算数据" not in page


def test_a_community_has_proposals_once_it_has_a_target(surveyed, city):
    proposals_make(now=NOW)
    assert not Target.objects.filter(place=city["A"]).exists()
    target_record(
        place=city["A"], indicator="I38", year=2021, value=Decimal(80), document="一区一策", now=NOW
    )
    proposals_make(now=NOW)
    assert proposal(city["A"]).proposal == "RAISE"


def test_the_vectors_from_answers_to_proposals(wave, answer, neighbourhood):
    """domain.md §8: satisfied, answers, households, target → state, next target, bound."""
    vectors = [
        (250, 278, 1000, 85, "RAISE", "86.00", ("low", "87.79")),
        (270, 278, 1000, 94, "RAISE", "94.50", ("low", "95.81")),
        (48, 60, 220, 80, "HOLD_MET_UNCERTAIN", "80.00", ("low", "73.78")),
        (45, 60, 220, 80, "HOLD_WATCH", "80.00", ("high", "80.59")),
        (36, 60, 220, 80, "HOLD_MISSED_ACTION", "80.00", ("high", "66.67")),
        (8, 9, 220, 80, "HOLD_INSUFFICIENT", "80.00", None),
    ]
    survey, places = wave(), []
    for number, (top, n, homes, target, *_expected) in enumerate(vectors):
        place = community_of(neighbourhood.subdistrict, f"PC30{number}", homes)
        answer(survey, place, answers(top, n - top))
        given = {"indicator": "I38", "year": 2021, "value": Decimal(target)}
        target_record(place=place, document="一区一策", now=NOW, **given)
        places.append(place)
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    rebuild(None, NOW)
    freeze_and_propose(now=NOW)
    for place, (*_given, state, following, bound) in zip(places, vectors, strict=True):
        found = proposal(place)
        assert (found.proposal, found.value) == (state, Decimal(following))
        if bound:
            assert getattr(found, bound[0]) == Decimal(bound[1])
    opened = CorrectiveAction.objects.filter(place__in=places)
    assert list(opened.values_list("place__code", "trigger_code", "state")) == [
        ("PC304", "I38", "OPEN")
    ]


def test_counts_have_no_doubt_and_duties_are_locked(renovation, neighbourhood):
    rebuild(None, NOW)
    proposals_make(now=NOW)
    takeover = proposal(neighbourhood.county, "I29")
    assert takeover.proposal == "HOLD_MISSED_ACTION"
    assert takeover.low == takeover.high == takeover.measured
    assert proposal(neighbourhood.county, "I22").value == 100
    assert proposal(neighbourhood.county, "I09").target.year == 2022


def test_what_happens_within_months_is_judged_by_its_year(city, complaints, neighbourhood, client):
    """In December one of one was solved; in the year 24 of 41, and 17 were not."""
    for month, solved, others in ((3, 12, 10), (7, 11, 7), (12, 1, 0)):
        heard = datetime(2021, month, 20, 9, tzinfo=LOCAL)
        for verdict, number in (("SOLVED", solved), ("UNSOLVED", others)):
            complaints(city["A"], date(2021, month, 1), number, verdict=verdict, verdict_at=heard)
    now = datetime(2022, 1, 20, tzinfo=LOCAL)
    rebuild(None, now)
    freeze_and_propose(now=now)
    county = neighbourhood.county
    december = latest("I33", county, period_end=date(2021, 12, 31))
    assert (december.numerator, december.denominator) == (1, 1)
    found = proposal(county, "I33")
    assert found.proposal == "HOLD_MISSED_ACTION"
    assert (found.measured, found.target.year) == (Decimal("58.54"), 2022)
    assert freeze_and_propose(now=now) == 0
    action = CorrectiveAction.objects.get(place=county, trigger_code="I33")
    assert action.period_end == date(2021, 12, 31)
    assert action.evidence["value"] == "58.54"
    assert action.evidence["period"] == "2021-01-01 – 2021-12-31"
    client.force_login(factories.staff("finance", Role.FINANCE_APPROVER, neighbourhood.city))
    page = client.get(f"/staff/figures/targets/{found.pk}/").content.decode()
    assert "24 ÷ 41 × 100 = 58.54" in page
    assert "2021-01-01 – 2021-12-31" in page
    for month in (3, 7, 12):
        row = latest("I33", county, period_start=date(2021, month, 1))
        assert f"/staff/figures/measurements/{row.pk}/" in page
    figure = f'href="/staff/figures/measurements/{december.pk}/"'
    assert figure in client.get(f"/staff/actions/{action.pk}/").content.decode()


def test_the_effect_on_what_happens_within_months_is_that_of_a_year(
    city, complaints, neighbourhood
):
    action = CorrectiveAction.objects.create(
        place=neighbourhood.county,
        trigger="INDICATOR",
        trigger_code="I33",
        period_end=date(2020, 12, 31),
        title="解决率",
        evidence={"value": "50.00", "unit": "%"},
        measure="回访",
        resident_text_zh="逐件回访",
        due_on=date(2021, 3, 1),
        state="DONE",
        opened_at=NOW,
        promised_at=NOW,
        done_at=datetime(2020, 11, 10, tzinfo=LOCAL),
    )
    for month, solved, others in ((1, 1, 0), (6, 20, 20)):
        heard = datetime(2021, month, 20, 9, tzinfo=LOCAL)
        for verdict, number in (("SOLVED", solved), ("UNSOLVED", others)):
            complaints(city["A"], date(2021, month, 1), number, verdict=verdict, verdict_at=heard)
    running = datetime(2021, 12, 20, tzinfo=LOCAL)
    rebuild(None, running)
    freeze_and_propose(now=running)
    action.refresh_from_db()
    assert action.effect == {}
    over = datetime(2022, 1, 20, tzinfo=LOCAL)
    rebuild(None, over)
    freeze_and_propose(now=over)
    action.refresh_from_db()
    assert (action.effect["value"], action.effect["period"]) == ("51.22", "2021-01-01 – 2021-12-31")


def test_an_action_and_its_figure_lead_to_each_other(renovation, neighbourhood, reviewer, client):
    rebuild(None, NOW)
    proposals_make(now=NOW)
    action = CorrectiveAction.objects.get(place=neighbourhood.county, trigger_code="I29")
    row = Measurement.objects.get(
        place=neighbourhood.county,
        indicator="I29",
        variant="main",
        inputs_hash=action.evidence["inputs_hash"],
    )
    client.force_login(reviewer)
    figure, done = f"/staff/figures/measurements/{row.pk}/", f"/staff/actions/{action.pk}/"
    assert f'href="{figure}"' in client.get(done).content.decode()
    assert f'href="{done}"' in client.get(figure).content.decode()


def test_the_rate_after_the_works_has_its_own_target(city, complaints, neighbourhood):
    project = factories.RenovationProjectFactory(county=neighbourhood.other_county)
    factories.ProjectCommunityFactory(project=project, community=city["D"])
    for month in range(12):
        before = date(2019 + (month + 8) // 12, (month + 8) % 12 + 1, 1)
        after = date(2021 + (month + 11) // 12, (month + 11) % 12 + 1, 1)
        complaints(city["D"], before, 4)
        complaints(city["D"], after, 2 if month < 10 else 1)
    now = datetime(2023, 1, 20, tzinfo=LOCAL)
    rebuild(None, now)
    proposals_make(now=now)
    found = proposal(neighbourhood.other_county, "I28", "after_rate")
    assert found.previous == Decimal("152.73")
    assert (found.measured, found.high) == (Decimal("100.00"), Decimal("131.42"))
    assert (found.proposal, found.value) == ("RAISE", Decimal("142.07"))
    assert timezone.localdate(found.proposed_at).year == 2023


def test_a_missed_target_asks_for_action_even_where_the_next_one_is_agreed(surveyed, neighbourhood):
    county = neighbourhood.county
    for year, value in ((2021, 99), (2022, 99)):
        target_record(
            place=county,
            indicator="I38",
            year=year,
            value=Decimal(value),
            document="绩效目标批复",
            now=NOW,
        )
    freeze_and_propose(now=NOW)
    freeze_and_propose(now=NOW)
    opened = CorrectiveAction.objects.get(place=county, trigger_code="I38")
    assert opened.evidence["target"] == "99.00"
    versions = TargetVersion.objects.filter(target__place=county, target__indicator="I38")
    assert not versions.filter(target__year=2022, origin="SYSTEM").exists()
