"""Corrective actions as residents and staff see them."""

from datetime import date

import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from feedback.plans import services
from feedback.plans.models import ActionVerdict, CorrectiveAction
from feedback.plans.states import State, Trigger
from feedback.surveys.services import ImportedAnswer, responses_import, survey_close
from feedback.surveys.services.rebuilding import tallies_sweep
from portal.accounts.models import User
from portal.demo import factories
from portal.intake.receipts import new_key
from portal.pages.services import pages_ensure
from portal.places.codes import household_code
from tests.conftest import Neighbourhood
from tests.feedback.plans.conftest import NOW, PLAN, jpeg


def test_what_is_only_planned_is_nobodys_page(client: Client, planned: CorrectiveAction) -> None:
    assert client.get(f"/actions/{planned.pk}/").status_code == 404
    assert planned.title not in client.get("/actions/").content.decode()


def test_a_promise_stands_on_the_page_of_its_community(
    client: Client, promised: CorrectiveAction, neighbourhood: Neighbourhood
) -> None:
    pages_ensure()
    page = client.get(neighbourhood.community.community_page.get_url()).content.decode()  # type: ignore[attr-defined]
    assert "更换1号楼排水管" in page
    shown = client.get(f"/actions/{promised.pk}/").content.decode()
    assert "71.20 %" in shown
    assert "完成时限" in shown or "2026年4月30日" in shown


def test_a_household_reads_confirms_and_counts(
    client: Client, done: CorrectiveAction, neighbourhood: Neighbourhood
) -> None:
    address = f"/actions/{done.pk}/done/"
    data = {"verdict": "YES", "code": household_code(neighbourhood.households[0])}
    with time_machine.travel(NOW, tick=False):
        assert client.get(address).headers["X-Intake"] == "form"
        client.post(address, data)
        assert not ActionVerdict.objects.exists()
        sent = client.post(address, {**data, "intake_key": new_key()})
    assert sent.headers["X-Intake"] == "stored"
    assert not sent.cookies
    assert ActionVerdict.objects.get().verdict == "YES"


def test_a_wrong_code_keeps_what_was_typed(client: Client, done: CorrectiveAction) -> None:
    data = {"verdict": "NO", "code": "1234 5678", "intake_key": new_key()}
    answer = client.post(f"/actions/{done.pk}/done/", data)
    assert answer.status_code == 422
    assert "12345678" in answer.content.decode().replace(" ", "")
    assert not ActionVerdict.objects.exists()


def test_the_photo_is_a_picture_and_nothing_else(client: Client, done: CorrectiveAction) -> None:
    answer = client.get(f"/actions/{done.pk}/photo.jpg")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_staff_walk_it_through(
    client: Client, opened: CorrectiveAction, clerk: User, reviewer: User
) -> None:
    base = f"/staff/actions/{opened.pk}/"
    with time_machine.travel(NOW, tick=False):
        client.force_login(clerk)
        assert opened.title in client.get("/staff/actions/").content.decode()
        missing = client.post(f"{base}plan/", {"measure": "先查"})
        assert "先查" in missing.content.decode()
        client.post(f"{base}plan/", {**PLAN, "owner": clerk.pk})
        opened.refresh_from_db()
        assert opened.state == State.PLANNED
        assert client.post(f"{base}promise/").status_code in (302, 403)
        opened.refresh_from_db()
        assert opened.state == State.PLANNED
        client.force_login(reviewer)
        client.post(f"{base}promise/")
        client.force_login(clerk)
        photo = SimpleUploadedFile("a.jpg", jpeg().read(), content_type="image/jpeg")
        client.post(f"{base}done/", {"text": "好了", "photo": photo})
        opened.refresh_from_db()
        assert opened.state == State.DONE
        bad = SimpleUploadedFile("a.jpg", b"no picture", content_type="image/jpeg")
        client.force_login(reviewer)
        client.post(f"{base}reopen/", {"reason": "还漏"})
        answer = client.post(f"{base}done/", {"text": "又修了", "photo": bad})
        assert answer.status_code == 422
        assert "又修了" in answer.content.decode()


def test_outside_ones_places_it_does_not_exist(
    client: Client, opened: CorrectiveAction, outsider: User
) -> None:
    client.force_login(outsider)
    assert client.get(f"/staff/actions/{opened.pk}/").status_code == 404
    assert opened.title not in client.get("/staff/actions/").content.decode()


def test_lists_take_as_many_queries_for_many_as_for_one(
    client: Client,
    promised: CorrectiveAction,
    reviewer: User,
    neighbourhood: Neighbourhood,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(reviewer)

    def counted(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    staff, public = counted("/staff/actions/"), counted("/actions/?x=1")
    for number in range(12):
        cause = services.Cause(Trigger.SURVEY_ITEM, f"B{number}", "照明不足")
        more, _new = services.action_open(
            place=neighbourhood.community, cause=cause, evidence={}, now=NOW
        )
        services.action_plan(action=more, by=reviewer, now=NOW, owner=reviewer, **PLAN)
        services.action_promise(action=more, by=reviewer, now=NOW)
    assert counted("/staff/actions/") == staff
    assert counted("/actions/?x=1") == public


def test_a_place_that_cannot_be_is_not_found(client: Client, reviewer: User) -> None:
    client.force_login(reviewer)
    assert client.post("/staff/actions/notice/", {"place": "\0"}).status_code == 404


def test_a_promise_that_is_dropped_stays_with_its_reason(
    client: Client, promised: CorrectiveAction, reviewer: User
) -> None:
    services.action_drop(action=promised, by=reviewer, reason="并入明年的管网工程", now=NOW)
    page = client.get(f"/actions/{promised.pk}/")
    assert page.status_code == 200
    assert "并入明年的管网工程" in page.content.decode()
    told = client.get("/api/v1/actions?state=DROPPED").json()["items"]
    assert [one["id"] for one in told] == [promised.pk]


def test_what_was_never_promised_is_dropped_in_silence(
    client: Client, planned: CorrectiveAction, reviewer: User
) -> None:
    services.action_drop(action=planned, by=reviewer, reason="重复", now=NOW)
    assert client.get(f"/actions/{planned.pk}/").status_code == 404


def test_residents_read_in_chinese_that_a_date_moved(
    client: Client, promised: CorrectiveAction, reviewer: User
) -> None:
    with override("en"):
        services.action_postpone(
            action=promised, by=reviewer, due_on=date(2026, 6, 1), reason="雨季顺延", now=NOW
        )
    page = client.get(f"/actions/{promised.pk}/").content.decode()
    assert "由2026年4月30日调整为2026年6月1日。" in page


def test_a_promise_says_which_language_it_is_in(client: Client, promised: CorrectiveAction) -> None:
    CorrectiveAction.objects.filter(pk=promised.pk).update(resident_text_en="New drains")
    assert (
        '<div lang="en"><p>New drains' in client.get(f"/en/actions/{promised.pk}/").content.decode()
    )
    assert '<div lang="zh-Hans"><p>' in client.get(f"/actions/{promised.pk}/").content.decode()


def test_staff_open_an_action_because_of_complaints_of_a_category(
    client: Client, clerk: User, neighbourhood: Neighbourhood
) -> None:
    client.force_login(clerk)
    shown = client.get("/staff/actions/new/").content.decode()
    assert 'value="C17"' in shown
    # Reports of corruption are for the discipline office alone.
    assert 'value="C30"' not in shown
    given = {"place": neighbourhood.community.pk, "title": "路面积水"}
    for category, trigger in (("C17", Trigger.CATEGORY), ("", Trigger.OTHER)):
        assert (
            client.post("/staff/actions/new/", {**given, "category": category}).status_code == 302
        )
        opened = CorrectiveAction.objects.latest("pk")
        assert (opened.trigger, opened.trigger_code) == (trigger, category)
    assert client.post("/staff/actions/new/", {**given, "category": "C30"}).status_code == 200


def test_staff_open_an_action_because_of_what_households_wish_for(
    client: Client, clerk: User, neighbourhood: Neighbourhood
) -> None:
    client.force_login(clerk)
    assert 'name="wish"' not in client.get("/staff/actions/new/").content.decode()
    place, building = neighbourhood.community, neighbourhood.building
    homes = factories.HouseholdFactory.create_batch(16, building=building)
    survey = factories.published_survey("INTENTION", place, now=NOW)
    given = [["PARKING_SPACE", "GREENING"]] * 12 + [["GREENING"]] * 4
    responses_import(
        survey=survey,
        rows=[
            ImportedAnswer(place, home, {"A2": "OWNER", "A8": "AGREE", "A11": wish, "A13": wish})
            for home, wish in zip(homes, given, strict=True)
        ],
    )
    # While the survey runs nothing of it is known.
    assert 'name="wish"' not in client.get("/staff/actions/new/").content.decode()
    survey_close(survey=survey, now=NOW)
    tallies_sweep(now=NOW)
    assert 'value="PARKING_SPACE"' in client.get("/staff/actions/new/").content.decode()
    form = {"place": place.pk, "title": "车位不够"}
    refused = client.post("/staff/actions/new/", {**form, "wish": "?"})
    assert refused.status_code == 200 and "车位不够" in refused.content.decode()
    assert client.post("/staff/actions/new/", {**form, "wish": "PARKING_SPACE"}).status_code == 302
    opened = CorrectiveAction.objects.get()
    assert (opened.trigger, opened.trigger_code) == (Trigger.SURVEY_ITEM, "PARKING_SPACE")
    assert opened.rank_parts["wish_share"] == "0.750000"
    page = client.get(f"/staff/actions/{opened.pk}/").content.decode()
    assert "停车 · 75.0 %" in page and "PARKING_SPACE" not in page
    assert "PARKING_SPACE" not in client.get("/staff/actions/").content.decode()
    # Once for a survey; with a category it is the category that opens.
    client.post("/staff/actions/new/", {**form, "wish": "PARKING_SPACE"})
    assert CorrectiveAction.objects.count() == 1
    client.post("/staff/actions/new/", {**form, "wish": "PARKING_SPACE", "category": "C17"})
    second = CorrectiveAction.objects.latest("pk")
    assert (second.trigger, second.rank) == (Trigger.CATEGORY, opened.rank)


def test_a_wish_of_too_few_ranks_nothing(
    client: Client, clerk: User, neighbourhood: Neighbourhood
) -> None:
    place = neighbourhood.community
    homes = factories.HouseholdFactory.create_batch(9, building=neighbourhood.building)
    survey = factories.published_survey("INTENTION", place, now=NOW)
    wish = {"A2": "OWNER", "A8": "AGREE", "A11": ["PARKING_SPACE"], "A13": ["PARKING_SPACE"]}
    responses_import(survey=survey, rows=[ImportedAnswer(place, home, wish) for home in homes])
    survey_close(survey=survey, now=NOW)
    tallies_sweep(now=NOW)
    client.force_login(clerk)
    form = {"place": place.pk, "title": "车位不够", "wish": "PARKING_SPACE"}
    page = client.post("/staff/actions/new/", form)
    assert page.status_code == 200
    assert "没有公布" in page.content.decode()
    assert not CorrectiveAction.objects.exists()


def test_a_photo_that_was_lost_is_not_found(client: Client, done: CorrectiveAction) -> None:
    assert client.get(f"/actions/{done.pk}/photo.jpg").status_code == 200
    done.photo.storage.delete(done.photo.name)
    assert client.get(f"/actions/{done.pk}/photo.jpg").status_code == 404
