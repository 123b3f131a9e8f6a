"""`manage.py seed_demo`: the same data for the same seed, and never where it must not be."""

import json
import stat
from collections import Counter
from datetime import date, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from feedback.complaints.models import Callback, Complaint, ComplaintEvent
from feedback.complaints.states import State
from feedback.indicators.models import Measurement
from feedback.indicators.services import rebuild
from feedback.surveys.models import Response, Survey
from feedback.surveys.queries import open_surveys
from notices.models import NoticePage
from notices.queries import next_cut
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.demo import factories
from portal.demo.clock import at, seeding_moment
from portal.demo.digest import demo_digest
from portal.demo.models import Seeding
from portal.pages.models import CommunityPage
from portal.places.models import Household, Place, StaffAssignment, StaleMark

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 11, 20)


class Undo(Exception):
    pass


def seed(*arguments: str) -> str:
    out = StringIO()
    call_command("seed_demo", "--small", f"--as-of={AS_OF}", *arguments, stdout=out)
    return out.getvalue()


def digest_of(*arguments: str) -> dict[str, str]:
    """The digest of a seeding that leaves nothing behind."""
    found: dict[str, str] = {}
    with pytest.raises(Undo), transaction.atomic():
        seed(*arguments)
        found = demo_digest()
        raise Undo
    return found


def test_the_same_seed_and_day_give_the_same_bytes() -> None:
    first, again = digest_of("--seed=5"), digest_of("--seed=5")
    assert first == again
    assert {"complaints.Complaint", "surveys.Response", "indicators.Measurement"} <= first.keys()


def test_another_seed_gives_other_data() -> None:
    first, other = digest_of("--seed=5"), digest_of("--seed=6")
    assert first["places.Household"] != other["places.Household"]
    assert first["complaints.Complaint"] != other["complaints.Complaint"]


class TestRefusals:
    def test_it_is_refused_where_the_demonstration_is_off(self) -> None:
        with override_settings(DEMONSTRATION=False), pytest.raises(CommandError) as refused:
            seed()
        assert len(str(refused.value).splitlines()) == 1
        assert not Place.objects.exists()

    def test_it_is_refused_on_production_settings(self) -> None:
        with (
            override_settings(SETTINGS_MODULE="portal.settings.production"),
            pytest.raises(CommandError),
        ):
            seed()
        assert not Place.objects.exists()

    def test_it_is_refused_where_there_are_places_of_its_own(self) -> None:
        factories.place("CITY", code="9999", name="某市")
        with pytest.raises(CommandError):
            seed()
        assert Place.objects.count() == 1

    def test_it_is_refused_after_a_seeding_that_was_broken_off(self) -> None:
        Seeding.objects.create(seed=1, as_of_date=AS_OF, started_at=timezone.now())
        with pytest.raises(CommandError):
            seed()

    def test_a_second_start_leaves_everything_as_it_is(self) -> None:
        seed()
        before = demo_digest()
        assert len(seed("--seed=77").strip().splitlines()) == 1
        assert demo_digest() == before
        assert Seeding.objects.count() == 1


def test_sign_ins_go_to_a_file_of_the_owner_and_nowhere_else(tmp_path: Path) -> None:
    file = tmp_path / "var" / "sign-ins.json"
    shown = seed(f"--sign-ins={file}")
    sign_ins = json.loads(file.read_text(encoding="utf-8"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len({one["password"] for one in sign_ins}) == len(sign_ins)
    assert not any(one["password"] in shown for one in sign_ins)
    for one in sign_ins:
        assert User.objects.get(username=one["username"]).check_password(one["password"])
    held = {
        role
        for name in (one["username"] for one in sign_ins)
        for role in StaffAssignment.objects.filter(user__username=name).values_list(
            "role", flat=True
        )
    }
    assert held == set(Role)


def test_without_a_file_nobody_can_sign_in() -> None:
    seed()
    assert not any(user.has_usable_password() for user in User.objects.all())


@pytest.fixture
def now() -> datetime:
    """A small demonstration, at the moment it was seeded for."""
    seed()
    return seeding_moment(AS_OF)


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


def test_what_became_of_a_case_could_have_happened(now: datetime) -> None:
    for complaint in Complaint.objects.prefetch_related("events", "callbacks"):
        events = sorted(complaint.events.all(), key=lambda event: event.pk)
        moments = [event.at for event in events]
        assert moments == sorted(moments), complaint.number
        assert moments[0] == complaint.filed_at
        assert moments[-1] <= now
        assert all(call.caller_id != complaint.resolved_by_id for call in complaint.callbacks.all())
        if complaint.state == State.CLOSED:
            assert complaint.verdict and complaint.resolved_at <= complaint.verdict_at
        if complaint.building and complaint.household:
            assert complaint.household.building_id == complaint.building_id
    assert ComplaintEvent.objects.filter(text="", kind="RESOLVED").count() == 0


def test_every_community_has_its_page_and_its_notices(now: datetime) -> None:
    assert CommunityPage.objects.live().count() == 3
    for place in Place.objects.communities():
        assert NoticePage.objects.live().for_place(place).count() >= 5
    first = Place.objects.get(code="PC001")
    cut = next_cut(first, now)
    assert cut is not None and cut.event_starts_at > now


def test_households_can_be_looked_up_by_number(now: datetime) -> None:
    numbers = Household.objects.order_by("pk").values_list("register_number", flat=True)
    assert list(numbers) == list(range(100_001, 100_001 + len(numbers)))
