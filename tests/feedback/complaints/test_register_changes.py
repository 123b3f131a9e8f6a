"""The register changes while a process still holds what it read of it (kept.py)."""

import pytest

from feedback.complaints.models import Category, Complaint
from portal.common.parts import parts_forget
from portal.demo import factories
from portal.intake.receipts import new_key
from portal.places.models import Building

URL = "/complaints/new/?place=PC001&category={}"


@pytest.fixture(autouse=True)
def kept(settings):
    settings.KEEP_PARTS = True
    parts_forget()
    yield
    parts_forget()


def typed(**given):
    base = {"text": "屋顶漏水", "contact_wish": "NONE", "intake_key": new_key()}
    return base | given


@pytest.mark.django_db(transaction=True)
def test_a_building_that_was_deleted_meanwhile_is_said_at_its_field(client, neighbourhood):
    gone = factories.BuildingFactory(place=neighbourhood.community, name="9号楼")
    key = gone.pk
    assert "9号楼" in client.get(URL.format("C10")).content.decode()
    # As another process would: nothing tells this one.
    Building.objects.filter(pk=key).delete()
    sent = typed(building=str(key))
    answer = client.post(URL.format("C10"), sent)
    assert answer.status_code == 422 and not Complaint.objects.exists()
    page = answer.content.decode()
    assert "这栋楼已不在楼栋登记中" in page and 'href="#id_building"' in page
    assert "屋顶漏水" in page
    assert "9号楼" not in client.get(URL.format("C10")).content.decode()
    again = client.post(URL.format("C10"), {**sent, "building": str(neighbourhood.building.pk)})
    assert again.status_code == 200 and Complaint.objects.get().text == "屋顶漏水"


@pytest.mark.django_db(transaction=True)
def test_a_topic_that_was_deleted_meanwhile_is_said_above_the_form(client, neighbourhood):
    Category.objects.create(
        code="C98", group="ORDER", name_zh="临时", plain_zh="临时问题", due="P2", position=999
    )
    client.get(URL.format("C98"))
    Category.objects.filter(pk="C98").delete()
    answer = client.post(URL.format("C98"), typed())
    assert answer.status_code == 422
    assert "这一类问题已停止受理" in answer.content.decode()
