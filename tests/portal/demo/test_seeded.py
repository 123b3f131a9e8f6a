"""What stands in the small demonstration once it is seeded. Nothing here changes it."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from wagtail.models import Revision, WorkflowState

from feedback.complaints.models import Callback, Complaint, ComplaintEvent
from feedback.complaints.states import State
from feedback.indicators.models import Measurement, TargetVersion
from feedback.indicators.services import rebuild
from feedback.indicators.states import TargetState
from feedback.surveys.models import Response, Survey
from feedback.surveys.queries import open_surveys
from feedback.surveys.services import STEP
from notices.coverage import publicity_coverage
from notices.guard import notice_problems
from notices.models import NoticePage, NoticePosting
from notices.queries import next_cut
from notices.states import Coverage
from portal.accounts.models import User
from portal.demo.clock import at, seeding_moment
from portal.demo.texts.board import ROOF_FOUND
from portal.pages.models import CommunityPage
from portal.places.models import Household, Place, StaleMark

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 11, 20)


@pytest.fixture(scope="module")
def now(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[datetime]:
    """The moment the demonstration was seeded for; rolled back when the module is through."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("seed_demo", "--small", f"--as-of={AS_OF}", verbosity=0)
        yield seeding_moment(AS_OF)
        transaction.set_rollback(True)


def test_a_rebuild_finds_nothing_to_mend(now: datetime) -> None:
    assert Measurement.objects.exists()
    assert not StaleMark.objects.exists()
    found: list[str] = []
    assert rebuild(None, now, report=found.append) == 0, found


def test_two_waves_are_sealed_and_one_runs(now: datetime) -> None:
    sealed = Survey.objects.filter(sealed_at__isnull=False).order_by("opens_at")
    assert [survey.kind for survey in sealed] == ["INTENTION", "SATISFACTION"]
    for place in Place.objects.communities():
        [card] = open_surveys(place, now)
        assert card.closes_at == at(date(2026, 12, 4), 20)
    assert Response.objects.filter(survey__sealed_at=None).exists()


def test_the_ledgers_hold_the_windows_of_the_reduction(now: datetime) -> None:
    months = Counter(
        timezone.localdate(filed).replace(day=1)
        for filed in Complaint.objects.values_list("filed_at", flat=True)
    )
    assert min(months) == date(2019, 9, 1)
    assert date(2022, 7, 1) >= max(month for month in months if month.year < 2025)
    assert timezone.localdate(Complaint.objects.latest("filed_at").filed_at) < AS_OF


def test_cases_stand_in_every_state_that_clerks_meet(now: datetime) -> None:
    states = set(Complaint.objects.values_list("state", flat=True))
    assert {State.ACCEPTED, State.RESOLVED, State.CLOSED, State.REOPENED} <= states
    assert Callback.objects.filter(answered=True).exists()
    assert Callback.objects.filter(answered=False).exists()
    # Nothing of the record is left over: a worklist with thousands of days overdue helps nobody.
    oldest = Complaint.objects.open().earliest("filed_at")
    assert now - oldest.filed_at < timedelta(days=120)


def test_what_became_of_a_case_could_have_happened(now: datetime) -> None:
    for complaint in Complaint.objects.prefetch_related("events", "callbacks"):
        events = sorted(complaint.events.all(), key=lambda event: event.pk)
        # Neighbours and inspections are seeded after everything else, at moments in between.
        later = {ComplaintEvent.Kind.JOINED, ComplaintEvent.Kind.REINSPECTED}
        moments = [event.at for event in events if event.kind not in later]
        assert moments == sorted(moments), complaint.number
        assert all(moments[0] <= event.at <= now for event in events if event.kind in later)
        assert moments[0] == complaint.filed_at
        assert moments[-1] <= now
        assert all(call.caller_id != complaint.resolved_by_id for call in complaint.callbacks.all())
        if complaint.state == State.CLOSED:
            assert complaint.verdict and complaint.resolved_at <= complaint.verdict_at
        if complaint.building and complaint.household:
            assert complaint.household.building_id == complaint.building_id
    assert ComplaintEvent.objects.filter(text="", kind="RESOLVED").count() == 0


def test_every_community_has_its_page_and_its_notices(now: datetime) -> None:
    assert CommunityPage.objects.live().count() == 4
    for place in Place.objects.communities():
        assert NoticePage.objects.live().for_place(place).count() >= 5
    first = Place.objects.get(code="PC001")
    cut = next_cut(first, now)
    assert cut is not None and cut.event_starts_at > now


def test_each_quarter_of_the_works_has_its_bulletin_on_complaints(now: datetime) -> None:
    communities = Place.objects.communities().exclude(renovation__completed_date=None)
    assert communities
    for place in communities:
        cells = [c for c in publicity_coverage(place, AS_OF) if c.required.code == "N17"]
        starts = [date(2020, 7, 1), date(2020, 10, 1), date(2021, 1, 1), date(2021, 4, 1)]
        assert [cell.period.start for cell in cells if cell.period] == starts
        assert {cell.state for cell in cells} == {Coverage.PUBLISHED}


def test_households_can_be_looked_up_by_number(now: datetime) -> None:
    numbers = Household.objects.order_by("pk").values_list("register_number", flat=True)
    assert list(numbers) == list(range(100_001, 100_001 + len(numbers)))


def test_targets_are_in_force_and_proposals_wait(now: datetime) -> None:
    approved = TargetVersion.objects.approved().filter(target__year=AS_OF.year)
    assert {version.target.indicator for version in approved} >= {"I29", "I38", "I40"}
    waiting = TargetVersion.objects.pending().filter(target__year=AS_OF.year)
    assert waiting.filter(state=TargetState.FINANCE_REVIEW).exists()
    assert not waiting.filter(measurement=None).exists()
    people = TargetVersion.objects.exclude(proposed_by=None)
    assert set(people.values_list("state", flat=True)) == {TargetState.DRAFT, TargetState.CHECKED}


def test_a_draft_is_under_review_one_waits_and_one_hangs_on_the_board(now: datetime) -> None:
    states = WorkflowState.objects.filter(status=WorkflowState.STATUS_IN_PROGRESS)
    reviewed = [state.content_object.specific for state in states]
    assert [page.notice_type.code for page in reviewed] == ["N13"]
    [task] = [state.current_task_state.task.specific for state in states]
    assert task.get_task_states_user_can_moderate(User.objects.get(username="reviewer")).exists()
    missing = {problem.field for problem in notice_problems(reviewed[0], now=now)}
    assert missing == {"publicity_start", "publicity_end"}
    [due] = Revision.objects.exclude(approved_go_live_at=None)
    assert due.as_object().notice_type.code == "N12"
    assert NoticePosting.objects.get().notice.live


def test_the_running_survey_is_one_answer_short_of_a_step(now: datetime) -> None:
    """So that whoever answers sees the results move."""
    survey = Survey.objects.answerable(now).get(kind="SATISFACTION")
    unseen = survey.responses.filter(community__code="PC001", shown__isnull=True)
    assert unseen.count() == STEP - 1


def test_a_finding_fits_the_category_of_its_case(now: datetime) -> None:
    cases = Complaint.objects.filter(channel="SUPERVISION")
    assert [(case.category_id, case.text) for case in cases] == [("C10", ROOF_FOUND)]
