"""The words of a case for those who must not know how to reach the resident: a number somebody
wrote into the text is passed on no more than the one they were asked for."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from feedback.complaints.models import Complaint
from feedback.complaints.permissions import may_see_contact
from portal.intake.screening import NUMBERS, masked, personal_data

if TYPE_CHECKING:
    from portal.accounts.models import User


def without_numbers(text: str) -> str:
    return masked(text, personal_data(text, NUMBERS))


def numbers_hidden(user: "User", cases: Iterable[Complaint]) -> None:
    """Hide them in rows that are shown to `user` and never saved."""
    for case in cases:
        if not may_see_contact(user, case):
            case.text = without_numbers(case.text)
