"""Signs of gaming: what is one, what is none, who judges."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback.complaints import gaming, services
from feedback.complaints.models import Category, Complaint, DeviceMark, GamingSignal
from portal.intake.receipts import new_key
from tests.feedback.complaints.conftest import NOW, category

pytestmark = pytest.mark.django_db
Kind = GamingSignal.Kind


def found(kind):
    services.signals_sweep(now=NOW)
    return list(GamingSignal.objects.filter(kind=kind))


def solved(case, clerk, at, reply="已受理"):
    services.complaint_accept(complaint=case, by=clerk, reply=reply, now=NOW)
    services.complaint_resolve(complaint=case, by=clerk, text="修好了", now=at)


@pytest.mark.parametrize(
    ("before_due", "later", "is_sign"),
    [
        (timedelta(hours=4), timedelta(days=14), True),
        (timedelta(0), timedelta(days=1), True),
        (timedelta(hours=4, minutes=1), timedelta(days=1), False),
        (timedelta(hours=1), timedelta(days=14, minutes=1), False),
        (timedelta(hours=-1), timedelta(days=1), False),
    ],
)
def test_closed_shortly_before_it_was_due_and_open_again(file, clerk, before_due, later, is_sign):
    case = file()
    closed = case.due_at - before_due
    solved(case, clerk, closed)
    services.complaint_confirm(complaint=case, verdict="UNSOLVED", now=closed + later)
    assert bool(found(Kind.RUSHED)) is is_sign
    assert services.signals_sweep(now=NOW) == 0


def test_closed_without_any_contact(file, clerk):
    spoken, silent, written = file(), file("C12"), file("C18")
    solved(written, clerk, NOW + timedelta(hours=3))
    for case in (spoken, silent):
        services.complaint_accept(complaint=case, by=clerk, now=NOW)
    services.complaint_contact(complaint=spoken, by=clerk, note="已通话", now=NOW)
    for case in (spoken, silent):
        services.complaint_resolve(complaint=case, by=clerk, text="修好了", now=NOW)
    signs = found(Kind.SILENT)
    assert [list(sign.complaints.all()) for sign in signs] == [[silent]]


@pytest.mark.parametrize(("new", "is_sign"), [("C05", True), ("C29", True), ("C18", False)])
def test_moved_out_of_the_rate_after_it_was_taken_on(file, clerk, new, is_sign):
    case, early = file("C17"), file("C17")
    for one in (early, case):
        if one is case:
            services.complaint_accept(complaint=one, by=clerk, reply="已受理", now=NOW)
        services.complaint_reclassify(
            complaint=one, by=clerk, category=category(new), danger=False, now=NOW
        )
    signs = found(Kind.MOVED)
    assert [list(sign.complaints.all()) for sign in signs] == ([[case]] if is_sign else [])


def marks(file, count, spread=timedelta(hours=1), key=None):
    key = key or new_key()
    cases = [file(text=f"草坪没有人浇水{number}") for number in range(count)]
    for number, case in enumerate(cases):
        moment = NOW + number * spread
        for deed, at in (("FILED", moment), ("CONFIRMED", moment + spread)):
            assert services.device_mark(complaint=case, deed=deed, device_key=key, now=at)
    return cases


def test_five_cases_filed_and_confirmed_on_one_device_within_a_day(file):
    cases = marks(file, 5)
    marks(file, 4)
    marks(file, 6, spread=timedelta(hours=12))
    signs = found(Kind.DEVICE)
    assert [set(sign.complaints.all()) for sign in signs] == [set(cases)]
    assert signs[0].data["count"] == 5
    assert services.signals_sweep(now=NOW) == 0


def test_a_device_is_kept_as_a_keyed_hash_for_a_month_and_never_without_a_key(file):
    case, key = file(), new_key()
    for wrong in ("", "x" * 32, key.upper() + "0"):
        assert not services.device_mark(complaint=case, deed="FILED", device_key=wrong, now=NOW)
    assert services.device_mark(complaint=case, deed="FILED", device_key=key, now=NOW)
    assert not services.device_mark(complaint=case, deed="FILED", device_key=key, now=NOW)
    assert key not in DeviceMark.objects.get().device
    assert services.device_marks_expire(now=NOW + gaming.KEPT) == 0
    assert services.device_marks_expire(now=NOW + gaming.KEPT + timedelta(seconds=1)) == 1


def test_restricted_cases_give_no_sign(file, clerk):
    case = file("C17")
    solved(case, clerk, NOW, reply="")
    Complaint.objects.filter(pk=case.pk).update(category=Category.objects.get(pk="C30"))
    assert not found(Kind.SILENT)


@pytest.fixture
def sign(file, clerk):
    solved(file(), clerk, NOW, reply="")
    return found(Kind.SILENT)[0]


def test_a_judgement_needs_a_reason_and_the_evaluator(sign, evaluator, clerk, administrator):
    def judge(by, judgement="DISMISSED", reason="电话记录在纸上"):
        return services.signal_judge(
            signal=sign, by=by, judgement=judgement, reason=reason, now=NOW
        )

    for user in (clerk, administrator):
        with pytest.raises(PermissionDenied):
            judge(user)
    for wrong in ({"judgement": "?"}, {"reason": " "}):
        with pytest.raises(ValidationError):
            judge(evaluator, **wrong)
    assert judge(evaluator).reviewed_by == evaluator


def test_the_evaluator_reads_the_evidence_opens_the_cases_and_judges(
    sign, evaluator, clerk, client
):
    listed, number = reverse("complaints_signals:list"), sign.complaints.get().number
    client.force_login(clerk)
    assert client.get(listed).status_code == 403
    client.force_login(evaluator)
    assert number in client.get(listed).content.decode()
    page = reverse("complaints_signals:detail", args=[sign.pk])
    assert "2026-07-13 10:00" in client.get(page).content.decode()
    judge = reverse("complaints_signals:judge", args=[sign.pk])
    missing = client.post(judge, {"judgement": "CONFIRMED", "reason": ""})
    assert missing.status_code == 422
    assert missing.context["form"].errors == {"reason": ["请填写：原因"]}
    assert client.post(judge, {"judgement": "CONFIRMED", "reason": "属实"}).status_code == 302
    assert number not in client.get(listed).content.decode()
    assert "属实" in client.get(listed, {"tab": "judged"}).content.decode()


def test_the_list_has_a_constant_number_of_queries(file, clerk, evaluator, client):
    client.force_login(evaluator)

    def queries():
        with CaptureQueriesContext(connection) as counted:
            assert client.get(reverse("complaints_signals:list")).status_code == 200
        return len(counted)

    solved(file(), clerk, NOW, reply="")
    found(Kind.SILENT)
    few = queries()
    for _number in range(4):
        solved(file("C18"), clerk, NOW, reply="")
    found(Kind.SILENT)
    assert queries() == few


@pytest.mark.parametrize(("first", "nature", "others"), [(False, "DUPLICATE", 0),
                                                         (True, "DUPLICATE", 1),
                                                         (False, "PRAISE", None)])  # fmt: skip
def test_refused_as_already_reported_leaves_the_rate_and_is_listed(
    file, clerk, first, nature, others
):
    if first:
        file("C10", now=NOW - timedelta(days=3))
    case = file("C10")
    file("C12", now=NOW - timedelta(days=3))
    services.complaint_refuse(complaint=case, by=clerk, nature=nature, reason="已反映", now=NOW)
    services.signals_sweep(now=NOW)
    services.signals_sweep(now=NOW)
    told = GamingSignal.objects.filter(kind="DENIED")
    assert [row.data["others"] for row in told] == ([] if others is None else [others])
    assert all(list(row.complaints.all()) == [case] for row in told)
