"""The sealed list of answers: anyone can check that none was added, taken out or changed.

A leaf commits to a receipt and to the answers under it. The answers are hidden behind a random
salt: without it, somebody who is shown a receipt could try all likely answers until one fits.

    answers = SHA-256(salt ‖ canonical JSON of community code, channel, standing, answers)
    leaf    = SHA-256(00 ‖ receipt hash ‖ answers)
    node    = SHA-256(01 ‖ left ‖ right); a node without a neighbour goes up as it is

Leaves stand in the order of their receipt hashes, which is no order of time.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from portal.common.canonical import canonical_json


def answers_commitment(salt: str, content: dict[str, Any]) -> str:
    return hashlib.sha256(bytes.fromhex(salt) + canonical_json(content)).hexdigest()


def leaf_hash(receipt_hash: str, commitment: str) -> bytes:
    return hashlib.sha256(
        b"\x00" + bytes.fromhex(receipt_hash) + bytes.fromhex(commitment)
    ).digest()


def merkle_root(leaves: Iterable[bytes]) -> str:
    """64 hexadecimal digits; the hash of nothing where there is no leaf."""
    level = list(leaves)
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        pairs = [
            hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest()
            for i in range(0, len(level) - 1, 2)
        ]
        level = pairs + level[len(level) // 2 * 2 :]
    return level[0].hex()
