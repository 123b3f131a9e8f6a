"""The rule of domain.md §6.2.4, edge by edge."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.events import Case, closings, group_events

START = datetime(2026, 3, 1, 9, 0, tzinfo=LOCAL)


def case(
    number: int,
    day: float,
    closed: float | None = None,
    household: int | None = 1,
    category: str = "C10",
    **fields: object,
) -> Case:
    return Case(
        id=number,
        household=household,
        category=category,
        channel=str(fields.get("channel", "12345")),
        filed_at=START + timedelta(days=day),
        closed_at=None if closed is None else START + timedelta(days=closed),
        signatories=int(str(fields.get("signatories", 1))),
        merged_into=fields.get("merged_into"),  # type: ignore[arg-type]
    )


def sizes(*cases: Case) -> list[int]:
    return [len(event.cases) for event in group_events(cases)]


def test_the_30th_day_still_belongs_to_the_event():
    assert sizes(case(1, 0, closed=1), case(2, 30, closed=31)) == [2]


def test_the_31st_day_begins_another_event():
    assert sizes(case(1, 0, closed=1), case(2, 31, closed=32)) == [1, 1]


def test_days_are_calendar_days_not_24_hours():
    late = Case(2, 1, "C10", "12345", datetime(2026, 3, 31, 23, 59, tzinfo=LOCAL), None)
    assert sizes(case(1, 0, closed=1), late) == [2]


def test_the_window_counts_from_the_first_filing_and_does_not_chain():
    # Day 25 is within 30 of day 0; day 50 is within 30 of day 25 but not of day 0.
    assert sizes(case(1, 0, closed=1), case(2, 25, closed=26), case(3, 50, closed=51)) == [2, 1]


def test_a_filing_while_the_case_is_open_belongs_to_it_however_late():
    assert sizes(case(1, 0, closed=100), case(2, 99, closed=100)) == [2]
    assert sizes(case(1, 0, closed=None), case(2, 400)) == [2]


def test_a_later_case_of_the_event_keeps_it_open():
    assert sizes(case(1, 0, closed=5), case(2, 20, closed=80), case(3, 60)) == [3]


def test_a_filing_at_the_moment_of_closing_is_after_it():
    assert sizes(case(1, 0, closed=60), case(2, 60)) == [1, 1]


def test_a_new_event_has_a_window_of_its_own():
    assert sizes(case(1, 0, closed=1), case(2, 40, closed=41), case(3, 65, closed=66)) == [1, 2]


def test_an_unknown_household_is_one_event_a_row():
    assert sizes(case(1, 0, household=None), case(2, 0, household=None)) == [1, 1]


def test_other_households_and_other_categories_are_other_events():
    assert sizes(case(1, 0), case(2, 0, household=2), case(3, 0, category="C12")) == [1, 1, 1]


def test_a_joint_complaint_is_one_event_with_its_signatories():
    (event,) = group_events([case(1, 0, household=None, signatories=27)])
    assert (len(event.cases), event.signatories) == (1, 27)


def test_the_event_has_the_month_and_channel_of_its_first_filing():
    (event,) = group_events([case(2, 31, channel="PORTAL"), case(1, 30, channel="PETITION")])
    assert (event.month, event.first.channel) == (date(2026, 3, 1), "PETITION")


def test_filings_at_one_moment_are_taken_in_the_order_of_their_rows():
    (event,) = group_events([case(2, 0, channel="PORTAL"), case(1, 0, channel="12345")])
    assert event.first.id == 1


def repeated(*cases: Case) -> list[bool]:
    return [closing.repeated_at is not None for closing in closings(cases)]


def test_a_filing_after_closing_is_a_repeat_whatever_its_event():
    same_event = [case(1, 0, closed=5), case(2, 10)]
    assert sizes(*same_event) == [2]
    assert repeated(*same_event) == [True]


def test_repeats_end_after_90_days_and_need_a_household():
    assert repeated(case(1, 0, closed=5), case(2, 95)) == [True]
    assert repeated(case(1, 0, closed=5), case(2, 96)) == [False]
    unknown = [case(1, 0, closed=5, household=None), case(2, 10, household=None)]
    assert repeated(*unknown) == [False]
    assert [closing.has_household for closing in closings(unknown)] == [False]


def test_a_filing_while_it_is_open_is_no_repeat_and_closes_with_it():
    assert repeated(case(1, 0, closed=50), case(2, 40)) == []
    both = closings([case(1, 0, closed=50), case(2, 40, closed=60)])
    assert [closing.at for closing in both] == [START + timedelta(days=60)]
    assert both[0].repeated_at is None


def test_what_staff_joined_is_one_event_also_without_a_household():
    main, copy = case(1, 3, household=None), case(2, 0, household=None, merged_into=1)
    assert sizes(main, copy, case(3, 5, household=None)) == [2, 1]
    # Where the main report is not looked at, its copies still are one event.
    assert sizes(copy, case(4, 9, household=2, merged_into=1)) == [2]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 200), st.integers(0, 90) | st.none(), st.integers(1, 3) | st.none()
        ),
        max_size=30,
    )
)
def test_every_case_is_in_exactly_one_event_and_order_does_not_matter(rows):
    cases = [
        case(i, day, None if length is None else day + length, household=household)
        for i, (day, length, household) in enumerate(rows)
    ]
    events = group_events(cases)
    assert sorted(c.id for e in events for c in e.cases) == list(range(len(cases)))
    again = group_events(reversed(cases))
    assert [[c.id for c in e.cases] for e in events] == [[c.id for c in e.cases] for e in again]
    assert all(len(e.cases) == 1 for e in events if e.first.household is None)
