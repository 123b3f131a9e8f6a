"""Who may do what where, through the doors of the staff screens: roles × places."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Page
from wagtail.permissions import policy_registry
from wagtail.users.models import UserProfile

from portal.accounts.models import User
from portal.accounts.roles import Action, Role
from portal.demo import factories
from portal.media.models import PlaceDocument, PlaceImage
from portal.places.models import Building, Household, Place, StaffAssignment
from portal.places.permissions import can
from tests.portal.places.conftest import at_desk

pytestmark = pytest.mark.django_db

OK, FORBIDDEN, MISSING = 200, 403, 404

#: role at (community | county | city) → may it open: pages to edit, the register to see, the
#: register to edit, letters, assignments
MATRIX = {
    Role.COMMUNITY_STAFF: ("community", OK, OK, FORBIDDEN, OK, FORBIDDEN),
    Role.CONTRACTOR: ("community", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    Role.PROPERTY_COMPANY: ("community", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    Role.PROJECT_UNIT: ("county", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    Role.COUNTY_REVIEWER: ("county", OK, OK, OK, OK, FORBIDDEN),
    Role.COUNTY_READER: ("county", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    Role.CITY_READER: ("city", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    Role.EVALUATOR: ("city", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    Role.FINANCE_APPROVER: ("city", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    Role.DISCIPLINE: ("city", FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    Role.ADMINISTRATOR: ("city", OK, OK, OK, OK, OK),
}


def addresses(page: Page, building: Building, assignment: StaffAssignment) -> list[str]:
    household = building.households.order_by("pk")[0]
    return [
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        reverse("buildings:inspect", args=[building.pk]),
        reverse("households:edit", args=[household.pk]),
        reverse("places_letters:building", args=[building.pk]),
        reverse("staff_assignments:delete", args=[assignment.pk]),
    ]


def test_the_matrix_has_every_role():
    assert set(MATRIX) == set(Role)


@pytest.mark.parametrize("role", list(Role))
def test_inside_ones_place_the_role_decides(role, neighbourhood, pages, clerk):
    where, *expected = MATRIX[role]
    user = factories.staff("someone", role, getattr(neighbourhood, where))
    client = at_desk(user)
    assignment = clerk.staff_assignments.get()
    asked = addresses(pages.community, neighbourhood.building, assignment)
    assert [client.get(address).status_code for address in asked] == expected


@pytest.mark.parametrize("role", [r for r in Role if MATRIX[r][0] != "city"])
def test_outside_ones_place_there_is_nothing(role, neighbourhood, pages, other_building, outsider):
    user = factories.staff("someone", role, getattr(neighbourhood, MATRIX[role][0]))
    client = at_desk(user)
    asked = addresses(pages.other, other_building, outsider.staff_assignments.get())
    assert {client.get(address).status_code for address in asked} == {MISSING}
    assert {client.post(address).status_code for address in asked} <= {MISSING, 405}


def test_nobody_signed_in_is_asked_to_sign_in(pages, client):
    address = reverse("wagtailadmin_pages:edit", args=[pages.community.pk])
    response = client.get(address)
    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={address}"


def test_an_account_without_an_assignment_does_not_get_in(pages):
    user = User.objects.create_user("nobody")
    response = at_desk(user).get("/staff/")
    assert response.status_code == 302 and "/accounts/login/" in response["Location"]


def test_a_blocked_account_can_do_nothing(neighbourhood, clerk):
    clerk.is_active = False
    clerk.save()
    assert not can(clerk, Action.PAGE_EDIT, neighbourhood.community)
    assert not clerk.has_perm("wagtailadmin.access_admin")
    assert not can(AnonymousUser(), Action.PAGE_EDIT, neighbourhood.community)


def test_a_refusal_is_said_once_and_not_again_on_the_next_page(approver, neighbourhood):
    client = at_desk(approver)
    refused = client.get(reverse("households:index"))
    assert refused.status_code == FORBIDDEN
    assert "您的角色无权进行此操作" in refused.content.decode()
    assert "对不起" not in refused.content.decode()
    assert "对不起" not in client.get("/staff/").content.decode()


def test_page_rights_follow_the_assignment(neighbourhood, pages, clerk, reviewer, administrator):
    def rights(user: User, page: Page) -> tuple[bool, bool, bool]:
        tester = page.specific.permissions_for_user(user)
        return (tester.can_edit(), tester.can_publish(), tester.can_add_subpage())

    everything = (True, True, True)
    assert rights(clerk, pages.community)[:2] == (True, True)
    assert rights(clerk, pages.county) == (False, False, False)
    assert rights(clerk, pages.other) == (False, False, False)
    assert rights(reviewer, pages.county) == everything
    assert rights(reviewer, pages.other_county) == (False, False, False)
    assert rights(reviewer, pages.home) == (False, False, False)
    assert rights(administrator, pages.home)[:2] == (True, True)
    assert rights(administrator, pages.other)[:2] == (True, True)


def test_staff_of_a_sub_district_edit_the_pages_of_its_communities(neighbourhood, pages):
    user = factories.staff("sub", Role.COMMUNITY_STAFF, neighbourhood.subdistrict)
    assert pages.community.permissions_for_user(user).can_edit()
    assert not pages.county.permissions_for_user(user).can_edit()


def test_an_assignment_taken_back_takes_the_right(neighbourhood, pages, clerk):
    clerk.staff_assignments.all().delete()
    clerk = User.objects.get(pk=clerk.pk)
    assert not pages.community.permissions_for_user(clerk).can_edit()
    assert not clerk.has_perm("wagtailadmin.access_admin")


def test_who_may_publish_a_page_can_be_asked(
    neighbourhood, pages, clerk, reviewer, administrator, outsider, approver
):
    boss = User.objects.create_superuser("boss")
    policy = policy_registry.get_by_type(Page)

    def who(**kwargs: bool) -> set[str]:
        users = policy.users_with_permission_for_instance("publish", pages.community, **kwargs)
        return set(users.values_list("username", flat=True))

    assert who() == {"clerk", "reviewer", "administrator", "boss"}
    assert who(include_superusers=False) == {"clerk", "reviewer", "administrator"}
    home = policy.users_with_permission_for_instance("change", pages.home)
    assert set(home.values_list("username", flat=True)) == {"administrator", "boss"}
    anywhere = policy.users_with_any_permission({"publish"})
    assert set(anywhere.values_list("username", flat=True)) == {*who(), "outsider"}
    assert boss.is_superuser


@pytest.mark.parametrize("action", ["add", "change", "publish", "lock"])
def test_both_ways_of_asking_for_page_rights_agree(
    action, neighbourhood, pages, clerk, reviewer, administrator, outsider, approver, evaluator
):
    policy = policy_registry.get_by_type(Page)
    everyone = [clerk, reviewer, administrator, outsider, approver, evaluator]
    for page in (pages.home, pages.county, pages.community, pages.other_county, pages.other):
        named = set(policy.users_with_permission_for_instance(action, page))
        for user in everyone:
            fresh = User.objects.get(pk=user.pk)
            assert policy.user_has_permission_for_instance(fresh, action, page) == (user in named)
            listed = policy.instances_user_has_permission_for(fresh, action)
            assert listed.filter(pk=page.pk).exists() == (user in named)


def test_the_explorer_begins_at_ones_own_page(pages, clerk):
    response = at_desk(clerk).get(reverse("wagtailadmin_explore_root"))
    assert response["Location"] == reverse("wagtailadmin_explore", args=[pages.community.pk])


def test_the_page_of_a_place_is_not_deleted_by_its_staff(pages, reviewer):
    address = reverse("wagtailadmin_pages:delete", args=[pages.community.pk])
    assert at_desk(reviewer).post(address).status_code == FORBIDDEN
    assert Page.objects.filter(pk=pages.community.pk).exists()


# --- pictures and files ---


@pytest.fixture
def pictures(neighbourhood) -> dict[str, PlaceImage]:
    return {
        name: PlaceImage.objects.create(
            title=name, file=get_test_image_file(), place=getattr(neighbourhood, name)
        )
        for name in ("county", "community", "other")
    }


def test_pictures_are_changed_at_home_and_chosen_from_above(pictures, clerk, reviewer, approver):
    policy = policy_registry.get_by_type(PlaceImage)

    def names(user: User, action: str) -> set[str]:
        found = policy.instances_user_has_any_permission_for(user, [action])
        return set(found.values_list("title", flat=True))

    assert names(clerk, "change") == {"community"}
    assert names(clerk, "choose") == {"community", "county"}
    assert names(reviewer, "change") == {"community", "county"}
    assert names(approver, "choose") == set()
    assert not policy.user_has_permission_for_instance(clerk, "change", pictures["county"])
    assert policy.user_has_permission_for_instance(clerk, "choose", pictures["county"])
    assert not policy.user_has_permission_for_instance(clerk, "choose", pictures["other"])


def test_the_picture_screens_hold_to_it(pictures, clerk):
    client = at_desk(clerk)
    edit = {name: reverse("wagtailimages:edit", args=[p.pk]) for name, p in pictures.items()}
    assert client.get(edit["community"]).status_code == OK
    assert client.get(edit["county"]).status_code == FORBIDDEN
    assert client.get(edit["other"]).status_code == MISSING
    chosen = {n: reverse("wagtailimages_chooser:chosen", args=[p.pk]) for n, p in pictures.items()}
    assert client.get(chosen["county"]).status_code == OK
    assert client.get(chosen["other"]).status_code == MISSING
    listed = client.get(reverse("wagtailimages_chooser:choose_results")).content.decode()
    assert "county" in listed and "other" not in listed


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("a.png", get_test_image_file().file.getvalue(), "image/png")


def test_a_picture_needs_a_place_of_ones_own(neighbourhood, clerk):
    client = at_desk(clerk)
    add = reverse("wagtailimages:add")
    data = {"title": "楼道", "file": upload(), "place": neighbourhood.other.pk}
    assert client.post(add, data).status_code == OK
    assert not PlaceImage.objects.exists()
    data = {"title": "楼道", "file": upload(), "place": neighbourhood.community.pk}
    assert client.post(add, data).status_code == 302
    assert PlaceImage.objects.get().place == neighbourhood.community


def test_documents_are_held_the_same_way(neighbourhood, clerk, outsider):
    document = PlaceDocument.objects.create(
        title="方案", file=ContentFile(b"x", "plan.txt"), place=neighbourhood.community
    )
    address = reverse("wagtaildocs:edit", args=[document.pk])
    assert at_desk(clerk).get(address).status_code == OK
    assert at_desk(outsider).get(address).status_code == MISSING


# --- lists ---


@pytest.mark.parametrize("name", ["places", "buildings", "households"])
def test_lists_show_ones_own_places_only(name, neighbourhood, other_building, clerk):
    body = at_desk(clerk).get(reverse(f"{name}:index")).content.decode()
    assert "和平里小区" in body and "矿工里小区" not in body


@pytest.mark.parametrize("typed", ["hplxq", "heping", "和平", "PC001"])
def test_a_place_is_found_by_name_letters_or_code(typed, neighbourhood, administrator):
    response = at_desk(administrator).get(reverse("places:index"), {"q": typed})
    assert [place.code for place in response.context["object_list"]] == ["PC001"]


def test_filters_offer_ones_own_places_only(neighbourhood, other_building, clerk):
    address = reverse("households:index")
    client = at_desk(clerk)
    assert "矿工里" not in client.get(address).content.decode()
    elsewhere = client.get(address, {"place": neighbourhood.other.pk}).content.decode()
    assert "2号楼" not in elsewhere


def _queries(client: Client, address: str, django_assert_max_num_queries) -> int:
    client.get(address)
    with django_assert_max_num_queries(200) as context:
        assert client.get(address).status_code == OK
    return len(context)


@pytest.mark.parametrize(
    "name", ["places", "buildings", "households", "staff_assignments", "organisations"]
)
def test_lists_ask_as_often_with_300_rows_as_with_3(
    name, neighbourhood, administrator, clerk, django_assert_max_num_queries
):
    client = at_desk(administrator)
    address = reverse(f"{name}:index") + "?items_per_page=300"
    factories.OrganisationFactory.create_batch(3)
    few = _queries(client, address, django_assert_max_num_queries)
    for i in range(25):
        place = factories.place(
            "COMMUNITY",
            Place.objects.get(pk=neighbourhood.subdistrict.pk),
            code=f"X{i}",
            name=f"小区{i}",
        )
        building = factories.BuildingFactory(place=place)
        factories.HouseholdFactory.create_batch(12, building=building)
        factories.staff(f"staff{i}", Role.CONTRACTOR, place)
    assert Household.objects.count() >= 300
    assert _queries(client, address, django_assert_max_num_queries) == few


def test_the_list_of_accounts_asks_as_often_with_many(
    neighbourhood, administrator, clerk, django_assert_max_num_queries
):
    client = at_desk(administrator)
    address = reverse("wagtailusers_users:index")
    few = _queries(client, address, django_assert_max_num_queries)
    for i in range(30):
        factories.staff(f"staff{i}", Role.COMMUNITY_STAFF, neighbourhood.community)
    assert _queries(client, address, django_assert_max_num_queries) == few


def test_a_refusal_is_said_in_the_language_of_its_reader(approver):
    UserProfile.objects.update_or_create(user=approver, defaults={"preferred_language": "en"})
    refused = at_desk(approver).get(reverse("households:index"))
    assert refused.status_code == FORBIDDEN
    assert "Your role does not allow this" in refused.content.decode()
