"""A search query with its texts cut into words, as the index holds them."""

from collections.abc import Callable
from typing import Any

from modelsearch.query import MATCH_ALL, And, Boost, Not, Or, Phrase, PlainText

from portal.common.search.asking import Group, meant
from portal.common.search.words import phrase_text, query_text

NOTHING = Not(MATCH_ALL)


def segmented(query: Any) -> Any:
    """`query` with every text cut; what has no letter in it finds nothing, and never an error."""
    found = _segmented(query, _cut)
    return NOTHING if found is None else found


def understood(query: Any) -> Any:
    """`query` with every text cut into what it means, synonyms included (asking.py)."""
    found = _segmented(query, _meant)
    return NOTHING if found is None else found


def _cut(query: PlainText) -> Any | None:
    text = query_text(query.query_string)
    return PlainText(text, operator=query.operator, boost=query.boost) if text else None


def _meant(query: PlainText) -> Any | None:
    groups = [_any_of(group) for group in meant(query.query_string)]
    if len(groups) < 2:
        return groups[0] if groups else None
    return And(groups) if query.operator == "and" else Or(groups)


def _any_of(words: Group) -> Any:
    found = [PlainText(query_text(word), operator="and") for word in words]
    return Or(found) if len(found) > 1 else found[0]


def _segmented(query: Any, cut: Callable[[PlainText], Any | None]) -> Any | None:
    if isinstance(query, PlainText):
        return cut(query)
    if isinstance(query, Phrase):
        text = phrase_text(query.query_string)
        return Phrase(text) if text else None
    if isinstance(query, And | Or):
        parts = [
            part for part in (_segmented(one, cut) for one in query.subqueries) if part is not None
        ]
        return type(query)(parts) if parts else None
    if isinstance(query, Not | Boost):
        inner = _segmented(query.subquery, cut)
        if inner is None:
            return None
        return Not(inner) if isinstance(query, Not) else Boost(inner, query.boost)
    return query
