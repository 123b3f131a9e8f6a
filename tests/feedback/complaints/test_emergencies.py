"""Danger: whom to call at once, shown before anything is sent, without script."""

import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from feedback.complaints import services
from feedback.complaints.emergencies import to_call
from feedback.complaints.models import EmergencyNumber
from portal.intake.receipts import new_key
from tests.feedback.complaints.conftest import category

pytestmark = pytest.mark.django_db
FORM = "/complaints/new/?place=PC001&category="


def shown(page) -> list[str]:
    """The numbers to tap that are not hidden, in the order of the page."""
    html = re.sub(r"data-file-urgent hidden>.*?</div>", "", page.content.decode(), flags=re.DOTALL)
    return re.findall(r'<li data-service="[A-Z]+"><a class="phone" href="tel:([0-9-]+)"', html)


@pytest.fixture
def gas(neighbourhood):
    return [
        EmergencyNumber.objects.create(place=place, service="GAS", number=number)
        for place, number in (
            (neighbourhood.city, "0352-2020123"),
            (neighbourhood.county, "0352-7654321"),
            (neighbourhood.other_county, "0352-1111111"),
        )
    ]


def test_the_nearest_number_counts_beside_the_national_ones(gas, neighbourhood):
    numbers = [one.number for one in to_call(neighbourhood.community, category("C15"))]
    assert numbers == ["0352-7654321", "119", "120"]
    assert to_call(neighbourhood.community, category("C20")) == []
    EmergencyNumber.objects.create(place=neighbourhood.city, service="FIRE", number="0352 119")
    numbers = [one.number for one in to_call(neighbourhood.community, category("C15"))]
    assert numbers == ["0352-7654321", "0352 119", "120"]


def test_danger_shows_whom_to_call_before_anything_is_sent(client, gas):
    assert shown(client.get(f"{FORM}C15")) == ["0352-7654321", "119", "120"]
    # What may be dangerous says it beside the box to tick; the rest has nothing to show.
    assert shown(client.get(f"{FORM}C16")) == ["119", "120"]
    assert shown(client.get(f"{FORM}C20")) == []
    assert "0352-7654321" in shown(client.get("/complaints/new/?place=PC001"))


def test_the_review_shows_it_too(client, gas, neighbourhood):
    given = {"text": "楼道燃气味很重", "contact_wish": "NONE"}
    page = client.post(f"{FORM}C15", given)
    assert shown(page) == ["0352-7654321", "119", "120"]


def test_the_receipt_of_a_danger_shows_it_with_and_without_script(client, gas, neighbourhood):
    given = {"text": "楼道燃气味很重", "contact_wish": "NONE"}
    by_script = {"X-Intake": "script"}
    for code, number, expected in (
        ("C15", "0352-7654321", ["0352-7654321", "119", "120"]),
        # The next receipt has the number set since, whatever is kept of the page.
        ("C15", "0352-765 4399", ["0352-7654399", "119", "120"]),
        ("C10", "0352-7654399", []),
    ):
        EmergencyNumber.objects.filter(service="GAS").update(number=number)
        sent = client.post(f"{FORM}{code}", {**given, "intake_key": new_key()}, headers=by_script)
        assert sent.headers["X-Intake"] == "stored"
        assert shown(sent) == expected
        plain = {**given, "intake_key": new_key()}
        assert shown(client.post(f"{FORM}{code}", plain)) == expected


@pytest.mark.parametrize("number", ["", "call us", "tel:119", "1", "-119", "1" * 21])
def test_what_is_no_phone_number_is_refused(number, neighbourhood, administrator):
    row = EmergencyNumber(place=neighbourhood.county, service="GAS", number=number)
    with pytest.raises(ValidationError) as refused:
        services.emergency_save(by=administrator, number=row)
    assert set(refused.value.error_dict) == {"number"}


def test_an_administrator_changes_it_where_complaints_are_set_up(
    client, administrator, neighbourhood, clerk
):
    client.force_login(administrator)
    assert client.get(reverse("emergency_numbers:index")).status_code == 200
    add = reverse("emergency_numbers:add")
    given = {"place": neighbourhood.county.pk, "service": "WATER", "number": "0352-96116"}
    assert client.post(add, given).status_code == 302
    row = EmergencyNumber.objects.get()
    assert client.post(add, given).status_code == 200  # once a service
    edit = reverse("emergency_numbers:edit", args=[row.pk])
    assert client.post(edit, {**given, "number": "96116"}).status_code == 302
    assert EmergencyNumber.objects.get().number == "96116"
    with pytest.raises(PermissionDenied):
        services.emergency_save(by=clerk, number=row)
