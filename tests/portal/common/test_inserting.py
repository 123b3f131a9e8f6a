"""Rows inserted with one statement: all or none, and once more where a connection was cut off."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from feedback.complaints.models import Complaint, ComplaintEvent
from feedback.complaints.states import Due, State
from portal.common.inserting import insert_together, sent_again
from portal.demo import factories
from portal.places.models import StaleMark
from tests.feedback.complaints.conftest import category

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def community():
    city = factories.place("CITY", code="1402", name="大同市")
    county = factories.place("COUNTY", city, code="140213", name="平城区")
    return factories.place("COMMUNITY", county, code="PC001", name="和顺里小区")


def rows(community, number):
    complaint = Complaint(
        number=number, community=community, category=category("C10"), text="漏水 %s {}", due=Due.P2,
        state=State.RECEIVED, filed_at=NOW, contact_due_at=NOW, due_at=NOW, receipt_hash=number,
        extra=[{"key": "room", "value": "“卧室”"}],
    )  # fmt: skip
    event = ComplaintEvent(kind=ComplaintEvent.Kind.FILED, at=NOW, is_public=True)
    return complaint, event, StaleMark(kind=StaleMark.Kind.COMPLAINTS, place=community)


@pytest.mark.django_db
def test_the_rows_are_those_that_django_would_write(community):
    complaint, event, mark = rows(community, "260302-00001")
    insert_together(complaint, event, mark, first="complaint")
    stored = Complaint.objects.get(pk=complaint.pk)
    expected = rows(community, "260302-00001")[0]
    expected.pk = complaint.pk
    skipped = {field.attname for field in Complaint._meta.concrete_fields if field.generated}
    for field in Complaint._meta.concrete_fields:
        if field.attname not in skipped and field.auto_created is False:
            assert getattr(stored, field.attname) == getattr(expected, field.attname), field.name
    assert [line.kind for line in stored.events.all()] == [ComplaintEvent.Kind.FILED]
    assert StaleMark.objects.filter(place=community, kind=StaleMark.Kind.COMPLAINTS).exists()


@pytest.mark.django_db
def test_all_or_none(community):
    insert_together(*rows(community, "260302-00001"), first="complaint")
    marks = StaleMark.objects.count()
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_together(*rows(community, "260302-00001"), first="complaint")
    assert ComplaintEvent.objects.count() == 1
    assert StaleMark.objects.count() == marks


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_cut_off_is_opened_anew(community):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        process = cursor.fetchone()[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [process])
    other.close()
    connection.health_check_done = False
    sent_again(lambda: insert_together(*rows(community, "260302-00001"), first="complaint"))
    assert Complaint.objects.count() == ComplaintEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_fails_on_a_sound_connection_is_not_tried_again():
    tried = []

    def work():
        tried.append(1)
        raise OperationalError

    connection.ensure_connection()
    connection.health_check_done = False
    with pytest.raises(OperationalError):
        sent_again(work)
    assert len(tried) == 1
