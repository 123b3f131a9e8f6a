import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from feedback.complaints import services
from feedback.complaints.due import next_due
from feedback.complaints.models import Complaint
from feedback.complaints.services import LedgerRow, ledger_import
from feedback.complaints.states import State
from portal.intake.receipts import new_key
from tests.feedback.complaints.conftest import NOW, upload

pytestmark = pytest.mark.django_db
LIST = "/staff/complaints/"


@pytest.fixture(autouse=True)
def clean_cache():
    cache.clear()


def page(client, user, url, **data):
    client.force_login(user)
    return client.get(url, data)


def step(client, user, complaint, name, **given):
    client.force_login(user)
    url = reverse("complaints_staff:step", args=[complaint.number, name])
    return client.post(url, {f"{name}-{field}": value for field, value in given.items()})


def test_the_list_shows_what_is_in_ones_places(client, file, clerk, outsider, evaluator):
    number = file().number
    assert number in page(client, clerk, LIST).content.decode()
    assert number in page(client, evaluator, LIST).content.decode()
    assert number not in page(client, outsider, LIST).content.decode()


def test_a_company_sees_what_was_passed_on_to_it_and_answers(client, file, clerk, builder, company):
    mine = file(contact="13800001234", contact_wish="PHONE")
    other = file("C12")
    services.complaint_accept(complaint=mine, by=clerk, now=NOW)
    services.complaint_assign(
        complaint=mine, by=clerk, organisation=company, note="请周三前到场", now=NOW
    )
    listed = page(client, builder, LIST).content.decode()
    assert mine.number in listed
    assert other.number not in listed
    detail = page(client, builder, f"{LIST}{mine.number}/").content.decode()
    assert "请周三前到场" not in detail
    assert "0001234" not in detail.replace("****", "")
    assert "138****1234" not in detail
    assert page(client, builder, f"{LIST}{other.number}/").status_code == 404
    done = step(client, builder, mine, "answer", text="已补防水")
    assert done.status_code == 302
    assert step(client, builder, mine, "resolve", text="x").status_code == 403
    assert "已补防水" in page(client, clerk, f"{LIST}{mine.number}/").content.decode()


def test_outsiders_get_404_and_readers_without_the_right_403(
    client, file, outsider, evaluator, clerk
):
    complaint = file()
    url = f"{LIST}{complaint.number}/"
    assert page(client, outsider, url).status_code == 404
    assert step(client, outsider, complaint, "accept").status_code == 404
    assert page(client, evaluator, url).status_code == 200
    assert step(client, evaluator, complaint, "accept").status_code == 403
    assert step(client, clerk, complaint, "no-such-step").status_code == 404
    client.logout()
    assert client.get(url).status_code == 302


def test_staff_walk_a_case_to_its_end(client, file, clerk, builder, company):
    complaint = file()
    for name, given in [
        ("accept", {"reply": "已受理，明天上门"}),
        ("assign", {"organisation": company.pk}),
        ("take_back", {}),
        ("note", {"text": "内部"}),
        ("reply", {"text": "师傅在路上"}),
        ("contact", {"note": "已通话"}),
        ("extend", {"workdays": 3, "reason": "下雨"}),
        ("promise", {"day": (timezone.localdate() + timedelta(9)).isoformat(), "text": "盖布"}),
        ("resolve", {"text": "已修好", "photos": upload("green")}),
    ]:
        response = step(client, clerk, complaint, name, **given)
        assert response.status_code == 302, (name, response.content.decode()[-3000:])
    complaint.refresh_from_db()
    assert complaint.state == State.RESOLVED
    assert complaint.photos.get().added_by == clerk
    assert step(client, clerk, complaint, "callback", answered="no").status_code == 403


def test_a_refused_step_keeps_what_was_typed(client, file, clerk):
    complaint = file()
    response = step(client, clerk, complaint, "refuse", nature="PRAISE", reason="")
    assert response.status_code == 422
    stale = step(client, clerk, complaint, "resolve", text="写了很久的说明")
    assert stale.status_code == 422
    assert "写了很久的说明" in stale.content.decode()


def test_a_colleague_records_the_callback(client, file, clerk, colleague):
    complaint = file()
    services.complaint_accept(complaint=complaint, by=clerk, now=NOW)
    services.complaint_resolve(complaint=complaint, by=clerk, text="修了", now=NOW)
    assert step(client, colleague, complaint, "callback", answered="yes").status_code == 422
    done = step(
        client, colleague, complaint, "callback", answered="yes", verdict="SOLVED", rating="5"
    )
    assert done.status_code == 302
    complaint.refresh_from_db()
    assert (complaint.state, complaint.rating) == (State.CLOSED, 5)


def test_a_number_in_the_text_is_for_those_who_may_see_the_one_that_was_asked_for(
    client, file, clerk, evaluator, builder, company
):
    case = file(text="漏雨，请打13812345678")
    services.complaint_accept(complaint=case, by=clerk, now=NOW)
    services.complaint_assign(complaint=case, by=clerk, organisation=company, now=NOW)
    services.complaint_add(complaint=case, key=new_key(), text="微信号 wangwu888", now=NOW)
    detail = reverse("complaints_staff:detail", args=[case.number])

    def shown(user):
        client.force_login(user)
        pages = [detail, reverse("complaints_staff:list"), reverse("complaints_staff:today")]
        texts = [client.get(page).content.decode() for page in pages]
        return [
            text in "".join(texts) for text in ("13812345678", "wangwu888", "〔电话〕", "〔账号〕")
        ]

    assert shown(clerk) == [True, True, False, False]
    assert shown(builder) == [False, False, True, True]
    assert shown(evaluator) == [False, False, True, True]
    Complaint.objects.update(contact_shared=True, privacy_version="1")
    assert shown(builder) == [True, True, False, False]


def test_a_phone_number_is_masked_until_somebody_looks(client, file, clerk, evaluator):
    complaint = file(contact="13800001234", contact_wish="PHONE")
    url = f"{LIST}{complaint.number}/"
    assert "13800001234" not in page(client, clerk, url).content.decode()
    shown = client.post(f"{url}phone/")
    assert "13800001234" in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert complaint.events.filter(kind="CONTACT_SHOWN", actor=clerk).exists()
    client.force_login(evaluator)
    assert client.post(f"{url}phone/").status_code == 403
    assert "138****1234" not in client.get(url).content.decode()


def test_photos_are_seen_only_by_those_who_may(client, neighbourhood, clerk, outsider):
    key = new_key()
    url = "/complaints/new/?place=PC001&category=C10"
    client.post(url, {"text": "漏雨", "contact_wish": "NONE", "intake_key": key})
    client.post("/complaints/photo/", {"intake_key": key, "photo": upload()})
    complaint = Complaint.objects.get()
    photo = complaint.photos.get()
    view = reverse("complaints_staff:photo", args=[complaint.number, photo.pk])
    response = page(client, clerk, view)
    assert response.headers["Content-Type"] == "image/jpeg"
    assert "no-store" in response.headers["Cache-Control"]
    assert b"".join(response.streaming_content)[:2] == b"\xff\xd8"
    assert page(client, outsider, view).status_code == 404
    client.logout()
    assert client.get(view).status_code == 302
    assert client.get(f"/media/{photo.file.name}").status_code == 404


def test_staff_take_a_complaint_down_at_the_counter(client, neighbourhood, clerk, evaluator):
    assert page(client, evaluator, f"{LIST}new/").status_code == 403
    url = f"{LIST}new/?place=PC001&category=C12"
    form = page(client, clerk, url).content.decode()
    key = re.search(r'name="intake_key" value="(\w+)"', form)[1]
    given = {
        "intake_key": key,
        "channel": "PHONE",
        "text": "电话反映下水堵",
        "contact_wish": "NONE",
        "signatories": "3",
    }
    receipt = client.post(url, given)
    complaint = Complaint.objects.get()
    assert (complaint.channel, complaint.signatories) == ("PHONE", 3)
    assert complaint.number in receipt.content.decode()
    client.post(url, given)
    assert Complaint.objects.count() == 1
    assert client.post(url, {**given, "text": ""}).status_code == 200
    other = client.post(url, {**given, "text": "别的"}).content.decode()
    assert complaint.number in other
    assert Complaint.objects.count() == 1
    # A community of others is not on offer.
    assert "电话" not in client.get(f"{LIST}new/?place=YG001&category=C12").content.decode()


def test_filters_counts_and_search(client, file, clerk, neighbourhood):
    roof, drain = file("C10"), file("C12")
    services.complaint_accept(complaint=drain, by=clerk, now=NOW)
    services.complaint_resolve(complaint=drain, by=clerk, text="通了", now=NOW)
    listed = page(client, clerk, LIST).content.decode()
    assert roof.number in listed
    assert drain.number not in listed
    assert drain.number in page(client, clerk, LIST, tab="answer").content.decode()
    assert drain.number not in page(client, clerk, LIST, tab="all", category="C10").content.decode()
    assert roof.number in page(client, clerk, LIST, tab="all", place="140213").content.decode()
    assert roof.number not in page(client, clerk, LIST, tab="all", place="YG001").content.decode()
    assert drain.number in page(client, clerk, LIST, q=drain.number).content.decode()
    for wrong in ({"tab": "x"}, {"place": "x"}, {"category": "x"}, {"q": "x"}, {"p": "x"}):
        assert page(client, clerk, LIST, **wrong).status_code == 200


def test_the_home_page_says_what_is_due_today(client, file, clerk, evaluator):
    overdue = file(now=timezone.now() - timedelta(days=30))
    home = page(client, clerk, "/staff/").content.decode()
    assert overdue.number in home
    assert reverse("complaints_staff:list") in home


def test_what_is_due_next_and_how_near(file, clerk):
    complaint = file()
    assert next_due(complaint, NOW).at == complaint.contact_due_at
    assert (next_due(complaint, NOW).tone, next_due(complaint, NOW + timedelta(9)).tone) == (
        "warn",
        "bad",
    )
    services.complaint_accept(complaint=complaint, by=clerk, reply="好", now=NOW)
    assert next_due(complaint, NOW).at == complaint.due_at
    services.complaint_resolve(complaint=complaint, by=clerk, text="好", now=NOW)
    assert next_due(complaint, NOW) is None


def rows_in_all_states(neighbourhood, company, first, count):
    at = timezone.now() - timedelta(days=20)
    later = at + timedelta(days=1)
    shapes = [
        {},
        {"accepted_at": at},
        {"accepted_at": at, "assigned_to": company},
        {"accepted_at": at, "resolved_at": later},
        {"accepted_at": at, "resolved_at": later, "verdict": "SOLVED", "verdict_at": later},
        {"accepted_at": at, "resolved_at": later, "verdict": "UNSOLVED", "verdict_at": later},
        {"accepted_at": at, "resolved_at": later, "unconfirmed_at": later},
        {"nature": "PRAISE"},
    ]
    for number in range(first, first + count):
        yield LedgerRow(
            community=neighbourhood.community,
            channel="12345",
            source_number=f"N{number}",
            category=("C10", "C12", "C17")[number % 3],
            text="屋顶漏雨",
            filed_at=at,
            building=neighbourhood.building if number % 2 else None,
            **shapes[number % len(shapes)],
        )


@pytest.mark.parametrize("path", [f"{LIST}?tab=all", f"{LIST}?tab=open", "/staff/"])
def test_lists_need_the_same_queries_for_3_and_for_300_rows(
    client, neighbourhood, company, reviewer, path
):
    def queries():
        client.force_login(reviewer)
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as context:
            assert client.get(path).status_code == 200
        return len(context)

    ledger_import(rows=rows_in_all_states(neighbourhood, company, 0, 8))
    few = queries()
    ledger_import(rows=rows_in_all_states(neighbourhood, company, 8, 300))
    assert set(Complaint.objects.values_list("state", flat=True)) == set(State.values) - {
        State.REOPENED,
        State.WITHDRAWN,
        State.MERGED,
        State.TRANSFERRED,  # a ledger knows none of these
    }
    assert queries() == few


def test_a_case_of_many_events_needs_no_more_queries(client, file, clerk):
    complaint = file()

    def queries():
        client.force_login(clerk)
        with CaptureQueriesContext(connection) as context:
            assert client.get(f"{LIST}{complaint.number}/").status_code == 200
        return len(context)

    queries()
    few = queries()
    for number in range(30):
        services.complaint_note(complaint=complaint, by=clerk, text=f"第{number}条", now=NOW)
    assert queries() == few
