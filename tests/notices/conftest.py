"""The pages of the neighbourhood's places, on a Monday morning in March 2026."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from wagtail.models import Page

from portal.accounts.models import User
from portal.pages.models import CommunityPage, CountyPage
from portal.pages.services import pages_ensure
from tests.conftest import Neighbourhood

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)


@dataclass
class Pages:
    county: Page
    community: Page
    other: Page


@pytest.fixture
def pages(neighbourhood: Neighbourhood) -> Pages:
    pages_ensure()
    return Pages(
        CountyPage.objects.get(place=neighbourhood.county),
        CommunityPage.objects.get(place=neighbourhood.community),
        CommunityPage.objects.get(place=neighbourhood.other),
    )


@pytest.fixture
def now() -> Iterator[datetime]:
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", password="not-a-secret-of-anyone")
