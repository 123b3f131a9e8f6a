"""Household codes: 16 digits that show a household was written to, with nothing secret stored.

    NNNNNNNN TTTTTTT C      register number · tag · check digit

The tag is an HMAC of the number and its issue under HOUSEHOLD_CODE_KEY, so a letter can be printed
again at any time, and a new issue makes the letters before it worthless. A code never goes into a
log, an address or a message; callers limit how often somebody may be wrong (`portal.intake`).
"""

import hmac
import unicodedata
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.common.keys import current_key, keyed_digest, keyring
from portal.common.prepared import Prepared
from portal.places.models import Household

NUMBER_DIGITS = 8
TAG_DIGITS = 7
CODE_DIGITS = NUMBER_DIGITS + TAG_DIGITS + 1

# Damm's quasigroup: finds every wrong digit and every two neighbours that changed places.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


class CodeError(ValidationError):
    """A code that opens nothing. One message for every cause, so that it tells nobody which."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This household code is not valid. Please check the 16 digits on your letter, "
                "or ask your community staff for a new letter."
            ),
            code="household_code",
        )


_by_number = Prepared(
    lambda number: Household.objects.select_related("building__place").filter(
        register_number=number
    ),
    0,
)


def household_code(household: Household) -> str:
    """The 16 digits for the letter to `household`.

    Raises ValueError when its register number has more than 8 digits.
    """
    number = f"{household.register_number:0{NUMBER_DIGITS}d}"
    if len(number) != NUMBER_DIGITS:
        raise ValueError("The register number does not fit into a household code")
    body = number + _tag(current_key("HOUSEHOLD_CODE_KEY")[1], number, household.code_issue)
    return body + _check_digit(body)


def format_code(code: str) -> str:
    """`"1234567890123456"` → `"1234 5678 9012 3456"`."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def normalise_code(text: str) -> str:
    """The digits of what somebody typed or scanned; full-width digits, spaces, dashes forgiven."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(c for c in plain if not (c.isspace() or unicodedata.category(c) == "Pd"))


def household_find(code: str, on: date | None = None) -> Household:
    """The household whose current code this is, with its building and community.

    It must not have ended (by `on`, where a day is given). Raises CodeError otherwise. The work
    done is the same whether the number exists or not.
    """
    code = normalise_code(code)
    if not _is_well_formed(code):
        raise CodeError
    number, tag = code[:NUMBER_DIGITS], code[NUMBER_DIGITS:-1]
    known = _by_number.first(int(number))
    issue = known.code_issue if known else 0
    # Every key is tried, and compared in full, so that time tells nothing about the tag.
    matches = [
        hmac.compare_digest(_tag(secret, number, issue), tag)
        for secret in keyring("HOUSEHOLD_CODE_KEY").values()
    ]
    if known is None or not any(matches) or not _exists(known, on):
        raise CodeError
    return known


def _exists(household: Household, on: date | None) -> bool:
    if household.valid_to is None:
        return True
    return on is not None and household.valid_to > on


def _tag(secret: bytes, number: str, issue: int) -> str:
    digest = keyed_digest(secret, "household-code", number, str(issue))
    return f"{int.from_bytes(digest[:12]) % 10**TAG_DIGITS:0{TAG_DIGITS}d}"


def _check_digit(digits: str) -> str:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return str(interim)


def _is_well_formed(code: str) -> bool:
    return (
        len(code) == CODE_DIGITS
        and code.isascii()
        and code.isdecimal()
        and _check_digit(code[:-1]) == code[-1]
    )
