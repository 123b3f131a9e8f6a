"""A register file from the upload to the last row: `import_start`, `import_run`, `import_confirm`.

The first run only checks. What it would do is kept row by row; when somebody confirms, a second
run reads the file again, plans against the register as it is by then, and writes all or nothing.
"""

import io
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.common.sheets.files import MAX_BYTES, FileError, count_hint, rows_of
from portal.common.sheets.notes import Note
from portal.places.models import Place, RegisterImport, RegisterImportRow
from portal.places.permissions import can_somewhere, places_with
from portal.places.register.columns import Row, header_read, row_read
from portal.places.register.plan import Plan, plan_make, snapshot_of
from portal.places.register.write import plan_write, register_lock
from portal.places.states import ImportState, RowOutcome

logger = logging.getLogger(__name__)

PROGRESS_ROWS = 1000
_BATCH = 1000
#: A queued import that nobody took up for so long, or a running one that gave no sign, is retried.
QUEUED_FOR = timedelta(seconds=45)
SILENT_FOR = timedelta(minutes=5)
#: Reports are kept so long; the file itself only until it is done with.
KEPT_FOR = timedelta(days=30)

Progress = Callable[[int], None]


def import_start(
    *, by: User | None, filename: str, content: bytes, now: datetime
) -> RegisterImport:
    """Take a file in to be checked. `by` is None on the command line, which may do everything."""
    if by is not None and not can_somewhere(by, Action.REGISTER_EDIT):
        raise PermissionDenied
    if len(content) > MAX_BYTES:
        raise ValidationError(_("The file is larger than 20 MB."))
    return RegisterImport.objects.create(
        created_by=by,
        created_at=now,
        seen_at=now,
        filename=filename[-200:],
        content=content,
        rows_total=count_hint(io.BytesIO(content)),
    )


def import_confirm(*, by: User, register_import: RegisterImport, now: datetime) -> None:
    """Have a checked file written. Raises ValidationError unless it waits for just that."""
    if register_import.created_by_id != by.pk and not by.is_superuser:
        raise PermissionDenied
    confirmed = RegisterImport.objects.filter(
        pk=register_import.pk, state=ImportState.CHECKED
    ).update(state=ImportState.QUEUED, confirmed_at=now, seen_at=now, rows_done=0)
    if not confirmed:
        raise ValidationError(_("This file has been dealt with already."))


def import_run(*, import_id: int, clock: Callable[[], datetime] = timezone.now) -> bool:
    """Check a queued file, or write it when it was confirmed. Returns whether it was taken up.

    Safe to call twice and from two workers: one of them takes it, and what was written is written
    in one transaction with the state that says so.
    """
    taken = RegisterImport.objects.filter(pk=import_id, state=ImportState.QUEUED).update(
        state=ImportState.RUNNING, seen_at=clock()
    )
    if not taken:
        return False
    job = RegisterImport.objects.select_related("created_by").get(pk=import_id)
    try:
        rows = list(_rows(job, clock))
        if job.confirmed_at is None:
            _check(job, rows, clock)
        else:
            _write(job, rows, clock)
    except FileError as error:
        _finish(job, ImportState.FAILED, clock(), problems=[error.note.as_json()])
    except IntegrityError:
        logger.exception("register import %s met a changed register", job.pk)
        note = Note.of("register_changed").as_json()
        _finish(job, ImportState.FAILED, clock(), problems=[note])
    return True


def imports_due(*, now: datetime) -> list[int]:
    """Imports that no worker is at: those whose message was lost, and those whose worker was."""
    left = RegisterImport.objects.left_behind(now - QUEUED_FOR, now - SILENT_FOR)
    due = list(left.values_list("pk", flat=True)[:20])
    RegisterImport.objects.filter(
        pk__in=due, state=ImportState.RUNNING, seen_at__lt=now - SILENT_FOR
    ).update(state=ImportState.QUEUED, seen_at=now)
    return due


def imports_expire(*, now: datetime) -> int:
    """Delete reports that are older than `KEPT_FOR`. Returns how many."""
    old = RegisterImport.objects.filter(created_at__lt=now - KEPT_FOR)
    _total, per_model = old.exclude(state=ImportState.RUNNING).delete()
    return per_model.get(RegisterImport._meta.label, 0)


def _rows(job: RegisterImport, clock: Callable[[], datetime]) -> Iterator[Row]:
    """Every row of the file, read; says in the job how far it is."""
    source = rows_of(job.filename, io.BytesIO(job.content))
    first = next(source, None)
    if first is None:
        raise FileError("file_empty")
    header, notes = header_read(first[1])
    if notes:
        raise FileError(notes[0].code, **dict(notes[0].params))
    count = 0
    for count, (number, cells) in enumerate(source, start=1):
        if count % PROGRESS_ROWS == 0:
            _seen(job, count, clock())
        yield row_read(number, cells, header)
    if not count:
        raise FileError("no_rows")
    job.rows_total = count
    _seen(job, count, clock(), rows_total=count)


def _seen(job: RegisterImport, rows_done: int, now: datetime, **fields: Any) -> None:
    # The number of rows was an estimate: progress never goes past it.
    fields.setdefault("rows_total", max(job.rows_total, rows_done))
    RegisterImport.objects.filter(pk=job.pk).update(rows_done=rows_done, seen_at=now, **fields)


def _plan(job: RegisterImport, rows: list[Row], now: datetime) -> Plan:
    snapshot = snapshot_of(rows)
    may_change = _rights(job.created_by)
    return plan_make(rows, snapshot, today=timezone.localdate(now), may_change=may_change)


def _rights(user: User | None) -> Callable[[Place], bool]:
    """Whether the register of a place is `user`'s to change, asked once for all rows."""
    if user is None:
        return lambda place: True
    paths = tuple(
        places_with(user, Action.REGISTER_EDIT)
        .filter(staff_assignments__user=user)
        .values_list("path", flat=True)
    )
    return lambda place: user.is_superuser or place.path.startswith(paths)


def _check(job: RegisterImport, rows: list[Row], clock: Callable[[], datetime]) -> None:
    plan = _plan(job, rows, clock())
    with transaction.atomic():
        _report(job, plan)
        state = ImportState.REFUSED if plan.is_refused else ImportState.CHECKED
        _finish(job, state, clock(), plan=plan)


def _write(job: RegisterImport, rows: list[Row], clock: Callable[[], datetime]) -> None:
    now = clock()
    today = timezone.localdate(now)
    with transaction.atomic():
        register_lock()
        snapshot = snapshot_of(rows)
        plan = plan_make(rows, snapshot, today=today, may_change=_rights(job.created_by))
        if not plan.is_refused:
            plan_write(plan, snapshot, today=today)
        # In the transaction of the rows: written and said so are one.
        state = ImportState.REFUSED if plan.is_refused else ImportState.IMPORTED
        _finish(job, state, now, plan=plan)
    with transaction.atomic():
        _report(job, plan)


def _report(job: RegisterImport, plan: Plan) -> None:
    RegisterImportRow.objects.filter(register_import=job).delete()
    RegisterImportRow.objects.bulk_create(
        [
            RegisterImportRow(
                register_import=job,
                number=outcome.number,
                outcome=outcome.kind,
                subject=outcome.subject[:200],
                notes=[note.as_json() for note in outcome.notes],
            )
            for outcome in plan.outcomes
            if outcome.kind != RowOutcome.SAME
        ],
        batch_size=_BATCH,
    )


def _finish(
    job: RegisterImport,
    state: ImportState,
    now: datetime,
    *,
    plan: Plan | None = None,
    problems: list[dict[str, Any]] | None = None,
) -> None:
    counts = plan.counts if plan else {}
    fields: dict[str, Any] = {
        "state": state,
        "seen_at": now,
        "finished_at": now,
        "problems": problems or [],
        "rows_added": counts.get(RowOutcome.ADD, 0),
        "rows_changed": counts.get(RowOutcome.CHANGE, 0),
        "rows_same": counts.get(RowOutcome.SAME, 0),
        "rows_refused": counts.get(RowOutcome.REFUSE, 0),
    }
    if state != ImportState.CHECKED:
        fields["content"] = b""
    RegisterImport.objects.filter(pk=job.pk).update(**fields)


def import_fail(*, import_id: int, now: datetime) -> None:
    """Give up on a run that ended in a way nobody foresaw; nothing of it was written."""
    RegisterImport.objects.filter(pk=import_id, state=ImportState.RUNNING).update(
        state=ImportState.FAILED,
        seen_at=now,
        finished_at=now,
        content=b"",
        problems=[Note.of("unforeseen").as_json()],
    )
