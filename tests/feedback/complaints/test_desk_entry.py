"""Taking a complaint down for somebody: at the counter, on the phone, at the door."""

import pytest

from feedback.complaints.models import Complaint
from portal.demo import factories
from portal.intake.receipts import new_key

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


def test_a_clerk_of_one_community_starts_with_the_category(desk):
    form = desk.get("/staff/complaints/new/").context["form"]
    assert form.fields["place"].initial == "PC001"
    assert form.fields["category"].widget.attrs["autofocus"]


def test_what_is_open_already_is_offered_before_taking_it_down(desk, file, neighbourhood):
    """A neighbour calls about the same leak: joined, it stays one case."""
    leak = file(text="顶楼漏雨")
    other = file("C12", text="下水堵了")
    elsewhere = file(community=neighbourhood.other, text="别处漏雨")
    page = desk.get(NEW).content.decode()
    assert f"/complaints/join/?case={leak.number}" in page
    assert other.number not in page
    assert elsewhere.number not in page
