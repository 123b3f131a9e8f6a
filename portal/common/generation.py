"""The generation of the public pages. A kept page counts as long as nothing was published since.

A service that changes what public pages show calls `generation_bump` in its transaction.
"""

import secrets

from django.core.cache import caches
from django.db import transaction

ALIAS = "pages"
KEY = "generation"


def generation() -> str:
    """Read it before a page is rendered, so that a change meanwhile makes the page an old one."""
    value = caches[ALIAS].get(KEY)
    if value is None:
        value = secrets.token_hex(8)
        caches[ALIAS].add(KEY, value, None)
        value = caches[ALIAS].get(KEY, value)
    return str(value)


def generation_bump() -> None:
    """Make every kept page an old one, as soon as the change is committed."""
    # A new random word and not a counter: no cache loses it when two change at the same time.
    transaction.on_commit(lambda: caches[ALIAS].set(KEY, secrets.token_hex(8), None))
