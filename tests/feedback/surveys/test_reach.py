"""Who is not reached yet, the round from door to door, asking for help, and paper to print."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from feedback.surveys import reach, services
from feedback.surveys.models import (
    AnswerScan,
    DoorContact,
    HelpRequest,
    Participation,
    Response,
    Survey,
)
from feedback.surveys.reach_states import DoorState, HelpState, NextStep
from portal.accounts.models import User
from portal.demo import factories
from portal.intake.receipts import new_key
from portal.places.codes import household_code
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW, Submit
from tests.feedback.surveys.test_staff import signed_in


@pytest.fixture(autouse=True)
def during_the_survey():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def url(name: str, survey: Survey) -> str:
    return reverse(f"surveys_staff:{name}", args=[survey.pk, "PC001"])


def record(survey: Survey, home: Any, user: User, state: str = DoorState.AWAY, **given: Any) -> Any:
    fields = {"next_step": NextStep.VISIT, "next_date": None, "now": NOW, **given}
    return services.door_record(survey=survey, household=home, state=state, user=user, **fields)


# --- the worklist ---


def test_a_stairwell_is_counted_by_what_came_of_going_there(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User, submit: Submit
):
    homes = neighbourhood.households
    submit(homes[0])
    for home, state in zip(homes[1:5], DoorState, strict=True):
        record(survey, home, clerk, state)
    record(survey, homes[5], clerk)
    submit(homes[5])
    (unit,) = reach.reach_of_units(survey, neighbourhood.community)
    assert (unit.homes, unit.answered) == (12, 2)
    assert (unit.away, unit.refused, unit.empty, unit.later, unit.untried) == (1, 1, 1, 1, 6)


def test_a_home_that_answered_gets_no_dated_row(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User, submit: Submit
):
    submit(neighbourhood.households[0])
    with pytest.raises(ValidationError):
        record(survey, neighbourhood.households[0], clerk)
    assert not DoorContact.objects.exists()


def test_answering_leaves_the_row_of_the_door_alone(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User, submit: Submit
):
    row = record(survey, neighbourhood.households[0], clerk)
    before = DoorContact.objects.values().get()
    submit(neighbourhood.households[0])
    assert DoorContact.objects.values().get() == before and row.tries == 1


def test_the_worklist_begins_with_those_who_asked_and_leaves_out_who_refused(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User, submit: Submit
):
    homes = neighbourhood.households
    submit(homes[0])
    record(survey, homes[1], clerk, DoorState.REFUSED)
    record(survey, homes[2], clerk, next_date=(NOW + timedelta(days=1)).date())
    HelpRequest.objects.create(
        place=neighbourhood.community,
        room=homes[7].room,
        purpose="SURVEY",
        household=homes[7],
        key_hash="a",
        asked_at=NOW,
    )
    listed = list(reach.unreached(survey, neighbourhood.community))
    assert listed[0] == homes[7]
    assert homes[0] not in listed and homes[1] not in listed and homes[2] in listed
    everybody = list(reach.unreached(survey, neighbourhood.community, everybody=True))
    assert homes[1] in everybody and homes[0] not in everybody


def test_a_clerk_notes_what_came_of_it(survey: Survey, neighbourhood: Neighbourhood, clerk: User):
    client, home = signed_in(clerk), neighbourhood.households[0]
    data = {"household": home.pk, "state": "LATER", "next_step": "CALL", "next_date": "2026-03-12"}
    client.post(url("worklist", survey), data)
    client.post(url("worklist", survey), {**data, "next_date": "2026-03-01"})
    client.post(url("worklist", survey), {**data, "state": "NONSENSE"})
    row = DoorContact.objects.get()
    assert (row.state, row.next_step, row.tries, row.by) == ("LATER", "CALL", 1, clerk)
    html = client.get(url("worklist", survey)).content.decode()
    assert "稍后填写" in html and "上门1次" in html


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("clerk", 200),
        ("reviewer", 200),
        ("administrator", 200),
        ("evaluator", 404),
        ("approver", 404),
        ("outsider", 404),
    ],
)
def test_reach_screens_by_role_and_state(
    request: pytest.FixtureRequest,
    survey: Survey,
    neighbourhood: Neighbourhood,
    who: str,
    status: int,
):
    client = signed_in(request.getfixturevalue(who))
    home = neighbourhood.households[0]
    unit = f"{home.building_id}-{home.unit}"
    for closed in (False, True):
        if closed:
            services.survey_close(survey=survey, now=NOW)
        assert client.get(url("worklist", survey)).status_code == status
        assert client.get(url("paper", survey)).status_code == status
        assert client.post(url("stairwell", survey), {"unit": unit}).status_code == status
        asked = client.post(url("interview", survey), {"household": home.pk})
        assert asked.status_code == (302 if closed and status == 200 else status)


def test_only_those_who_enter_answers_there_note_doors(
    survey: Survey, neighbourhood: Neighbourhood, evaluator: User, outsider: User
):
    for user in (evaluator, outsider):
        with pytest.raises(PermissionDenied):
            record(survey, neighbourhood.households[0], user)


def test_the_worklist_asks_the_database_as_often_for_many_homes(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User
):
    client = signed_in(clerk)
    client.get(url("worklist", survey))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url("worklist", survey)).status_code == 200
        return len(captured)

    few = queries()
    for n in range(4):
        building = factories.BuildingFactory(place=neighbourhood.community, name=f"{n + 2}号楼")
        for home in factories.HouseholdFactory.create_batch(5, building=building):
            record(survey, home, clerk)
    assert queries() == few


# --- at the door ---


def answers_of(home: Any, **more: str) -> dict[str, Any]:
    boxes = {f"q-{key}": value for key, value in CORE.items()}
    return {"move": "send", "household": home.pk, "key": "f" * 32, **boxes, **more}


def test_an_answer_at_the_door_keeps_channel_and_staff_apart_from_it(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User
):
    client, home = signed_in(clerk), neighbourhood.households[0]
    page = client.post(url("interview", survey), {"household": home.pk})
    assert "您对本次改造总体是否满意" in page.content.decode()
    done = client.post(url("interview", survey), answers_of(home, channel="PHONE"))
    assert "已保存并计入统计" in done.content.decode() and "no-store" in done["Cache-Control"]
    taken, stored = Participation.objects.get(), Response.objects.get()
    assert (taken.channel, taken.staff, taken.response) == ("PHONE", clerk, None)
    assert stored.channel == "PHONE" and stored.answers == CORE
    again = client.post(url("interview", survey), answers_of(home, key="e" * 32))
    assert "已有答卷" in again.content.decode() and Response.objects.count() == 1


def test_the_second_part_goes_on_from_the_first(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User
):
    client, home = signed_in(clerk), neighbourhood.households[0]
    client.post(url("interview", survey), answers_of(home))
    more = answers_of(home, part="1", **{"q-B24": "YES"})
    keys = {q.key: q for q in survey.current_questionnaire().compiled().asked() if q.required}
    more |= {f"q-{k}": q.codes[0] for k, q in keys.items() if q.codes and f"q-{k}" not in more}
    assert client.post(url("interview", survey), more).status_code == 200
    assert Response.objects.get().answers["B24"] == "YES"


def test_a_question_left_out_is_told_and_what_was_said_is_kept(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User
):
    home = neighbourhood.households[0]
    data = {**answers_of(home), "q-B1": ""}
    html = signed_in(clerk).post(url("interview", survey), data).content.decode()
    assert "请回答这个问题" in html or "请回答" in html
    assert not Response.objects.exists()


def test_paper_is_no_channel_at_the_door(survey: Survey, neighbourhood: Neighbourhood, clerk: User):
    home = neighbourhood.households[0]
    signed_in(clerk).post(url("interview", survey), answers_of(home, channel="PAPER"))
    assert Response.objects.get().channel == "ASSISTED"


# --- scans ---


def picture() -> SimpleUploadedFile:
    from io import BytesIO

    out = BytesIO()
    Image.new("RGB", (40, 60), "white").save(out, "PNG")
    return SimpleUploadedFile("sheet.png", out.getvalue(), "image/png")


def test_a_scan_is_kept_for_a_named_survey_alone_and_drawn_anew(
    named_survey: Survey,
    survey: Survey,
    neighbourhood: Neighbourhood,
    clerk: User,
    outsider: User,
    evaluator: User,
):
    client, home = signed_in(clerk), neighbourhood.households[0]
    entry = reverse("surveys_staff:entry", args=[named_survey.pk])
    data = {"code": household_code(home), "channel": "PAPER", "key": "1" * 32, "q-A8": "1"}
    bad = SimpleUploadedFile("x.png", b"no picture", "image/png")
    refused = client.post(entry, {**data, "scan": bad})
    assert "x.png" in refused.content.decode() and not Response.objects.exists()
    client.post(entry, {**data, "scan": picture()})
    kept = AnswerScan.objects.get()
    assert kept.response == Response.objects.get() and kept.place == neighbourhood.community
    with kept.file.open() as file:
        assert Image.open(file).format == "JPEG"
    page = reverse("surveys_staff:scan", args=[named_survey.pk, kept.pk])
    assert client.get(page)["Content-Type"] == "image/jpeg"
    assert signed_in(outsider).get(page).status_code == 404
    assert signed_in(evaluator).get(page).status_code == 404
    with pytest.raises(ValidationError):
        services.scan_attach(survey=survey, household=home, upload=picture(), user=clerk)
    anonymous = client.get(reverse("surveys_staff:entry", args=[survey.pk])).content.decode()
    assert 'name="scan"' not in anonymous


# --- paper to print ---


def test_a_form_has_the_numbers_that_are_keyed_and_a_code_only_with_the_right(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User
):
    client, home = signed_in(clerk), neighbourhood.households[0]
    blank = client.get(url("paper", survey)).content.decode()
    assert "您对本次改造总体是否满意" in blank and "□□□□" in blank
    response = client.get(url("paper", survey), {"unit": f"{home.building_id}-{home.unit}"})
    html = response.content.decode()
    assert household_code(home)[:4] in html and 'class="qr"' in html
    assert "no-store" in response["Cache-Control"]
    assert client.get(url("paper", survey), {"unit": "x"}).status_code == 404


def test_a_stairwell_names_rooms_only_when_asked_and_never_few(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User, submit: Submit
):
    client, homes = signed_in(clerk), neighbourhood.households
    data = {"unit": f"{homes[0].building_id}-{homes[0].unit}"}
    plain = client.post(url("stairwell", survey), data).content.decode()
    assert "sheet-rooms" not in plain
    named = client.post(url("stairwell", survey), {**data, "rooms": "1"}).content.decode()
    assert f"<li>{homes[0].room}</li>" in named
    for home in homes[:8]:
        submit(home)
    few = client.post(url("stairwell", survey), {**data, "rooms": "1"}).content.decode()
    assert "sheet-rooms" not in few and "不列房号" in few


# --- asking for help ---


def ask(client: Client, **changed: str) -> Any:
    data = {"purpose": "SURVEY", "room": "101", "intake_key": new_key(), **changed}
    return client.post(reverse("surveys:help", args=["PC001"]), data)


def test_a_resident_puts_the_home_on_the_worklist(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User
):
    home = neighbourhood.households[3]
    given = {"building": str(home.building_id), "room": f"{home.room}室", "phone": "138 0000 1234"}
    assert "社区已收到您的申请" in ask(Client(), **given).content.decode()
    row = HelpRequest.objects.get()
    assert row.household == home and row.phone == "13800001234"
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM surveys_helprequest")
        assert "13800001234" not in cursor.fetchone()[0]
    html = signed_in(clerk).get(url("worklist", survey)).content.decode()
    assert "申请了协助" in html and "13800001234" in html


def test_without_script_there_is_a_page_to_check_and_the_same_key_is_one(
    neighbourhood: Neighbourhood,
):
    building = str(neighbourhood.building.pk)
    first = ask(Client(), building=building, intake_key="")
    assert "intake_key" in first.content.decode() and not HelpRequest.objects.exists()
    for _n in range(2):
        ask(Client(), building=building, intake_key="a" * 32)
    assert HelpRequest.objects.count() == 1


def test_a_room_nobody_knows_gets_the_same_answer_and_is_limited(neighbourhood: Neighbourhood):
    home, client = neighbourhood.households[0], Client()
    building = str(neighbourhood.building.pk)
    known = ask(client, building=building, room=home.room)
    unknown = ask(client, building=building, room="9999")
    assert known.status_code == unknown.status_code == 200
    assert known.content == unknown.content
    for _n in range(19):
        ask(client, building=building, room="9999")
    assert ask(client, building=building, room=home.room).status_code == 429


def test_what_is_wrong_stands_at_the_field(neighbourhood: Neighbourhood):
    response = ask(Client(), room="", phone="abc")
    html = response.content.decode()
    assert response.status_code == 422
    assert "请填写房号" in html and "请选择您住的楼栋" in html
    elsewhere = reverse("surveys:help", args=[neighbourhood.county.code])
    assert Client().get(elsewhere).status_code == 404


def test_done_erases_the_number_and_only_staff_of_the_place_see_it(
    neighbourhood: Neighbourhood, clerk: User, outsider: User, evaluator: User
):
    home = neighbourhood.households[0]
    ask(Client(), building=str(home.building_id), room=home.room, phone="13800001234")
    asked, listed = HelpRequest.objects.get(), reverse("surveys_staff:help")
    assert "13800001234" in signed_in(clerk).get(listed).content.decode()
    assert "13800001234" not in signed_in(outsider).get(listed).content.decode()
    assert signed_in(evaluator).get(listed).status_code == 403
    assert signed_in(outsider).post(listed, {"request": asked.pk}).status_code == 404
    signed_in(clerk).post(listed, {"request": asked.pk})
    asked.refresh_from_db()
    assert (asked.state, asked.phone, asked.handled_by) == (HelpState.HANDLED, "", clerk)
    assert "clerk" in signed_in(clerk).get(listed, {"state": "HANDLED"}).content.decode()


def test_every_survey_page_and_the_community_page_lead_to_help(
    survey: Survey, neighbourhood: Neighbourhood
):
    answer = reverse("surveys:answer", args=[survey.slug, "PC001"])
    target = reverse("surveys:help", args=["PC001"])
    client = Client()
    assert target in client.get(answer).content.decode()
    code = household_code(neighbourhood.households[0])
    for script in ("", "1"):
        step = client.post(answer, {"move": "start", "code": code, "script": script})
        assert target in step.content.decode()
