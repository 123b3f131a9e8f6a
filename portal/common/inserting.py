"""Rows that belong together, inserted with one statement: what a resident waits for.

On PostgreSQL the statement is a transaction of its own. It is worked out once, prepared by the
server, and may be sent without asking first whether the connection still stands.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connection, connections, transaction
from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    Field,
    ForeignKey,
    IntegerField,
    Model,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    TextField,
)

from portal.common.prepared import numbered, raw_cursor

T = TypeVar("T")
#: Rows a statement inserts where they are not copied.
BATCH = 500
#: A query for one row, with %s for its values, and these.
Guard = tuple[str, tuple[Any, ...]]
#: A row, the connection → the value of one of its columns as the driver takes it.
Prepare = Callable[[Model, Any], Any]
#: The same of the value.
Adapt = Callable[[Any, Any], Any]


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda value: type(value) is kind


#: What Django hands to PostgreSQL's driver unchanged: kind of field → whether a value is such.
AS_IT_IS: dict[type[Any], Callable[[Any], bool]] = {
    **dict.fromkeys((CharField, TextField), lambda value: isinstance(value, str)),
    **dict.fromkeys((IntegerField, PositiveIntegerField, PositiveSmallIntegerField), _is(int)),
    BooleanField: _is(bool),
    DateField: _is(date),
    DateTimeField: lambda value: type(value) is datetime and value.tzinfo is not None,
    DecimalField: lambda value: type(value) is Decimal and value.is_finite(),
    ForeignKey: _is(int),
}


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


def insert_many(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert new rows of `model`, each its values by `attname` ("place_id"), all of them but the
    primary key: by COPY on PostgreSQL, which takes a fifth of the work of bulk_create. No signals
    are sent. Raises IntegrityError, and KeyError where a value is missing."""
    own = connections[connection.alias]
    if not rows:
        return
    fields = _inserted(model)
    if own.vendor != "postgresql":
        made = (model(**{one.attname: row[one.attname] for one in fields}) for row in rows)
        model._default_manager.bulk_create(made, batch_size=BATCH)
        return
    sql, adapts = _copied(model)
    with own.wrap_database_errors, own.cursor() as cursor, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row([adapt(row[name], own) for name, adapt in adapts])


@lru_cache(maxsize=32)
def _copied(model: type[Model]) -> tuple[str, list[tuple[str, Adapt]]]:
    fields = _inserted(model)
    names = ", ".join(_quoted(str(one.column)) for one in fields)
    sql = f"COPY {_quoted(model._meta.db_table)} ({names}) FROM STDIN"
    return sql, [(one.attname, _adapts(one)) for one in fields]


def _inserted(model: type[Model]) -> "list[Field[Any, Any]]":
    return [
        one for one in model._meta.local_concrete_fields if not (one.primary_key or one.generated)
    ]


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
        fields = _inserted(model)
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
    name, adapt = field.attname, _adapts(field)
    if _sets_itself(field) or type(field) not in AS_IT_IS:
        return lambda row, own: adapt(field.pre_save(row, True), own)
    return lambda row, own: adapt(getattr(row, name), own)


def _adapts(field: "Field[Any, Any]") -> Adapt:
    """As Django does it, but for what the driver takes just as it is."""
    general, is_taken = field.get_db_prep_save, AS_IT_IS.get(type(field))
    if is_taken is None:
        return general
    return lambda value, own: value if value is None or is_taken(value) else general(value, own)


def _sets_itself(field: "Field[Any, Any]") -> bool:
    return bool(getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False))


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
