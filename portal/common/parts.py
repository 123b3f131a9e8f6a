"""Parts of public pages that a process need not make again: the frame, the text of a notice.

A part is the same for everybody. It depends on its key, on the reader's language and on what is
published; so it counts for one generation (`portal.common.generation`), and for SECONDS at most, as
long as a kept page, so that a change nobody announced shows as soon as it does there. Whatever says
who may read a page, or what day it is, belongs in no part.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.utils.translation import get_language

from portal.common.generation import generation_lately

T = TypeVar("T")
SECONDS = 60.0
#: So many parts a process holds. A notice has two, the frame a handful.
MAX_PARTS = 500

_parts: dict[tuple[Any, ...], tuple[Any, float]] = {}


def part(key: tuple[Any, ...], make: Callable[[], T]) -> T:
    """What `make` gives, or gave before under `key` (hashable, its first member a name of its own).

    Nobody may change it afterwards.
    """
    if not settings.KEEP_PARTS:
        return make()
    # Read before it is made, so that a change meanwhile makes the part an old one.
    whole = (generation_lately(), get_language(), *key)
    now = time.monotonic()
    found = _parts.get(whole)
    if found is None or now >= found[1]:
        if len(_parts) >= MAX_PARTS:
            _parts.clear()
        found = _parts[whole] = (make(), now + SECONDS)
    value: T = found[0]
    return value


def parts_forget() -> None:
    _parts.clear()
