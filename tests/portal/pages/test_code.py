import logging

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from portal.intake.limits import LIMITS
from portal.pages.models import CommunityPage
from portal.places.codes import format_code, household_code
from tests.conftest import Neighbourhood

pytestmark = pytest.mark.django_db


@pytest.fixture
def code(community_page: CommunityPage, neighbourhood: Neighbourhood) -> str:
    return household_code(neighbourhood.households[0])


def test_the_page_of_the_qr_is_never_stored(client: Client, db: None) -> None:
    answer = client.get(reverse("pages:code"))
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


def test_the_script_takes_the_code_out_of_the_fragment(client: Client, db: None) -> None:
    page = client.get(reverse("pages:code")).content.decode()
    assert "linli/code.js" in page
    assert "data-code-form" in page
    assert "data-household-code" in page


def test_a_code_shows_the_community_and_not_the_room(client: Client, code: str) -> None:
    answer = client.post(reverse("pages:code"), {"code": format_code(code)})
    page = answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert "和平里小区" in page
    assert "1号楼" in page
    assert "1-101" not in page


def test_a_wrong_code_is_said_at_the_field_and_stays_as_typed(client: Client, code: str) -> None:
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    page = client.post(reverse("pages:code"), {"code": wrong}).content.decode()
    assert "errorlist" in page
    assert f'value="{wrong}"' in page
    assert 'aria-invalid="true"' in page
    assert 'href="#id_code"' in page
    assert "<title>有误：" in page


def test_an_empty_code_is_said_at_the_field(client: Client, db: None) -> None:
    page = client.post(reverse("pages:code"), {}).content.decode()
    assert "errorlist" in page


@time_machine.travel("2026-11-23 04:00Z", tick=False)
def test_many_wrong_codes_are_stopped_and_right_ones_are_not_counted(
    client: Client, code: str
) -> None:
    allowed, _window = LIMITS["ip"]
    for _ in range(allowed + 5):
        assert client.post(reverse("pages:code"), {"code": code}).status_code == 200
    for _ in range(allowed):
        assert client.post(reverse("pages:code"), {"code": "1" * 16}).status_code == 200
    assert client.post(reverse("pages:code"), {"code": "1" * 16}).status_code == 429
    assert client.post(reverse("pages:code"), {"code": code}).status_code == 429
    elsewhere = Client(REMOTE_ADDR="198.51.100.9")
    assert elsewhere.post(reverse("pages:code"), {"code": code}).status_code == 200


def test_another_site_cannot_post_here(client: Client, code: str) -> None:
    answer = client.post(
        reverse("pages:code"), {"code": code}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


def test_no_log_ever_holds_a_code(
    client: Client, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post(reverse("pages:code"), {"code": code})
        client.post(reverse("pages:look_up"), {"q": format_code(code)})
        client.post(reverse("pages:code"), {"code": "9" + code[1:]})
    logged = caplog.text.replace(" ", "")
    assert code not in logged
    assert "9" + code[1:] not in logged


def test_csrf_protection_asks_nothing_of_a_resident(code: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("pages:code"), {"code": code}).status_code == 200
