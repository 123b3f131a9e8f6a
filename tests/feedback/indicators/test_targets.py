"""Targets: who may propose, advance, approve and reject, and what a target does (domain.md §8)."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from feedback.indicators.models import TargetVersion
from feedback.indicators.services import (
    target_advance,
    target_change,
    target_propose,
    target_record,
    target_reject,
)
from feedback.indicators.services.targets import target_get, version_add
from feedback.indicators.states import Origin, TargetState
from feedback.indicators.targets import TargetBook
from portal.accounts.roles import Role
from portal.demo import factories
from tests.feedback.indicators.conftest import NOW

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


STATES = ("DRAFT", "CHECKED", "COUNTY_REVIEW", "FINANCE_REVIEW", "SECOND_REVIEW")


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


def test_a_changed_proposal_keeps_its_operator(neighbourhood, reviewer, approver):
    waiting = in_finance(neighbourhood.county, "92")
    TargetVersion.objects.filter(pk=waiting.pk).update(operator="EQ")
    new = target_change(
        actor=approver, version=waiting, value=Decimal(93), reason="可更高", now=NOW
    )
    assert new.operator == "EQ"
