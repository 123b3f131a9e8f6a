"""Complaint numbers: the day and eight digits, `260712-4831-5721`. They are no secret.

The last digit checks the others, so that a slip on the telephone is never another case. Seven are
free: ten million a day, for a country. A neighbour who joins gets one digit more, so that the two
never meet. Those of before had five and six digits and stay valid.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import date

_PARTS = re.compile(r"(\d{6})(?:(\d{4})(\d{4,5})|(\d{5,6}))\Z")
#: With the check digit.
DIGITS, FOLLOWER_DIGITS = 8, 9


def number_candidates(day: date, seed: str, digits: int = DIGITS) -> Iterator[str]:
    """Numbers to try for a complaint of `day`, always the same ones for the same `seed`.

    They come from a hash, not from a counter, so that a number does not tell how many there are.
    """
    for attempt in range(1000):
        digest = hashlib.sha256(f"{seed}:{attempt}".encode()).digest()
        free = f"{int.from_bytes(digest[:8], 'big') % 10 ** (digits - 1):0{digits - 1}d}"
        own = free + check_digit(f"{day:%y%m%d}{free}")
        yield f"{day:%y%m%d}-{own[:4]}-{own[4:]}"


def check_digit(digits: str) -> str:
    """ISO/IEC 7064 MOD 11,10: finds every wrong digit and nearly every swap of neighbours."""
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def normalise_number(text: str) -> str:
    """What somebody typed, as a number is printed; empty when it can't be one."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", text[:40]) if c.isdigit())
    found = _PARTS.match(digits)
    if found is None:
        return ""
    if found[4]:
        return f"{found[1]}-{found[4]}"
    if check_digit(digits[:-1]) != digits[-1]:
        return ""
    return f"{found[1]}-{found[2]}-{found[3]}"
