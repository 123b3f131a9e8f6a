"""Neighbours join, residents add, withdraw and take a case along; nobody can guess their way in."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from feedback.complaints import services
from feedback.complaints.models import Category, Complaint, Follower, TrackingLink
from feedback.complaints.services.tallies import tally_compute
from feedback.complaints.states import State
from feedback.complaints.timeline import promises
from portal.intake.limits import LIMITS
from portal.intake.receipts import new_key, receipt
from portal.messages.models import Delivery
from portal.places.codes import household_code
from portal.places.signs import building_sign
from tests.feedback.complaints.conftest import NOW, upload
from tests.feedback.complaints.test_resident_pages import URL, hidden, receipt_in, track, typed

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def clean_cache():
    cache.clear()


@pytest.fixture
def leak(file, neighbourhood) -> Complaint:
    return file(building=neighbourhood.building, text="王先生家卧室漏雨")


def join(leak, **fields):
    return services.complaint_join(**{"key": new_key(), "complaint": leak, "now": LATER, **fields})


def test_a_neighbour_who_joins_adds_a_signatory_and_no_event(leak, neighbourhood, clerk):
    services.complaint_accept(complaint=leak, by=clerk, now=LATER)
    before = tally_compute(neighbourhood.community.pk)
    joined = join(leak, household=neighbourhood.households[0])
    leak.refresh_from_db()
    assert leak.signatories == 2
    assert tally_compute(neighbourhood.community.pk) == before
    assert Complaint.objects.count() == 1
    assert len(joined.follower.number) == len(leak.number) + 1
    assert leak.events.filter(kind="JOINED").count() == 1


def test_what_is_past_is_late_and_no_promise(file):
    leak = file("C17")

    def told(now):
        return [what for what, _when in promises(leak, now)]

    assert told(leak.due_at) == ["答复已超期，应答复时间", "最晚办结"]
    late = leak.due_at + timedelta(minutes=1)
    assert told(late) == ["答复已超期，应答复时间", "办结已超期，应办结时间"]
    leak.promised_date = late.date()
    assert told(late)[-1] == "承诺修好"
    assert told(late + timedelta(days=1))[-1] == "承诺已超期，原承诺修好"


def test_who_joins_a_case_that_is_late_is_told_so(client, file, clerk):
    leak = file("C17")
    long_ago = NOW - timedelta(days=90)
    Complaint.objects.filter(pk=leak.pk).update(contact_due_at=long_ago, due_at=long_ago)
    page = client.get(f"/complaints/join/?case={leak.number}").content.decode()
    assert "办结已超期" in page
    assert "最晚办结" not in page
    client.force_login(clerk)
    given = {"channel": "COUNTER", "contact_wish": "NONE", "intake_key": new_key()}
    page = client.post(f"/staff/complaints/{leak.number}/join/", given).content.decode()
    assert "办结已超期" in page


def test_the_same_key_joins_once_and_gives_the_same_receipt(leak):
    key = new_key()
    first, again = join(leak, key=key), join(leak, key=key)
    assert (first.receipt, again.duplicate) == (again.receipt, True)
    assert Follower.objects.count() == 1


def test_a_home_and_a_number_count_once_and_nobody_is_told(file, neighbourhood):
    first, second = neighbourhood.households[:2]
    leak = file(household=first, contact="13800001234", contact_wish="PHONE")
    assert not join(leak, household=first).follower.is_counted
    assert not join(leak, contact="13800001234", contact_wish="PHONE").follower.is_counted
    assert join(leak, household=second, contact="13900001234").follower.is_counted
    again = join(leak, household=second)
    assert not again.follower.is_counted
    assert (again.follower.household, again.follower.contact) == (None, "")
    leak.refresh_from_db()
    assert leak.signatories == 2


@pytest.mark.parametrize("state", [State.REFUSED, State.WITHDRAWN, State.CLOSED])
def test_a_case_that_is_over_cannot_be_joined(leak, state):
    Complaint.objects.filter(pk=leak.pk).update(state=state, resolved_at=LATER)
    with pytest.raises(ValidationError):
        join(leak)


def test_open_cases_of_the_building_are_offered_before_sending(client, leak, neighbourhood):
    sign = building_sign(neighbourhood.building)
    form = client.get(f"/complaints/new/?at={sign}&category=C10").content.decode()
    assert f"/complaints/join/?case={leak.number}" in form
    assert "王先生" not in form
    review = client.post(URL, typed(building=neighbourhood.building.pk)).content.decode()
    assert f"?case={leak.number}" in review
    address = f"/complaints/similar/?place=PC001&category=C10&building={neighbourhood.building.pk}"
    assert f"?case={leak.number}" in client.get(address).content.decode()
    other = client.get(address.replace("C10", "C12")).content.decode()
    assert "?case=" not in other
    for odd in ("9" * 40, "x", ""):
        assert client.get(f"/complaints/similar/?place=PC001&category=C10&building={odd}")


def test_joining_by_hand_shows_a_receipt_and_the_case_without_a_word_of_others(
    client, leak, neighbourhood, clerk
):
    page = client.get(f"/complaints/join/?case={leak.number}")
    given = {**hidden(page), "contact_wish": "NONE"}
    given["household_code"] = household_code(neighbourhood.households[0])
    address = f"/complaints/join/?case={leak.number}"
    number, secret = receipt_in(client.post(address, given))
    assert receipt_in(client.post(address, given)) == (number, secret)
    services.complaint_accept(complaint=leak, by=clerk, reply="王先生您好，201室", now=LATER)
    case = track(client, number, secret).content.decode()
    assert Category.objects.get(pk="C10").plain_zh in case
    for word in ("王先生", "201室", "track/withdraw", "track/add"):
        assert word not in case
    secrets = {"number": number, "secret": secret}
    for path in ("answer", "add", "withdraw", "link"):
        posted = {**secrets, "verdict": "SOLVED", "text": "x", "sure": "1"}
        assert "王先生" not in client.post(f"/complaints/track/{path}/", posted).content.decode()
    leak.refresh_from_db()
    assert (leak.state, leak.links.count()) == (State.ACCEPTED, 0)


@pytest.mark.parametrize(
    "given",
    [
        {"contact_wish": "PHONE"},
        {"contact_wish": "NONE", "household_code": "1234"},
        {"contact_wish": "SMOKE"},
        {},
    ],
)
def test_bad_input_when_joining_is_a_message_at_its_field(client, leak, given):
    address = f"/complaints/join/?case={leak.number}"
    response = client.post(address, {"intake_key": new_key(), **given})
    assert response.status_code == 422
    assert "data-error-summary" in response.content.decode()
    assert not Follower.objects.exists()


def test_a_case_that_is_over_or_does_not_exist_has_no_page_to_join(client, leak):
    Complaint.objects.filter(pk=leak.pk).update(state=State.REFUSED)
    for number in (leak.number, "990101-00000", "x"):
        assert client.get(f"/complaints/join/?case={number}").status_code == 404


def test_nobody_else_is_told_of_a_second_matter_or_asked_for_what_another_must_say(
    client, file, leak, clerk
):
    key = new_key()
    merged = file(key=key)
    joined = join(leak)
    services.complaint_merge(complaint=merged, by=clerk, main=leak, now=LATER)
    services.complaint_accept(complaint=leak, by=clerk, now=LATER)
    split = services.complaint_split(
        complaint=leak, by=clerk, category=Category.objects.get(pk="C18"), text="灯", now=LATER
    )
    leak.refresh_from_db()
    services.complaint_wait(complaint=leak, by=clerk, text="哪一间？", now=LATER)
    first = (joined.follower.number, joined.receipt)
    for number, secret in (first, (merged.number, receipt(key))):
        page = track(client, number, secret).content.decode()
        assert split.number not in page
        assert "等待最先反映的邻居补充" in page
        assert "等待您补充" not in page
        assert "已请最先反映的邻居补充情况" in page


# -- adding and withdrawing


def test_what_is_added_is_added_once_and_ends_the_waiting(leak, clerk):
    services.complaint_accept(complaint=leak, by=clerk, now=LATER)
    services.complaint_wait(complaint=leak, by=clerk, text="请说明位置", now=LATER)
    key = new_key()
    given = {"complaint": leak, "key": key, "text": "在北卧", "now": LATER + timedelta(hours=1)}
    assert services.complaint_add(**given)
    assert not services.complaint_add(**given)
    leak.refresh_from_db()
    assert leak.waiting_since is None
    assert leak.events.filter(kind="ADDED").count() == 1


def test_a_withdrawn_case_counts_nowhere_and_keeps_no_number(file, neighbourhood, clerk):
    leak = file(contact="13800001234", contact_wish="PHONE", contact_shared=True)
    services.complaint_accept(complaint=leak, by=clerk, now=LATER)
    assert tally_compute(neighbourhood.community.pk)[1]
    for _twice in range(2):
        services.complaint_withdraw(complaint=leak, now=LATER, reason="自己修好了")
    assert leak.state == State.WITHDRAWN
    assert (leak.contact, leak.contact_index, leak.contact_shared) == ("", "", False)
    assert leak.events.filter(kind="WITHDRAWN").count() == 1
    assert tally_compute(neighbourhood.community.pk) == ({}, {}, {})


def test_nobody_withdraws_what_is_solved_or_what_neighbours_joined(leak, clerk):
    join(leak)
    with pytest.raises(ValidationError):
        services.complaint_withdraw(complaint=leak, now=LATER)
    services.complaint_accept(complaint=leak, by=clerk, now=LATER)
    services.complaint_resolve(complaint=leak, by=clerk, text="已修", now=LATER)
    Follower.objects.all().delete()
    with pytest.raises(ValidationError):
        services.complaint_withdraw(complaint=leak, now=LATER)


@pytest.fixture
def filed(client, neighbourhood):
    given = typed(intake_key=new_key(), contact_wish="PHONE", contact="13800001234")
    return receipt_in(client.post(URL, given))


def case(client, filed, path, **given):
    number, secret = filed
    return client.post(f"/complaints/track/{path}", {"number": number, "secret": secret, **given})


def test_who_adds_what_was_asked_for_is_not_waited_for_any_more(client, filed, clerk):
    complaint = Complaint.objects.get()
    services.complaint_accept(complaint=complaint, by=clerk, now=timezone.now())
    services.complaint_wait(complaint=complaint, by=clerk, text="哪一间？", now=timezone.now())
    assert "等待您补充，自" in case(client, filed, "").content.decode()
    added = case(client, filed, "add/", intake_key=new_key(), text="卧室").content.decode()
    assert "您补充了情况" in added
    assert "等待您补充，自" not in added


def test_the_resident_adds_words_and_photos_and_withdraws_on_the_page(client, filed):
    page = case(client, filed, "")
    key = re.search(r'name="intake_key" value="(\w+)"', page.content.decode())[1]
    for _pressed_twice in range(2):
        added = case(client, filed, "add/", intake_key=key, text="还在漏", photos=[upload()])
        assert added.status_code == 200
    complaint = Complaint.objects.get()
    assert (complaint.photos.count(), complaint.events.filter(kind="ADDED").count()) == (1, 1)
    assert case(client, filed, "add/", intake_key=new_key()).status_code == 422
    assert case(client, filed, "withdraw/", what="contact").status_code == 200
    complaint.refresh_from_db()
    assert (complaint.contact, complaint.state) == ("", State.RECEIVED)
    not_ticked = case(client, filed, "withdraw/", reason="自己修好了")
    assert not_ticked.status_code == 422
    assert '<details class="more no-print" open>' in not_ticked.content.decode()
    assert ">自己修好了</textarea>" in not_ticked.content.decode()
    assert case(client, filed, "withdraw/", sure="1", reason="好了").status_code == 200
    complaint.refresh_from_db()
    assert complaint.state == State.WITHDRAWN
    assert case(client, filed, "add/", intake_key=new_key(), text="x").status_code == 422


# -- the receipt, links, guessing


def test_the_receipt_goes_by_e_mail_once_and_the_address_stays_in_the_delivery(client, filed):
    for _twice in range(2):
        assert case(client, filed, "mail/", email="li@example.org").status_code == 200
    delivery = Delivery.objects.get()
    assert delivery.to == "li@example.org"
    assert all(part in delivery.body for part in filed)
    assert case(client, filed, "mail/", email="nobody").status_code == 422
    for name in ("a", "b"):
        assert case(client, filed, "mail/", email=f"{name}@example.org").status_code == 200
    assert case(client, filed, "mail/", email="c@example.org").status_code == 422
    assert Delivery.objects.count() == 3


def token_in(response) -> str:
    return re.search(r"/complaints/link/#(\w{32})", response.content.decode())[1]


def test_a_link_opens_the_case_once_by_a_press_and_then_answers_for_the_secret(client, filed):
    token = token_in(case(client, filed, "link/"))
    assert not TrackingLink.objects.filter(token_hash=token).exists()
    assert client.get("/complaints/link/").status_code == 200  # a messenger looks: nothing used
    page = client.post("/complaints/link/", {"token": token})
    assert "屋顶漏雨" in page.content.decode()
    assert filed[1] not in page.content.decode()
    stand_in = hidden(page)["secret"]
    assert case(client, (filed[0], stand_in), "").status_code == 200
    assert case(client, ("990101-00000", stand_in), "").status_code == 422
    assert client.post("/complaints/link/", {"token": token}).status_code == 422


def test_a_link_and_what_it_gives_end(client, filed, time_machine):
    moment = timezone.now()
    token = token_in(case(client, filed, "link/"))
    time_machine.move_to(moment + timedelta(hours=25), tick=False)
    assert client.post("/complaints/link/", {"token": token}).status_code == 422
    stand_in = hidden(
        client.post("/complaints/link/", {"token": token_in(case(client, filed, "link/"))})
    )["secret"]
    time_machine.move_to(moment + timedelta(hours=30), tick=False)
    assert case(client, (filed[0], stand_in), "").status_code == 422


def test_wrong_and_missing_cost_the_same_queries_and_say_the_same(client, filed, leak):
    joined = join(leak)
    asked = [
        (filed[0], "AAAA-AAAA-AAAA-AAAA"),
        (joined.follower.number, "AAAA-AAAA-AAAA-AAAA"),
        ("990101-00000", filed[1]),
        ("990101-000000", filed[1]),
        ("nonsense", filed[1]),
    ]
    seen = set()
    for number, secret in asked:
        with CaptureQueriesContext(connection) as queries:
            response = track(client, number, secret)
        body = re.sub(r'value="[^"]*"', "", response.content.decode())
        seen.add((response.status_code, body, len(queries)))
    assert len(seen) == 1


def test_links_cannot_be_guessed_for_long(client, filed):
    for _guess in range(20):
        assert client.post("/complaints/link/", {"token": new_key()}).status_code == 422
    complaint = Complaint.objects.get(number=filed[0])
    token = services.link_issue(complaint=complaint, now=timezone.now())
    assert client.post("/complaints/link/", {"token": token}).status_code == 429


def test_a_device_counts_once_in_a_case_and_is_told(leak, neighbourhood, file):
    device = new_key()
    first, again = join(leak, device_key=device), join(leak, device_key=device)
    assert (first.again_here, again.again_here) == (False, True)
    assert (first.follower.is_counted, again.follower.is_counted) == (True, False)
    leak.refresh_from_db()
    assert (leak.signatories, leak.events.filter(kind="JOINED").count()) == (2, 1)
    # A phone number is no proof of another neighbour, the code of a home is.
    assert not join(leak, device_key=device, contact="13900001234").follower.is_counted
    mother = join(leak, device_key=device, household=neighbourhood.households[0])
    assert (mother.follower.is_counted, mother.again_here) == (True, False)
    other = join(file(building=neighbourhood.building), device_key=device)
    assert other.follower.is_counted
    assert other.follower.device_index not in {"", first.follower.device_index}


def test_pressing_again_and_again_counts_once(client, leak):
    address, device = f"/complaints/join/?case={leak.number}", new_key()
    pages = []
    for _time in range(3):
        given = {**hidden(client.get(address)), "contact_wish": "NONE", "device": device}
        pages.append(client.post(address, given))
        receipt_in(pages[-1])
    assert [Follower.objects.filter(is_counted=yes).count() for yes in (True, False)] == [1, 2]
    assert ["算一次" in page.content.decode() for page in pages] == [False, True, True]
    assert not client.cookies


@pytest.mark.parametrize("kind", ["join", "bare"])
def test_a_program_cannot_join_without_end_but_a_home_can(
    client, leak, neighbourhood, monkeypatch, kind
):
    monkeypatch.setitem(LIMITS, kind, (2, 3600))
    address = f"/complaints/join/?case={leak.number}"

    def press(**fields):
        device = new_key() if kind == "join" else ""
        given = {"contact_wish": "NONE", "device": device, **fields}
        given.update(hidden(client.get(address)))
        return client.post(address, given)

    assert [press().status_code for _time in range(3)] == [200, 200, 429]
    leak.refresh_from_db()
    assert leak.signatories == 3
    page = press(household_code=household_code(neighbourhood.households[0]))
    assert page.status_code == 200 and receipt_in(page)
    leak.refresh_from_db()
    assert leak.signatories == 4


@pytest.mark.parametrize("step", ["answer", "add", "withdraw", "publish", "mail", "link"])
def test_an_address_of_a_step_leads_to_the_form(client, step):
    """The page after a step is left by the link to the other language: that asks without a body."""
    for prefix in ("", "/en"):
        response = client.get(f"{prefix}/complaints/track/{step}/")
        assert response.status_code == 302
        assert response.url == f"{prefix}/complaints/track/"
