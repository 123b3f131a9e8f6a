"""Until when a completed project must be accepted and its final accounts filed.

Final accounts: 3 months after completion; a granted extension adds at most 2 months for small and
medium projects, 6 for large ones (财建〔2016〕503号, domain.md §2). The months are added once, from
the completion: 2021-11-30 and 3 + 2 months is 2022-04-30, not by way of 2022-02-28.
"""

from datetime import date, timedelta

from portal.common.periods import add_months
from portal.projects.states import SizeClass

ACCOUNTS_MONTHS = 3
EXTENSION_MONTHS = {SizeClass.SMALL_MEDIUM: 2, SizeClass.LARGE: 6}


def acceptance_deadline(completed: date, *, days: int) -> date:
    """`days` calendar days after `completed`, the day of completion not counted."""
    return completed + timedelta(days=days)


def accounts_deadline(completed: date, *, size_class: SizeClass, extension_approved: bool) -> date:
    months = ACCOUNTS_MONTHS + (EXTENSION_MONTHS[size_class] if extension_approved else 0)
    return add_months(completed, months)
