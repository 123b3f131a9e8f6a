"""An export from being asked for to its expiry. The row is the log and is never deleted."""

import hashlib
import logging
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import IO, Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from feedback.indicators.making import Made, MakeError, make
from feedback.indicators.models import Export, ExportDownload
from feedback.indicators.models.exports import (
    EXPORTS_UNDER_WAY,
    ExportKind,
    ExportState,
    Paper,
)
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.common.generation import generation_bump
from portal.messages.links import site_url
from portal.messages.services import delivery_queue
from portal.messages.states import Channel
from portal.places.models import Place
from portal.places.permissions import can, require

logger = logging.getLogger(__name__)

#: A queued export nobody took up for so long, or a running one that gave no sign, is retried.
QUEUED_FOR = timedelta(seconds=45)
SILENT_FOR = timedelta(minutes=5)
#: A file that has cost so many workers their life would cost the next one, too.
ATTEMPTS = 3
#: Files are kept so long; what is published longer, until the next one is made anyway.
KEPT_FOR = timedelta(days=7)
PUBLISHED_FOR = timedelta(days=400)
FORMATS: dict[str, tuple[str, ...]] = {
    ExportKind.FIGURES: ("csv", "xlsx", "json", "sdmx"),
    ExportKind.BUNDLE: ("zip",),
    ExportKind.PUBLIC_BUNDLE: ("zip",),
    ExportKind.EVIDENCE: ("xlsx",),
    ExportKind.COMPARISON: ("xlsx",),
    ExportKind.FORM: ("xlsx", "docx"),
}


class _Cancelled(Exception):
    pass


def export_request(
    *,
    actor: User,
    place: Place,
    kind: str,
    year: int,
    form: str,
    reason: str,
    now: datetime,
    parameters: dict[str, Any] | None = None,
) -> Export:
    """Note that `actor` wants an export; a worker makes it. `form` is one of FORMATS of `kind`.

    Raises PermissionDenied without the right to export figures of `place`, and ValidationError by
    field.
    """
    require(actor, Action.FIGURES_EXPORT, place)
    if form not in FORMATS.get(kind, ()):
        raise ValidationError({"format": _("There is no such file.")})
    return Export.objects.create(
        requested_by=actor,
        requested_at=now,
        seen_at=now,
        reason=_reason(reason),
        kind=kind,
        place=place,
        year=year,
        format=form,
        parameters=parameters or {},
    )


def export_log(
    *,
    actor: User,
    place: Place,
    kind: str,
    year: int,
    form: str,
    reason: str,
    now: datetime,
    rows: int | None = None,
    content: bytes | None = None,
    file_name: str = "",
    parameters: dict[str, Any] | None = None,
) -> Export:
    """Note an export that is handed out at once. Raises like `export_request`; only a target form
    to be filled in goes to whoever may propose targets, too."""
    is_to_fill_in = (parameters or {}).get("paper") == Paper.TARGETS
    if not (is_to_fill_in and can(actor, Action.TARGET_PROPOSE, place)):
        require(actor, Action.FIGURES_EXPORT, place)
    return Export.objects.create(
        requested_by=actor,
        requested_at=now,
        seen_at=now,
        finished_at=now,
        reason=_reason(reason),
        kind=kind,
        place=place,
        year=year,
        format=form,
        state=ExportState.SENT,
        rows=rows,
        size=None if content is None else len(content),
        sha256="" if content is None else hashlib.sha256(content).hexdigest(),
        file_name=file_name,
        parameters=parameters or {},
    )


def export_counted(*, export_id: int, rows: int) -> None:
    """Note how many rows went out, of an export handed out while it was being made."""
    Export.objects.filter(pk=export_id, state=ExportState.SENT, rows=None).update(rows=rows)


def _reason(text: str) -> str:
    if not text.strip():
        raise ValidationError({"reason": _("Please say why.")})
    return text.strip()


def export_run(*, export_id: int, clock: Callable[[], datetime] = timezone.now) -> bool:
    """Make the file of a queued export. Returns whether it was taken up.

    Safe to call twice and from two workers: one of them takes it. Whoever asked must still have
    the right.
    """
    taken = Export.objects.filter(pk=export_id, state=ExportState.QUEUED).update(
        state=ExportState.RUNNING, seen_at=clock(), done=0, attempts=F("attempts") + 1
    )
    if not taken:
        return False
    job = Export.objects.select_related("requested_by", "place").get(pk=export_id)
    if not can(job.requested_by, Action.FIGURES_EXPORT, job.place):
        problem = gettext_noop("The right to export is gone.")
        export_fail(export_id=export_id, problem=problem, now=clock())
        return True
    try:
        with tempfile.TemporaryFile() as output:
            made = make(job, output, lambda done, total: _seen(job, done, total, clock()))
            _keep(job, made, output, clock())
    except _Cancelled:
        logger.info("export %s was cancelled", job.pk)
    except MakeError as error:
        export_fail(export_id=job.pk, problem=str(error), now=clock())
    return True


def _seen(job: Export, done: int, total: int, now: datetime) -> None:
    """Say how far it is; raises _Cancelled where nobody wants it any more."""
    alive = Export.objects.filter(pk=job.pk, state=ExportState.RUNNING).update(
        done=done, total=max(done, total), seen_at=now
    )
    if not alive:
        raise _Cancelled


def _keep(job: Export, made: Made, output: IO[bytes], now: datetime) -> None:
    """Put the file into private storage and say so; if it was cancelled meanwhile, drop it."""
    output.seek(0)
    digest = hashlib.file_digest(cast(Any, output), "sha256").hexdigest()
    size = output.tell()
    output.seek(0)
    storage = storages["private"]
    name = storage.save(f"exports/{job.pk}-{digest[:16]}", File(output))
    kept = PUBLISHED_FOR if job.kind == ExportKind.PUBLIC_BUNDLE else KEPT_FOR
    try:
        with transaction.atomic():
            updated = Export.objects.filter(pk=job.pk, state=ExportState.RUNNING).update(
                state=ExportState.READY,
                file=name,
                file_name=made.file_name,
                rows=made.rows,
                done=made.rows,
                total=made.rows,
                preview=made.preview,
                size=size,
                sha256=digest,
                finished_at=now,
                seen_at=now,
                expires_at=now + kept,
            )
            if updated:
                _tell(job, now, is_ready=True)
                if job.kind == ExportKind.PUBLIC_BUNDLE:
                    generation_bump()
    except BaseException:
        storage.delete(name)
        raise
    if not updated:
        storage.delete(name)
        raise _Cancelled


def _tell(job: Export, now: datetime, *, is_ready: bool) -> None:
    """By e-mail, where there is an address. It names the export, not what is in it, nor what is
    wrong with it."""
    user = job.requested_by
    if not user.email:
        return
    # A wrong address is no reason to lose the file, or to leave an export under way for ever.
    with suppress(ValidationError), override("zh-hans"):
        path = reverse("figures:export_detail", args=[job.pk])
        if is_ready:
            subject, text = _("Your export is ready"), _("%(what)s is ready: %(link)s")
        else:
            subject = _("Your export could not be made")
            text = _("%(what)s could not be made. Why, and what to do: %(link)s")
        delivery_queue(
            channel=Channel.EMAIL,
            to=user.email,
            subject=subject,
            body=text % {"what": job, "link": site_url(path)},
            dedupe_key=f"export-{job.pk}-{'ready' if is_ready else 'failed'}",
            private=True,
            place=job.place,
            now=now,
        )


@transaction.atomic
def export_fail(*, export_id: int, problem: str, now: datetime) -> None:
    """Note why there is no file, and tell who asked. What is done or cancelled stays as it is."""
    failed = Export.objects.filter(pk=export_id, state__in=EXPORTS_UNDER_WAY).update(
        state=ExportState.FAILED, problem=problem, finished_at=now, seen_at=now
    )
    if failed:
        job = Export.objects.select_related("requested_by", "place").get(pk=export_id)
        _tell(job, now, is_ready=False)


def export_cancel(*, actor: User, export: Export, now: datetime) -> None:
    """Stop an export that is under way; only who asked for it. Raises PermissionDenied, and
    ValidationError where it is too late."""
    if export.requested_by_id != actor.pk and not actor.is_superuser:
        raise PermissionDenied
    stopped = Export.objects.filter(pk=export.pk, state__in=EXPORTS_UNDER_WAY).update(
        state=ExportState.CANCELLED, finished_at=now, seen_at=now
    )
    if not stopped:
        raise ValidationError(_("This export is finished already."))


def export_open(*, actor: User | None, export: Export, now: datetime) -> IO[bytes]:
    """The file, with a note of who fetched it. `actor` None is anyone, for what is public.

    Raises PermissionDenied without the right, ValidationError where there is no file (any more).
    """
    is_public = export.kind == ExportKind.PUBLIC_BUNDLE
    if actor is None and not is_public:
        raise PermissionDenied
    if actor is not None:
        require(actor, Action.FIGURES_EXPORT, export.place)
        if export.requested_by_id != actor.pk and not actor.is_superuser and not is_public:
            # Others may see more, or less, than the one it was made for.
            raise PermissionDenied
    if export.state != ExportState.READY or export.is_past(now):
        raise ValidationError(_("There is no file (any more)."))
    try:
        opened = storages["private"].open(export.file)
    except FileNotFoundError as error:
        raise ValidationError(_("There is no file (any more).")) from error
    ExportDownload.objects.create(export=export, by=actor, at=now)
    return opened


def exports_due(*, now: datetime) -> list[int]:
    """Exports that no worker is at: those whose message was lost, and those whose worker was.

    One whose worker was lost ATTEMPTS times fails, and who asked for it is told.
    """
    left = Export.objects.left_behind(now - QUEUED_FOR, now - SILENT_FOR)
    given_up = left.filter(state=ExportState.RUNNING, attempts__gte=ATTEMPTS)
    for pk in given_up.values_list("pk", flat=True)[:20]:
        problem = gettext_noop(
            "The work broke off several times before the file was done, and is not tried again. "
            "Ask for less at once, or tell the administrator."
        )
        export_fail(export_id=pk, problem=problem, now=now)
    due = list(left.values_list("pk", flat=True)[:20])
    Export.objects.filter(
        pk__in=due, state=ExportState.RUNNING, seen_at__lt=now - SILENT_FOR
    ).update(state=ExportState.QUEUED, seen_at=now)
    return due


def exports_expire(*, now: datetime) -> int:
    """Delete files past their time; the rows stay. How many. Twice is safe."""
    count = 0
    due = Export.objects.filter(state=ExportState.READY, expires_at__lte=now).order_by("pk")
    for pk, name in due.values_list("pk", "file"):
        storages["private"].delete(name)
        count += Export.objects.filter(pk=pk, state=ExportState.READY).update(
            state=ExportState.EXPIRED, file=""
        )
    if count:
        generation_bump()
    return count
