"""Which category somebody means who types 漏水 or 暖气不热. Pure; the same rule as kinds.js.

A keyword that stands in the text counts by the square of its length, so that a longer, more telling
one wins; a short text that is part of a keyword (暖气 of 暖气不热) counts by its own length.
"""

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedback.complaints.models import Category

SUGGESTED = 4


def plain(text: str) -> str:
    """Small letters and digits without spaces or punctuation."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(letter for letter in folded if letter.isalnum())


def words_of(category: "Category") -> list[str]:
    """Everything that leads to `category`, in both languages; each once."""
    words = f"{category.keywords_zh} {category.keywords_en}".split()
    words += [category.name_zh, category.name_en, category.plain_zh, category.plain_en]
    # Words of two parts are joined by an underscore: burst_pipe.
    return list(dict.fromkeys(filter(None, (plain(word) for word in words))))


def score(text: str, words: Iterable[str]) -> int:
    """How well a `plain` text fits; 0 for not at all."""
    total = 0
    for word in words:
        if word in text:
            total += len(word) ** 2
        elif len(text) > 1 and text in word:
            total += len(text)
    return total


def suggest(
    text: str, categories: "Iterable[Category]", at_most: int = SUGGESTED
) -> "list[Category]":
    """The categories that fit `text`, best first; of equal ones in the order given."""
    asked = plain(text)
    scored = [(score(asked, words_of(category)), category) for category in categories]
    found = sorted((pair for pair in scored if asked and pair[0]), key=lambda pair: -pair[0])
    return [category for _score, category in found[:at_most]]
