import pytest
from django.test import Client
from django.urls import reverse

from portal.demo import factories
from portal.pages.models import CommunityPage
from portal.pages.queries import communities_found, listed
from portal.pages.services import pages_ensure
from portal.places.codes import format_code, household_code
from tests.conftest import Neighbourhood

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text",
    [
        "和平里",
        "和平里小区",
        "hpl",
        "HPL",
        "hepingli",
        "古城街道",
        "古城 和平",
        "平城区",
        "ｈｐｌ",
        "gcjd",
    ],
)
def test_a_community_is_found_however_it_is_meant(community_page: CommunityPage, text: str) -> None:
    assert [page.pk for page in communities_found(text)] == [community_page.pk]


@pytest.mark.parametrize("text", ["", "   ", "没有这个", "xyz", "%", "_", "'; drop table"])
def test_nothing_is_found_for_what_names_no_place(community_page: CommunityPage, text: str) -> None:
    assert not communities_found(text)


def test_an_unpublished_page_is_not_found(community_page: CommunityPage) -> None:
    community_page.unpublish()
    assert not communities_found("和平里")


def test_the_list_says_where_a_community_lies(
    client: Client, community_page: CommunityPage
) -> None:
    page = client.get(reverse("pages:find"), {"q": "hpl"}).content.decode()
    assert "平城区 · 古城街道" in page
    assert community_page.get_url() in page


@pytest.mark.parametrize("count", [3, 30])
def test_the_list_costs_the_same_however_long_it_is(
    client: Client,
    neighbourhood: Neighbourhood,
    django_assert_max_num_queries: object,
    count: int,
) -> None:
    for number in range(count):
        factories.place(
            "COMMUNITY", neighbourhood.subdistrict, code=f"N{number}", name=f"新村{number}"
        )
    pages_ensure()
    client.get(reverse("pages:find"), {"q": "新村"})
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        page = client.get(reverse("pages:find"), {"q": "新村"}).content.decode()
    assert page.count("link-list__title") == count


def test_listed_parts_come_in_one_query(
    community_page: CommunityPage, django_assert_num_queries: object
) -> None:
    pages = list(CommunityPage.objects.for_list())
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert {row.where for row in listed(pages)} == {"平城区 · 古城街道", "云冈区 · 新平旺街道"}


def test_a_page_far_behind_the_last_shows_the_last(
    client: Client, community_page: CommunityPage
) -> None:
    answer = client.get(reverse("pages:find"), {"q": "小区", "page": "999"})
    assert answer.status_code == 200
    assert "和平里小区" in answer.content.decode()


def test_the_box_sends_a_name_on_to_the_list(client: Client, community_page: CommunityPage) -> None:
    answer = client.post(reverse("pages:look_up"), {"q": " 和平里 "})
    assert answer.status_code == 302
    assert answer["Location"] == "/find/?q=%E5%92%8C%E5%B9%B3%E9%87%8C"


def test_the_box_takes_a_household_code_without_putting_it_into_an_address(
    client: Client, community_page: CommunityPage, neighbourhood: Neighbourhood
) -> None:
    code = format_code(household_code(neighbourhood.households[0]))
    answer = client.post(reverse("pages:look_up"), {"q": code})
    assert answer.status_code == 200
    assert "和平里小区" in answer.content.decode()


def test_the_box_without_anything_in_it_is_no_error(client: Client, db: None) -> None:
    assert client.post(reverse("pages:look_up"), {"q": ""}).status_code == 302
    assert client.post(reverse("pages:look_up")).status_code == 302
    assert client.get(reverse("pages:look_up")).status_code == 405
