"""Rows inserted with one statement: all or none, and once more where a connection was cut off."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction

from feedback.complaints.models import Complaint, ComplaintEvent
from feedback.complaints.states import Due, State
from feedback.indicators.models import Measurement
from feedback.indicators.states import Reason, Status
from portal.common.inserting import insert_many, insert_together, sent_again
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


@pytest.mark.django_db
def test_many_rows_are_those_that_django_would_write(community):
    values = {
        "indicator": "I32", "variant": "main", "place_id": community.pk, "project_id": None,
        "wave": "", "period_start": date(2021, 1, 1), "period_end": date(2021, 1, 31),
        "formula_version": "1", "is_latest": True, "status": Status.OK, "reason": Reason.NONE,
        "numerator": Decimal("1.5"), "denominator": Decimal(3), "value": None, "unit": "\\N\t%",
        "low": Decimal("1E-7"), "high": Decimal("66.6666666"), "n": 0, "population": None,
        "inputs": {"text": "“引号”\\n\n", "number": 1.5}, "inputs_hash": "0" * 64,
        "computed_at": NOW, "freeze_date": None, "frozen_at": NOW,
    }  # fmt: skip
    insert_many(Measurement, [{**values, "revision": 1}])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many(Measurement, [{**values, "revision": 1, "is_latest": False}])
    copied = Measurement.objects.get()
    copied.delete()
    expected = Measurement(**values, revision=1)
    expected.save()
    expected.refresh_from_db()
    for field in Measurement._meta.concrete_fields:
        if not field.primary_key:
            assert getattr(copied, field.attname) == getattr(expected, field.attname), field.name


@pytest.mark.django_db
def test_what_is_no_number_is_refused(community):
    row = Measurement(
        indicator="I32", place=community, period_start=NOW.date(), period_end=NOW.date(),
        formula_version="1", status=Status.OK, unit="%", inputs_hash="", computed_at=NOW,
    )  # fmt: skip
    names = [field.attname for field in Measurement._meta.concrete_fields if not field.primary_key]
    values = {name: getattr(row, name) for name in names} | {"value": Decimal("NaN")}
    with pytest.raises(ValidationError):
        insert_many(Measurement, [values])
    insert_many(Measurement, [])
