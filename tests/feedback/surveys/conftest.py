"""A published satisfaction survey in the county, and what people need to answer it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

from feedback.surveys import services
from feedback.surveys.models import Survey
from feedback.surveys.states import Channel
from portal.demo import factories
from portal.intake import receipts
from tests.conftest import Neighbourhood

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
CORE: dict[str, Any] = {"B1": "4", "B18": "0", "B19": "3", "B21": "BETTER", "B22": ["C10"]}


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def survey(neighbourhood: Neighbourhood) -> Survey:
    return factories.published_survey("SATISFACTION", neighbourhood.county, now=NOW)


@pytest.fixture
def named_survey(neighbourhood: Neighbourhood) -> Survey:
    return factories.published_survey(
        "INTENTION", neighbourhood.county, now=NOW, slug="named", naming="NAMED"
    )


Submit = Callable[..., services.Submitted]


@pytest.fixture
def submit(survey: Survey, neighbourhood: Neighbourhood) -> Submit:
    """`submit(household, answers, key=…)`: a resident's answer to `survey`."""

    def do(household: Any, answers: dict[str, Any] | None = None, **given: Any) -> Any:
        fields = {
            "survey": survey,
            "community": neighbourhood.community,
            "household": household,
            "answers": CORE if answers is None else answers,
            "key": receipts.new_key(),
            "channel": Channel.SELF,
            "now": NOW + timedelta(minutes=5),
        }
        return services.response_submit(**{**fields, **given})

    return do


@pytest.fixture
def migrated_rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Puts back what migrations wrote, which the end of a test with real transactions empties."""
    with django_db_blocker.unblock():
        kept = connection.creation.serialize_db_to_string()
    yield
    with django_db_blocker.unblock():
        # Emptying wrote content types anew, under other keys.
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
        connection.creation.deserialize_db_from_string(kept)
        ContentType.objects.clear_cache()


@pytest.fixture
def real_transactions(migrated_rows: None, transactional_db: None) -> None:
    """Transactions that commit, as several threads or an operator of the database see them."""
