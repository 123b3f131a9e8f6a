from datetime import date

import pytest

from portal.demo import factories
from portal.places import counts
from portal.places.models import Household

pytestmark = pytest.mark.django_db


@pytest.fixture
def changing(neighbourhood):
    """12 households since 2000; one moved out of existence in 2021-03, one came in 2021-05-15."""
    gone, empty = neighbourhood.households[:2]
    Household.objects.filter(pk=gone.pk).update(valid_to=date(2021, 3, 1))
    Household.objects.filter(pk=empty.pk).update(occupancy=Household.Occupancy.VACANT)
    factories.HouseholdFactory(
        building=neighbourhood.building, room="999", valid_from=date(2021, 5, 15)
    )
    return neighbourhood


def test_households_are_counted_on_a_day(changing):
    assert counts.household_count(changing.community, date(2021, 2, 28)) == 12
    assert counts.household_count(changing.community, date(2021, 3, 1)) == 11
    assert counts.household_count(changing.county, date(2021, 5, 15)) == 12
    assert counts.household_count(changing.other, date(2021, 5, 15)) == 0
    places = [changing.community.pk, changing.other.pk]
    assert counts.register_counts(places, date(2021, 5, 15)) == {changing.community.pk: (12, 11)}


def test_communities_are_counted_with_one_query(changing, django_assert_num_queries):
    places = [changing.community, changing.other]
    with django_assert_num_queries(1):
        found = counts.household_counts(places, date(2021, 4, 1))
    assert found == {changing.community.pk: 11, changing.other.pk: 0}


def test_months_are_counted_with_one_query(changing, django_assert_num_queries):
    months = [date(2021, m, 1) for m in range(1, 7)]
    with django_assert_num_queries(1):
        found = counts.household_months(changing.county, months)
    assert list(found.values()) == [12, 12, 11, 11, 11, 12]
    assert counts.household_months(changing.county, []) == {}
