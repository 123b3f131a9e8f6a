"""A receipt is made from the key of the submission, so sending twice shows the same receipt.

Only its hash is stored. The key is made once per form: by the script on the device, or by the
review page where there is no script.
"""

import hashlib
import re
import secrets
import unicodedata

from portal.common.keys import keyed_digest, keyring

#: Crockford's letters and digits: no I, L, O, U, so that a receipt survives being read aloud.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 16, 4
_KEY = re.compile(r"[0-9a-f]{32}\Z")
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_key() -> str:
    """128 random bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)


def is_key(text: str) -> bool:
    return bool(_KEY.match(text))


def receipts(key: str) -> list[str]:
    """The receipt of `key` under every receipt key, the current one first.

    A form sent again after the receipt key was changed is found under the old one.
    """
    return [_receipt(secret, key) for secret in keyring("RECEIPT_KEY").values()]


def receipt(key: str) -> str:
    """`7K3M-P9QX-2A4D-WZ81`: 80 bits under the current receipt key."""
    return receipts(key)[0]


def _receipt(secret: bytes, key: str) -> str:
    number = int.from_bytes(keyed_digest(secret, "receipt", key)[:10], "big")
    letters = "".join(ALPHABET[number >> (5 * i) & 31] for i in range(LENGTH))
    return "-".join(letters[i : i + GROUP] for i in range(0, LENGTH, GROUP))


def normalise_receipt(text: str) -> str:
    """What somebody typed, as the receipt would be printed; may still be wrong."""
    plain = unicodedata.normalize("NFKC", text[:80]).upper().translate(_READ_AS)
    letters = "".join(letter for letter in plain if letter in ALPHABET)
    return "-".join(letters[i : i + GROUP] for i in range(0, len(letters), GROUP))


def receipt_hash(text: str) -> str:
    """SHA-256 of the normalised receipt: what is stored, and what a published list commits to."""
    return hashlib.sha256(normalise_receipt(text).encode()).hexdigest()


def receipt_hashes(key: str) -> list[str]:
    """Where a submission with `key` may already be stored, the current receipt key first."""
    return [receipt_hash(text) for text in receipts(key)]
