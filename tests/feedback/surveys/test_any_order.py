"""No order of answers, replacements, withdrawals and rebuilds makes tallies differ from a recount
that shares no code with them."""

from collections import Counter
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from feedback.surveys import services
from feedback.surveys.models import Participation, Response, Survey, SurveyTally
from feedback.surveys.states import Channel
from portal.accounts.models import User
from portal.intake import receipts
from portal.places.models import StaleMark
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import NOW

pytestmark = pytest.mark.django_db
STEPS = st.sampled_from(["1", "2", "3", "4", "5", "0"])
WAYS = st.sampled_from([Channel.SELF, Channel.PAPER, Channel.PHONE])


def core(step: str) -> dict[str, Any]:
    return {"B1": step, "B19": "3", "B21": "BETTER", "B22": ["C10"]}


def test_no_order_of_answers_makes_tallies_differ(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User
):
    homes = neighbourhood.households
    where = {"survey_id": survey.pk, "community_id": neighbourhood.community.pk, "now": NOW}
    Survey.objects.filter(pk=survey.pk).update(open_answers=True)

    class Answers(RuleBasedStateMachine):
        """`stored`: receipt → (headline, way, has a code), as plainly as it can be kept."""

        @initialize()
        def begin(self) -> None:
            self.savepoint = transaction.atomic()
            self.savepoint.__enter__()
            self.survey = Survey.objects.get(pk=survey.pk)
            self.stored: dict[str, tuple[str, Channel, bool]] = {}
            self.sent: dict[str, tuple[Any, str]] = {}
            self.took_part: set[int] = set()
            self.seen = self.changes = 0

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

        @property
        def is_closed(self) -> bool:
            return self.survey.closed_at is not None

        def send(self, home: Any, step: str, way: Channel, key: str) -> services.Submitted:
            return services.response_submit(
                survey=self.survey,
                community=neighbourhood.community,
                household=home,
                answers=core(step),
                key=key,
                channel=way,
                staff=None if way == Channel.SELF else clerk,
                now=NOW,
            )

        @rule(number=st.integers(0, len(homes) - 1), step=STEPS, way=WAYS)
        @precondition(lambda self: not self.is_closed)
        def answer(self, number: int, step: str, way: Channel) -> None:
            home, key = homes[number], receipts.new_key()
            done = self.send(home, step, way, key)
            assert done.duplicate is (home.pk in self.took_part)
            if not done.duplicate:
                self.took_part.add(home.pk)
                self.stored[done.receipt] = (step, way, True)
                self.sent[done.receipt] = (home, key)
                self.changes += 1

        @rule(steps=st.lists(STEPS, min_size=3, max_size=12))
        @precondition(lambda self: not self.is_closed)
        def a_stairwell_answers(self, steps: list[str]) -> None:
            for number, step in enumerate(steps):
                self.answer(number, step, Channel.SELF)

        @rule(step=STEPS)
        @precondition(lambda self: not self.is_closed)
        def answer_without_a_code(self, step: str) -> None:
            key = receipts.new_key()
            done = self.send(None, step, Channel.SELF, key)
            self.stored[done.receipt] = (step, Channel.SELF, False)
            self.sent[done.receipt] = (None, key)
            self.changes += 1

        @rule(which=st.integers(0, 30), step=STEPS)
        @precondition(lambda self: self.stored and not self.is_closed)
        def send_again(self, which: int, step: str) -> None:
            """The same key: nothing changes, whatever is in it."""
            receipt = self.pick(which)
            home, key = self.sent[receipt]
            before, way, _code = self.stored[receipt]
            if step == before:
                again = self.send(home, step, way, key)
                assert again.repeated and again.receipt == receipt
            else:
                with pytest.raises(services.AnswerConflict):
                    self.send(home, step, way, key)

        @rule(which=st.integers(0, 30), step=STEPS)
        @precondition(lambda self: self.stored and not self.is_closed)
        def replace(self, which: int, step: str) -> None:
            receipt = self.pick(which)
            services.response_replace(
                survey=self.survey, receipt=receipt, answers=core(step), now=NOW
            )
            self.stored[receipt] = (step, *self.stored[receipt][1:])
            self.changes += 1

        @rule(which=st.integers(0, 30))
        @precondition(lambda self: self.stored and not self.is_closed)
        def withdraw(self, which: int) -> None:
            receipt = self.pick(which)
            services.response_withdraw(survey=self.survey, receipt=receipt, now=NOW)
            del self.stored[receipt], self.sent[receipt]
            self.changes += 1

        @rule()
        def rebuild(self) -> None:
            services.tallies_sweep(now=NOW)
            assert not StaleMark.objects.filter(kind="SURVEY").exists()
            assert not services.tally_rebuild(**where)
            if not self.is_closed:
                self.moved_in_steps()

        @rule()
        @precondition(lambda self: len(self.stored) > 3 and not self.is_closed)
        def close(self) -> None:
            services.survey_close(survey=self.survey, now=NOW)

        @invariant()
        def what_is_stored_is_what_was_said(self) -> None:
            rows = Response.objects.values_list("receipt_hash", "answers", "channel")
            assert sorted((hashed, said["B1"], way) for hashed, said, way in rows) == sorted(
                (receipts.receipt_hash(receipt), step, str(way))
                for receipt, (step, way, _code) in self.stored.items()
            )
            homes_in = set(Participation.objects.values_list("household_id", flat=True))
            assert homes_in == self.took_part

        def pick(self, which: int) -> str:
            return sorted(self.stored)[which % len(self.stored)]

        def moved_in_steps(self) -> None:
            """By ten changes at least, or not at all."""
            released = SurveyTally.objects.get(survey=survey).released
            assert released == self.seen or self.changes >= services.STEP
            if released != self.seen:
                self.seen, self.changes = released, 0

        def recount(self) -> None:
            services.survey_close(survey=self.survey, now=NOW)
            services.tallies_sweep(now=NOW)
            tally = SurveyTally.objects.get(survey=survey)
            counted = [one for one in self.stored.values() if one[2]]
            assert tally.returned == len(self.took_part)
            assert tally.released == len(counted)
            assert tally.open_answers == len(self.stored) - len(counted)
            assert tally.counts == Counter(step for step, _way, _code in counted)
            assert tally.valid == sum(step != "0" for step, _way, _code in counted)
            for way in {way for _step, way, _code in counted}:
                of_way = Counter(step for step, one, _code in counted if one == way)
                assert tally.by_mode[way] == of_way

        @rule()
        @precondition(lambda self: self.is_closed)
        def after_closing_a_recount_by_hand_agrees(self) -> None:
            self.recount()

    class AnswersToTheEnd(Answers):
        def teardown(self) -> None:
            try:
                if hasattr(self, "savepoint"):
                    self.recount()
            finally:
                super().teardown()

    run_state_machine_as_test(
        AnswersToTheEnd,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
