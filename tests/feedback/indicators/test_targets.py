"""Targets: who may propose, advance, approve and reject; what the system proposes (§8)."""

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
    target_propose,
    target_record,
    target_reject,
)
from feedback.indicators.services.targets import target_get, version_add
from feedback.indicators.states import Origin, TargetState
from feedback.indicators.targets import TargetBook
from feedback.plans.models import CorrectiveAction
from feedback.surveys.services import survey_close
from portal.accounts.roles import Role
from portal.demo import factories
from portal.places.models import StaleMark
from tests.feedback.indicators.conftest import LOCAL, NOW, answers, community_of, latest

pytestmark = pytest.mark.django_db


COVERING = {"I18": 100, "I23": 100, "I21": 95, "I26": 10, "I33": 90, "I29": 90}


@pytest.fixture
def draft(clerk, neighbourhood):
    return target_propose(
        actor=clerk,
        place=neighbourhood.community,
        indicator="I38",
        year=2022,
        value=Decimal(92),
        reason="上年已达到",
        now=NOW,
    )


def advance(version, *actors):
    for actor in actors:
        version = target_advance(actor=actor, version=version, now=NOW)
    return version


def test_the_way_of_a_target(draft, clerk, reviewer, approver, neighbourhood):
    version = advance(draft, clerk, reviewer, reviewer, approver)
    assert version.state == "APPROVED"
    assert list(version.decisions.order_by("pk").values_list("state", "actor__username")) == [
        ("DRAFT", "clerk"),
        ("CHECKED", "clerk"),
        ("COUNTY_REVIEW", "reviewer"),
        ("FINANCE_REVIEW", "reviewer"),
        ("APPROVED", "approver"),
    ]
    book = TargetBook([neighbourhood.community], [2022])
    assert book.holding(neighbourhood.community, "I38", "main", 2022).value == 92


def test_a_new_target_supersedes_the_one_before(draft, clerk, reviewer, approver, neighbourhood):
    first = advance(draft, clerk, reviewer, reviewer, approver)
    second = target_propose(
        actor=clerk,
        place=neighbourhood.community,
        indicator="I38",
        year=2022,
        value=Decimal(93),
        reason="再提高",
        now=NOW,
    )
    advance(second, clerk, reviewer, reviewer, approver)
    first.refresh_from_db()
    assert first.state == "SUPERSEDED"
    assert TargetVersion.objects.approved().get().number == 2


@pytest.mark.parametrize("role", ["clerk", "reviewer", "evaluator", "outsider", "administrator"])
def test_only_finance_approves(draft, clerk, reviewer, role, request):
    waiting = advance(draft, clerk, reviewer, reviewer)
    with pytest.raises(PermissionDenied):
        advance(waiting, request.getfixturevalue(role))
    waiting.refresh_from_db()
    assert waiting.state == "FINANCE_REVIEW"


@pytest.fixture
def covered(neighbourhood):
    """Every required group of the county has a target in 2022, but satisfaction."""
    for code, value in COVERING.items():
        target_record(
            place=neighbourhood.county,
            indicator=code,
            year=2022,
            value=Decimal(value),
            document="批复",
            now=NOW,
        )


def test_whoever_proposes_never_approves(approver, neighbourhood, covered):
    from portal.places.models import StaffAssignment

    StaffAssignment.objects.create(
        user=approver, role=Role.COUNTY_REVIEWER, place=neighbourhood.city
    )
    version = target_propose(
        actor=approver,
        place=neighbourhood.county,
        indicator="I38",
        year=2022,
        value=Decimal(92),
        reason="提高",
        now=NOW,
    )
    waiting = advance(version, approver, approver, approver)
    with pytest.raises(PermissionDenied):
        advance(waiting, approver)


def test_a_rejection_needs_a_reason(draft, reviewer):
    with pytest.raises(ValidationError):
        target_reject(actor=reviewer, version=draft, reason=" ", now=NOW)
    rejected = target_reject(actor=reviewer, version=draft, reason="依据不足", now=NOW)
    assert (rejected.state, rejected.decisions.last().reason) == ("REJECTED", "依据不足")
    with pytest.raises(ValidationError):
        target_reject(actor=reviewer, version=draft, reason="再次", now=NOW)


@pytest.mark.parametrize("role", ["clerk", "evaluator", "outsider"])
def test_who_may_not_reject(draft, role, request):
    with pytest.raises(PermissionDenied):
        target_reject(actor=request.getfixturevalue(role), version=draft, reason="不", now=NOW)


def test_a_stranger_may_not_propose(outsider, neighbourhood):
    with pytest.raises(PermissionDenied):
        target_propose(
            actor=outsider,
            place=neighbourhood.community,
            indicator="I38",
            year=2022,
            value=Decimal(92),
            reason="提高",
            now=NOW,
        )


@pytest.mark.parametrize(
    ("indicator", "value", "field"),
    [
        ("I38", "89", "value"),
        ("I38", "101", "value"),
        ("I99", "90", "indicator"),
        ("I06", "12", "value"),
        ("I22", "99", "value"),
        ("I38", "-1", "value"),
    ],
)
def test_what_cannot_be_proposed(clerk, neighbourhood, indicator, value, field):
    with pytest.raises(ValidationError) as caught:
        target_propose(
            actor=clerk,
            place=neighbourhood.community,
            indicator=indicator,
            year=2022,
            value=Decimal(value),
            reason="提高",
            now=NOW,
        )
    assert field in caught.value.message_dict


def test_a_recorded_target_is_in_force_and_inherited(neighbourhood):
    target_record(
        place=neighbourhood.city,
        indicator="I38",
        year=2022,
        value=Decimal(85),
        document="绩效目标申报表",
        now=NOW,
    )
    book = TargetBook([neighbourhood.community], [2022, 2023])
    holding = book.holding(neighbourhood.community, "I38", "main", 2022)
    assert (holding.value, holding.place_id) == (85, neighbourhood.city.pk)
    assert book.holding(neighbourhood.community, "I38", "main", 2023).value == 90
    assert book.holding(neighbourhood.community, "I28", "after_rate", 2022) is None


def test_decisions_stay(draft):
    decision = draft.decisions.get()
    with pytest.raises(TypeError):
        decision.save()
    with pytest.raises(TypeError):
        decision.delete()


def lowered(actor, place, value):
    return target_propose(
        actor=actor,
        place=place,
        indicator="I38",
        year=2024,
        value=Decimal(value),
        reason="两年未达到，见调查报告",
        now=NOW,
    )


def hint(client, user, version):
    """What the screen of a proposal says to `user` beside its state."""
    client.force_login(user)
    return client.get(f"/staff/figures/targets/{version.pk}/").context["hint"]


def test_a_target_falls_after_two_red_periods_by_three_with_a_second_approver(
    neighbourhood, clerk, reviewer, approver, client
):
    place = neighbourhood.community
    with pytest.raises(ValidationError):
        lowered(clerk, place, "88")
    for year, proposal in ((2022, "HOLD_MISSED_ACTION"), (2023, "HOLD_MISSED_ACTION")):
        version_add(
            target=target_get(place=place, indicator="I38", variant="main", year=year),
            value=Decimal(90),
            previous=Decimal(90),
            origin=Origin.SYSTEM,
            state=TargetState.SUPERSEDED,
            proposed_by=None,
            reason="",
            now=NOW,
            proposal=proposal,
        )
        if year == 2022:
            with pytest.raises(ValidationError):
                lowered(clerk, place, "88")
    with pytest.raises(ValidationError):
        lowered(clerk, place, "86")
    version = advance(lowered(clerk, place, "88"), clerk, reviewer, reviewer)
    assert "另一名" in hint(client, approver, version)
    assert "财政审批" in hint(client, clerk, version)
    version = advance(version, approver)
    assert version.state == "SECOND_REVIEW"
    assert "您已批准" in hint(client, approver, version)
    with pytest.raises(PermissionDenied):
        advance(version, approver)
    other = factories.staff("approver2", Role.FINANCE_APPROVER, neighbourhood.city)
    assert advance(version, other).state == "APPROVED"


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
        advance(new, approver)
    other = factories.staff("approver2", Role.FINANCE_APPROVER, neighbourhood.city)
    assert advance(new, other).state == "APPROVED"


@pytest.mark.parametrize(
    ("operator", "value", "upper", "changed"),
    [("EQ", "91", None, ("95", None)), ("RANGE", "91", "93", ("92", "94"))],
)
def test_a_changed_target_is_read_as_before(
    draft, reviewer, neighbourhood, client, operator, value, upper, changed
):
    TargetVersion.objects.filter(pk=draft.pk).update(operator=operator, value=value, upper=upper)
    client.force_login(reviewer)
    sent = {"change": "1", "change-value": changed[0], "change-reason": "可更高"}
    if upper:
        sent["change-upper"] = changed[1]
    assert client.post(f"/staff/figures/targets/{draft.pk}/", sent).status_code == 302
    new = draft.target.versions.get(number=2)
    found = (new.operator, str(new.value), new.upper and str(new.upper))
    assert found == (operator, f"{changed[0]}.00", upper and f"{changed[1]}.00")


def test_a_newer_draft_replaces_one_that_nobody_has_checked(draft, clerk, neighbourhood):
    fields = {"place": neighbourhood.community, "indicator": "I38", "year": 2022}
    new = target_propose(actor=clerk, value=Decimal(93), reason="笔误", now=NOW, **fields)
    draft.refresh_from_db()
    assert (draft.state, new.state) == ("SUPERSEDED", "DRAFT")
    advance(new, clerk)
    target_propose(actor=clerk, value=Decimal(94), reason="再提高", now=NOW, **fields)
    new.refresh_from_db()
    assert new.state == "CHECKED"


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


STATES = ("DRAFT", "CHECKED", "COUNTY_REVIEW", "FINANCE_REVIEW", "SECOND_REVIEW")
#: Role → the states it may move a proposal of the community on from.
MOVES = {
    "clerk": {"DRAFT"},
    "reviewer": {"DRAFT", "CHECKED", "COUNTY_REVIEW"},
    "approver": {"CHECKED", "COUNTY_REVIEW", "FINANCE_REVIEW", "SECOND_REVIEW"},
    "evaluator": set(),
    "administrator": {"DRAFT", "CHECKED", "COUNTY_REVIEW"},
    "outsider": set(),
}


@pytest.mark.parametrize("state", [*STATES, "APPROVED", "PUBLISHED", "REJECTED", "SUPERSEDED"])
@pytest.mark.parametrize("role", MOVES)
def test_who_moves_what_from_where(request, role, state, neighbourhood):
    proposer = factories.staff("proposer", Role.COMMUNITY_STAFF, neighbourhood.community)
    version = version_add(
        target=target_get(
            place=neighbourhood.community, indicator="I38", variant="main", year=2022
        ),
        value=Decimal(92),
        previous=Decimal(90),
        origin=Origin.PERSON,
        state=TargetState(state),
        proposed_by=proposer,
        reason="提高",
        now=NOW,
    )
    actor = request.getfixturevalue(role)
    if state in MOVES[role]:
        assert advance(version, actor).state != state
        return
    with pytest.raises(PermissionDenied if state in STATES else ValidationError):
        advance(version, actor)
    version.refresh_from_db()
    assert version.state == state


# --- what the system proposes ---


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


def test_another_reading_of_an_indicator_follows_its_target(neighbourhood):
    county = neighbourhood.county

    def holds(variant: str) -> Decimal:
        return TargetBook([county], [2022]).holding(county, "I29", variant, 2022).value

    given = {"place": county, "indicator": "I29", "year": 2022, "document": "批复", "now": NOW}
    assert holds("by_household") == 90
    target_record(value=Decimal(95), **given)
    assert (holds("main"), holds("by_household")) == (95, 95)
    target_record(value=Decimal(92), variant="by_household", **given)
    assert (holds("main"), holds("by_household")) == (95, 92)
    assert TargetBook([county], [2022]).holding(county, "I28", "after_rate", 2022) is None


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


def in_finance(place, value, year=2022):
    """A draft of the reviewer that waits for finance."""
    version = target_get(place=place, indicator="I38", variant="main", year=year)
    return version_add(
        target=version,
        value=Decimal(value),
        previous=Decimal(90),
        origin=Origin.RECORD,
        state=TargetState.FINANCE_REVIEW,
        proposed_by=None,
        reason="",
        now=NOW,
    )


def test_an_older_proposal_does_not_bring_down_what_was_approved_meanwhile(neighbourhood, approver):
    place = neighbourhood.community
    older, newer = in_finance(place, "92"), in_finance(place, "94")
    assert target_advance(actor=approver, version=newer, now=NOW).state == "APPROVED"
    with pytest.raises(ValidationError):
        target_advance(actor=approver, version=older, now=NOW)
    assert TargetBook([place], [2022]).holding(place, "I38", "main", 2022).value == 94


def test_a_target_set_by_law_meanwhile_is_not_replaced(neighbourhood, approver):
    county = neighbourhood.county
    waiting = in_finance(county, "92")
    target_record(
        place=neighbourhood.city,
        indicator="I38",
        year=2022,
        value=Decimal(90),
        document="省级任务书",
        is_locked=True,
        now=NOW,
    )
    with pytest.raises(ValidationError):
        target_advance(actor=approver, version=waiting, now=NOW)


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


def test_a_changed_proposal_keeps_its_operator(neighbourhood, reviewer, approver):
    waiting = in_finance(neighbourhood.county, "92")
    TargetVersion.objects.filter(pk=waiting.pk).update(operator="EQ")
    new = target_change(
        actor=approver, version=waiting, value=Decimal(93), reason="可更高", now=NOW
    )
    assert new.operator == "EQ"
