from collections import Counter
from itertools import islice

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection, transaction

from feedback.complaints.models import Category, Complaint, ComplaintEvent
from feedback.complaints.numbers import check_digit, normalise_number, number_candidates
from feedback.complaints.services import FilingConflict, complaint_file, complaint_photo_add
from feedback.complaints.states import Channel, Due, State, Wish
from portal.common.keys import blind_index
from portal.intake.receipts import new_key, receipt_hash
from portal.places.models import Building, StaleMark
from tests.feedback.complaints.conftest import NOW, category, jpeg

pytestmark = pytest.mark.django_db


def filing(neighbourhood, **fields):
    return {
        "key": new_key(),
        "community": neighbourhood.community,
        "category": category("C10"),
        "text": "屋顶漏雨",
        "now": NOW,
        **fields,
    }


def test_the_thirty_categories_of_the_domain_are_there():
    assert Category.objects.count() == 30
    counted = {kind: Category.objects.filter(counted=kind).count() for kind in "RXA"}
    assert counted == {"R": 17, "X": 11, "A": 1}
    assert [c.pk for c in Category.objects.filter(is_restricted=True)] == ["C30"]
    p0 = set(Category.objects.filter(due="P0").values_list("pk", flat=True))
    may_be_p0 = set(Category.objects.exclude(danger_zh="").values_list("pk", flat=True))
    assert (p0, may_be_p0) == ({"C04", "C15"}, {"C11", "C16", "C19"})
    assert not Category.objects.filter(pk__in=p0 | may_be_p0, urgent_zh="").exists()


def test_it_files_with_deadlines_an_event_and_a_stale_mark(neighbourhood):
    filed = complaint_file(**filing(neighbourhood))
    complaint = filed.complaint
    assert (complaint.state, complaint.due, filed.duplicate) == (State.RECEIVED, "P1", False)
    assert complaint.contact_due_at > NOW
    assert complaint.receipt_hash == receipt_hash(filed.receipt)
    assert [e.kind for e in complaint.events.all()] == [ComplaintEvent.Kind.FILED]
    mark = StaleMark.objects.get()
    assert (mark.kind, mark.place) == (StaleMark.Kind.COMPLAINTS, neighbourhood.community)


def test_the_same_key_twice_is_one_complaint_with_the_same_receipt(neighbourhood):
    given = filing(neighbourhood)
    first = complaint_file(**given)
    second = complaint_file(**{**given, "text": " 屋顶漏雨\r\n"})
    assert second.duplicate
    assert (second.receipt, second.complaint) == (first.receipt, first.complaint)
    assert Complaint.objects.count() == 1
    assert StaleMark.objects.count() == 1


def test_two_requests_with_one_key_at_the_same_moment_are_one_complaint(neighbourhood, monkeypatch):
    from feedback.complaints.services import filing as module

    given = filing(neighbourhood)
    first = complaint_file(**given)
    really, looks = module._known, []

    def look(key, digest):
        # The second request looked before the first one had inserted.
        looks.append(key)
        return None if len(looks) == 1 else really(key, digest)

    monkeypatch.setattr(module, "_known", look)
    second = complaint_file(**given)
    assert (second.duplicate, second.receipt) == (True, first.receipt)
    assert Complaint.objects.count() == 1
    assert StaleMark.objects.count() == 1


def test_the_same_key_with_other_content_is_a_conflict(neighbourhood):
    given = filing(neighbourhood)
    first = complaint_file(**given)
    with pytest.raises(FilingConflict) as conflict:
        complaint_file(**{**given, "text": "别的事"})
    assert conflict.value.complaint == first.complaint


def test_a_form_sent_again_after_the_receipt_key_changed_is_found(neighbourhood, settings):
    given = filing(neighbourhood)
    first = complaint_file(**given)
    settings.RECEIPT_KEY = f"2:another-receipt-key-0123456789abc,{settings.RECEIPT_KEY}"
    second = complaint_file(**given)
    assert (second.duplicate, second.receipt) == (True, first.receipt)


def test_the_danger_of_the_category_makes_it_p0(neighbourhood):
    filed = complaint_file(**filing(neighbourhood, category=category("C11"), danger=True))
    assert filed.complaint.due == Due.P0
    assert filed.complaint.site_due_at is not None
    plain = complaint_file(**filing(neighbourhood, category=category("C10"), danger=True))
    assert (plain.complaint.due, plain.complaint.is_danger) == ("P1", False)


def test_the_household_gives_the_building(neighbourhood):
    filed = complaint_file(**filing(neighbourhood, household=neighbourhood.households[0]))
    assert filed.complaint.building == neighbourhood.building


def test_a_phone_number_is_stored_encrypted_and_found_by_its_index(neighbourhood):
    filed = complaint_file(**filing(neighbourhood, contact="13800001234", contact_wish=Wish.VISIT))
    with connection.cursor() as cursor:
        cursor.execute("SELECT contact, content_hash FROM complaints_complaint")
        stored = cursor.fetchone()
    assert "13800001234" not in str(stored)
    assert Complaint.objects.get(contact_index=blind_index("13800001234")) == filed.complaint
    assert filed.complaint.privacy_version


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": "   "}, "text"),
        ({"text": "漏" * 2001}, "text"),
        ({"contact_wish": Wish.PHONE}, "contact"),
        ({"channel": Channel.HOTLINE}, "channel"),
    ],
)
def test_it_refuses_what_does_not_fit_together(neighbourhood, change, field):
    with pytest.raises(ValidationError) as error:
        complaint_file(**filing(neighbourhood, **change))
    assert field in error.value.message_dict
    assert not Complaint.objects.exists()


def test_it_refuses_places_buildings_and_categories_that_are_not_meant(neighbourhood):
    elsewhere = Building.objects.create(place=neighbourhood.other, name="9号楼")
    for change, field in [
        ({"community": neighbourhood.county}, "community"),
        ({"building": elsewhere}, "building"),
        ({"category": category("C30")}, "category"),
    ]:
        with pytest.raises(ValidationError) as error:
            complaint_file(**filing(neighbourhood, **change))
        assert field in error.value.message_dict


def test_staff_take_complaints_down_at_the_counter(neighbourhood, clerk, outsider):
    filed = complaint_file(**filing(neighbourhood, channel=Channel.COUNTER, staff=clerk))
    assert filed.complaint.events.get().actor == clerk
    with pytest.raises(PermissionDenied):
        complaint_file(**filing(neighbourhood, channel=Channel.COUNTER, staff=outsider))
    with pytest.raises(PermissionDenied):
        complaint_file(**filing(neighbourhood, channel=Channel.PHONE))


def test_a_broken_photo_list_leaves_nothing_behind(neighbourhood):
    photos = [ContentFile(jpeg("red", (8 + i, 8)), name="a.jpg") for i in range(7)]
    with pytest.raises(ValidationError):
        complaint_file(**filing(neighbourhood, photos=photos))
    assert not Complaint.objects.exists()


def test_a_photo_follows_once(neighbourhood):
    complaint = complaint_file(**filing(neighbourhood)).complaint
    photo = ContentFile(jpeg(), name="a.jpg")
    assert complaint_photo_add(complaint=complaint, photo=photo, now=NOW)
    assert not complaint_photo_add(complaint=complaint, photo=photo, now=NOW)
    assert complaint.photos.count() == 1


def test_a_number_that_is_taken_is_passed_over(neighbourhood, monkeypatch):
    from feedback.complaints.services import filing as module

    monkeypatch.setattr(
        module, "number_candidates", lambda day, seed: iter(["260713-00001", "260713-00002"])
    )
    numbers = [complaint_file(**filing(neighbourhood)).complaint.number for _ in range(2)]
    assert numbers == ["260713-00001", "260713-00002"]


def test_numbers_are_read_as_people_write_them():
    number = next(number_candidates(NOW.date(), "seed"))
    assert number.startswith("260713-")
    assert normalise_number(f" {number.replace('-', ' ')} ") == number
    assert normalise_number("２６０７１３－４８３１５") == "260713-48315"
    assert normalise_number("12345") == normalise_number("") == ""


def test_a_slip_is_never_another_number():
    number = next(number_candidates(NOW.date(), "seed"))
    assert len(number) == 16
    assert check_digit("0794") == "5"  # ISO/IEC 7064, MOD 11,10
    for place, digit in enumerate(number):
        for wrong in set("0123456789") - {digit} if digit.isdigit() else ():
            assert normalise_number(number[:place] + wrong + number[place + 1 :]) == ""


def test_numbers_of_a_busy_day_stay_apart():
    day = NOW.date()
    first = Counter(next(number_candidates(day, str(seed))) for seed in range(20_000))
    # Two of them meet by chance at this rate (birthdays: 20,000² / 2 / 10⁷), and no oftener.
    assert sum(first.values()) - len(first) < 60
    assert len(set(islice(number_candidates(day, "seed"), 50))) == 50


def test_events_are_append_only_in_python_and_in_the_database(file):
    event = file().events.get()
    event.text = "changed"
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()
    with pytest.raises(TypeError):
        ComplaintEvent.objects.update(text="changed")
    with pytest.raises(TypeError):
        ComplaintEvent.objects.all().delete()
    statements = ["UPDATE complaints_complaintevent SET text = 'changed'"]
    if connection.vendor == "postgresql":
        statements.append("DELETE FROM complaints_complaintevent")
    for statement in statements:
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert ComplaintEvent.objects.get().text == ""
