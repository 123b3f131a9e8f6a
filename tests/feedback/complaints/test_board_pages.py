"""The public pages: the same for everybody, empty states, constant queries, and consent."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback.complaints import services
from feedback.complaints.models import Complaint, ComplaintTally, DeviceMark, WeDid
from feedback.complaints.services import complaint_file
from portal.demo import factories
from portal.intake.receipts import new_key
from tests.feedback.complaints.conftest import NOW, category
from tests.feedback.complaints.test_board import cell

pytestmark = pytest.mark.django_db


def tally(place, month="2021-03"):
    board = {month: {"C14": cell(30, confirmed=20), "C12": cell(9, open=9), "C10": cell(2)}}
    ComplaintTally.objects.create(community=place, board=board, rebuilt_at=NOW)


def test_the_board_shows_a_year_in_numbers_words_and_places(client, neighbourhood):
    tally(neighbourhood.community)
    page = client.get(reverse("complaints:board", args=["PC001"]), {"period": "2021"})
    html = page.content.decode()
    assert not page.cookies and "no-store" not in page.headers.get("Cache-Control", "")
    assert "41" in html and category("C14").label in html and "<svg" in html
    county = client.get(reverse("complaints:board", args=["140213"]), {"period": "2021"})
    assert neighbourhood.community.label in county.content.decode()
    assert client.get(reverse("complaints:board_start")).url.endswith("/board/1402/")
    empty = client.get(reverse("complaints:board", args=["PC001"]), {"period": "2020"})
    assert "tile__number" not in empty.content.decode()
    # Nothing was filed this year: the newest year with something is shown.
    newest = client.get(reverse("complaints:board", args=["PC001"])).content.decode()
    assert 'href="?period=2021" aria-current' in newest and "tile__number" in newest


@pytest.mark.parametrize("name", ["board", "published", "we_did", "supervision"])
def test_every_page_stands_with_nothing_to_show_and_for_no_unknown_place(
    client, neighbourhood, name
):
    part = {"board": "", "published": "cases/", "we_did": "we-did/", "supervision": "supervision/"}
    for path in ("", "/en"):
        for code in ("1402", "140213", "PC001"):
            address = f"{path}/complaints/board/{code}/{part[name]}"
            assert client.get(address).status_code == 200
        for code in ("140213051", "nowhere"):
            address = f"{path}/complaints/board/{code}/{part[name]}"
            assert client.get(address).status_code == 404


@pytest.mark.parametrize("token", ["0" * 32, "x"])
def test_photos_of_nothing_are_not_there(client, db, token):
    for name, args in (
        ("case_photo", [token, "before"]),
        ("we_did_photo", [token]),
        ("visit_photo", [token]),
    ):
        assert client.get(reverse(f"complaints:{name}", args=args)).status_code == 404


def test_the_county_board_has_a_constant_number_of_queries(client, neighbourhood):
    address = reverse("complaints:board", args=["140213"])

    def queries():
        with CaptureQueriesContext(connection) as counted:
            client.get(address, {"period": "2021"})
        return len(counted)

    tally(neighbourhood.community)
    few = queries()
    for number in range(6):
        place = factories.place(
            "COMMUNITY", neighbourhood.subdistrict, code=f"Q{number}", name=f"小区{number}"
        )
        tally(place)
    assert queries() == few


def test_the_list_of_what_was_done_has_a_constant_number_of_queries(client, neighbourhood, clerk):
    def queries():
        with CaptureQueriesContext(connection) as counted:
            client.get(reverse("complaints:we_did", args=["140213"]))
        return len(counted)

    for number in range(7):
        WeDid.objects.create(
            community=neighbourhood.community, said=f"要灯{number}", did="装了灯",
            done_date=NOW.date(), created_at=NOW, created_by=clerk,
        )  # fmt: skip
        if number == 0:
            few = queries()
    assert queries() == few


def test_the_resident_agrees_and_takes_it_back_where_the_case_is_followed(
    client, neighbourhood, clerk
):
    filed = complaint_file(
        key=new_key(), community=neighbourhood.community, category=category("C10"),
        text="屋顶漏雨", now=NOW,
    )  # fmt: skip
    case = filed.complaint
    services.complaint_accept(complaint=case, by=clerk, reply="已受理", now=NOW)
    services.complaint_resolve(complaint=case, by=clerk, text="修好了", now=NOW)
    known = {"number": case.number, "secret": filed.receipt}
    device = new_key()
    answer = {**known, "verdict": "SOLVED", "rating": "5", "device": device}
    html = client.post(reverse("complaints:confirm"), answer).content.decode()
    assert reverse("complaints:consent") in html
    assert DeviceMark.objects.get().deed == DeviceMark.Deed.CONFIRMED
    client.post(reverse("complaints:consent"), {**known, "agrees": "yes"})
    case.refresh_from_db()
    assert case.may_publish
    wrong = client.post(reverse("complaints:consent"), {"number": case.number, "secret": "x"})
    assert wrong.status_code == 422
    client.post(reverse("complaints:consent"), {**known, "agrees": "no"})
    case.refresh_from_db()
    assert not case.may_publish


def test_the_resident_may_agree_when_filing_and_is_not_overruled_by_a_second_sending(
    client, neighbourhood
):
    url = "/complaints/new/?place=PC001&category=C10"
    typed = {"text": "屋顶漏雨", "contact_wish": "NONE", "intake_key": new_key()}
    client.post(url, {**typed, "intake_key": new_key()})
    assert not Complaint.objects.get().may_publish
    client.post(url, {**typed, "may_publish": "on"})
    case = Complaint.objects.get(may_publish=True)
    services.complaint_consent(complaint=case, agrees=False, now=NOW)
    client.post(url, {**typed, "may_publish": "on"})
    case.refresh_from_db()
    assert not case.may_publish
