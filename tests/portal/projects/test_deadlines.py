from datetime import date

import pytest

from portal.projects.deadlines import acceptance_deadline, accounts_deadline
from portal.projects.states import SizeClass

SMALL, LARGE = SizeClass.SMALL_MEDIUM, SizeClass.LARGE


@pytest.mark.parametrize(
    ("completed", "size_class", "extended", "deadline"),
    [
        (date(2021, 6, 30), SMALL, False, date(2021, 9, 30)),
        (date(2021, 6, 30), LARGE, False, date(2021, 9, 30)),
        (date(2021, 6, 30), SMALL, True, date(2021, 11, 30)),
        (date(2021, 6, 30), LARGE, True, date(2022, 3, 30)),
        (date(2021, 11, 30), SMALL, False, date(2022, 2, 28)),
        (date(2021, 11, 30), SMALL, True, date(2022, 4, 30)),
        (date(2023, 11, 30), SMALL, False, date(2024, 2, 29)),
        (date(2021, 5, 31), LARGE, True, date(2022, 2, 28)),
    ],
)
def test_months_are_added_once_and_end_with_the_month(
    completed: date, size_class: SizeClass, extended: bool, deadline: date
) -> None:
    found = accounts_deadline(completed, size_class=size_class, extension_approved=extended)

    assert found == deadline


def test_the_day_of_completion_is_not_counted() -> None:
    assert acceptance_deadline(date(2021, 6, 30), days=90) == date(2021, 9, 28)
