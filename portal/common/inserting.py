"""Rows that belong together, inserted with one statement: what a resident waits for.

On PostgreSQL the statement is a transaction of its own. It is worked out once, prepared by the
server, and may be sent without asking first whether the connection still stands.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connection, connections, transaction
from django.db.models import CharField, Field, Model, TextField

from portal.common.prepared import numbered, raw_cursor

T = TypeVar("T")
#: Rows a statement inserts where they are not copied.
BATCH = 500
#: A query for one row, with %s for its values, and these.
Guard = tuple[str, tuple[Any, ...]]
#: A row, the connection → the value of one of its columns as the driver takes it.
Prepare = Callable[[Model, Any], Any]


def sent_again(work: Callable[[], T]) -> T:
    """What `work` gives; once more on a new connection where the kept one had been cut off.

    Only for work that may be done twice, as storing what has a key. Otherwise Django asks before
    the first query of a request whether the connection stands: a round trip each time.
    """
    if connection.in_atomic_block or connection.connection is None:
        return work()
    own: Any = connections[connection.alias]
    asked, own.health_check_done = own.health_check_done, True
    try:
        return work()
    except (InterfaceError, OperationalError):
        if asked or connection.is_usable():
            raise
        connection.close()
        return work()


def insert_together(
    *rows: Model, first: str = "", savepoint: bool = True, guard: Guard | None = None
) -> bool:
    """Insert new rows, all or none; their signals are not sent, and only the first one is told its
    key. `first` names the foreign key by which later rows mean the first one, where they have it.

    With `guard` (on PostgreSQL only) nothing is inserted where it finds no row; whether it did.

    Raises IntegrityError; with `savepoint` a transaction around it can go on after that.
    """
    if connection.vendor == "postgresql":
        return _insert_as_one(rows, first, savepoint, guard)
    with transaction.atomic(savepoint=savepoint):
        for row in rows:
            if row is not rows[0] and first in _names(type(row)):
                setattr(row, first, rows[0])
            row.save(force_insert=True)
    return True


def insert_many(rows: Sequence[Model]) -> None:
    """Insert new rows of one model: by COPY on PostgreSQL, which takes a third of the work of
    bulk_create. Their signals are not sent, and none is told its key. Raises IntegrityError."""
    if not rows:
        return
    model, own = type(rows[0]), connections[connection.alias]
    if own.vendor != "postgresql":
        model._default_manager.bulk_create(rows, batch_size=BATCH)
        return
    sql, prepares = _copied(model)
    with own.wrap_database_errors, own.cursor() as cursor, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row([prepare(row, own) for prepare in prepares])


@lru_cache(maxsize=32)
def _copied(model: type[Model]) -> tuple[str, list[Prepare]]:
    fields = [
        one for one in model._meta.local_concrete_fields if not (one.primary_key or one.generated)
    ]
    names = ", ".join(_quoted(str(one.column)) for one in fields)
    sql = f"COPY {_quoted(model._meta.db_table)} ({names}) FROM STDIN"
    return sql, [_prepares(one) for one in fields]


def _insert_as_one(rows: Sequence[Model], first: str, savepoint: bool, guard: Guard | None) -> bool:
    asked, given = guard or ("", ())
    statement, columns = _statement(tuple(type(row) for row in rows), first, asked, len(given))
    # The thread's own, looked up once and not for every value.
    own = connections[connection.alias]
    values = [*given]
    values += [
        prepare(row, own) for row, fields in zip(rows, columns, strict=True) for prepare in fields
    ]
    outer = transaction.atomic() if savepoint and own.in_atomic_block else nullcontext()
    with outer, raw_cursor(own) as cursor:
        cursor.execute(statement, values)
        made = cursor.fetchone()
    if made is None:
        return False
    rows[0].pk = made[0]
    rows[0]._state.adding, rows[0]._state.db = False, own.alias
    return True


@lru_cache(maxsize=32)
def _statement(
    models: tuple[type[Model], ...], first: str, guard: str, given: int
) -> tuple[str, list[list[Prepare]]]:
    """(SQL, for each model what prepares the values it takes, in order)."""
    inserts = [f"guard AS ({numbered(guard)})"] if guard else []
    columns: list[list[Prepare]] = []
    place = count(given + 1)
    for number, model in enumerate(models):
        fields = [
            one
            for one in model._meta.local_concrete_fields
            if not (one.primary_key or one.generated)
        ]
        means = {first} & _names(model) if number else set()
        taken = [one for one in fields if one.name not in means]
        names = [*(one.column for one in taken), *(_column(model, name) for name in means)]
        values = [f"${next(place)}" for _one in taken] + ["(SELECT id FROM row0)"] * len(means)
        returning = "" if number else f" RETURNING {_quoted(_key(model))} AS id"
        table, listed = _quoted(model._meta.db_table), ", ".join(_quoted(str(one)) for one in names)
        # Names of our own tables and columns, quoted; values are sent apart.
        given_values = ", ".join(values)
        chosen = f"SELECT {given_values} FROM guard" if guard else f"VALUES ({given_values})"  # noqa: S608
        insert = f"INSERT INTO {table} ({listed}) {chosen}"
        inserts.append(f"row{number} AS ({insert}{returning})")
        columns.append([_prepares(one) for one in taken])
    return f"WITH {', '.join(inserts)} SELECT id FROM row0", columns  # noqa: S608


def _prepares(field: "Field[Any, Any]") -> Prepare:
    """As Django does it, but for text that goes into a column of text just as it is."""
    name = field.attname

    def prepared(row: Model, own: Any) -> Any:
        return field.get_db_prep_save(field.pre_save(row, True), own)

    def text(row: Model, own: Any) -> Any:
        value = row.__dict__.get(name)
        return value if type(value) is str else prepared(row, own)

    return text if type(field) in (CharField, TextField) else prepared


def _names(model: type[Model]) -> set[str]:
    return {field.name for field in model._meta.local_concrete_fields}


def _column(model: type[Model], name: str) -> str:
    column = model._meta.get_field(name).column  # type: ignore[union-attr]
    return str(column)


def _key(model: type[Model]) -> str:
    key = model._meta.pk
    assert key is not None
    return str(key.column)


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))
