"""The place tree and the named people that tests speak of."""

from dataclasses import dataclass

import pytest
from django.conf import settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.demo import factories
from portal.places.models import Building, Household, Place
from tests.databases import django_db_setup  # noqa: F401
from tests.reachable import (  # noqa: F401
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_sessionfinish,
    pytest_sessionstart,
)

# How fast a busy machine makes examples says nothing about what is tested.
hypothesis_settings.register_profile("linli", suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("linli")


@pytest.fixture(autouse=True)
def language() -> None:
    """A test before may have asked for a page in English, and addresses follow the language."""
    translation.activate(settings.LANGUAGE_CODE)


@dataclass
class Neighbourhood:
    """One city, two counties; `community` has a building with homes, `other` lies elsewhere."""

    city: Place
    county: Place
    subdistrict: Place
    community: Place
    other_county: Place
    other: Place
    building: Building
    households: list[Household]


@pytest.fixture
def neighbourhood(db: None) -> Neighbourhood:
    return make_neighbourhood()


def make_neighbourhood() -> Neighbourhood:
    city = factories.place("CITY", code="1402", name="大同市", name_en="Datong")
    county = factories.place("COUNTY", city, code="140213", name="平城区", name_en="Pingcheng")
    subdistrict = factories.place("SUBDISTRICT", county, code="140213051", name="古城街道")
    community = factories.place("COMMUNITY", subdistrict, code="PC001", name="和平里小区")
    other_county = factories.place("COUNTY", city, code="140214", name="云冈区", name_en="Yungang")
    other_sub = factories.place("SUBDISTRICT", other_county, code="140214002", name="新平旺街道")
    other = factories.place("COMMUNITY", other_sub, code="YG001", name="矿工里小区")
    building = factories.BuildingFactory(place=community, name="1号楼")
    households = factories.HouseholdFactory.create_batch(12, building=building)
    return Neighbourhood(
        city, county, subdistrict, community, other_county, other, building, households
    )


def _staff(username: str, role: Role, place: Place) -> User:
    return factories.staff(username, role, place)


@pytest.fixture
def clerk(neighbourhood: Neighbourhood) -> User:
    """Community staff of `community`."""
    return _staff("clerk", Role.COMMUNITY_STAFF, neighbourhood.community)


@pytest.fixture
def reviewer(neighbourhood: Neighbourhood) -> User:
    """County reviewer of `county`."""
    return _staff("reviewer", Role.COUNTY_REVIEWER, neighbourhood.county)


@pytest.fixture
def evaluator(neighbourhood: Neighbourhood) -> User:
    return _staff("evaluator", Role.EVALUATOR, neighbourhood.city)


@pytest.fixture
def approver(neighbourhood: Neighbourhood) -> User:
    """Finance approver of the city."""
    return _staff("approver", Role.FINANCE_APPROVER, neighbourhood.city)


@pytest.fixture
def administrator(neighbourhood: Neighbourhood) -> User:
    return _staff("administrator", Role.ADMINISTRATOR, neighbourhood.city)


@pytest.fixture
def outsider(neighbourhood: Neighbourhood) -> User:
    """Community staff of a community in the other county."""
    return _staff("outsider", Role.COMMUNITY_STAFF, neighbourhood.other)
