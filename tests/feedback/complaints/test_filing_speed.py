"""What filing keeps of the setup, and that it never goes by an old one."""

import pytest
from django.core.cache import caches
from django.db import connection

from feedback.complaints import services
from feedback.complaints.models import Complaint, DeadlineRule
from portal.common import generation, parts
from portal.intake.receipts import new_key
from portal.places.models import Building
from portal.places.services import building_save
from tests.feedback.complaints.conftest import category

pytestmark = pytest.mark.django_db
URL = "/complaints/new/?place=PC001&category=C10"


@pytest.fixture(autouse=True)
def kept(settings):
    """As in use: a process keeps what it has read."""
    settings.KEEP_PARTS = True
    caches["pages"].clear()
    generation._seen.clear()
    parts.parts_forget()
    yield
    parts.parts_forget()


def post(client, **fields):
    given = {"text": "屋顶漏雨，<卧室>", "contact_wish": "NONE", "intake_key": new_key(), **fields}
    return client.post(URL, given, headers={"X-Intake": "script"})


def test_a_second_filing_only_writes(client, neighbourhood, django_assert_num_queries):
    building = neighbourhood.building.pk
    post(client, building=building)
    # A savepoint and its release around the case, its event and the mark.
    with django_assert_num_queries(3 if connection.vendor == "postgresql" else 5):
        answer = post(client, building=building)
    assert answer.headers["X-Intake"] == "stored"
    assert Complaint.objects.filter(building=building).count() == 2


def test_every_receipt_is_its_own(client, neighbourhood):
    pages = [post(client).content.decode() for _ in range(2)]
    numbers = Complaint.objects.values_list("number", flat=True)
    for number in numbers:
        assert sum(number in page for page in pages) == 1
    assert pages[0].count("data-copy") == pages[1].count("data-copy") == 2
    assert "<svg" in pages[1]


def test_a_new_deadline_holds_for_the_next_filing(
    client, neighbourhood, make_setter, django_capture_on_commit_callbacks
):
    post(client)
    rule = DeadlineRule.objects.get(pk=category("C10").due)
    rule.done_minutes, rule.done_workdays = None, 60
    with django_capture_on_commit_callbacks(execute=True):
        services.rule_save(by=make_setter, rule=rule)
    post(client)
    first, second = Complaint.objects.order_by("pk")
    assert (second.due_at - first.due_at).days > 30


def test_a_building_added_can_be_chosen_at_once(
    client, neighbourhood, make_setter, django_capture_on_commit_callbacks
):
    post(client)
    new = Building(place=neighbourhood.community, name="9号楼", units=1)
    with django_capture_on_commit_callbacks(execute=True):
        building_save(by=make_setter, building=new, fields=["place", "name", "units"])
    assert post(client, building=new.pk).headers["X-Intake"] == "stored"
    assert post(client, building=new.pk + 1).status_code == 422


@pytest.fixture
def make_setter(django_user_model):
    return django_user_model.objects.create_superuser("root", "root@example.org", "x")
