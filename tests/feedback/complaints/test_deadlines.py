"""Deadlines of domain.md §4 in the working calendar."""

from datetime import datetime

import pytest

from feedback.complaints.deadlines import LOCAL, deadlines, extended


def at(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LOCAL)


def test_p0_runs_around_the_clock():
    found = deadlines("P0", at(2, 15, 23, 50))  # the Sunday before the Spring Festival
    assert found.contact == at(2, 16, 0, 20)
    assert found.site == at(2, 16, 1, 50)
    assert found.done == at(2, 16, 23, 50)


@pytest.mark.parametrize(
    ("filed", "contact", "done"),
    [
        (at(7, 13, 10), at(7, 13, 12), at(7, 15, 18)),
        (at(7, 13, 17), at(7, 14, 9, 30), at(7, 15, 18)),  # 1 h today, 1 h tomorrow
        (at(7, 10, 20), at(7, 13, 10, 30), at(7, 14, 18)),  # Friday evening
        (at(7, 11, 9), at(7, 13, 10, 30), at(7, 14, 18)),  # Saturday
        (at(2, 13, 17, 30), at(2, 14, 10), at(2, 24, 18)),  # 14 February is a working Saturday
    ],
)
def test_p1_is_two_working_hours_and_two_working_days(filed, contact, done):
    found = deadlines("P1", filed)
    assert (found.contact, found.site, found.done) == (contact, None, done)


def test_p2_and_p3_count_working_days_without_the_day_of_filing():
    assert deadlines("P2", at(2, 14, 9)).done == at(2, 28, 18)
    assert deadlines("P2", at(2, 14, 9)).contact == at(2, 24, 18)
    assert deadlines("P3", at(7, 13, 9)).done == at(8, 3, 18)


def test_a_filing_in_another_time_zone_is_read_in_local_time():
    from datetime import UTC

    assert deadlines("P2", datetime(2026, 7, 12, 17, 0, tzinfo=UTC)).done == at(7, 20, 18)


def test_an_extension_is_one_to_ten_working_days():
    assert extended(at(7, 15, 18), 3) == at(7, 20, 18)
    for days in (0, 11):
        with pytest.raises(ValueError, match="1 to 10"):
            extended(at(7, 15, 18), days)
