"""A ledger file from the upload to the last row: start, map, check, confirm, write.

The first run only checks and says row by row what it would do. Confirmed, a second run reads the
file again and writes what is new, a batch at a time in short transactions. Each batch moves
`rows_done` in its own transaction: a run that is killed goes on behind its last batch, and a
second worker finds the rows written already. Rows that can't be taken in stay out and are listed.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.complaints.ledger_columns import (
    BY_FIELD,
    Line,
    columns_guess,
    columns_missing,
    header_at,
    header_titles,
    line_read,
    sentence,
)
from feedback.complaints.models import LedgerImport, LedgerImportRow, LedgerSource
from feedback.complaints.services.ledger import LedgerRow, identity, rows_write, same_case
from feedback.complaints.services.ledger_changes import (
    cases_by_number,
    change_of,
    known_cases,
    rows_change,
)
from feedback.complaints.services.lines import Meaning, Reader, notes_json, refused
from feedback.complaints.states import (
    LEDGER_CHECKABLE,
    LEDGER_STOPPABLE,
    LEDGER_UNDER_WAY,
    Channel,
    LedgerState,
    LineOutcome,
)
from portal.accounts.roles import Action
from portal.common.keys import current_key, keyed_digest
from portal.common.sheets.files import FileError, count_hint, rows_of
from portal.common.sheets.notes import Note
from portal.places.models import Place
from portal.places.permissions import places_with, require

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = logging.getLogger(__name__)

BATCH = 500
#: Rows that aren't blank, down to the column names.
HEADER_WITHIN = 10
MAX_ROWS = 500_000
MAX_BYTES = 200 * 1024 * 1024
MAX_UNKNOWN = 200
QUEUED_FOR = timedelta(seconds=45)
SILENT_FOR = timedelta(minutes=5)
KEPT_FOR = timedelta(days=30)


class Stopped(Exception):
    """Somebody stopped the import, or another worker has it."""


def source_create(*, by: "User", name: str, place: Place, channel: str) -> LedgerSource:
    require(by, Action.COMPLAINT_HANDLE, place)
    if not name.strip():
        raise ValidationError({"name": _("Please write something here.")})
    if LedgerSource.objects.filter(name=name.strip()).exists():
        raise ValidationError({"name": _("There is a ledger of this name already.")})
    return LedgerSource.objects.create(name=name.strip(), place=place, channel=Channel(channel))


def import_start(
    *, by: "User | None", source: LedgerSource, filename: str, file: File[bytes], now: datetime
) -> LedgerImport:
    """Take a file in and propose what its columns are. `by` None: a command, which may do all.

    Raises ValidationError where it can't be read at all.
    """
    if by is not None:
        require(by, Action.COMPLAINT_HANDLE, source.place)
    try:
        rows = rows_of(filename, file, max_rows=MAX_ROWS, max_bytes=MAX_BYTES)
        first = [cells for _number, cells in islice(rows, HEADER_WITHIN)]
        del rows  # lets go of the file
    except FileError as error:
        raise ValidationError({"file": sentence(error.note.as_json())}) from error
    if not first:
        raise ValidationError({"file": sentence({"code": "file_empty"})})
    job = LedgerImport(
        source=source,
        created_by=by,
        created_at=now,
        seen_at=now,
        filename=filename[-200:],
        headers=header_titles(first[header_at(first, source.columns)]),
        rows_total=max(0, count_hint(file, max_rows=MAX_ROWS) - 1),
    )
    file.seek(0)
    suffix = filename.lower().rpartition(".")[2]
    job.file.save(f"ledger.{suffix}", file, save=False)
    job.save(force_insert=True)
    return job


def import_columns(job: LedgerImport) -> dict[str, str]:
    """Field → header, as the source knows it or as the headers suggest."""
    return columns_guess(job.headers, job.source.columns)


def import_check(
    *,
    by: "User | None",
    job: LedgerImport,
    columns: dict[str, str],
    words: dict[str, dict[str, str]] | None = None,
    now: datetime,
) -> None:
    """Keep with the source what its columns (and new words) are, and have the file checked.

    Raises ValidationError for a column that is missing or stands for two things, and where the
    file is past checking.
    """
    _require_own(by, job)
    columns = {name: title for name, title in columns.items() if title and name in BY_FIELD}
    missing = columns_missing(columns)
    if missing:
        raise ValidationError({column.field: _("Please choose a column.") for column in missing})
    twice = [name for name, title in columns.items() if list(columns.values()).count(title) > 1]
    if twice:
        raise ValidationError({name: _("This column is chosen twice.") for name in twice})
    with transaction.atomic():
        source = LedgerSource.objects.select_for_update().get(pk=job.source_id)
        before, source.columns = source.meaning, columns
        for kind, meanings in (words or {}).items():
            source.words[kind] = {**source.words.get(kind, {}), **meanings}
        if source.meaning != before:
            _refuse_while_written(source)
            source.save(update_fields=["columns", "words"])
        taken = LedgerImport.objects.filter(pk=job.pk, state__in=LEDGER_CHECKABLE).update(
            state=LedgerState.QUEUED, seen_at=now, **_BEGINNING
        )
        if not taken:
            raise ValidationError(_("This file has been dealt with already."))


def _refuse_while_written(source: LedgerSource) -> None:
    """A file that was confirmed is written as it was checked, also by a second worker."""
    written = source.imports.filter(confirmed_at__isnull=False, state__in=LEDGER_UNDER_WAY)
    if written.exists():
        raise ValidationError(
            _("A file of this ledger is just being taken in. Please try again in a few minutes.")
        )


def import_confirm(
    *, by: "User | None", job: LedgerImport, now: datetime, seen: str | None = None
) -> None:
    """Have a checked file written. `seen` is the `checked_meaning` of the preview that somebody
    looked at; None: a command. Raises ValidationError unless the file waits for just that, and
    where columns or words have got another meaning since."""
    _require_own(by, job)
    with transaction.atomic():
        source = LedgerSource.objects.select_for_update().get(pk=job.source_id)
        row = LedgerImport.objects.select_for_update(of=("self",)).get(pk=job.pk)
        if row.state != LedgerState.CHECKED:
            raise ValidationError(_("This file has been dealt with already."))
        if row.checked_meaning != source.meaning or seen not in {None, row.checked_meaning}:
            raise ValidationError(
                _("What columns or words mean has changed since. Please look at the check again.")
            )
        LedgerImport.objects.filter(pk=job.pk).update(
            state=LedgerState.QUEUED, confirmed_at=now, seen_at=now, **_BEGINNING
        )


def import_stop(*, by: "User", job: LedgerImport, now: datetime) -> None:
    """Stop it, also while it runs. What was written by then stays; the file is deleted."""
    _require_own(by, job)
    stopped = LedgerImport.objects.filter(pk=job.pk, state__in=LEDGER_STOPPABLE).update(
        state=LedgerState.STOPPED, seen_at=now, finished_at=now
    )
    if not stopped:
        raise ValidationError(_("This file has been dealt with already."))
    _file_delete(job)


#: What a run begins with.
_BEGINNING: dict[str, Any] = {
    "rows_done": 0,
    "rows_added": 0,
    "rows_changed": 0,
    "rows_known": 0,
    "rows_refused": 0,
    "unknown_words": {},
    "problems": [],
}


def import_run(*, import_id: int, clock: Callable[[], datetime] = timezone.now) -> bool:
    """Check a queued file, or write it when it was confirmed. Returns whether it was taken up.

    Safe to call twice and from two workers: one of them takes it.
    """
    taken = LedgerImport.objects.filter(pk=import_id, state=LedgerState.QUEUED).update(
        state=LedgerState.RUNNING, seen_at=clock()
    )
    if not taken:
        return False
    job = LedgerImport.objects.select_related("source__place", "created_by").get(pk=import_id)
    try:
        _run(job, clock)
    except Stopped:
        logger.info("ledger import %s was stopped", job.pk)
    except FileError as error:
        import_fail(import_id=job.pk, now=clock(), note=error.note)
    return True


def _run(job: LedgerImport, clock: Callable[[], datetime]) -> None:
    if not job.rows_done:
        LedgerImportRow.objects.filter(ledger_import=job).delete()
    reader = Reader(job.source, _may_enter(job.created_by), clock())
    writes = job.confirmed_at is not None
    with job.file.open("rb") as file:
        lines = _lines(job, file)
        while batch := list(islice(lines, BATCH)):
            _take(job, reader.read(batch), writes=writes, now=clock())
    if not job.rows_done:
        raise FileError("no_rows")
    state = LedgerState.IMPORTED if writes else LedgerState.CHECKED
    # What this run read, and not what may stand there by now.
    meaning = {} if writes else {"checked_meaning": job.source.meaning}
    _move(job, state=state, finished_at=clock(), rows_total=_count(job), **meaning)
    if writes:
        _file_delete(job)


def _lines(job: LedgerImport, file: Any) -> Iterator[Line]:
    """The lines behind `rows_done`, read one by one."""
    rows = rows_of(job.filename, file, max_rows=MAX_ROWS, max_bytes=MAX_BYTES)
    first = list(islice(rows, HEADER_WITHIN))
    if not first:
        raise FileError("file_empty")
    # What stands above the column names is no row of the ledger.
    heads = [header_titles(cells) for _number, cells in first]
    titles = job.headers if job.headers in heads else heads[0]
    rows = chain(first[heads.index(titles) + 1 :], rows)
    positions = {
        name: titles.index(title)
        for name, title in job.source.columns.items()
        if title in titles and name in BY_FIELD
    }
    for column in columns_missing({name: titles[at] for name, at in positions.items()}):
        raise FileError("header_missing", column=job.source.columns.get(column.field, column.label))
    for number, cells in rows:
        if number > job.rows_done:
            yield line_read(number, cells, positions)


def _take(job: LedgerImport, meanings: Sequence[Meaning], *, writes: bool, now: datetime) -> None:
    """Write a batch, its report and how far the job is: one transaction."""
    with transaction.atomic():
        meanings = _without_known(job, meanings)
        if writes:
            rows_write([m.row for m in meanings if m.outcome == LineOutcome.ADD and m.row])
            gone_on = [m.row for m in meanings if m.outcome == LineOutcome.CHANGE and m.row]
            rows_change(gone_on, now=now)
        LedgerImportRow.objects.bulk_create(
            LedgerImportRow(
                ledger_import=job,
                number=meaning.line.number,
                outcome=meaning.outcome,
                source_number=meaning.line.source_number,
                digest=_digest(meaning.row) if meaning.row else "",
                notes=notes_json(meaning),
            )
            for meaning in meanings
        )
        outcomes = [meaning.outcome for meaning in meanings]
        job.rows_done = meanings[-1].line.number
        job.rows_added += outcomes.count(LineOutcome.ADD)
        job.rows_changed += outcomes.count(LineOutcome.CHANGE)
        job.rows_known += outcomes.count(LineOutcome.SAME)
        job.rows_refused += outcomes.count(LineOutcome.REFUSE)
        for kind, words in refused(meanings).items():
            counts = job.unknown_words.setdefault(kind, {})
            for word, count in words.items():
                if word in counts or len(counts) < MAX_UNKNOWN:
                    counts[word] = counts.get(word, 0) + count
        _move(
            job,
            seen_at=now,
            rows_done=job.rows_done,
            rows_total=max(job.rows_total, job.rows_done - 1),
            rows_added=job.rows_added,
            rows_changed=job.rows_changed,
            rows_known=job.rows_known,
            rows_refused=job.rows_refused,
            unknown_words=job.unknown_words,
        )


def _without_known(job: LedgerImport, meanings: Sequence[Meaning]) -> list[Meaning]:
    """Numbers that stood further up in this file are the same row again; those that are stored are
    it, too, or let their case go on."""
    numbers = {m.line.source_number for m in meanings if m.outcome == LineOutcome.ADD}
    stored = cases_by_number(known_cases(job.source.channel, numbers))
    #: Number → what the first row of the file with it told.
    earlier = dict(
        job.rows.filter(
            source_number__in=numbers, outcome__in=[LineOutcome.ADD, LineOutcome.CHANGE]
        ).values_list("source_number", "digest")
    )
    found = []
    for meaning in meanings:
        number, row = meaning.line.source_number, meaning.row
        if meaning.outcome == LineOutcome.ADD and row is not None:
            case = same_case(row, stored.get(number, []))
            digest = _digest(row)
            if number in earlier:
                is_same = earlier[number] == digest
                note = Note.of("twice_in_file" if is_same else "number_of_another")
                outcome = LineOutcome.SAME if is_same else LineOutcome.REFUSE
                meaning = Meaning(meaning.line, outcome, notes=(note,))
            elif case is not None:
                outcome, note = change_of(case, row)
                meaning = Meaning(meaning.line, outcome, row, (note,))
            earlier.setdefault(number, digest)
        found.append(meaning)
    return found


def _digest(row: LedgerRow) -> str:
    """What a row tells apart from others, without anything of its text."""
    told = "\n".join(map(str, identity(row)))
    return keyed_digest(current_key("BLIND_INDEX_KEY")[1], "ledger-row", told).hex()


def _move(job: LedgerImport, **fields: Any) -> None:
    """Keep how far the run is. Raises Stopped where it is not running any more."""
    if not LedgerImport.objects.filter(pk=job.pk, state=LedgerState.RUNNING).update(**fields):
        raise Stopped


def _count(job: LedgerImport) -> int:
    return job.rows.count()


def _may_enter(user: "User | None") -> Callable[[Place], bool]:
    """Whether cases of a place are `user`'s to enter, asked once for all rows."""
    if user is None or user.is_superuser:
        return lambda place: True
    allowed = set(places_with(user, Action.COMPLAINT_HANDLE).values_list("pk", flat=True))
    return lambda place: place.pk in allowed


def _require_own(by: "User | None", job: LedgerImport) -> None:
    if by is not None and job.created_by_id != by.pk and not by.is_superuser:
        raise PermissionDenied


def imports_due(*, now: datetime) -> list[int]:
    """Imports that no worker is at: those whose message was lost, and those whose worker was."""
    left = LedgerImport.objects.left_behind(now - QUEUED_FOR, now - SILENT_FOR)
    due = list(left.values_list("pk", flat=True)[:20])
    LedgerImport.objects.filter(
        pk__in=due, state=LedgerState.RUNNING, seen_at__lt=now - SILENT_FOR
    ).update(state=LedgerState.QUEUED, seen_at=now)
    return due


def imports_expire(*, now: datetime) -> int:
    """Delete reports (and files never confirmed) older than `KEPT_FOR`. Returns how many."""
    old = LedgerImport.objects.filter(created_at__lt=now - KEPT_FOR)
    jobs = list(old.exclude(state=LedgerState.RUNNING).order_by("pk"))
    for job in jobs:
        _file_delete(job)
        job.delete()
    return len(jobs)


def import_fail(*, import_id: int, now: datetime, note: Note | None = None) -> None:
    """Give up on a run; what its earlier batches wrote stays and is listed."""
    note = note or Note.of("unforeseen")
    LedgerImport.objects.filter(pk=import_id, state=LedgerState.RUNNING).update(
        state=LedgerState.FAILED, seen_at=now, finished_at=now, problems=[note.as_json()]
    )


def _file_delete(job: LedgerImport) -> None:
    """It holds what people said: it goes as soon as it is not needed."""
    if job.file and job.file.name:
        with suppress(OSError):
            job.file.storage.delete(job.file.name)
