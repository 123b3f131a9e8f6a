"""Statements that are worked out once and kept by the server: what every answer asks.

Django puts the values of a query into its text, so PostgreSQL plans it anew each time. Here they
are sent apart. Elsewhere than on PostgreSQL everything goes Django's own way.
"""

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import count
from typing import Any, Generic, TypeVar

from django.db import connection, connections
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)
_PLACE = re.compile(r"%s")


def raw_cursor(own: Any) -> Any:
    """A cursor of the connection `own` (not a proxy) whose values the server puts in, written $1,
    $2. Queries are counted and logged as those of others."""
    # Only where PostgreSQL is.
    from psycopg import RawCursor

    own.close_if_health_check_failed()
    own.ensure_connection()
    with own.wrap_database_errors:
        cursor = RawCursor(own.connection)
    return own.make_debug_cursor(cursor) if own.queries_logged else own.make_cursor(cursor)


def numbered(sql: str, first: int = 1) -> str:
    """`sql` with $1, $2 … from `first` on in place of %s. It has no % in it besides."""
    place = count(first)
    return _PLACE.sub(lambda _match: f"${next(place)}", sql)


class Prepared(Generic[M]):
    """One row, by values that go where `make(*values)` puts them: plain comparisons only.

    The values of `sample` differ from each other and from what stands in the query besides.
    """

    def __init__(self, make: Callable[..., QuerySet[M]], *sample: Any) -> None:
        self.make, self.sample = make, sample

    def first(self, *values: Any) -> M | None:
        if connection.vendor != "postgresql":
            return self.make(*values).first()
        own: Any = connections[connection.alias]
        sql, places, model, start, names, related, converters, extra = self._worked_out
        with raw_cursor(own) as cursor:
            cursor.execute(sql, [values[place] if known else place for known, place in places])
            row = cursor.fetchone()
        if row is None:
            return None
        if converters:
            row = list(row)
        for place, (steps, expression) in converters.items():
            for step in steps:
                row[place] = step(row[place], expression, own)
        found: M = model.from_db(own.alias, names, row[start : start + len(names)])
        for populator in related:
            populator.populate(row, found)
        for name, place in extra.items():
            setattr(found, name, row[place])
        return found

    @cached_property
    def _worked_out(self) -> tuple[Any, ...]:
        """As Django's ModelIterable does for each query."""
        compiler = self.make(*self.sample).query.get_compiler(connection.alias)
        sql, params = compiler.as_sql()
        # What as_sql found out; as_sql has filled both.
        select: Sequence[Any] = compiler.select or ()
        about: dict[str, Any] = compiler.klass_info or {}
        fields = about["select_fields"]
        names = [select[i][0].target.attname for i in fields]
        # The stubs are of a later Django, which takes one argument more.
        related = get_related_populators(about, select, connection.alias)  # type: ignore[call-arg]
        converters = compiler.get_converters([one[0] for one in select])
        extra = compiler.annotation_col_map or {}
        places = self._places(params)
        return numbered(sql), places, about["model"], fields[0], names, related, converters, extra

    def _places(self, params: Sequence[Any]) -> list[tuple[bool, Any]]:
        """For each place in the query (True, which value) or (False, what always stands there)."""
        places: list[tuple[bool, Any]] = []
        for param in params:
            # Django may have wrapped a number for the driver (Int4, an int).
            same = [
                i
                for i, value in enumerate(self.sample)
                if isinstance(param, type(value)) and value == param
            ]
            places.append((True, same[0]) if same else (False, param))
        if sorted(place for known, place in places if known) != list(range(len(self.sample))):
            raise ValueError("The values do not go into the query as they are")
        return places
