from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.utils import translation

from portal.pages.models import CommunityPage, CountyPage
from portal.pages.services import pages_ensure
from tests.conftest import Neighbourhood


@pytest.fixture
def community_page(neighbourhood: Neighbourhood) -> CommunityPage:
    """The page of `community`; all counties and communities have theirs."""
    pages_ensure()
    return CommunityPage.objects.get(place=neighbourhood.community)


@pytest.fixture
def county_page(community_page: CommunityPage, neighbourhood: Neighbourhood) -> CountyPage:
    return CountyPage.objects.get(place=neighbourhood.county)


@pytest.fixture(autouse=True)
def chinese_and_nothing_kept() -> Iterator[None]:
    caches["pages"].clear()
    caches["default"].clear()
    with translation.override("zh-hans"):
        yield
