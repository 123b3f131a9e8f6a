"""`manage.py seed_demo`: the same data for the same seed, and never where it must not be."""

import json
import stat
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.demo import factories
from portal.demo.digest import demo_digest
from portal.demo.models import Seeding
from portal.places.models import Place, StaffAssignment

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


@pytest.fixture(scope="module")
def first(django_db_setup: None, django_db_blocker: Any) -> dict[str, str]:
    with django_db_blocker.unblock():
        return digest_of("--seed=5")


def test_the_same_seed_and_day_give_the_same_bytes(first: dict[str, str]) -> None:
    assert digest_of("--seed=5") == first
    assert {"complaints.Complaint", "surveys.Response", "indicators.Measurement"} <= first.keys()


def test_another_seed_gives_other_data(first: dict[str, str]) -> None:
    other = digest_of("--seed=6")
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
        # Without a file for them, nobody was given a password.
        assert not any(user.has_usable_password() for user in User.objects.all())
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
