"""A published satisfaction survey in the county, and what people need to answer it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

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
