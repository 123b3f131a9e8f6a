"""Where in a text the words of a search stand."""

import re
from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from portal.common.search.asking import meant
from portal.common.search.words import RUN, query_text

#: So much of a text is shown around the first word found.
BEFORE, AFTER = 24, 72


def pattern_of(query: str) -> re.Pattern[str] | None:
    """Finds the words of `query` and those that mean the same; None where there is none."""
    words = {
        term.replace(RUN, "")
        for group in meant(query)
        for word in group
        # A word of four characters is looked for by its halves, too.
        for term in [word, *query_text(word).split()]
    }
    parts = [_whole(word) for word in sorted(words, key=len, reverse=True) if word]
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def marked(text: str, pattern: re.Pattern[str] | None) -> SafeString:
    """`text` as HTML, each word found in a <mark>."""
    if pattern is None:
        return escape(text)
    pieces, end = [], 0
    for found in pattern.finditer(text):
        pieces += [escape(text[end : found.start()]), f"<mark>{escape(found.group())}</mark>"]
        end = found.end()
    return mark_safe("".join([*pieces, escape(text[end:])]))


def snippet(sentences: Iterable[str], pattern: re.Pattern[str] | None) -> SafeString:
    """What stands around the first word found; empty where none is."""
    for sentence in sentences if pattern else []:
        found = pattern.search(sentence) if pattern else None
        if found:
            start, end = max(0, found.start() - BEFORE), found.end() + AFTER
            cut = sentence[start:end]
            return mark_safe(
                ("…" if start else "") + marked(cut, pattern) + ("…" if end < len(sentence) else "")
            )
    return SafeString("")


def _whole(word: str) -> str:
    """A number is found as a number: 「3号楼」 is not in 「13号楼」."""
    before = r"(?<![0-9a-z])" if re.match(r"[0-9a-z]", word) else ""
    after = r"(?![0-9a-z])" if re.search(r"[0-9a-z]$", word) else ""
    return f"{before}{re.escape(word)}{after}"
