"""The search backend that WAGTAILSEARCH_BACKENDS names: Wagtail's own, with Chinese cut into words.

Only what goes into the index and what is asked of it changes; ranking, filters and storage stay
the database backend's. The class fits the database in use, so both live in one factory.
"""

from functools import cache
from typing import Any

from django.db import connection

from portal.common.search.indexing import SegmentedObject
from portal.common.search.queries import segmented, understood


def SearchBackend(params: dict[str, Any]) -> Any:
    """Returns the backend for the default database: SQLite's or PostgreSQL's full-text search."""
    if connection.vendor == "postgresql":
        # No stemming: it would depend on the server's default language, and spoils Chinese words.
        return _postgres()({"SEARCH_CONFIG": "simple", **params})
    if connection.vendor == "sqlite":
        from modelsearch.backends.database.sqlite.utils import fts5_available, fts_table_exists

        if fts5_available() and fts_table_exists():
            return _sqlite()(params)
    from modelsearch.backends.database import SearchBackend as plain

    return plain(params)


class _SegmentingIndex:
    def add_items(self, model: Any, objs: Any) -> None:
        super().add_items(model, [SegmentedObject(obj) for obj in objs])  # type: ignore[misc]


class _UnderstandingCompiler:
    query: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.query = understood(self.query)


class _SegmentingCompiler:
    """For search boxes that answer while somebody types: the beginnings of words, as they are."""

    query: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.query = segmented(self.query)


@cache
def _sqlite() -> Any:
    from modelsearch.backends.database.sqlite import sqlite

    class Index(_SegmentingIndex, sqlite.SQLiteIndex):
        pass

    class Compiler(_UnderstandingCompiler, sqlite.SQLiteSearchQueryCompiler):
        pass

    class AutocompleteCompiler(_SegmentingCompiler, sqlite.SQLiteAutocompleteQueryCompiler):
        pass

    class Backend(sqlite.SQLiteSearchBackend):
        index_class = Index
        query_compiler_class = Compiler
        autocomplete_query_compiler_class = AutocompleteCompiler

    return Backend


@cache
def _postgres() -> Any:
    from django.db.models import F
    from modelsearch.backends.database.postgres import postgres

    class Index(_SegmentingIndex, postgres.PostgresIndex):
        pass

    class Compiler(_UnderstandingCompiler, postgres.PostgresSearchQueryCompiler):
        def get_fields_vectors(self, search_query: Any) -> Any:
            # A search in named fields would read the columns, where the text is not cut.
            if list(self.fields) == ["title"]:
                return [(F("index_entries__title"), F("index_entries__title_norm"))]
            return self.get_index_vectors(search_query)

    class AutocompleteCompiler(_SegmentingCompiler, postgres.PostgresAutocompleteQueryCompiler):
        def get_fields_vectors(self, search_query: Any) -> Any:
            return self.get_index_vectors(search_query)

    class Backend(postgres.PostgresSearchBackend):
        index_class = Index
        query_compiler_class = Compiler
        autocomplete_query_compiler_class = AutocompleteCompiler

    return Backend
