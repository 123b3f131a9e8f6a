"""Letters with household codes, and making a code invalid."""

import logging
import re
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from wagtail.log_actions import registry

from portal.places import codes, services
from portal.places.models import Household
from tests.portal.places.conftest import at_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(neighbourhood) -> str:
    return reverse("places_letters:building", args=[neighbourhood.building.pk])


def test_every_present_home_gets_a_letter_with_its_code(neighbourhood, clerk, address):
    gone = neighbourhood.households[0]
    Household.objects.filter(pk=gone.pk).update(valid_to=date(2020, 1, 1))
    body = at_desk(clerk).get(address).content.decode()
    assert body.count('<article class="sheet letter">') == 11
    assert body.count("<svg") == 11
    digits = re.findall(r'letter__digits">(.*?)</p>', body)
    assert len(digits) == 11
    for found in digits:
        groups = re.findall(r"<span>(\d{4})</span>", found)
        assert len(groups) == 4
        assert codes.household_find("".join(groups)).building == neighbourhood.building
    assert codes.household_code(gone) not in body


def test_the_picture_holds_the_code_behind_the_number_sign(
    neighbourhood, clerk, monkeypatch, settings
):
    settings.WAGTAILADMIN_BASE_URL = "https://linli.example.cn"
    made = []
    real = codes.household_code
    import segno

    make = segno.make
    monkeypatch.setattr(segno, "make", lambda text, **kw: made.append(text) or make(text, **kw))
    household = neighbourhood.households[3]
    response = at_desk(clerk).get(reverse("places_letters:household", args=[household.pk]))
    assert made == [f"https://linli.example.cn/h/#{real(household)}"]
    assert "linli.example.cn/h/" in response.content.decode()


def test_an_installation_that_calls_itself_localhost_prints_what_the_clerk_sees(
    neighbourhood, clerk, address
):
    body = at_desk(clerk).get(address, headers={"host": "192.168.1.20:8000"}).content.decode()
    assert "192.168.1.20:8000/h/" in body


def test_letters_are_kept_nowhere(neighbourhood, clerk, address, caplog):
    caplog.set_level(logging.DEBUG)
    response = at_desk(clerk).get(address)
    assert "no-store" in response["Cache-Control"]
    assert "Content-Security-Policy" not in response or "unsafe" not in str(response.headers)
    for household in neighbourhood.households:
        assert codes.household_code(household) not in caplog.text


def test_a_letter_says_that_the_data_are_made_up(neighbourhood, clerk, address, settings):
    settings.DEMONSTRATION = True
    assert at_desk(clerk).get(address).content.decode().count("letter__label") == 12
    settings.DEMONSTRATION = False
    assert "letter__label" not in at_desk(clerk).get(address).content.decode()


def test_an_empty_building_says_so(neighbourhood, clerk, address):
    Household.objects.update(valid_to=date(2020, 1, 1))
    assert "无需打印通知信" in at_desk(clerk).get(address).content.decode()


def test_letters_ask_as_often_for_3_homes_as_for_60(
    neighbourhood, clerk, address, django_assert_max_num_queries
):
    from portal.demo import factories

    client = at_desk(clerk)
    client.get(address)
    with django_assert_max_num_queries(50) as few:
        client.get(address)
    factories.HouseholdFactory.create_batch(48, building=neighbourhood.building)
    with django_assert_max_num_queries(len(few)):
        client.get(address)


def test_a_code_is_made_invalid_by_hand(neighbourhood, clerk):
    household = neighbourhood.households[0]
    old = codes.household_code(household)
    reissue = reverse("places_letters:reissue", args=[household.pk])
    client = at_desk(clerk)
    assert client.get(reissue).status_code == 200
    assert codes.household_find(old) == household
    done = client.post(reissue, follow=True)
    assert done.status_code == 200
    assert reverse("places_letters:household", args=[household.pk]) in done.content.decode()
    with pytest.raises(codes.CodeError):
        codes.household_find(old)
    household.refresh_from_db()
    assert codes.household_find(codes.household_code(household)) == household
    logged = registry.get_logs_for_instance(household).get()
    assert (logged.action, logged.user) == ("places.code_reissue", clerk)
    assert codes.household_code(household) not in str(logged.data)


def test_who_may_not_print_may_not_make_invalid(neighbourhood, approver, outsider):
    household = neighbourhood.households[0]
    for user in (approver, outsider):
        with pytest.raises(PermissionDenied):
            services.household_code_reissue(by=user, household=household)
