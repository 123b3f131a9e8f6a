"""A case with the first line of its log and the mark for its figures: all three or none."""

from contextlib import nullcontext
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from django.db.models.expressions import RawSQL
from django.db.models.sql import InsertQuery

from feedback.complaints.models import Complaint, ComplaintEvent
from portal.places.models import StaleMark

_TOGETHER = "WITH filed AS ({} RETURNING id), logged AS ({}), marked AS ({}) SELECT id FROM filed"


def filing_insert(complaint: Complaint, event: ComplaintEvent, mark: StaleMark) -> None:
    """Insert three new rows, `event` being the one of `complaint`; their signals are not sent.

    On PostgreSQL it is one statement, which is a transaction of its own: filing waits for the
    database once, not five times. Raises IntegrityError.
    """
    if connection.vendor != "postgresql":
        with transaction.atomic():
            complaint.save(force_insert=True)
            event.complaint = complaint
            event.save(force_insert=True)
            mark.save(force_insert=True)
        return
    event.complaint_id = RawSQL("(SELECT id FROM filed)", ())  # type: ignore[assignment]
    inserts = [_insert(row) for row in (complaint, event, mark)]
    statement = _TOGETHER.format(*(sql for sql, _params in inserts))
    outer = transaction.atomic() if connection.in_atomic_block else nullcontext()
    with outer, connection.cursor() as cursor:
        cursor.execute(statement, [param for _sql, params in inserts for param in params])
        complaint.pk = cursor.fetchone()[0]
    complaint._state.adding, complaint._state.db = False, connection.alias


def _insert(row: Model) -> tuple[str, tuple[Any, ...]]:
    """The statement Django would insert `row` with, and its parameters."""
    fields = row._meta.local_concrete_fields
    query = InsertQuery(type(row))
    query.insert_values([one for one in fields if not (one.primary_key or one.generated)], [row])
    statements: list[tuple[str, tuple[Any, ...]]] = query.get_compiler(
        connection=connection
    ).as_sql()
    return statements[0]
