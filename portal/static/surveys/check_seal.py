#!/usr/bin/env python3
"""Check the list of a sealed survey: python3 check_seal.py LIST.csv [ROOT] [--receipt RECEIPT]

Needs nothing but Python 3.8. Makes the Merkle root from the list and compares it with ROOT, which
should come from somewhere else than the list (a notice, a printed report, an earlier download), and
says whether a receipt is in the list. Ends with 0 when everything agrees, 1 when something does
not, 2 when the list can't be read.

    leaf = SHA-256(00, first value, second value)       in the order of the list
    node = SHA-256(01, left, right)                     one without a neighbour goes up as it is
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import unicodedata

LINE = re.compile(r"([0-9a-f]{64}),([0-9a-f]{64})(,|$)")
SAID = re.compile(r"# merkle root ([0-9a-f]{64})$")


def read(path: str) -> tuple[list[bytes], list[str], str]:
    """The leaves in order, the hashes of receipts, and the root that the list itself names."""
    leaves: list[bytes] = []
    hashes: list[str] = []
    said = ""
    with open(path, encoding="utf-8-sig") as file:
        for number, text in enumerate(file, 1):
            text = text.strip()
            if text.startswith("#"):
                named = SAID.match(text)
                said = named.group(1) if named else said
            elif text and not text.startswith("receipt_hash"):
                found = LINE.match(text)
                if not found:
                    raise ValueError(f"line {number} is no leaf: {text[:40]}")
                values = b"".join(bytes.fromhex(value) for value in found.groups()[:2])
                leaves.append(hashlib.sha256(b"\x00" + values).digest())
                hashes.append(found.group(1))
    return leaves, hashes, said


def merkle_root(level: list[bytes]) -> str:
    """64 hexadecimal digits; the hash of nothing where there is no leaf."""
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        joined = [
            hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest()
            for i in range(0, len(level) - 1, 2)
        ]
        level = joined + ([level[-1]] if len(level) % 2 else [])
    return level[0].hex()


def receipt_hash(typed: str) -> str:
    """As the portal reads a receipt: any width, O as 0, I and L as 1, groups of four."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    plain = plain.translate(str.maketrans("OIL", "011"))
    letters = "".join(c for c in plain if c in "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    groups = "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))
    return hashlib.sha256(groups.encode()).hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description="Check the list of a sealed survey.")
    parser.add_argument("list")
    parser.add_argument("root", nargs="?", default="")
    parser.add_argument("--receipt", action="append", default=[])
    given = parser.parse_args()
    try:
        leaves, hashes, said = read(given.list)
    except (OSError, ValueError) as error:
        print(f"the list can't be read: {error}")
        return 2
    root = merkle_root(leaves)
    wrong: list[str] = []
    print(f"leaves  {len(leaves)}\nroot    {root}")
    if hashes != sorted(set(hashes)):
        wrong.append("the list is not in the order of its hashes, or names one twice")
    for name, other in (("list", said), ("root given", given.root.strip().lower())):
        if other and other != root:
            wrong.append(f"the {name} says {other}")
    for receipt in given.receipt:
        known = receipt_hash(receipt) in hashes
        print(f"receipt {receipt}  {'is in the list' if known else 'IS NOT in the list'}")
        if not known:
            wrong.append("a receipt is missing")
    print("\n".join(f"WRONG: {text}" for text in wrong) or "everything agrees")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
