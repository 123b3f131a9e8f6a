"""A search query with its texts cut into words, as the index holds them."""

from typing import Any

from modelsearch.query import MATCH_ALL, And, Boost, Not, Or, Phrase, PlainText

from portal.common.search.words import phrase_text, query_text

NOTHING = Not(MATCH_ALL)


def segmented(query: Any) -> Any:
    """`query` with every text cut; what has no letter in it finds nothing, and never an error."""
    found = _segmented(query)
    return NOTHING if found is None else found


def _segmented(query: Any) -> Any | None:
    if isinstance(query, PlainText):
        text = query_text(query.query_string)
        return PlainText(text, operator=query.operator, boost=query.boost) if text else None
    if isinstance(query, Phrase):
        text = phrase_text(query.query_string)
        return Phrase(text) if text else None
    if isinstance(query, And | Or):
        parts = [part for part in map(_segmented, query.subqueries) if part is not None]
        return type(query)(parts) if parts else None
    if isinstance(query, Not | Boost):
        inner = _segmented(query.subquery)
        if inner is None:
            return None
        return Not(inner) if isinstance(query, Not) else Boost(inner, query.boost)
    return query
