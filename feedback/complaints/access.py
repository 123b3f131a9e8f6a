"""What opens a case to somebody without an account: a household code, or number and secret.

A wrong one and a missing one get the same answer after the same work; failures are limited.
"""

import hmac
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from feedback.complaints.models import Complaint
from feedback.complaints.numbers import normalise_number
from portal.intake.limits import failure_add, is_blocked, place_scope
from portal.intake.receipts import receipt_hash
from portal.places.codes import CodeError, household_find
from portal.places.models import Household, Place

#: What an unknown number is compared with, so that it takes as long as a known one.
_NOBODY = receipt_hash("nobody")


class TooManyFailures(ValidationError):
    def __init__(self) -> None:
        super().__init__(
            _("There were too many wrong attempts. Please try again in 15 minutes."),
            code="too_many_failures",
        )


def case_open(number: str, secret: str, *, scope: str) -> Complaint:
    """The complaint that number and secret open together.

    Raises TooManyFailures or a ValidationError that never says which of the two was wrong.
    """
    if is_blocked("track", scope):
        raise TooManyFailures
    complaint = (
        Complaint.objects.filter(number=normalise_number(number) or "-")
        .select_related("community", "category", "building", "assigned_to")
        .first()
    )
    known = complaint.receipt_hash if complaint else None
    same = hmac.compare_digest(known or _NOBODY, receipt_hash(secret))
    if complaint is None or not known or not same:
        failure_add("track", scope)
        raise ValidationError(
            _("This number and secret do not belong together. Please check both."),
            code="case_not_found",
        )
    return complaint


def household_of(code: str, community: Place, *, scope: str, on: date) -> Household:
    """The household of a code typed into a form about `community`.

    Raises CodeError, also for a household that lies elsewhere, or TooManyFailures.
    """
    scopes = (scope, place_scope(community.code))
    if is_blocked("household-code", *scopes):
        raise TooManyFailures
    try:
        household = household_find(code, on)
        if household.building.place_id != community.pk:
            raise CodeError
    except CodeError:
        failure_add("household-code", *scopes)
        raise
    return household
