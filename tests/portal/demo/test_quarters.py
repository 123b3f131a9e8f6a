"""The bulletins of the demonstration: one a quarter, and none of one that is not over."""

from datetime import date

import pytest

from portal.demo.notices import RATES, quarters_reported


@pytest.mark.parametrize(
    ("as_of", "quarters"),
    [
        (date(2020, 12, 31), ["2020-07"]),
        (date(2021, 4, 1), ["2020-07", "2020-10", "2021-01"]),
        (date(2021, 7, 1), ["2020-07", "2020-10", "2021-01", "2021-04"]),
        (date(2021, 9, 30), ["2020-07", "2020-10", "2021-01", "2021-04"]),
        (date(2026, 11, 20), ["2020-07", "2020-10", "2021-01", "2021-04", "2026-07"]),
    ],
)
def test_each_quarter_that_is_over_is_reported_once(as_of: date, quarters: list[str]) -> None:
    found = quarters_reported(as_of)
    assert [f"{quarter.start:%Y-%m}" for quarter in found] == quarters
    assert list(found.values())[-1] == RATES
