"""No sequence of actions reaches an illegal state, loses an event, or moves a rate wrongly."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from feedback.complaints import services
from feedback.complaints.models import Complaint
from feedback.complaints.queries import case_rates
from feedback.complaints.states import OPEN, TRANSITIONS, Nature, State, Verdict
from portal.common.periods import Period
from tests.feedback.complaints.conftest import NOW, category

pytestmark = pytest.mark.django_db
HOURS = st.integers(min_value=1, max_value=40)


def test_no_sequence_of_actions_breaks_a_case(
    file, clerk, colleague, builder, company, neighbourhood
):
    class Cases(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.savepoint = transaction.atomic()
            self.savepoint.__enter__()
            self.now = NOW
            self.cases = [file("C10"), file("C10")]
            self.states = {case.pk: State.RECEIVED for case in self.cases}
            self.events = {case.pk: 1 for case in self.cases}

        def teardown(self):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

        def act(self, name, number, hours, by=clerk, **given):
            """One action; what is refused must change nothing."""
            self.now += timedelta(hours=hours)
            case = self.cases[number % 2]
            before = list(case.events.order_by("pk").values_list("pk", flat=True))
            if by is not None:
                given["by"] = by
            try:
                getattr(services, name)(complaint=case, now=self.now, **given)
            except (ValidationError, PermissionDenied):
                assert list(case.events.order_by("pk").values_list("pk", flat=True)) == before
                case.refresh_from_db()
                assert case.state == self.states[case.pk]
            else:
                after = list(case.events.order_by("pk").values_list("pk", flat=True))
                assert after[: len(before)] == before
                assert len(after) > len(before)
            for one in self.cases:
                one.refresh_from_db()

        @rule(number=st.integers(0, 1), hours=HOURS, reply=st.sampled_from(["", "已受理"]))
        def accept(self, number, hours, reply):
            self.act("complaint_accept", number, hours, reply=reply)

        @rule(number=st.integers(0, 1), hours=HOURS)
        def assign(self, number, hours):
            self.act("complaint_assign", number, hours, organisation=company)

        @rule(number=st.integers(0, 1), hours=HOURS)
        def answer(self, number, hours):
            self.act("complaint_answer", number, hours, by=builder, text="已修")

        @rule(number=st.integers(0, 1), hours=HOURS)
        def take_back(self, number, hours):
            self.act("complaint_take_back", number, hours)

        @rule(number=st.integers(0, 1), hours=HOURS)
        def wait(self, number, hours):
            self.act("complaint_wait", number, hours, text="请告知单元")

        @rule(number=st.integers(0, 1), hours=HOURS)
        def resume(self, number, hours):
            self.act("complaint_resume", number, hours)

        @rule(number=st.integers(0, 1), hours=HOURS, days=st.integers(0, 11))
        def extend(self, number, hours, days):
            self.act("complaint_extend", number, hours, workdays=days, reason="下雨")

        @rule(number=st.integers(0, 1), hours=HOURS, code=st.sampled_from(["C10", "C17", "C15"]))
        def reclassify(self, number, hours, code):
            given = {"category": category(code), "danger": False}
            self.act("complaint_reclassify", number, hours, **given)

        @rule(number=st.integers(0, 1), hours=HOURS)
        def resolve(self, number, hours):
            self.act("complaint_resolve", number, hours, text="修了")

        @rule(number=st.integers(0, 1), hours=HOURS)
        def refuse(self, number, hours):
            self.act("complaint_refuse", number, hours, nature=Nature.PRAISE, reason="r")

        @rule(number=st.integers(0, 1), hours=HOURS)
        def merge(self, number, hours):
            self.act("complaint_merge", number, hours, main=self.cases[1 - number])

        @rule(number=st.integers(0, 1), hours=HOURS)
        def transfer(self, number, hours):
            self.act("complaint_transfer", number, hours, office="局", reason="r")

        @rule(number=st.integers(0, 1), hours=HOURS)
        def come_back(self, number, hours):
            self.act("petition_return", number, hours, reason="r")

        @rule(
            number=st.integers(0, 1),
            hours=HOURS,
            verdict=st.sampled_from(Verdict),
            rating=st.sampled_from([None, 1, 5]),
        )
        def confirm(self, number, hours, verdict, rating):
            given = {"verdict": verdict, "rating": rating}
            self.act("complaint_confirm", number, hours, by=None, **given)

        @rule(number=st.integers(0, 1), hours=HOURS, answered=st.booleans())
        def callback(self, number, hours, answered):
            verdict = "SOLVED" if answered else ""
            given = {"answered": answered, "verdict": verdict}
            self.act("complaint_callback", number, hours, by=colleague, **given)

        @rule(hours=st.integers(200, 600))
        def silence(self, hours):
            self.now += timedelta(hours=hours)
            services.complaints_close_silent(now=self.now)
            for one in self.cases:
                one.refresh_from_db()

        @invariant()
        def states_follow_the_table_and_events_only_grow(self):
            for case in getattr(self, "cases", []):
                old, new = State(self.states[case.pk]), State(case.state)
                assert old == new or new in TRANSITIONS[old], (old, new)
                count = case.events.count()
                assert count >= self.events[case.pk]
                assert old == new or count > self.events[case.pk]
                self.states[case.pk], self.events[case.pk] = new, count
                assert case.waiting_since is None or new in OPEN

        @invariant()
        def rates_are_what_a_recount_by_hand_gives(self):
            if not hasattr(self, "cases"):
                return
            month = Period.containing("MONTH", NOW.date())
            year = Period(month.start, month.end.replace(year=month.end.year + 9, day=28), "MONTH")
            rates = case_rates(neighbourhood.community, year, self.now)
            cases = [
                case
                for case in Complaint.objects.all()
                if case.nature == Nature.COMPLAINT
                and case.state not in {State.REFUSED, State.WITHDRAWN}
            ]
            told = [case for case in cases if case.verdict]
            assert rates.filed == len(cases)
            assert rates.on_time == sum(
                case.first_contact_at is not None and case.first_contact_at <= case.contact_due_at
                for case in cases
            )
            assert rates.answered == len(told)
            assert rates.solved == sum(case.verdict == Verdict.SOLVED for case in told)
            assert rates.satisfied == sum((case.rating or 0) >= 4 for case in told)

    run_state_machine_as_test(
        Cases,
        settings=settings(
            max_examples=12,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
