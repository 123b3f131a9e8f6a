"""The named people of tests/conftest.py at their desks, and pages for their places."""

from dataclasses import dataclass

import pytest
from django.test import Client
from wagtail.models import Page

from portal.accounts.models import User
from portal.demo import factories
from portal.pages.models import CommunityPage, CountyPage, HomePage
from portal.places.models import Building, Household
from tests.conftest import Neighbourhood


@dataclass
class Pages:
    home: Page
    county: Page
    community: Page
    other_county: Page
    other: Page


@pytest.fixture
def pages(neighbourhood: Neighbourhood) -> Pages:
    home = HomePage.objects.get()
    n = neighbourhood
    county = home.add_child(instance=CountyPage(title="平城区", slug="pc", place=n.county))
    community = county.add_child(
        instance=CommunityPage(title="和平里小区", slug="hpl", place=n.community)
    )
    home = HomePage.objects.get()
    other_county = home.add_child(
        instance=CountyPage(title="云冈区", slug="yg", place=n.other_county)
    )
    other = other_county.add_child(
        instance=CommunityPage(title="矿工里小区", slug="kgl", place=n.other)
    )
    return Pages(home, county, community, other_county, other)


@pytest.fixture
def other_building(neighbourhood: Neighbourhood) -> Building:
    building: Building = factories.BuildingFactory(place=neighbourhood.other, name="2号楼")
    factories.HouseholdFactory.create_batch(3, building=building)
    return building


@pytest.fixture
def other_household(other_building: Building) -> Household:
    return other_building.households.order_by("pk")[0]


def at_desk(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
