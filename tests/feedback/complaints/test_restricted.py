"""A restricted case (C30) exists for the discipline office alone: every staff address, every list,
count, search, alarm and figure, for every role."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from feedback.complaints import services
from feedback.complaints.models import Alarm, Complaint, ComplaintEvent, Route
from feedback.complaints.routes import route_of
from feedback.complaints.services.log import photos_add
from feedback.complaints.staff_steps import STEPS
from feedback.complaints.worklist import worklist
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.demo import factories
from portal.intake.receipts import new_key
from portal.messages.models import Delivery
from portal.places.models import StaffAssignment
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


def test_who_reports_is_not_asked_for_a_home_nor_sent_to_the_committee(
    client, neighbourhood, company
):
    somebody(Role.DISCIPLINE, neighbourhood, company)
    address = "/complaints/new/?place=PC001&category="
    asked = ('name="household_code"', 'value="VISIT"', "请社区上门协助")
    page = client.get(f"{address}C10").content.decode()
    assert [text in page for text in asked] == [True, True, True]
    page = client.get(f"{address}C30").content.decode()
    assert [text in page for text in asked] == [False, False, False]
    # As a browser without script: the page to check, then the receipt.
    given = {"text": SECRET_TEXT, "contact_wish": "NONE", "category": "C30"}
    review = client.post(f"{address}C30", given)
    assert (review.status_code, SECRET_TEXT in review.content.decode()) == (200, True)
    given |= {"household_code": "1234123412341234", "intake_key": new_key()}
    assert client.post(f"{address}C30", given).status_code == 200
    assert Complaint.objects.get(category_id="C30").household is None


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
    from feedback.complaints.services.tallies import tally_compute
    from portal.common.periods import Period
    from tests.feedback.complaints.rates import case_rates

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


def report(neighbourhood, **given):
    """File one as a resident does."""
    return services.complaint_file(
        key=new_key(), community=neighbourhood.community, category=category("C30"),
        text=SECRET_TEXT, now=NOW, **given,
    ).complaint  # fmt: skip


def test_the_office_is_told_by_a_mail_that_says_nothing_and_no_screen_shows(
    client, neighbourhood, company, administrator, mailoutbox
):
    reader = somebody(Role.DISCIPLINE, neighbourhood, company)
    without = factories.staff("without", Role.DISCIPLINE, neighbourhood.county)
    elsewhere = factories.staff("elsewhere", Role.DISCIPLINE, neighbourhood.other_county)
    for user in (reader, elsewhere, administrator):
        User.objects.filter(pk=user.pk).update(email=f"{user.username}@example.org")
    case = report(neighbourhood, photos=[ContentFile(jpeg())])
    told = Delivery.objects.get()
    assert told.to == "somebody@example.org" and told.is_private and told.place is None
    said = told.subject + told.body
    assert case.number not in said and SECRET_TEXT not in said
    assert case.community.name not in said and "举报" not in said
    assert not without.email
    client.force_login(administrator)
    page = client.get(reverse("deliveries:index")).content.decode()
    assert "s***" not in page and "somebody" not in page
    Delivery.objects.update(state="FAILED")
    assert client.get(reverse("outbox_staff:retry", args=[told.pk])).status_code == 404
    assert client.get(reverse("outbox_staff:retry_all")).status_code == 404


def stored(table):
    """The texts as they lie in the database."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT text FROM {table}")  # noqa: S608
        return [text for (text,) in cursor.fetchall()]


def test_its_words_lie_encrypted_in_the_database(neighbourhood, company, file):
    reader = somebody(Role.DISCIPLINE, neighbourhood, company)
    case = report(neighbourhood)
    plain = file("C12", text="sealed:只是看起来像")
    services.complaint_add(complaint=case, key=new_key(), text="补充：还有一张照片", now=NOW)
    services.complaint_note(complaint=case, by=reader, text="已约谈", now=NOW)
    kept = [*stored("complaints_complaint"), *stored("complaints_complaintevent")]
    assert plain.text in kept
    assert [text.startswith("sealed:gAAAA") for text in kept if text].count(True) == 3
    for word in ("收受", "补充", "约谈"):
        assert not any(word in text for text in kept)
    case = Complaint.objects.get(pk=case.pk)
    assert case.text == SECRET_TEXT
    assert "已约谈" in case.events.values_list("text", flat=True)
    assert Complaint.objects.get(pk=plain.pk).text == "sealed:只是看起来像"


def test_it_stays_with_the_office_when_the_reporter_is_not_content(neighbourhood, company):
    reader = somebody(Role.DISCIPLINE, neighbourhood, company)
    factories.staff("leader", Role.COUNTY_REVIEWER, neighbourhood.county)
    case = report(neighbourhood)
    services.complaint_accept(complaint=case, by=reader, now=NOW)
    services.complaint_conclude(
        complaint=case, by=reader, outcome="UNFOUNDED", text="未发现", now=NOW
    )
    services.complaint_confirm(complaint=case, verdict="UNSOLVED", rating=1, now=NOW)
    case.refresh_from_db()
    assert case.state == "REOPENED" and case.escalated_to is None
    assert not case.events.filter(kind="ESCALATED").exists()


def test_no_deputy_and_no_colleague_gets_it(neighbourhood, clerk):
    """Even where somebody of the office handles ordinary cases, too, and is away."""
    both = factories.staff("both", Role.DISCIPLINE, neighbourhood.city)
    StaffAssignment.objects.create(
        user=both, role=Role.COMMUNITY_STAFF, place=neighbourhood.community
    )
    case = report(neighbourhood)
    Complaint.objects.filter(pk=case.pk).update(handler=both)
    day = timezone.localdate()
    services.absence_add(
        by=both, user=both, deputy=clerk, place=neighbourhood.community, from_date=day, to_date=day
    )
    assert not any(part.rows for part in worklist(clerk, timezone.now()))
    place = neighbourhood.community
    assert not services.movable(by=clerk, person=both, place=place).exists()
    moved = services.cases_move(by=both, person=both, to=clerk, place=place, now=timezone.now())
    assert moved == (0, 1)
    assert Complaint.objects.get(pk=case.pk).handler == both


def test_the_receipt_says_who_reads_it_and_promises_no_date(client, neighbourhood, company, caplog):
    somebody(Role.DISCIPLINE, neighbourhood, company)
    url = "/complaints/new/?place=PC001&category=C30"
    typed = {
        "text": SECRET_TEXT,
        "contact_wish": "NONE",
        "intake_key": new_key(),
        "category": "C30",
    }
    with caplog.at_level("DEBUG"):
        page = client.post(url, typed).content.decode()
    case = Complaint.objects.get()
    assert "只有纪检监察机关能看到" in page and "12388" in page
    assert SECRET_TEXT not in caplog.text and case.number not in caplog.text


def test_its_photos_lie_encrypted_and_only_the_discipline_office_sees_them(
    client, file, clerk, neighbourhood, company
):
    factories.staff("discipline", Role.DISCIPLINE, neighbourhood.city)
    case = file("C30", text=SECRET_TEXT, photos=[ContentFile(jpeg())])
    photo = case.photos.get()
    for stored in (photo.file, photo.thumbnail):
        with stored.open() as kept:
            assert kept.read().startswith(b"sealed:")
        assert stored.name.endswith(".sealed")
    url = reverse("complaints_staff:photo", args=[case.number, photo.pk])
    client.force_login(clerk)
    assert client.get(url).status_code == 404
    client.force_login(User.objects.get(username="discipline"))
    answer = client.get(url)
    assert b"".join(answer.streaming_content) == jpeg()
    assert answer.headers["Content-Type"] == "image/jpeg"
    page = client.get(reverse("complaints_staff:detail", args=[case.number])).content.decode()
    assert photo.small in page and "data:image/jpeg;base64,/9j/" in photo.small


def test_a_photo_from_before_is_encrypted_and_the_plain_file_goes(
    restricted, django_capture_on_commit_callbacks
):
    photo = restricted.photos.get()
    plain = [photo.file.name, photo.thumbnail.name]
    with django_capture_on_commit_callbacks(execute=True):
        assert services.photos_seal() == 1
    photo.refresh_from_db()
    assert photo.opened().read() == jpeg() and photo.file.name.endswith(".sealed")
    assert not any(photo.file.storage.exists(name) for name in plain)
    assert services.photos_seal() == 0


def test_the_page_promises_no_date_and_offers_no_reply_about_repairs(
    client, restricted, neighbourhood, company
):
    client.force_login(somebody(Role.DISCIPLINE, neighbourhood, company))
    page = client.get(reverse("complaints_staff:detail", args=[restricted.number]))
    html = page.content.decode()
    assert SECRET_TEXT in html and page.context["due"] is None
    for _part, steps in page.context["parts"]:
        assert not any(step["ready"] for step in steps)
    assert f"{timezone.localtime(restricted.due_at):%Y-%m-%d %H:%M}" not in html
    assert f"{timezone.localtime(restricted.contact_due_at):%Y-%m-%d %H:%M}" not in html


def test_no_administrator_lets_it_count_in_a_figure(
    client, restricted, neighbourhood, administrator
):
    client.force_login(administrator)
    edit = reverse("complaint_categories:edit", args=["C30"])
    form = client.get(edit).context["form"]
    given = {name: value for name, value in form.initial.items() if value not in (None, False)}
    page = client.post(edit, {**given, "counted": "R"})
    assert page.status_code == 200 and "counted" in page.context["form"].errors
    assert client.post(edit, given).status_code == 302
    assert not Complaint.objects.counted().exists() and not Complaint.objects.in_events().exists()
