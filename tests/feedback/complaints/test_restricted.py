"""A restricted case (C30) exists for the discipline office alone: every staff address, every list,
count, search, alarm and figure, for every role."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from feedback.complaints import services
from feedback.complaints.models import Alarm, Complaint, ComplaintEvent, Route
from feedback.complaints.routes import route_of
from feedback.complaints.services.log import photos_add
from feedback.complaints.staff_steps import STEPS
from feedback.complaints.worklist import worklist
from portal.accounts.roles import Role
from portal.demo import factories
from portal.intake.receipts import new_key
from tests.feedback.complaints.conftest import NOW, category, jpeg

pytestmark = pytest.mark.django_db
SECRET_TEXT = "收受回扣的线索"
OTHERS = [role for role in Role if role != Role.DISCIPLINE]


@pytest.fixture
def restricted(file, company):
    """Filed long ago and overdue, with a phone number and a photo."""
    complaint = file("C10", contact="13800001234", contact_wish="PHONE", text=SECRET_TEXT)
    photos_add(complaint, [ContentFile(jpeg())], now=NOW)
    Complaint.objects.filter(pk=complaint.pk).update(category_id="C30", assigned_to=company)
    complaint.refresh_from_db()
    return complaint


def somebody(role, neighbourhood, company):
    return factories.staff("somebody", role, neighbourhood.city, organisation=company)


def pages(complaint):
    lists = ["open", "today", "overdue", "new", "waiting", "answer", "all"]
    base = reverse("complaints_staff:list")
    return [
        *(f"{base}?tab={tab}" for tab in lists),
        f"{base}?q={complaint.number}",
        f"{base}?category=C30&tab=all",
        f"{base}?who=nobody&tab=all",
        reverse("complaints_staff:today"),
        reverse("wagtailadmin_home"),
    ]


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_finds_it_in_a_list_a_count_or_a_search(
    role, client, restricted, neighbourhood, company
):
    client.force_login(somebody(role, neighbourhood, company))
    for url in pages(restricted):
        page = client.get(url).content.decode()
        assert restricted.number not in page.replace(f'value="{restricted.number}"', ""), url
        assert SECRET_TEXT not in page, url
        assert " 1</a>" not in page, url  # no tab counts it
    assert worklist_numbers(role) == []


def worklist_numbers(role):
    from portal.accounts.models import User

    user = User.objects.get(username="somebody")
    return [case.number for part in worklist(user, timezone.now()) for case, _due in part.rows]


@pytest.mark.parametrize("role", OTHERS)
def test_to_nobody_else_do_its_addresses_exist(role, client, restricted, neighbourhood, company):
    client.force_login(somebody(role, neighbourhood, company))
    number, photo = restricted.number, restricted.photos.get()
    assert client.get(reverse("complaints_staff:detail", args=[number])).status_code == 404
    assert client.get(reverse("complaints_staff:photo", args=[number, photo.pk])).status_code == 404
    assert client.post(reverse("complaints_staff:contact_show", args=[number])).status_code == 404
    for name in STEPS:
        address = reverse("complaints_staff:step", args=[number, name])
        assert client.post(address).status_code == 404, name
    given = {"step": "note", "number": number, "confirmed": "1", "note-text": "看到了"}
    client.post(reverse("complaints_staff:bulk"), given)
    assert not ComplaintEvent.objects.filter(kind="NOTED").exists()


def test_the_discipline_office_sees_and_handles_it(client, restricted, neighbourhood, company):
    user = somebody(Role.DISCIPLINE, neighbourhood, company)
    client.force_login(user)
    assert restricted.number in client.get(reverse("complaints_staff:list")).content.decode()
    assert restricted.number in client.get(reverse("complaints_staff:today")).content.decode()
    detail = reverse("complaints_staff:detail", args=[restricted.number])
    page = client.get(detail).content.decode()
    assert SECRET_TEXT in page
    assert "13800001234" in client.post(f"{detail}phone/").content.decode()
    assert client.post(f"{detail}accept/", {"accept-reply": ""}).status_code == 302
    assert client.post(f"{detail}note/", {"note-text": "已约谈"}).status_code == 302
    done = client.post(
        f"{detail}conclude/", {"conclude-outcome": "FOUNDED", "conclude-text": "已立案"}
    )
    assert done.status_code == 302
    restricted.refresh_from_db()
    assert restricted.state == "RESOLVED"
    assert client.post(f"{detail}resolve/", {"resolve-text": "x"}).status_code == 403


def test_no_route_leads_it_to_a_company(restricted, company):
    place = restricted.community
    Route.objects.create(place=place, group=restricted.category.group, organisation=company)
    assert Route.objects.for_case(place, restricted.category).exists()
    assert route_of(restricted) is None


def test_an_ordinary_case_is_not_the_discipline_offices(client, file, neighbourhood, company):
    ordinary = file("C12")
    client.force_login(somebody(Role.DISCIPLINE, neighbourhood, company))
    assert ordinary.number not in client.get(reverse("complaints_staff:list")).content.decode()
    detail = reverse("complaints_staff:detail", args=[ordinary.number])
    assert client.get(detail).status_code == 404


def test_it_rings_no_bell_and_moves_no_figure(restricted, neighbourhood, caplog):
    from feedback.complaints.queries import case_rates
    from feedback.complaints.services.tallies import tally_compute
    from portal.common.periods import Period
    from portal.messages.models import Delivery

    services.alarms_sweep(now=timezone.now())
    assert not Alarm.objects.exists()
    assert not Delivery.objects.exists()
    month = Period.containing("MONTH", NOW.date())
    assert case_rates(neighbourhood.community, month, NOW.date()).filed == 0
    assert tally_compute(neighbourhood.community.pk)[0] == {}
    assert SECRET_TEXT not in caplog.text


def test_a_resident_reports_to_the_discipline_office_and_to_nobody_else(
    client, neighbourhood, company
):
    url = "/complaints/new/?place=PC001&category=C30"
    typed = {"text": SECRET_TEXT, "contact_wish": "NONE", "intake_key": new_key()}
    client.post(url, typed)
    assert not Complaint.objects.exists()  # nobody would read it
    somebody(Role.DISCIPLINE, neighbourhood, company)
    form = client.get(url).content.decode()
    assert '<select name="category"' not in form and "may_publish" not in form
    page = client.post(url, {**typed, "category": "C30", "may_publish": "on"})
    case = Complaint.objects.get()
    assert case.category_id == "C30" and not case.may_publish
    assert case.number in page.content.decode()
    assert f"case={case.number}" not in client.get("/complaints/new/?place=PC001").content.decode()
    clerk = factories.staff("clerk", Role.COMMUNITY_STAFF, neighbourhood.city)
    client.force_login(clerk)
    detail = reverse("complaints_staff:detail", args=[case.number])
    assert client.get(detail).status_code == 404


def test_nobody_writes_one_down_for_a_resident(neighbourhood, company, clerk):
    somebody(Role.DISCIPLINE, neighbourhood, company)
    with pytest.raises(ValidationError):
        services.complaint_file(
            key=new_key(), community=neighbourhood.community, category=category("C30"),
            text=SECRET_TEXT, channel="COUNTER", staff=clerk, now=NOW,
        )  # fmt: skip
