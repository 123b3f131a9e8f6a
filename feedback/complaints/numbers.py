"""Complaint numbers: the day and five digits, `260712-48315`. They are no secret.

A neighbour who joins gets one with six digits, so that the two never meet.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import date

_PARTS = re.compile(r"(\d{6})(\d{5,6})\Z")
DIGITS, FOLLOWER_DIGITS = 5, 6


def number_candidates(day: date, seed: str, digits: int = DIGITS) -> Iterator[str]:
    """Numbers to try for a complaint of `day`, always the same ones for the same `seed`.

    They come from a hash, not from a counter, so that a number does not tell how many there are.
    """
    for attempt in range(1000):
        digest = hashlib.sha256(f"{seed}:{attempt}".encode()).digest()
        yield f"{day:%y%m%d}-{int.from_bytes(digest[:8], 'big') % 10**digits:0{digits}d}"


def normalise_number(text: str) -> str:
    """What somebody typed, as a number is printed; empty when it can't be one."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", text[:40]) if c.isdigit())
    found = _PARTS.match(digits)
    return f"{found[1]}-{found[2]}" if found else ""
