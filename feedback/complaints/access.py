"""What opens a case to somebody without an account: a household code, or number and secret.

A wrong one and a missing one get the same answer after the same work; failures are limited.
"""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from feedback.complaints.models import Complaint, Follower
from feedback.complaints.numbers import normalise_number
from portal.common.keys import current_key, keyed_digest
from portal.intake.limits import failure_add, is_blocked, place_scope
from portal.intake.receipts import receipt_hash
from portal.places.codes import CodeError, household_find
from portal.places.models import Household, Place

#: What an unknown number is compared with, so that it takes as long as a known one.
_NOBODY = receipt_hash("nobody")
#: A pass opens a case for this many hours at least, and for less than twice as many.
PASS_HOURS = 2


@dataclass(frozen=True)
class Opened:
    """A case, and the follower who looks at it; None for whoever filed it."""

    complaint: Complaint
    follower: Follower | None


class TooManyFailures(ValidationError):
    def __init__(self) -> None:
        super().__init__(
            _("There were too many wrong attempts. Please try again in 15 minutes."),
            code="too_many_failures",
        )


def case_open(number: str, secret: str, *, scope: str, now: datetime) -> Opened:
    """What number and secret open together. The secret is a receipt, or a pass of `case_pass`.

    A wrong secret and a number that does not exist take the same two queries and the same
    comparisons. Raises TooManyFailures or a ValidationError that never says which was wrong.
    """
    if is_blocked("track", scope):
        raise TooManyFailures
    printed = normalise_number(number) or "-"
    # The hashes alone: reading a whole row decrypts it, and that could be timed.
    # A case split off has no secret of its own: the one of the report it came from opens it.
    secret_hash = Coalesce("receipt_hash", "split_from__receipt_hash")
    filed = Complaint.objects.filter(number=printed).values_list("pk", secret_hash).first()
    joined = Follower.objects.filter(number=printed).values_list("pk", "receipt_hash").first()
    pk, known = filed or joined or (None, None)
    right = hmac.compare_digest(known or _NOBODY, receipt_hash(secret))
    # As bytes: of text, only ASCII can be compared in constant time.
    given = unicodedata.normalize("NFKC", secret).strip().lower().encode(errors="replace")
    passes = [hmac.compare_digest(one.encode(), given) for one in _passes(printed, now)]
    if pk is None or not known or not (right or any(passes)):
        failure_add("track", scope)
        raise ValidationError(
            _("This number and secret do not belong together. Please check both."),
            code="case_not_found",
        )
    return _opened(pk, joined=filed is None)


def _opened(pk: int, *, joined: bool) -> Opened:
    follower = Follower.objects.get(pk=pk) if joined else None
    complaint = Complaint.objects.select_related(
        "community", "category", "building", "assigned_to", "merged_into__category"
    ).get(pk=follower.complaint_id if follower else pk)
    return Opened(complaint, follower)


def case_pass(number: str, now: datetime) -> str:
    """What stands in for the secret on the pages of a phone that came by a link."""
    return _passes(number, now)[0]


def _passes(number: str, now: datetime) -> list[str]:
    secret = current_key("RECEIPT_KEY")[1]
    window = int(now.timestamp() // (PASS_HOURS * 3600))
    return [keyed_digest(secret, "case-pass", number, str(window - ago)).hex() for ago in (0, 1)]


def household_of(code: str, community: Place, *, scope: str, on: date) -> Household:
    """The household of a code typed into a form about `community`.

    Raises CodeError, also for a household that lies elsewhere, or TooManyFailures.
    """
    return _household(code, (scope, place_scope(community.code)), on, community)


def household_anywhere(code: str, *, scope: str, on: date) -> Household:
    """The household of a code typed where no community was chosen yet. Raises as above."""
    return _household(code, (scope,), on, None)


def _household(code: str, scopes: tuple[str, ...], on: date, community: Place | None) -> Household:
    if is_blocked("household-code", *scopes):
        raise TooManyFailures
    try:
        household = household_find(code, on)
        if community is not None and household.building.place_id != community.pk:
            raise CodeError
    except CodeError:
        failure_add("household-code", *scopes)
        raise
    return household
