"""Objections from receipt to published answer."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction

from notices.models import NoticePage, Objection, ObjectionEvent
from notices.services import (
    ObjectionConflict,
    ObjectionsClosed,
    notice_delete,
    objection_answer,
    objection_contact_show,
    objection_file,
)
from notices.states import Disposition
from portal.accounts.roles import Role
from portal.common.generation import generation
from portal.common.keys import blind_index
from portal.demo import factories
from portal.intake.receipts import new_key, receipt_hash
from tests.notices.conftest import NOW

ANSWER = {
    "disposition": Disposition.PARTLY,
    "summary": "希望增加停车位",
    "reason": "楼间距不足，改为划设限时车位。",
}


@pytest.fixture
def plan(pages, now):
    """A draft plan posted from Monday 2 March to Wednesday 11 March 2026."""
    return factories.notice(pages.community, now, kind="N04", publicity_start=date(2026, 3, 2))


def file(plan, **fields):
    given = {"key": new_key(), "notice": plan, "text": "楼前绿地不要改成车位", "now": NOW, **fields}
    return objection_file(**given)


def answer(objection, user, **fields):
    return objection_answer(objection=objection, user=user, now=NOW, **{**ANSWER, **fields})


def test_an_objection_is_kept_with_its_receipt_hashed_and_its_event(plan, neighbourhood):
    before = generation()
    filed = file(plan, household=neighbourhood.households[0], contact="13800001234")
    row = Objection.objects.get()
    assert (row, filed.duplicate) == (filed.objection, False)
    assert row.receipt_hash == receipt_hash(filed.receipt)
    assert row.building == neighbourhood.building
    assert row.contact_index == blind_index("13800001234")
    assert row.privacy_version
    assert [event.kind for event in row.events.all()] == [ObjectionEvent.Kind.FILED]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM notices_objection")
        stored = str(cursor.fetchall())
    assert "13800001234" not in stored
    assert filed.receipt not in stored
    assert generation() == before, "bumped before the commit"


def test_the_same_key_twice_is_one_objection(plan):
    key = new_key()
    first = file(plan, key=key)
    second = file(plan, key=key, text=" 楼前绿地不要改成车位\r\n")
    assert (second.duplicate, second.receipt) == (True, first.receipt)
    assert Objection.objects.count() == 1
    with pytest.raises(ObjectionConflict) as conflict:
        file(plan, key=key, text="别的事")
    assert conflict.value.objection == first.objection


def test_a_form_sent_again_after_the_period_shows_its_receipt(plan):
    key = new_key()
    first = file(plan, key=key)
    late = NOW + timedelta(days=30)
    assert file(plan, key=key, now=late).receipt == first.receipt


@pytest.mark.parametrize(
    ("moment", "taken"),
    [
        ("2026-03-01 23:59:59+08:00", False),
        ("2026-03-02 00:00:00+08:00", True),
        ("2026-03-11 23:59:59+08:00", True),
        ("2026-03-12 00:00:00+08:00", False),
        # In UTC it is still the last day: what counts is the day in Shanghai.
        ("2026-03-11 16:00:00+00:00", False),
        ("2026-03-11 15:59:59+00:00", True),
    ],
)
def test_objections_are_taken_on_the_days_of_publicity_alone(plan, moment, taken):
    now = datetime.fromisoformat(moment)
    if taken:
        assert file(plan, now=now).objection.pk
    else:
        with pytest.raises(ObjectionsClosed):
            file(plan, now=now)


def test_types_that_only_report_take_none(pages, now):
    report = factories.notice(pages.community, now, kind="N12")
    with pytest.raises(ObjectionsClosed):
        file(report)


def test_a_building_elsewhere_is_refused(plan, neighbourhood):
    elsewhere = factories.BuildingFactory(place=neighbourhood.other)
    with pytest.raises(ValidationError) as refused:
        file(plan, building=elsewhere)
    assert "building" in refused.value.message_dict


def test_every_change_of_an_answer_is_logged(plan, clerk):
    objection = file(plan).objection
    answer(objection, clerk)
    answer(objection, clerk)
    answer(objection, clerk, disposition=Disposition.ADOPTED)
    events = objection.events.for_staff()
    assert [(e.kind, e.disposition, e.actor) for e in events] == [
        ("FILED", "", None),
        ("ANSWERED", "PARTLY", clerk),
        ("CHANGED", "ADOPTED", clerk),
    ]
    assert Objection.objects.get().disposition == Disposition.ADOPTED


def test_the_database_keeps_the_log_as_it_is(plan):
    file(plan)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE notices_objectionevent SET reason = 'x'")
    event = ObjectionEvent.objects.get()
    for change in (event.save, event.delete, ObjectionEvent.objects.all().delete):
        with pytest.raises(TypeError):
            change()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"disposition": "MAYBE"}, "disposition"),
        ({"summary": "  "}, "summary"),
        ({"reason": ""}, "reason"),
        ({"summary": "有人说楼前绿地不要改成车位因为孩子要玩"}, "summary"),
        ({"reason": "请联系 13800001234"}, "reason"),
        ({"summary": "3号楼2单元501室反对"}, "summary"),
    ],
)
def test_an_answer_needs_public_words_and_shows_nobody(plan, clerk, change, field):
    objection = file(plan, text="楼前绿地不要改成车位因为孩子要玩").objection
    with pytest.raises(ValidationError) as refused:
        answer(objection, clerk, **change)
    assert field in refused.value.message_dict
    assert not Objection.objects.answered().exists()


def test_what_looks_like_a_name_passes_once_it_was_checked(plan, clerk):
    objection = file(plan).objection
    named = {"reason": "已与张建国同志当面说明，车位改到东侧。"}
    with pytest.raises(ValidationError) as refused:
        answer(objection, clerk, **named)
    assert [e.code for e in refused.value.error_dict["reason"]] == ["names"]
    answer(objection, clerk, **named, names_checked=True)
    assert Objection.objects.answered().count() == 1


def test_an_answer_stands_once_the_uptake_notice_is_public(plan, pages, clerk):
    first, second = file(plan).objection, file(plan, text="另一件事").objection
    answer(first, clerk)
    answer(second, clerk)
    after = NOW + timedelta(days=12)
    with time_machine.travel(after, tick=False):
        uptake = factories.notice(pages.community, after, kind="N05", event_starts_at=NOW)
    assert uptake.about == plan
    with pytest.raises(ValidationError):
        answer(first, clerk, disposition=Disposition.REJECTED)
    assert Objection.objects.get(pk=first.pk).disposition == Disposition.PARTLY


ROLES = [
    (Role.COMMUNITY_STAFF, True),
    (Role.COUNTY_REVIEWER, True),
    (Role.ADMINISTRATOR, True),
    (Role.COUNTY_READER, False),
    (Role.EVALUATOR, False),
    (Role.PROJECT_UNIT, False),
    (Role.CONTRACTOR, False),
    (Role.DISCIPLINE, False),
]


@pytest.mark.parametrize(("role", "allowed"), ROLES)
def test_who_may_answer_and_see_the_phone(plan, neighbourhood, role, allowed):
    user = factories.staff("somebody", role, neighbourhood.county)
    objection = file(plan, contact="13800001234").objection
    if allowed:
        assert objection_contact_show(objection=objection, user=user, now=NOW) == "13800001234"
        assert objection.events.filter(kind="CONTACT_SHOWN", actor=user).exists()
        answer(objection, user)
        return
    with pytest.raises(PermissionDenied):
        objection_contact_show(objection=objection, user=user, now=NOW)
    with pytest.raises(PermissionDenied):
        answer(objection, user)


def test_staff_of_another_community_may_not_answer(plan, outsider):
    with pytest.raises(PermissionDenied):
        answer(file(plan).objection, outsider)


def test_a_notice_somebody_objected_to_is_not_deleted(plan, clerk):
    file(plan)
    with pytest.raises(ValidationError):
        notice_delete(notice=plan, user=clerk, reason="误发", now=NOW)
    assert NoticePage.objects.filter(pk=plan.pk).exists()
