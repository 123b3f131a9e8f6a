from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from feedback.complaints import services
from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import Complaint, ComplaintTally, LedgerSource
from feedback.complaints.queries import CaseRates, event_months
from feedback.complaints.services import LedgerRow, ledger_import, tally_rebuild
from feedback.indicators.figures.case_months import case_months
from portal.common.periods import Period
from portal.places.models import StaleMark
from tests.feedback.complaints.conftest import NOW
from tests.feedback.complaints.rates import case_rates

pytestmark = pytest.mark.django_db
JULY = Period.containing("MONTH", date(2026, 7, 1))


@pytest.fixture
def row(neighbourhood):
    """A hotline row of March 2020 that was solved; change what matters."""
    filed = datetime(2020, 3, 2, 9, 0, tzinfo=LOCAL)
    count = iter(range(10_000))

    def _row(day: int = 0, closed: int | None = 1, **fields):
        at = filed + timedelta(days=day)
        return LedgerRow(
            **{
                "community": neighbourhood.community,
                "channel": "12345",
                "source_number": f"DT{next(count):05d}",
                "category": "C10",
                "text": "屋顶漏雨",
                "filed_at": at,
                "accepted_at": at,
                "first_contact_at": at,
                "resolved_at": None if closed is None else at + timedelta(days=closed),
                **fields,
            }
        )

    return _row


def rebuild(place):
    return tally_rebuild(community_id=place.pk, now=NOW)


def test_a_row_comes_with_its_history(row, neighbourhood):
    verdict_at = datetime(2020, 3, 9, 9, 0, tzinfo=LOCAL)
    given = row(verdict="SOLVED", rating=4, verdict_at=verdict_at, resolution="已补漏")
    assert ledger_import(rows=[given]).added == 1
    complaint = Complaint.objects.get()
    assert (complaint.state, complaint.rating, complaint.receipt_hash) == ("CLOSED", 4, None)
    assert complaint.number.startswith("200302-")
    kinds = [event.kind for event in complaint.events.order_by("at", "pk")]
    assert kinds == ["FILED", "ACCEPTED", "RESOLVED", "CONFIRMED"]
    # What a ledger holds is read of the whole city.
    marked = [mark.place for mark in StaleMark.objects.order_by("pk")]
    assert marked == [neighbourhood.community, neighbourhood.city]


def test_importing_again_adds_nothing(row):
    rows = [row(), row(), row()]
    assert ledger_import(rows=rows).added == 3
    again = ledger_import(rows=[*rows, row(source_number=rows[0].source_number)])
    assert (again.added, again.skipped, again.reasons) == (0, 4, {"known_already": 4})
    other = ledger_import(rows=[row(channel="PETITION", source_number=rows[0].source_number)])
    assert other.added == 1


def test_what_is_skipped_is_said_with_its_reason(row, caplog):
    first = row()
    ledger_import(rows=[first])
    other = row(source_number=first.source_number, text="路灯不亮")
    told = []
    found = ledger_import(rows=[first, other], told=lambda row, note: told.append((row, note.code)))
    assert told == [(first, "known_already"), (other, "number_of_another")]
    assert found.reasons == {"known_already": 1, "number_of_another": 1}
    ledger_import(rows=[other])
    assert f"{other.source_number} skipped: number_of_another" in caplog.text
    assert "路灯" not in caplog.text


def test_ledgers_are_told_apart_by_a_command_too(row, neighbourhood):
    one, two = (
        LedgerSource.objects.create(name=name, place=neighbourhood.city, channel="12345")
        for name in ("市热线", "区热线")
    )
    ledger_import(rows=[row(source_number="7", source=one)])
    added = ledger_import(rows=[row(source_number="7", source=two, text="路灯不亮")]).added
    assert added == 1
    assert ledger_import(rows=[row(source_number="7", source=two)]).added == 0


def test_the_same_rows_give_the_same_numbers(row):
    rows = [row(day % 5) for day in range(40)]

    def numbers():
        with transaction.atomic():
            ledger_import(rows=rows)
            found = list(Complaint.objects.order_by("source_number").values_list("number"))
            transaction.set_rollback(True)
        return found

    assert len(set(numbers())) == 40
    assert numbers() == numbers()


@pytest.mark.parametrize(
    "change",
    [
        {"rating": 6, "verdict": "SOLVED"},
        {"category": "C30"},
        {"category": "C99"},
        {"channel": "WECHAT"},
        {"source_number": ""},
        {"resolved_at": datetime(2020, 1, 1, tzinfo=LOCAL)},
        {"verdict": "SOLVED"},
        {"signatories": 0},
    ],
)
def test_a_row_that_contradicts_itself_is_refused_with_its_batch(row, change):
    with pytest.raises(ValidationError):
        ledger_import(rows=[row(), row(**change)])
    assert not Complaint.objects.exists()


def test_staff_import_only_for_their_places(row, clerk, outsider):
    with pytest.raises(PermissionDenied):
        ledger_import(rows=[row()], by=outsider)
    assert ledger_import(rows=[row()], by=clerk).added == 1


def test_thousands_of_rows_need_few_queries(row, django_assert_max_num_queries):
    rows = [row(day % 300) for day in range(1000)]
    with django_assert_max_num_queries(100):
        ledger_import(rows=rows)


def test_a_rebuild_makes_the_tally_and_takes_the_marks(row, neighbourhood):
    ledger_import(rows=[row(), row(closed=None), row(40)])
    assert rebuild(neighbourhood.community)
    assert not StaleMark.objects.filter(place=neighbourhood.community).exists()
    tally = ComplaintTally.objects.get()
    assert tally.months["2020-03"] == {"received": 2, "open": 1, "resolved": 1, "confirmed": 0}
    assert not rebuild(neighbourhood.community)


def test_a_rebuild_mends_a_corrupted_tally(row, neighbourhood):
    ledger_import(rows=[row()])
    rebuild(neighbourhood.community)
    good = ComplaintTally.objects.get().months
    ComplaintTally.objects.update(months={"2020-03": {"received": 99}})
    assert rebuild(neighbourhood.community)
    assert ComplaintTally.objects.get().months == good


def test_the_marks_of_other_communities_and_kinds_stay(row, neighbourhood):
    ledger_import(rows=[row(), row(community=neighbourhood.other)])
    StaleMark.objects.create(kind=StaleMark.Kind.SURVEY, place=neighbourhood.community)
    rebuild(neighbourhood.community)
    left = {(mark.kind, mark.place) for mark in StaleMark.objects.all()}
    assert left == {
        ("COMPLAINTS", neighbourhood.other),
        ("COMPLAINTS", neighbourhood.city),
        ("SURVEY", neighbourhood.community),
    }


def months(place, **fields):
    return event_months(place, date(2020, 3, 1), date(2020, 5, 1), **fields)


def test_events_follow_the_rule_and_portal_cases_stay_apart(row, neighbourhood):
    first, second = neighbourhood.households[:2]
    ledger_import(
        rows=[
            row(0, household=first),
            row(10, household=first, channel="PETITION"),  # the same event
            row(5, household=first, channel="PORTAL"),  # known to the hotline: not apart
            row(0, household=second, channel="PORTAL"),  # known to the portal alone
            row(40, household=first),  # an event of its own
            row(0, category="C01"),  # construction period only
            row(0, nature="CONSULTATION"),
            row(0, accepted_at=None, first_contact_at=None, closed=None),
        ]
    )
    rebuild(neighbourhood.community)
    found = months(neighbourhood.city)
    assert found == {
        date(2020, 3, 1): {"12345": 1, "PORTAL": 1},
        date(2020, 4, 1): {"12345": 1},
        date(2020, 5, 1): {},
    }
    works = event_months(neighbourhood.city, date(2020, 3, 1), date(2020, 3, 1), counted="X")
    assert works == {date(2020, 3, 1): {"12345": 1}}


def test_events_are_merged_among_the_channels_that_are_compared(row, neighbourhood):
    home = neighbourhood.households[0]
    ledger_import(rows=[row(0, household=home), row(10, household=home, channel="PETITION")])
    rebuild(neighbourhood.community)
    march = date(2020, 3, 1)
    place = neighbourhood.community
    assert months(place)[march] == {"12345": 1}
    assert months(place, channels=["PETITION"])[march] == {"PETITION": 1}
    assert months(place, channels=["12345", "PETITION", "COMMUNITY_LEDGER"])[march] == {"12345": 1}
    assert months(place, channels=["COMMUNITY_LEDGER"])[march] == {}
    with pytest.raises(ValueError, match="imported"):
        months(place, channels=["PORTAL"])


def test_months_and_times_are_local(row, neighbourhood):
    # 2020-03-31 23:30 in Shanghai is still March there, and in UTC too; 00:30 is April.
    ledger_import(
        rows=[
            replace(
                row(),
                filed_at=datetime(2020, 4, 1, 0, 30, tzinfo=LOCAL),
                accepted_at=None,
                first_contact_at=None,
                resolved_at=None,
            )
        ]
    )
    rebuild(neighbourhood.community)
    assert list(ComplaintTally.objects.get().months) == ["2020-04"]


def test_case_rates_count_what_is_decided(file, clerk, colleague, neighbourhood):
    late = NOW + timedelta(days=1)
    in_time, overdue, fresh = file(), file(), file("C20")
    refused = file()
    services.complaint_refuse(complaint=refused, by=clerk, nature="PRAISE", reason="谢谢", now=NOW)
    services.complaint_accept(complaint=in_time, by=clerk, reply="已受理", now=NOW)
    services.complaint_resolve(complaint=in_time, by=clerk, text="修了", now=late)
    assert overdue.contact_due_at < late < fresh.contact_due_at
    rates = case_rates(neighbourhood.city, JULY, late)
    assert rates == CaseRates(
        filed=3, due=2, on_time=1, staff_claimed=1, staff_resolved=1, silent=1
    )
    services.complaint_callback(
        complaint=in_time, by=colleague, answered=True, verdict="SOLVED", rating=5, now=late
    )
    rates = case_rates(neighbourhood.community, JULY, late)
    assert (rates.answered, rates.solved, rates.by_callback) == (1, 1, 1)
    assert (rates.rated, rates.satisfied, rates.silent) == (1, 1, 0)


def test_case_rates_of_a_day_include_that_day_and_nothing_later(file, neighbourhood):
    file()
    assert case_rates(neighbourhood.city, JULY, NOW.date()).filed == 1
    assert case_rates(neighbourhood.city, JULY, NOW.date() - timedelta(days=1)).filed == 0
    august = Period.containing("MONTH", date(2026, 8, 1))
    assert case_rates(neighbourhood.city, august, date(2026, 8, 31)) == CaseRates()


def test_silence_is_never_satisfaction(file, clerk, neighbourhood):
    complaint = file()
    services.complaint_accept(complaint=complaint, by=clerk, now=NOW)
    services.complaint_resolve(complaint=complaint, by=clerk, text="修了", now=NOW)
    rates = case_rates(neighbourhood.city, JULY, date(2026, 7, 31))
    assert (rates.answered, rates.satisfied, rates.silent) == (0, 0, 1)


def test_reads_have_a_constant_number_of_queries(row, neighbourhood, django_assert_num_queries):
    ledger_import(rows=[row(day) for day in range(50)])
    rebuild(neighbourhood.community)
    with django_assert_num_queries(4):
        event_months(neighbourhood.city, date(2020, 1, 1), date(2020, 12, 1))
        assert case_months([neighbourhood.community], lambda _month: NOW, NOW)
