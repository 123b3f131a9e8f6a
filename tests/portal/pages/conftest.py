from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
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
def chinese_and_nothing_kept(settings: Any) -> Iterator[None]:
    """Each test has keys of its own: emptying a shared cache would empty that of others."""
    prefix = uuid4().hex
    settings.CACHES = {
        alias: {**cache, "KEY_PREFIX": prefix + alias} for alias, cache in settings.CACHES.items()
    }
    with translation.override("zh-hans"):
        yield
