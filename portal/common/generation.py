"""The generation of the public pages. A kept page counts as long as nothing was published since.

A service that changes what public pages show calls `generation_bump` in its transaction.
"""

import secrets
import time
from typing import Any

from django.core.cache import caches
from django.db import transaction

ALIAS = "pages"
KEY = "generation"
#: How long a process may go on with the generation it saw. A publication of another process is
#: seen so much later; it must stay well under a second.
CHECK_SECONDS = 0.2

#: Prefix of the cache → the generation seen there, and until when that is good enough.
_seen: dict[str, tuple[str, float]] = {}


def generation_lately() -> str:
    """The generation as this process saw it at most CHECK_SECONDS ago, mostly without asking."""
    seen = _seen.get(caches[ALIAS].key_prefix)
    if seen and time.monotonic() < seen[1]:
        return seen[0]
    return generation()


def generation_with(key: str) -> tuple[str, Any]:
    """The generation and what is kept under `key` (or None), in one round trip."""
    found = caches[ALIAS].get_many([KEY, key])
    value = found.get(KEY)
    return (generation() if value is None else _saw(value)), found.get(key)


def generation() -> str:
    """Read it before a page is rendered, so that a change meanwhile makes the page an old one."""
    value = caches[ALIAS].get(KEY)
    if value is None:
        value = secrets.token_hex(8)
        caches[ALIAS].add(KEY, value, None)
        value = caches[ALIAS].get(KEY, value)
    return _saw(value)


def generation_bump() -> None:
    """Make every kept page an old one, as soon as the change is committed."""
    transaction.on_commit(_bump)


def _bump() -> None:
    # A new random word and not a counter: no cache loses it when two change at the same time.
    caches[ALIAS].set(KEY, secrets.token_hex(8), None)
    _seen.clear()


def _saw(value: str) -> str:
    _seen[caches[ALIAS].key_prefix] = (value, time.monotonic() + CHECK_SECONDS)
    return value
