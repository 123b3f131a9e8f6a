"""The life of a corrective action, who may do what in it, and what the log keeps."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from feedback.complaints.models import Category
from feedback.complaints.services import complaint_file
from feedback.plans import services
from feedback.plans.models import ActionEvent, ActionVerdict, CorrectiveAction
from feedback.plans.states import MOVES, State, Verdict
from feedback.plans.verdicts import verdict_counts
from portal.demo import factories
from portal.intake.receipts import new_key
from portal.pages.services import pages_ensure
from tests.feedback.plans.conftest import CAUSE, DUE, EVIDENCE, NOW, PLAN, jpeg

pytestmark = pytest.mark.django_db
PEOPLE = ("clerk", "reviewer", "evaluator", "approver", "administrator", "outsider")


def test_a_trigger_opens_one_action_a_period(opened, neighbourhood):
    again, is_new = services.action_open(
        place=neighbourhood.community, cause=CAUSE, evidence=EVIDENCE, now=NOW
    )
    assert (again, is_new) == (opened, False)
    assert opened.events.get().actor is None


def test_the_rank_can_be_recomputed_from_its_parts(opened, neighbourhood):
    # The only community of its county with households, and no complaint anywhere.
    assert opened.rank_parts == {
        "gap": "0.000000",
        "household_share": "1.000000",
        "complaint_percentile": "0.500000",
        "wish_share": "0.000000",
    }
    assert opened.rank == Decimal("0.4000")


def test_more_complaints_rank_higher(neighbourhood):
    sub = neighbourhood.subdistrict
    quiet = factories.place("COMMUNITY", sub, code="PC002", name="安静里小区")
    building = factories.BuildingFactory(place=quiet, name="1号楼")
    factories.HouseholdFactory.create_batch(12, building=building)
    complaint_file(
        key=new_key(),
        community=neighbourhood.community,
        category=Category.objects.get(code="C10"),
        text="屋顶漏雨",
        now=NOW - timedelta(days=9),
    )
    ranks = {
        place.code: services.rank_parts(place, CAUSE, NOW.date())
        for place in (neighbourhood.community, quiet)
    }
    assert ranks["PC001"]["complaint_percentile"] == Decimal("0.75")
    assert ranks["PC002"]["complaint_percentile"] == Decimal("0.25")
    assert ranks["PC002"]["household_share"] == Decimal("0.5")


def test_a_plan_says_what_who_and_until_when(opened, clerk):
    with pytest.raises(ValidationError) as refused:
        services.action_plan(action=opened, by=clerk, now=NOW, due_on=date(2026, 1, 1))
    fields = {"measure", "resident_text_zh", "owner", "due_on"}
    assert set(refused.value.message_dict) == fields
    opened.refresh_from_db()
    assert opened.state == State.OPEN


def test_the_way_of_an_action(done, reviewer):
    services.action_close(action=done, by=reviewer, reason="", now=NOW)
    assert done.state == State.CLOSED
    kinds = list(done.events.order_by("pk").values_list("kind", "is_public"))
    assert kinds == [
        ("OPENED", False),
        ("PLANNED", False),
        ("PROMISED", True),
        ("DONE", True),
        ("CLOSED", True),
    ]


def steps(clerk, reviewer):
    """Name of a step → what it does, the states it is possible in, who may take it."""
    plans, promises = {"clerk", "reviewer", "administrator"}, {"reviewer", "administrator"}
    return {
        "plan": (lambda a, by: services.action_plan(action=a, by=by, now=NOW, owner=by, **PLAN),
                 {State.OPEN, State.PLANNED}, plans),
        "promise": (lambda a, by: services.action_promise(action=a, by=by, now=NOW),
                    {State.PLANNED}, promises),
        "return": (lambda a, by: services.action_return(action=a, by=by, reason="再想想", now=NOW),
                   {State.PLANNED}, promises),
        "note": (lambda a, by: services.action_note(
                    action=a, by=by, text="已开工", is_public=True, now=NOW),
                 {State.PROMISED, State.DONE}, plans),
        "postpone": (lambda a, by: services.action_postpone(
                        action=a, by=by, due_on=DUE + timedelta(days=9), reason="雨季", now=NOW),
                     {State.PROMISED}, promises),
        "done": (lambda a, by: services.action_done(
                    action=a, by=by, text="好了", photo=jpeg(), now=NOW),
                 {State.PROMISED}, plans),
        "reopen": (lambda a, by: services.action_reopen(action=a, by=by, reason="还漏", now=NOW),
                   {State.DONE}, promises),
        "close": (lambda a, by: services.action_close(action=a, by=by, reason="", now=NOW),
                  {State.DONE}, promises),
        "drop": (lambda a, by: services.action_drop(action=a, by=by, reason="并入别项", now=NOW),
                 {State.OPEN, State.PLANNED, State.PROMISED}, promises),
    }  # fmt: skip


@pytest.mark.parametrize("state", [state.value for state in State])
@pytest.mark.parametrize("person", PEOPLE)
def test_who_may_take_which_step_in_which_state(done, clerk, reviewer, request, person, state):
    by = request.getfixturevalue(person)
    CorrectiveAction.objects.filter(pk=done.pk).update(state=state)
    for name, (step, states, people) in steps(clerk, reviewer).items():
        CorrectiveAction.objects.filter(pk=done.pk).update(state=state, due_on=DUE)
        done.refresh_from_db()
        before = ActionEvent.objects.count()
        if person not in people:
            with pytest.raises(PermissionDenied):
                step(done, by)
        elif state not in states:
            with pytest.raises(ValidationError):
                step(done, by)
        else:
            step(done, by)
        done.refresh_from_db()
        changed = ActionEvent.objects.count() - before
        assert changed == (1 if person in people and state in states else 0), name
        if not changed:
            assert done.state == state


def test_every_state_has_its_moves():
    assert set(MOVES) == set(State)


def test_done_needs_words_and_a_photo(promised, clerk):
    with pytest.raises(ValidationError) as refused:
        services.action_done(action=promised, by=clerk, text=" ", photo=None, now=NOW)
    assert set(refused.value.message_dict) == {"text", "photo"}


def test_the_log_is_append_only(opened):
    event = opened.events.get()
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()


class TestVerdicts:
    def judge(self, action, home, verdict=Verdict.YES, key=None):
        return services.action_judge(
            action=action, verdict=verdict, household=home, key=key or new_key()
        )

    def test_each_household_counts_once_and_the_latest_holds(self, done, neighbourhood):
        home = neighbourhood.households[0]
        assert not self.judge(done, home).replaced
        assert self.judge(done, home, Verdict.NO).replaced
        self.judge(done, neighbourhood.households[1])
        assert verdict_counts(done) == {"YES": 1, "PARTLY": 0, "NO": 1}

    def test_sent_twice_it_is_one(self, done, neighbourhood):
        key = new_key()
        first = self.judge(done, neighbourhood.households[0], key=key)
        assert self.judge(done, neighbourhood.households[0], key=key).receipt == first.receipt
        self.judge(done, None, key=key)
        assert ActionVerdict.objects.count() == 1

    def test_without_a_code_it_is_shown_apart(self, done):
        self.judge(done, None, Verdict.NO)
        self.judge(done, None, Verdict.NO)
        assert verdict_counts(done)["NO"] == 0
        assert verdict_counts(done, with_code=False)["NO"] == 2

    def test_a_home_elsewhere_is_refused(self, done, neighbourhood):
        building = factories.BuildingFactory(place=neighbourhood.other)
        with pytest.raises(ValidationError):
            self.judge(done, factories.HouseholdFactory(building=building))

    def test_nobody_is_asked_before_it_is_done(self, promised, neighbourhood):
        with pytest.raises(ValidationError):
            self.judge(promised, neighbourhood.households[0])

    def test_where_most_say_no_closing_needs_a_reason(self, done, neighbourhood, reviewer):
        self.judge(done, neighbourhood.households[0], Verdict.NO)
        with pytest.raises(ValidationError):
            services.action_close(action=done, by=reviewer, reason="", now=NOW)
        services.action_close(action=done, by=reviewer, reason="已复检", now=NOW)
        assert done.state == State.CLOSED

    def test_done_anew_they_are_asked_anew(self, done, neighbourhood, reviewer, clerk):
        self.judge(done, neighbourhood.households[0], Verdict.NO)
        services.action_reopen(action=done, by=reviewer, reason="还漏", now=NOW)
        services.action_done(action=done, by=clerk, text="又修了", photo=jpeg(), now=NOW)
        assert sum(verdict_counts(done).values()) == 0
        told = done.events.get(kind="REOPENED")
        assert told.is_public
        assert "没有做到" in told.text
        self.judge(done, neighbourhood.households[0])
        assert verdict_counts(done)["YES"] == 1
        assert ActionVerdict.objects.count() == 2

    def test_nothing_names_the_home(self, done, neighbourhood):
        home = neighbourhood.households[0]
        self.judge(done, home)
        row = ActionVerdict.objects.values().get()
        assert set(row) == {"id", "action_id", "verdict", "round", "household_mark", "receipt_hash"}
        assert len(row["household_mark"]) == 64


def test_the_promises_become_a_draft_of_n18_once(promised, reviewer, clerk, neighbourhood):
    pages_ensure()
    place = neighbourhood.community
    with pytest.raises(PermissionDenied):
        services.promises_draft(place=place, by=clerk, now=NOW)
    page = services.promises_draft(place=place, by=reviewer, now=NOW)
    assert (page.notice_type.code, page.live) == ("N18", False)
    stored = page.get_latest_revision_as_object()
    assert "更换1号楼排水管" in stored.extra["actions"]
    with pytest.raises(ValidationError):
        services.promises_draft(place=place, by=reviewer, now=NOW)
