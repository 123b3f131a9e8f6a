"""Writes to the register and to who works where, with and without the screens."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from wagtail.users.models import UserProfile

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.demo import factories
from portal.places import services
from portal.places.models import (
    Building,
    Household,
    Place,
    PlaceLevel,
    RegisterImport,
    StaffAssignment,
    StaleMark,
)
from portal.places.register import services as register
from portal.places.states import ImportState
from tests.portal.places.conftest import at_desk
from tests.portal.places.register.test_import import ROW, csv

pytestmark = pytest.mark.django_db


def test_a_name_can_be_found_by_its_letters(neighbourhood):
    assert neighbourhood.community.pinyin == "hepinglixiaoqu"
    assert neighbourhood.community.initials == "hplxq"
    place = Place.objects.get(code="PC001")
    place.name = "和平里二区"
    place.save(update_fields=["name"])
    place.refresh_from_db()
    assert place.initials == "hpleq"


def test_a_reviewer_adds_a_community_below_their_county(neighbourhood, reviewer):
    data = {
        "parent": neighbourhood.subdistrict.pk,
        "level": "COMMUNITY",
        "code": "PC002",
        "name": "新华里小区",
    }
    client = at_desk(reviewer)
    response = client.post(reverse("places:add"), data)
    assert response.status_code == 302, response.context["form"].errors
    assert Place.objects.get(code="PC002").get_parent() == neighbourhood.subdistrict
    again = client.post(reverse("places:add"), data)
    assert again.status_code == 200 and again.context["form"].errors["code"]
    elsewhere = {**data, "code": "PC003", "parent": neighbourhood.other_county.pk}
    assert client.post(reverse("places:add"), elsewhere).context["form"].errors["parent"]
    upside_down = {**data, "code": "PC004", "level": "CITY"}
    assert client.post(reverse("places:add"), upside_down).context["form"].errors["level"]
    assert Place.objects.filter(code__startswith="PC00").count() == 2


def test_only_a_superuser_plants_a_new_tree(administrator):
    level = PlaceLevel.objects.get(pk="CITY")
    with pytest.raises(PermissionDenied):
        services.place_create(by=administrator, parent=None, level=level, code="1", name="甲")
    boss = User.objects.create_superuser("boss")
    assert services.place_create(by=boss, parent=None, level=level, code="1", name="甲").is_root()


def test_a_building_keeps_its_name_once_a_place(neighbourhood, reviewer):
    client = at_desk(reviewer)
    data = {"place": neighbourhood.community.pk, "name": "1号楼", "units": 2}
    refused = client.post(reverse("buildings:add"), data)
    assert "已有同名楼栋" in str(refused.context["form"].errors)
    assert client.post(reverse("buildings:add"), {**data, "name": "2号楼"}).status_code == 302
    second = Building.objects.get(name="2号楼")
    edit = reverse("buildings:edit", args=[second.pk])
    renamed = client.post(edit, {"name": "1号楼", "units": 2})
    assert renamed.status_code == 200 and "已有同名楼栋" in str(renamed.context["form"].errors)


def test_a_home_gets_the_next_number_and_leaves_a_mark(neighbourhood, reviewer):
    highest = max(h.register_number for h in neighbourhood.households)
    data = {
        "building": neighbourhood.building.pk,
        "unit": "2",
        "room": "A901",
        "floor_area": "88.5",
        "tenure": "OWNED",
        "occupancy": "VACANT",
        "valid_from": "2020-01-01",
    }
    client = at_desk(reviewer)
    response = client.post(reverse("households:add"), data)
    assert response.status_code == 302, response.context["form"].errors
    home = Household.objects.get(room="A901")
    assert home.register_number == highest + 1
    assert StaleMark.objects.filter(place=neighbourhood.community).count() == 3
    again = client.post(reverse("households:add"), data)
    assert "已在登记册" in str(again.context["form"].errors)
    edit = reverse("households:edit", args=[home.pk])
    wrong = client.post(edit, {**data, "valid_to": "2019-01-01"})
    assert wrong.context["form"].errors["valid_to"]
    assert client.post(edit, {**data, "valid_to": "2024-01-01"}).status_code == 302
    home.refresh_from_db()
    assert (home.valid_to, home.floor_area) == (date(2024, 1, 1), Decimal("88.50"))


def test_the_register_is_not_changed_from_outside(neighbourhood, outsider, clerk):
    home = neighbourhood.households[0]
    for user in (outsider, clerk):
        with pytest.raises(PermissionDenied):
            services.household_save(by=user, household=home, fields=["floor_area"])


# --- who works where ---


@pytest.fixture
def newcomer(db) -> User:
    return User.objects.create_user("newcomer", display_name="新人")


def test_an_administrator_assigns_on_the_screen(neighbourhood, administrator, newcomer):
    client = at_desk(administrator)
    add = reverse("staff_assignments:add")
    data = {"user": newcomer.pk, "role": "COMMUNITY_STAFF", "place": neighbourhood.community.pk}
    assert client.post(add, data).status_code == 302
    assignment = StaffAssignment.objects.get(user=newcomer)
    twice = client.post(add, data)
    assert "已有该角色" in str(twice.context["form"].errors)
    remove = reverse("staff_assignments:delete", args=[assignment.pk])
    assert client.get(remove).status_code == 200
    assert client.post(remove).status_code == 302
    assert not StaffAssignment.objects.filter(user=newcomer).exists()


def test_a_county_administrator_stays_in_the_county(neighbourhood, newcomer):
    user = factories.staff("county_admin", Role.ADMINISTRATOR, neighbourhood.county)
    add = reverse("staff_assignments:add")
    client = at_desk(user)
    data = {"user": newcomer.pk, "role": "COUNTY_READER"}
    refused = client.post(add, {**data, "place": neighbourhood.other_county.pk})
    assert refused.context["form"].errors["place"]
    with pytest.raises(PermissionDenied):
        services.staff_assign(
            by=user, user=newcomer, role=Role.COUNTY_READER, place=neighbourhood.city
        )
    assert client.post(add, {**data, "place": neighbourhood.county.pk}).status_code == 302


def test_nobody_assigns_themselves(neighbourhood, administrator):
    with pytest.raises(ValidationError):
        services.staff_assign(
            by=administrator,
            user=administrator,
            role=Role.FINANCE_APPROVER,
            place=neighbourhood.city,
        )


@pytest.mark.parametrize(
    ("first", "second"),
    [(Role.EVALUATOR, Role.FINANCE_APPROVER), (Role.FINANCE_APPROVER, Role.EVALUATOR)],
)
def test_who_evaluates_does_not_approve(neighbourhood, administrator, newcomer, first, second):
    place = neighbourhood.city
    services.staff_assign(by=administrator, user=newcomer, role=first, place=place)
    with pytest.raises(ValidationError):
        services.staff_assign(by=administrator, user=newcomer, role=second, place=place)


def test_a_contractor_needs_a_company(neighbourhood, administrator, newcomer):
    given = {"by": administrator, "role": Role.CONTRACTOR, "place": neighbourhood.community}
    with pytest.raises(ValidationError):
        services.staff_assign(user=newcomer, **given)
    newcomer.organisation = factories.OrganisationFactory()
    newcomer.save()
    assert services.staff_assign(user=newcomer, **given).organisation == newcomer.organisation


def test_accounts_that_can_do_more_are_out_of_reach(neighbourhood, approver, clerk, newcomer):
    county_admin = factories.staff("county_admin", Role.ADMINISTRATOR, neighbourhood.county)
    boss = User.objects.create_superuser("boss")
    client = at_desk(county_admin)
    listed = client.get(reverse("wagtailusers_users:index")).content.decode()
    assert "newcomer" in listed and "clerk" in listed
    assert "approver" not in listed and "boss" not in listed
    for user, status in ((clerk, 200), (newcomer, 200), (approver, 404), (boss, 404)):
        address = reverse("wagtailusers_users:edit", args=[user.pk])
        assert client.get(address).status_code == status, user.username
    with pytest.raises(PermissionDenied):
        services.staff_assign(
            by=county_admin, user=boss, role=Role.COUNTY_READER, place=neighbourhood.county
        )


def test_an_account_is_made_with_a_password_and_without_rights(neighbourhood, administrator):
    client = at_desk(administrator)
    data = {"username": "wangfang", "display_name": "王芳", "password1": "he-ping-li-2026"}
    different = client.post(reverse("wagtailusers_users:add"), {**data, "password2": "x"})
    assert different.context["form"].errors["password2"]
    weak = {**data, "password1": "12345678", "password2": "12345678"}
    refused = client.post(reverse("wagtailusers_users:add"), weak)
    assert refused.context["form"].errors["password1"]
    sneaky = {**data, "password2": data["password1"], "is_superuser": "on", "is_staff": "on"}
    assert client.post(reverse("wagtailusers_users:add"), sneaky).status_code == 302
    user = User.objects.get(username="wangfang")
    assert user.check_password("he-ping-li-2026")
    assert not user.is_superuser and not user.has_perm("wagtailadmin.access_admin")


def test_an_account_is_stopped_by_its_administrator(neighbourhood, administrator, clerk):
    client = at_desk(administrator)
    clerk.set_password("he-ping-li-2026")
    clerk.save()
    address = reverse("wagtailusers_users:edit", args=[clerk.pk])
    assert client.post(address, {"username": "clerk", "display_name": "王芳"}).status_code == 302
    clerk.refresh_from_db()
    assert not clerk.is_active and clerk.check_password("he-ping-li-2026")
    own = reverse("wagtailusers_users:edit", args=[administrator.pk])
    kept = client.post(own, {"username": "administrator", "display_name": "赵敏"})
    assert kept.status_code == 302
    administrator.refresh_from_db()
    assert administrator.is_active


def test_groups_and_bulk_actions_are_closed(administrator, clerk):
    client = at_desk(administrator)
    bulk = reverse("wagtail_bulk_action", args=["accounts", "user", "assign_role"])
    assert client.get(bulk, {"id": clerk.pk}).status_code == 404
    assert client.post(bulk, {"id": clerk.pk}).status_code == 404
    assert client.get(reverse("wagtailusers_groups:index")).status_code == 403


# --- register files on the screen ---


def _upload(client, content: bytes, name: str = "登记册.csv"):
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile(name, content)
    return client.post(reverse("places_imports:upload"), {"file": file})


@pytest.fixture
def no_broker(monkeypatch) -> list[int]:
    sent: list[int] = []
    monkeypatch.setattr("portal.places.views.register_import_nudge", sent.append)
    return sent


def test_a_file_goes_through_the_screens(neighbourhood, reviewer, no_broker):
    client = at_desk(reviewer)
    response = _upload(client, csv(ROW, encoding="gb18030"))
    job = RegisterImport.objects.get()
    page = reverse("places_imports:detail", args=[job.pk])
    assert response["Location"] == page and no_broker == [job.pk]
    waiting = client.get(page)
    assert waiting["Refresh"] == "3" and "<progress" in waiting.content.decode()
    register.import_run(import_id=job.pk)
    checked = client.get(page)
    assert "Refresh" not in checked
    assert "确认写入登记册" in checked.content.decode()
    assert "新楼栋" in checked.content.decode()
    assert client.get(page, {"outcome": "REFUSE"}).status_code == 200
    confirm = reverse("places_imports:confirm", args=[job.pk])
    assert client.post(confirm)["Location"] == page
    register.import_run(import_id=job.pk)
    job.refresh_from_db()
    assert job.state == ImportState.IMPORTED
    assert "确认写入登记册" not in client.get(page).content.decode()
    assert client.post(confirm).status_code == 302
    assert Building.objects.filter(name="9号楼").count() == 1


def test_a_refused_file_says_why_in_both_languages(neighbourhood, reviewer, no_broker):
    client = at_desk(reviewer)
    _upload(client, csv(ROW.replace("有人居住", "有时")))
    job = RegisterImport.objects.get()
    register.import_run(import_id=job.pk)
    page = reverse("places_imports:detail", args=[job.pk])
    body = client.get(page).content.decode()
    assert "居住状况“有时”应为：有人居住、空置、未知" in body
    UserProfile.objects.update_or_create(user=reviewer, defaults={"preferred_language": "en"})
    body = client.get(page).content.decode()
    assert "Occupancy “有时” is not one of" in body


def test_no_file_is_said_at_the_field(reviewer, no_broker):
    response = at_desk(reviewer).post(reverse("places_imports:upload"))
    assert response.status_code == 422
    assert response.context["form"].errors["file"]
    assert no_broker == []


def test_an_import_is_its_uploaders_business(neighbourhood, reviewer, clerk, no_broker):
    _upload(at_desk(reviewer), csv(ROW))
    job = RegisterImport.objects.get()
    page = reverse("places_imports:detail", args=[job.pk])
    colleague = factories.staff("colleague", Role.COUNTY_REVIEWER, neighbourhood.county)
    assert at_desk(colleague).get(page).status_code == 404
    assert at_desk(clerk).get(page).status_code == 403
    assert at_desk(clerk).get(reverse("places_imports:list")).status_code == 403


def test_the_template_can_be_imported_as_it_is(neighbourhood, reviewer, no_broker):
    client = at_desk(reviewer)
    template = client.get(reverse("places_imports:template")).content
    assert template.startswith(b"\xef\xbb\xbf")
    _upload(client, template)
    job = RegisterImport.objects.get()
    register.import_run(import_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.rows_added + job.rows_changed) == (ImportState.CHECKED, 1)


def test_pages_of_a_report_ask_as_often_with_300_rows(
    neighbourhood, reviewer, no_broker, django_assert_max_num_queries
):
    client = at_desk(reviewer)
    few = [ROW.replace("101", str(101 + i)) for i in range(3)]
    many = [ROW.replace("101", str(101 + i)) for i in range(300)]
    counts = []
    for rows in (few, many):
        _upload(client, csv(*rows))
        job = RegisterImport.objects.order_by("-pk")[0]
        register.import_run(import_id=job.pk)
        with django_assert_max_num_queries(100) as context:
            client.get(reverse("places_imports:detail", args=[job.pk]))
        counts.append(len(context))
    assert counts[0] == counts[1]
