"""Taking a complaint down for somebody: at the counter, on the phone, at the door."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from feedback.complaints.models import Complaint, Follower
from feedback.complaints.services import complaint_join
from portal.demo import factories
from portal.intake.receipts import new_key
from tests.feedback.complaints.conftest import NOW

pytestmark = pytest.mark.django_db
NEW = "/staff/complaints/new/?place=PC001&category=C10"


@pytest.fixture
def desk(client, clerk):
    client.force_login(clerk)
    return client


def take_down(client, **fields):
    given = {"text": "屋顶漏雨", "channel": "DOORSTEP", "signatories": "1", "contact_wish": "NONE"}
    return client.post(NEW, {"intake_key": new_key(), **given, **fields})


def test_the_home_is_found_by_building_and_room(desk, clerk, neighbourhood):
    home = neighbourhood.households[3]
    page = take_down(desk, building=home.building.pk, unit=home.unit, room=home.room)
    case = Complaint.objects.get()
    assert (case.household, case.building, case.channel) == (home, home.building, "DOORSTEP")
    assert case.events.get().actor == clerk
    body = page.content.decode()
    assert case.number in body
    assert "data-print" in body


def test_a_room_that_is_nowhere_or_twice_is_said_at_its_field(desk, neighbourhood):
    home = neighbourhood.households[3]
    twin = factories.HouseholdFactory(building=home.building, unit="2", room=home.room)
    for fields, field in (
        ({"building": home.building.pk, "room": "9999"}, "room"),
        ({"building": home.building.pk, "room": twin.room}, "room"),
        ({"room": home.room}, "building"),
    ):
        response = take_down(desk, **fields)
        assert field in response.context["form"].errors
        assert "屋顶漏雨" in response.content.decode()
    assert not Complaint.objects.exists()


def test_a_clerk_of_one_community_starts_with_what_it_is_about(desk):
    form = desk.get("/staff/complaints/new/").context["form"]
    assert form["place"].initial == "PC001"
    assert form.fields["words"].widget.attrs["autofocus"]


def test_everyday_words_lead_to_a_category_at_the_desk(desk):
    start = "/staff/complaints/new/"
    page = desk.get(start, {"place": "PC001", "words": "暖气不热", "category": ""})
    first = page.context["form"].found[0]
    assert "暖气" in first.keywords_zh
    link = f"?place=PC001&amp;category={first.pk}"
    assert page.content.decode().index(link) < page.content.decode().index("<select")
    assert "text" in desk.get(start + link.replace("&amp;", "&")).context["form"].fields
    for words, field in (("嘎嘎嘎", "words"), ("", "category")):
        form = desk.get(start, {"place": "PC001", "words": words, "category": ""}).context["form"]
        assert field in form.errors


def test_the_next_one_starts_in_the_same_community_without_an_error(desk):
    form = desk.get("/staff/complaints/new/?place=PC001").context["form"]
    assert (form["place"].initial, form.errors) == ("PC001", {})


def test_what_is_open_already_is_offered_before_taking_it_down(desk, file, neighbourhood):
    """A neighbour calls about the same leak: joined, it stays one case."""
    leak = file(text="顶楼漏雨")
    other = file("C12", text="下水堵了")
    elsewhere = file(community=neighbourhood.other, text="别处漏雨")
    page = desk.get(NEW).content.decode()
    assert f"/staff/complaints/{leak.number}/join/" in page
    assert other.number not in page
    assert elsewhere.number not in page


def test_a_neighbour_who_calls_is_joined_with_the_way_they_came(desk, clerk, file, neighbourhood):
    leak, home = file(text="顶楼漏雨"), neighbourhood.households[3]
    address = f"/staff/complaints/{leak.number}/join/"
    assert address in desk.get(NEW).content.decode()
    given = {
        "intake_key": new_key(), "channel": "PHONE", "contact_wish": "NONE",
        "building": home.building.pk, "unit": home.unit, "room": home.room,
    }  # fmt: skip
    assert desk.post(address, {**given, "channel": "PORTAL"}).status_code == 422
    assert desk.post(address, {**given, "room": "9999"}).status_code == 422
    pages = [desk.post(address, given).content.decode() for _twice in range(2)]
    follower = Follower.objects.get()
    assert (follower.channel, follower.household) == ("PHONE", home)
    assert all(f'<dd class="case-receipt">{follower.number}</dd>' in page for page in pages)
    leak.refresh_from_db()
    assert leak.signatories == 2
    joined = leak.events.get(kind="JOINED")
    assert (joined.actor, joined.came_by) == (clerk, "电话")
    assert "电话" in desk.get(f"/staff/complaints/{leak.number}/").content.decode()


def test_joining_at_the_desk_is_for_those_who_handle_the_case(
    client, clerk, file, outsider, evaluator, neighbourhood
):
    leak = file(text="顶楼漏雨")
    address = f"/staff/complaints/{leak.number}/join/"
    for user, status in ((outsider, 404), (evaluator, 403), (clerk, 200)):
        client.force_login(user)
        assert client.get(address).status_code == status
    with pytest.raises(PermissionDenied):
        complaint_join(key=new_key(), complaint=leak, now=NOW, channel="PHONE", staff=outsider)
    for wrong in ({"channel": "PHONE"}, {"staff": clerk}):
        with pytest.raises(ValidationError):
            complaint_join(key=new_key(), complaint=leak, now=NOW, **wrong)
    assert not Follower.objects.exists()
