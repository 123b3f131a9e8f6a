"""The whole register and record, seeded once for the tests of this folder that only read it."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from portal.demo import plan
from portal.demo.progress import Progress
from portal.demo.record import record_seed
from portal.demo.register import Register, register_seed
from portal.demo.rng import rng_for


@pytest.fixture(scope="module")
def datong(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[Register]:
    """The 79 communities with their projects; rolled back when the module is through."""
    with django_db_blocker.unblock(), transaction.atomic():
        register = register_seed(plan.FULL, rng_for(2020, "register"), Progress(None, 1))
        record_seed(register, rng_for(2020, "record"))
        yield register
        transaction.set_rollback(True)
