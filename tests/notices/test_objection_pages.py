"""The resident's form, the look-up, the block on the notice, and the staff screens."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.templatetags.static import static
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notices.models import NoticePage, Objection
from notices.services import objection_answer, objection_file
from notices.states import Disposition
from portal.accounts.roles import Role
from portal.demo import factories
from portal.intake.receipts import new_key
from portal.places.codes import household_code
from tests.notices.conftest import NOW

TEXT = "楼前绿地不要改成车位，孩子没有地方玩"


@pytest.fixture
def plan(pages, now):
    return factories.notice(pages.community, now, kind="N04", publicity_start=date(2026, 3, 2))


@pytest.fixture
def form_url(plan):
    return reverse("notices:objection_new", args=[plan.pk])


def file(plan, text=TEXT, **fields):
    return objection_file(key=new_key(), notice=plan, text=text, now=NOW, **fields)


def answer(objection, user):
    return objection_answer(
        objection=objection,
        disposition=Disposition.ADOPTED,
        summary="保留绿地",
        reason="方案已调整。",
        user=user,
        now=NOW,
    )


# --- residents ---


def test_a_phone_may_keep_the_empty_form_with_all_its_files(client, form_url, plan):
    page = client.get(form_url)
    assert page["X-Intake"] == "form"
    kept = {static(name) for name in settings.OFFLINE_FILES}
    assert set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page.content.decode())) <= kept
    # It may be shown again on another day: it names the last one.
    assert "异议受理至2026年" in page.content.decode()
    others = [
        client.post(form_url, {"text": TEXT}),
        client.post(form_url, {"text": ""}),
        client.post(form_url, {"text": TEXT, "intake_key": new_key()}),
        client.get(reverse("notices:objection_lookup")),
    ]
    with time_machine.travel(NOW + timedelta(days=90), tick=False):
        others.append(client.get(form_url))
    assert all(answer.headers.get("X-Intake") != "form" for answer in others)


def test_without_script_the_first_post_is_checked_and_the_second_commits(
    client, form_url, neighbourhood
):
    code = household_code(neighbourhood.households[0])
    review = client.post(form_url, {"text": TEXT, "household_code": code})
    assert review.status_code == 200
    assert not Objection.objects.exists()
    hidden = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', review.content.decode())
    )
    receipt = client.post(form_url, hidden)
    assert receipt["X-Intake"] == "stored"
    assert not receipt.cookies
    row = Objection.objects.get()
    assert (row.text, row.household) == (TEXT, neighbourhood.households[0])
    again = client.post(form_url, hidden)
    assert again["X-Intake"] == "stored"
    assert Objection.objects.count() == 1
    conflict = client.post(form_url, {**hidden, "text": "别的意见"})
    assert conflict.status_code == 409
    page = conflict.content.decode()
    assert TEXT in page
    assert "别的意见" in page


def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(client, form_url, neighbourhood):
    elsewhere = factories.HouseholdFactory(
        building=factories.BuildingFactory(place=neighbourhood.other)
    )
    response = client.post(
        form_url,
        {"text": TEXT, "household_code": household_code(elsewhere), "contact": "abc"},
    )
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"household_code", "contact"}
    assert TEXT in response.content.decode()
    assert not Objection.objects.exists()


def test_another_site_may_not_send_it(client, form_url):
    response = client.post(form_url, {"text": TEXT}, headers={"sec-fetch-site": "cross-site"})
    assert response.status_code == 403


def test_after_the_period_it_says_since_when_and_keeps_what_was_written(client, form_url):
    with time_machine.travel(NOW + timedelta(days=10), tick=False):
        closed = client.get(form_url)
        late = client.post(form_url, {"text": TEXT, "intake_key": new_key()})
    assert "2026年3月11日" in closed.content.decode()
    assert late.status_code == 422
    assert TEXT in late.content.decode()
    assert not Objection.objects.exists()


def test_drafts_and_reports_have_no_form(client, pages, now):
    draft = factories.notice(pages.community, kind="N04")
    report = factories.notice(pages.community, now, kind="N12")
    for page in (draft, report):
        assert client.get(reverse("notices:objection_new", args=[page.pk])).status_code == 404


def test_the_receipt_shows_what_became_of_it(client, plan, clerk):
    url = reverse("notices:objection_lookup")
    filed = file(plan)
    assert TEXT in client.post(url, {"receipt": filed.receipt}).content.decode()
    answer(filed.objection, clerk)
    page = client.post(url, {"receipt": filed.receipt.replace("-", " ").lower()})
    assert "方案已调整。" in page.content.decode()
    assert page["Cache-Control"] == "no-store"


def test_only_a_draft_plan_keeps_a_final_plan_waiting(client, pages, plan, now):
    candidates = factories.notice(pages.community, now, kind="N08")
    for page in (plan, candidates):
        url = reverse("notices:objection_new", args=[page.pk])
        sent = client.post(url, {"text": TEXT, "intake_key": new_key()}).content.decode()
        receipt = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", sent)[0]
        shown = client.post(reverse("notices:objection_lookup"), {"receipt": receipt})
        assert ("改造方案就不能发布" in sent) == (page == plan)
        assert ("改造方案才能发布" in shown.content.decode()) == (page == plan)


def test_guessing_receipts_is_limited(client, db):
    url = reverse("notices:objection_lookup")
    codes = [client.post(url, {"receipt": f"AAAA-{n}"}).status_code for n in range(21)]
    assert (codes[0], codes[19], codes[20]) == (422, 422, 429)


def test_the_notice_shows_how_many_and_why_but_never_who(client, plan, clerk, neighbourhood):
    household = neighbourhood.households[0]
    answer(file(plan, household=household, contact="13800001234").objection, clerk)
    file(plan, "另外一条还没有答复的意见")
    url = plan.get_url()
    page = client.get(url).content.decode()
    assert "保留绿地" in page
    assert "收到异议：2条" in page
    for secret in (TEXT, "1号楼", household.room, "13800001234", "另外一条"):
        assert secret not in page
    with time_machine.travel(NOW + timedelta(days=10), tick=False):
        over = client.get(url).content.decode()
    assert reverse("notices:objection_new", args=[plan.pk]) not in over
    assert "2026年3月11日" in over


# --- staff ---

ROLES = [
    (Role.COMMUNITY_STAFF, 200, 302),
    (Role.COUNTY_REVIEWER, 200, 302),
    (Role.COUNTY_READER, 200, 403),
    (Role.EVALUATOR, 200, 403),
    (Role.PROJECT_UNIT, 403, 403),
    (Role.CONTRACTOR, 403, 403),
]
GIVEN = {"disposition": "ADOPTED", "summary": "保留绿地", "reason": "方案已调整。"}


@pytest.mark.parametrize(("role", "reads", "writes"), ROLES)
def test_who_sees_and_who_answers(client, plan, neighbourhood, role, reads, writes):
    row = file(plan, household=neighbourhood.households[0], contact="13800001234").objection
    client.force_login(factories.staff("somebody", role, neighbourhood.county))
    detail = reverse("objection", args=[row.pk])
    for url in (reverse("objections"), detail):
        assert client.get(url).status_code == reads
    if reads == 200 and writes == 403:
        assert "1号楼" not in client.get(detail).content.decode()
    if reads == 200:
        assert "13800001234" not in client.get(detail).content.decode()
    assert client.post(detail, GIVEN).status_code == writes
    assert Objection.objects.answered().count() == (writes == 302)


def test_outside_ones_places_they_do_not_exist(client, plan, outsider):
    row = file(plan).objection
    client.force_login(outsider)
    detail = reverse("objection", args=[row.pk])
    assert client.get(detail).status_code == 404
    assert client.post(detail, GIVEN).status_code == 404
    assert client.post(reverse("objection_contact", args=[row.pk])).status_code == 404
    assert client.post(reverse("objection_uptake", args=[plan.pk])).status_code == 404
    assert client.get(f"{reverse('objections')}?notice={plan.pk}").status_code == 404
    assert TEXT[:8] not in client.get(f"{reverse('objections')}?tab=all").content.decode()


def test_a_number_that_no_notice_has_narrows_nothing(client, plan, clerk):
    client.force_login(clerk)
    assert client.get(f"{reverse('objections')}?notice={'9' * 30}").status_code == 200


def test_the_answer_form_says_what_is_missing_and_keeps_the_rest(client, plan, clerk):
    row = file(plan).objection
    client.force_login(clerk)
    detail = reverse("objection", args=[row.pk])
    response = client.post(detail, {**GIVEN, "reason": "", "summary": "希望保留绿地"})
    assert response.status_code == 422
    assert "希望保留绿地" in response.content.decode()
    named = client.post(detail, {**GIVEN, "reason": "已与张建国当面说明。"})
    assert named.status_code == 422
    assert "names_checked" in named.content.decode()
    checked = {**GIVEN, "reason": "已与张建国当面说明。", "names_checked": "on"}
    assert client.post(detail, checked).status_code == 302


def test_the_number_is_shown_once_and_the_look_is_logged(client, plan, clerk):
    row = file(plan, contact="13800001234").objection
    client.force_login(clerk)
    shown = client.post(reverse("objection_contact", args=[row.pk]))
    assert "13800001234" in shown.content.decode()
    assert row.events.filter(kind="CONTACT_SHOWN", actor=clerk).count() == 1
    assert "13800001234" not in client.get(reverse("objection", args=[row.pk])).content.decode()


def test_one_button_drafts_the_uptake_notice(client, plan, clerk):
    row = file(plan).objection
    client.force_login(clerk)
    button = reverse("objection_uptake", args=[plan.pk])
    client.post(button)
    assert not NoticePage.objects.filter(notice_type__code="N05").exists()
    answer(row, clerk)
    assert button in client.get(f"{reverse('objections')}?notice={plan.pk}").content.decode()
    response = client.post(button)
    draft = NoticePage.objects.get(notice_type__code="N05")
    assert response.url == reverse("wagtailadmin_pages:edit", args=[draft.pk])
    assert client.get(response.url).status_code == 200


def test_the_list_takes_the_same_queries_for_many(client, plan, clerk, django_assert_num_queries):
    client.force_login(clerk)
    url = f"{reverse('objections')}?tab=all"
    file(plan)
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(url)
    for number in range(5):
        file(plan, f"第{number}条意见")
    with django_assert_num_queries(len(few)):
        client.get(url)
