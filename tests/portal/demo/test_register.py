"""The demonstration register adds up to the published totals, every one of them."""

from collections import Counter
from decimal import Decimal

import pytest

from portal.demo.register import Register
from portal.places.models import Building, Household, Place, PlaceLevel
from portal.projects.models import ProjectCommunity, RenovationProject

pytestmark = pytest.mark.django_db

SUBDISTRICTS = {
    "140213051": "古城街道",
    "140213052": "新旺街道",
    "140213057": "御河街道",
    "140214002": "新平旺街道",
    "140214018": "口泉街道",
    "140214029": "西花园街道",
    "140226100": "云兴镇",
}


def test_it_holds_the_published_counts(datong: Register) -> None:
    assert Place.objects.counties().count() == 3
    assert RenovationProject.objects.count() == 17
    assert Place.objects.communities().count() == 79
    assert Building.objects.count() == 344
    assert Household.objects.count() == 17_356


def test_it_holds_the_published_floor_area_to_the_hundredth(datong: Register) -> None:
    areas = Household.objects.values_list("floor_area", flat=True)
    assert sum(areas, Decimal(0)) == Decimal("1549654.13")
    by_project = ProjectCommunity.objects.values_list("area", flat=True)
    assert sum(by_project, Decimal(0)) == Decimal("1549654.13")


def test_every_community_lies_in_one_project_of_its_county(datong: Register) -> None:
    members = ProjectCommunity.objects.select_related("project__county", "community")
    assert len(members) == 79
    for member in members:
        assert member.community.path.startswith(member.project.county.path)


def test_real_names_go_down_to_the_subdistrict(datong: Register) -> None:
    found = Place.objects.at_level(PlaceLevel.SUBDISTRICT).values_list("code", "name")
    assert dict(found) == SUBDISTRICTS


def test_names_are_unique_in_both_languages(datong: Register) -> None:
    rows = Place.objects.communities().values_list("name", "name_en", "initials")
    assert len({name for name, _en, _i in rows}) == 79
    assert len({name_en for _n, name_en, _i in rows}) == 79
    assert all(initials for _n, _en, initials in rows)


def test_homes_look_like_homes(datong: Register) -> None:
    rows = Household.objects.values_list("floor_area", "unit", "room", "building__units")
    assert all(40 <= area <= 140 for area, *_rest in rows)
    assert all(1 <= int(unit) <= units for _a, unit, _r, units in rows)
    sizes = Counter(Household.objects.values_list("building_id", flat=True))
    assert len(sizes) == 344
    assert min(sizes.values()) >= 10 and max(sizes.values()) <= 126


def test_homes_above_each_other_differ_by_a_hundredth_at_most(datong: Register) -> None:
    building = datong.communities[0].buildings[0]
    columns: dict[tuple[str, str], list[Decimal]] = {}
    for home in Household.objects.filter(building=building):
        columns.setdefault((home.unit, home.room[-2:]), []).append(home.floor_area)
    assert all(max(areas) - min(areas) <= Decimal("0.01") for areas in columns.values())


def test_phones_cannot_be_dialled(datong: Register) -> None:
    phones = Place.objects.communities().values_list("phone", flat=True)
    assert all(phone.startswith("0352-0") for phone in phones)
