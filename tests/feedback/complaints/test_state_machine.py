"""No sequence of actions reaches an illegal state, loses an event, or makes I32–I35 differ from a
recount that shares no code with them."""

from collections import Counter
from datetime import datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from feedback.complaints import services, states
from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import Complaint, Petition
from feedback.complaints.services.tallies import tally_compute
from feedback.complaints.staff_steps import STEPS
from feedback.complaints.states import OPEN, TRANSITIONS, Nature, State, Verdict
from portal.common.periods import Period
from portal.demo import factories
from portal.intake.receipts import new_key
from tests.feedback.complaints.conftest import NOW, category, jpeg
from tests.feedback.complaints.rates import case_rates

pytestmark = pytest.mark.django_db
HOURS = st.integers(min_value=1, max_value=40)
#: Which case an action is about, counted round.
WHICH = st.integers(0, 3)
MOST_CASES = 4
STEP_OF = {step.service.__name__: step for step in STEPS.values()}
#: When residents may do what.
RESIDENTS = {"complaint_confirm": states.ANSWERABLE, "complaint_withdraw": states.WITHDRAWABLE}


def counted_by_hand(cases):
    """Month of closing → (events closed, those that came again within 90 days), from the words of
    domain.md §6.2.4: row by row, every row looked at again for every row."""

    def end(case):
        case = main(case)
        if case.resolved_at is None and decided.get(case.pk):
            # By the petition office on that day, when offices close at the latest.
            return datetime.combine(decided[case.pk], time(18), LOCAL)
        return case.resolved_at

    def main(case):
        return known.get(case.merged_into_id, case)

    def same_home(one, other):
        mine = (one.household_id, one.category_id)
        return one.household_id is not None and mine == (other.household_id, other.category_id)

    known = {case.pk: case for case in cases}
    decided = dict(Petition.objects.values_list("complaint", "finished_date"))
    valid = [
        case
        for case in cases
        if main(case).nature == Nature.COMPLAINT
        and main(case).state not in {State.REFUSED, State.WITHDRAWN}
        and main(case).accepted_at is not None
    ]
    events = []
    for case in sorted(valid, key=lambda case: (case.filed_at, case.pk)):
        place = next((e for e in events if any(main(o) == main(case) for o in e)), None)
        if place is None:
            earlier = [(o.filed_at, o.pk, e) for e in events for o in e if same_home(o, case)]
            last = max(earlier, key=lambda one: one[:2])[2] if earlier else None
            if last is not None:
                soon = (local(case.filed_at) - local(last[0].filed_at)).days <= 30
                if soon or any(end(o) is None or end(o) > case.filed_at for o in last):
                    place = last
        if place is None:
            place = []
            events.append(place)
        place.append(case)
    found = Counter()
    for event in events:
        closed = None
        for case in event:
            if closed is not None and case.filed_at >= closed:
                break
            if end(case) is None:
                closed = None
                break
            closed = max(closed or end(case), end(case))
        if closed is None:
            continue
        month = f"{timezone.localtime(closed):%Y-%m}"
        found[month, "closed"] += 1
        found[month, "repeated"] += any(
            same_home(one, case) and closed <= one.filed_at <= closed + timedelta(days=90)
            for one in valid
            for case in event
        )
    return +found


def local(moment):
    return timezone.localtime(moment).date()


@pytest.mark.parametrize(
    ("examples", "steps"), [(12, 26), pytest.param(30, 32, marks=pytest.mark.postgres)]
)
def test_no_sequence_of_actions_breaks_a_case(
    examples, steps, file, clerk, colleague, builder, company, neighbourhood
):
    home = neighbourhood.households[0]
    project = factories.RenovationProjectFactory(county=neighbourhood.county)
    factories.ProjectCommunityFactory(project=project, community=neighbourhood.community)

    def goes_on(machine):
        """Whether another case is left when this one ends here; else most sequences end early."""
        return sum(State(case.state) in OPEN for case in machine.cases) > 1

    class Cases(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.savepoint = transaction.atomic()
            self.savepoint.__enter__()
            self.now = NOW
            self.cases = [file("C10", household=home), file("C10", household=home)]
            self.states = {case.pk: State.RECEIVED for case in self.cases}
            self.events = {case.pk: 1 for case in self.cases}
            #: Every answer that was taken, (verdict, rating), kept by the test itself.
            self.told = []
            self.act("complaint_accept", 0, 1, reply="已受理")

        def teardown(self):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

        def chosen(self, name, number, by):
            """A case it can be done with, where there is one, so that most actions do something.
            What is refused has a test of its own (test_step_matrix.py)."""
            if by is None:
                ready = [one for one in self.cases if one.state in RESIDENTS.get(name, OPEN)]
            else:
                ready = [one for one in self.cases if STEP_OF[name].is_open(by, one)]
            ready = ready or self.cases
            return ready[number % len(ready)]

        def act(self, name, number, hours, by=clerk, **given):
            """One action; what is refused must change nothing."""
            self.now += timedelta(hours=hours)
            case = self.chosen(name, number, by)
            before = list(case.events.order_by("pk").values_list("pk", flat=True))
            joined = case.followers.count()
            answer = (given.get("verdict"), given.get("rating"))
            if by is not None:
                given["by"] = by
            try:
                getattr(services, name)(complaint=case, now=self.now, **given)
            except (ValidationError, PermissionDenied):
                assert list(case.events.order_by("pk").values_list("pk", flat=True)) == before
                case.refresh_from_db()
                assert case.state == self.states[case.pk]
                assert case.followers.count() == joined
            else:
                if answer[0]:
                    self.told.append(answer)
                after = list(case.events.order_by("pk").values_list("pk", flat=True))
                assert after[: len(before)] == before
                # A second withdrawal says nothing new.
                assert len(after) > len(before) or case.state == State.WITHDRAWN
            for one in self.cases:
                one.refresh_from_db()

        @rule(number=WHICH, hours=HOURS, reply=st.sampled_from(["", "已受理"]))
        def accept(self, number, hours, reply):
            self.act("complaint_accept", number, hours, reply=reply)

        @rule(number=WHICH, hours=HOURS)
        def assign(self, number, hours):
            self.act("complaint_assign", number, hours, organisation=company)

        @rule(number=WHICH, hours=HOURS)
        def answer(self, number, hours):
            self.act("complaint_answer", number, hours, by=builder, text="已修")

        @rule(number=WHICH, hours=HOURS)
        def take_back(self, number, hours):
            self.act("complaint_take_back", number, hours)

        @rule(number=WHICH, hours=HOURS)
        def wait(self, number, hours):
            self.act("complaint_wait", number, hours, text="请告知单元")

        @rule(number=WHICH, hours=HOURS)
        def resume(self, number, hours):
            self.act("complaint_resume", number, hours)

        @rule(number=WHICH, hours=HOURS, days=st.integers(0, 11))
        def extend(self, number, hours, days):
            self.act("complaint_extend", number, hours, workdays=days, reason="下雨")

        @rule(number=WHICH, hours=HOURS, code=st.sampled_from(["C10", "C17", "C15"]))
        def reclassify(self, number, hours, code):
            given = {"category": category(code), "danger": False}
            self.act("complaint_reclassify", number, hours, **given)

        @rule(number=WHICH, hours=HOURS)
        def arrive(self, number, hours):
            self.act("complaint_arrive", number, hours, by=builder)

        @rule(number=WHICH, hours=HOURS)
        def resolve(self, number, hours):
            self.act("complaint_resolve", number, hours, text="修了")

        @rule(hours=HOURS)
        def accept_and_resolve_all(self, hours):
            """What happens to most cases."""
            for number in range(len(self.cases)):
                for name, given in (("accept", {"reply": ""}), ("resolve", {"text": "修了"})):
                    self.act(f"complaint_{name}", number, hours, **given)
                    self.states_follow_the_table_and_events_only_grow()

        @precondition(goes_on)
        @rule(number=WHICH, hours=HOURS)
        def refuse(self, number, hours):
            self.act("complaint_refuse", number, hours, nature=Nature.PRAISE, reason="r")

        @precondition(goes_on)
        @rule(number=WHICH, hours=HOURS)
        def merge(self, number, hours):
            case = self.chosen("complaint_merge", number, clerk)
            others = [other for other in self.cases if other != case]
            self.act("complaint_merge", number, hours, main=others[number % len(others)])

        @precondition(goes_on)
        @rule(number=WHICH, hours=HOURS)
        def transfer(self, number, hours):
            self.act("complaint_transfer", number, hours, office="局", reason="r")

        @rule(number=WHICH, hours=HOURS)
        def come_back(self, number, hours):
            self.act("petition_return", number, hours, reason="r")

        @rule(
            number=WHICH,
            hours=HOURS,
            verdict=st.sampled_from(Verdict),
            rating=st.sampled_from([None, 1, 5]),
        )
        def confirm(self, number, hours, verdict, rating):
            given = {"verdict": verdict, "rating": rating}
            self.act("complaint_confirm", number, hours, by=None, **given)

        @rule(number=WHICH, hours=HOURS, verdict=st.sampled_from(["", *Verdict.values]))
        def callback(self, number, hours, verdict):
            given = {"answered": verdict != "", "verdict": verdict}
            self.act("complaint_callback", number, hours, by=colleague, **given)

        @rule(number=WHICH, hours=HOURS)
        def contact(self, number, hours):
            self.act("complaint_contact", number, hours, note="打过电话")

        @rule(number=WHICH, hours=HOURS, days=st.integers(0, 30))
        def promise(self, number, hours, days):
            day = local(self.now + timedelta(hours=hours, days=days))
            self.act("complaint_promise", number, hours, day=day, text="已遮盖")

        @rule(number=WHICH, hours=HOURS)
        def hand_over(self, number, hours):
            self.act("complaint_hand_over", number, hours, person=colleague)

        @rule(number=WHICH, hours=HOURS)
        def join(self, number, hours):
            """Also a neighbour who joins files nothing: no rate moves."""
            self.act("complaint_join", number, hours, by=None, key=new_key())

        @rule(number=WHICH, hours=HOURS)
        def add(self, number, hours):
            self.act("complaint_add", number, hours, by=None, key=new_key(), text="还在漏")

        @rule(number=WHICH, hours=HOURS)
        def petition_goes_on(self, number, hours):
            day = local(self.now + timedelta(hours=hours))
            self.act("petition_accept", number, hours, day=day)
            self.act("petition_finish", number, 1, day=day, result="已答复")

        def added(self, case):
            self.cases.append(case)
            self.states[case.pk], self.events[case.pk] = State(case.state), case.events.count()

        @rule(number=WHICH, hours=HOURS)
        def split(self, number, hours):
            known = set(Complaint.objects.values_list("pk", flat=True))
            if len(self.cases) < MOST_CASES:
                given = {"category": category("C17"), "text": "另外路灯不亮"}
                self.act("complaint_split", number, hours, **given)
                for case in Complaint.objects.exclude(pk__in=known):
                    self.added(case)

        @rule(hours=st.integers(1, 1200))
        def file_again(self, hours):
            self.now += timedelta(hours=hours)
            if len(self.cases) < MOST_CASES:
                self.added(file("C10", household=home, now=self.now))

        @precondition(goes_on)
        @rule(number=WHICH, hours=HOURS)
        def withdraw(self, number, hours):
            self.act("complaint_withdraw", number, hours, by=None, reason="不用了")

        @rule(number=WHICH, hours=HOURS)
        def quality(self, number, hours):
            given = {"project": project, "work_item": "WATERPROOFING", "contractor": company}
            self.act("complaint_quality_mark", number, hours, **given)

        @rule(number=WHICH, hours=HOURS, passed=st.booleans())
        def reinspect(self, number, hours, passed):
            colour = tuple(int(self.now.timestamp()) // 3600 >> shift & 255 for shift in (0, 8, 16))
            photo = ContentFile(jpeg(colour, (16, 16)))
            given = {"passed": passed, "note": "看过了", "photo": photo}
            self.act("complaint_reinspect", number, hours, by=colleague, **given)

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
            assert rates.filed == len(cases)
            assert rates.on_time == sum(
                case.first_contact_at is not None and case.first_contact_at <= case.contact_due_at
                for case in cases
            )
            claims = [case.events.filter(kind="RESOLVED").exists() for case in cases]
            assert rates.staff_resolved == sum(claims)
            assert rates.staff_claimed == sum(
                claimed
                or (
                    case.due_at <= self.now
                    and case.state != State.TRANSFERRED
                    and (case.waiting_since is None or case.waiting_since >= case.due_at)
                )
                for case, claimed in zip(cases, claims, strict=True)
            )
            assert rates.answered == len(self.told)
            assert rates.solved == sum(verdict == "SOLVED" for verdict, _rating in self.told)
            assert rates.satisfied == sum((rating or 0) >= 4 for _verdict, rating in self.told)

        @invariant()
        def what_came_again_is_what_a_recount_by_hand_gives(self):
            if not hasattr(self, "cases"):
                return
            told = Counter()
            for month, counts in tally_compute(neighbourhood.community.pk)[2].items():
                for name in ("closed", "repeated"):
                    told[month, name] = counts[name]
            assert +told == counted_by_hand(list(Complaint.objects.all()))

    run_state_machine_as_test(
        Cases,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
