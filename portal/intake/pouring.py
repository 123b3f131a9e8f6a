"""A page that is the same for everybody but for a few words: made once, and poured with them.

The template is rendered with marks in place of the words; what stands around the marks is kept
(portal.common.parts). The words themselves never are.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from portal.common.parts import part

#: Letters that nobody can write by chance, and that neither HTML nor an address changes.
_MARK = f"m{secrets.token_hex(12)}x"
_MARKS = re.compile(f"{_MARK}([a-z_0-9]+){_MARK}")


def poured(
    key: tuple[Any, ...], words: Mapping[str, str], make: Callable[[Mapping[str, str]], str]
) -> SafeString:
    """What `make(words)` gives, where it puts each word as it is, or escaped, into text or values
    of attributes. `key` is everything else it depends on, beside the language."""
    pieces = part(("poured", *key), lambda: _MARKS.split(make(_marks(words))))
    return mark_safe("".join(_filled(pieces, words)))


def _marks(names: Iterable[str]) -> dict[str, str]:
    return {name: f"{_MARK}{name}{_MARK}" for name in names}


def _filled(pieces: list[str], words: Mapping[str, str]) -> Iterable[str]:
    """Every second piece is the name of a word."""
    for index, piece in enumerate(pieces):
        yield conditional_escape(words[piece]) if index % 2 else piece
