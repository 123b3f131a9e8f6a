"""The small demonstration, seeded once for the tests of this folder that only read it."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import transaction


@pytest.fixture(scope="package")
def seeded(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Rolled back when the folder is through."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("seed_demo", small=True, verbosity=0)
        yield
        transaction.set_rollback(True)
