import pytest
from django.conf import settings
from wagtail.models import Page, Site

from portal.demo import factories
from portal.pages.models import PAGES, CommunityPage, CountyPage, HomePage, SubdistrictPage
from portal.pages.queries import page_for
from portal.pages.services import pages_ensure
from portal.places.models import PlaceLevel
from tests.conftest import Neighbourhood

pytestmark = pytest.mark.django_db


def test_a_new_site_begins_with_our_home_page() -> None:
    site = Site.objects.get(is_default_site=True)
    assert isinstance(site.root_page.specific, HomePage)
    assert not Page.objects.filter(title__startswith="Welcome").exists()


def test_every_place_from_the_county_down_gets_its_page(neighbourhood: Neighbourhood) -> None:
    assert pages_ensure() == 6
    county = CountyPage.objects.get(place=neighbourhood.county)
    community = CommunityPage.objects.get(place=neighbourhood.community)
    assert county.slug == "pingcheng"
    assert community.get_parent().pk == county.pk
    assert community.title == "和平里小区"
    assert community.live
    subdistrict = SubdistrictPage.objects.get(place=neighbourhood.subdistrict)
    assert subdistrict.get_parent().pk == county.pk
    assert (subdistrict.title, subdistrict.slug) == ("古城街道", "140213051")
    assert subdistrict.live
    assert page_for(neighbourhood.subdistrict) == subdistrict
    assert page_for(neighbourhood.city) is None


def test_a_second_run_changes_nothing_and_costs_little(
    neighbourhood: Neighbourhood, django_assert_num_queries: object
) -> None:
    pages_ensure()
    with django_assert_num_queries(9):  # type: ignore[operator]
        assert pages_ensure() == 0


def test_a_place_imported_later_gets_its_page_too(neighbourhood: Neighbourhood) -> None:
    pages_ensure()
    new = factories.place("COMMUNITY", neighbourhood.subdistrict, code="PC002", name="建设里小区")
    assert pages_ensure() == 1
    assert page_for(new) is not None


def test_two_counties_of_one_name_get_two_addresses(neighbourhood: Neighbourhood) -> None:
    factories.place("COUNTY", neighbourhood.city, code="150001", name="平城", name_en="Pingcheng")
    pages_ensure()
    slugs = set(CountyPage.objects.values_list("slug", flat=True))
    assert slugs == {"pingcheng", "yungang", "150001"}


def test_a_renamed_community_renames_its_page(neighbourhood: Neighbourhood) -> None:
    pages_ensure()
    place = neighbourhood.community
    place.name = "和平里二区"
    place.save()
    assert pages_ensure() == 1
    assert CommunityPage.objects.get(place=place).title == "和平里二区"


def test_a_renamed_sub_district_renames_its_page(neighbourhood: Neighbourhood) -> None:
    pages_ensure()
    place = neighbourhood.subdistrict
    place.name = "古城东街道"
    place.save()
    assert pages_ensure() == 1
    assert SubdistrictPage.objects.get(place=place).title == "古城东街道"


def test_a_community_outside_any_county_gets_no_page(neighbourhood: Neighbourhood) -> None:
    factories.place("COMMUNITY", neighbourhood.city, code="X1", name="无县小区")
    assert pages_ensure() == 6


def test_a_page_made_by_hand_is_not_offered_in_the_editor() -> None:
    assert not CountyPage.is_creatable
    assert not SubdistrictPage.is_creatable
    assert not CommunityPage.is_creatable
    assert settings.WAGTAIL_I18N_ENABLED is False


def test_every_level_said_to_have_a_page_has_one() -> None:
    assert set(PAGES) == set(PlaceLevel.WITH_PAGE)
