"""Which months a complaint reduction compares (domain.md §6.2)."""

from datetime import date

from feedback.indicators.figures.windows import Windows, quarter_windows, windows
from portal.common.periods import months_between

START, COMPLETED = date(2020, 9, 1), date(2021, 6, 30)


def known(first: str, last: str) -> list[date]:
    return months_between(date.fromisoformat(first), date.fromisoformat(last))


LEDGER = {"12345": known("2019-09-01", "2022-08-01"), "PORTAL": known("2021-08-01", "2022-08-01")}


def test_twelve_months_before_the_works_and_twelve_after_settling() -> None:
    found = windows(START, COMPLETED, date(2022, 7, 1), LEDGER)
    assert found == Windows(
        tuple(known("2019-09-01", "2020-08-01")),
        tuple(known("2021-08-01", "2022-07-01")),
        ("12345",),
    )
    assert not found.is_short


def test_a_later_window_is_the_latest_twelve_months() -> None:
    found = windows(START, COMPLETED, date(2022, 8, 1), LEDGER)
    assert (found.after[0], found.after[-1]) == (date(2021, 9, 1), date(2022, 8, 1))


def test_seven_months_take_the_same_calendar_months_before() -> None:
    found = windows(START, COMPLETED, date(2022, 2, 1), LEDGER)
    assert found.after == tuple(known("2021-08-01", "2022-02-01"))
    assert [month.month for month in found.before] == [9, 10, 11, 12, 1, 2, 8]
    assert len(found.before) == 7
    assert found.is_short


def test_five_months_are_too_few() -> None:
    assert windows(START, COMPLETED, date(2021, 12, 1), LEDGER) is None


def test_the_portal_alone_cannot_be_compared() -> None:
    assert windows(START, COMPLETED, date(2022, 7, 1), {"PORTAL": LEDGER["PORTAL"]}) is None


def test_a_ledger_with_a_gap_only_counts_after_it() -> None:
    gap = {"12345": [*known("2019-09-01", "2021-12-01"), *known("2022-02-01", "2022-09-01")]}
    found = windows(START, COMPLETED, date(2022, 9, 1), gap)
    assert found.after == tuple(known("2022-02-01", "2022-09-01"))


def test_the_quarter_ends_with_its_last_month_in_the_ledger() -> None:
    short = {"12345": known("2019-09-01", "2022-02-01")}
    found = quarter_windows(START, COMPLETED, date(2022, 3, 31), date(2023, 1, 1), short)
    assert found.after[-1] == date(2022, 2, 1)
    assert quarter_windows(START, COMPLETED, date(2022, 6, 30), date(2023, 1, 1), short) is None


def test_a_month_that_is_not_over_is_not_compared() -> None:
    found = quarter_windows(START, COMPLETED, date(2022, 6, 30), date(2022, 6, 30), LEDGER)
    assert found.after[-1] == date(2022, 5, 1)


def test_works_done_in_the_middle_of_a_month_leave_that_month_and_the_next_out() -> None:
    found = windows(START, date(2021, 6, 3), date(2022, 7, 1), LEDGER)
    assert found.after[0] == date(2021, 8, 1)
