"""Making the file of an export, whatever its kind."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from feedback.indicators import compared, evidence, exports, rapid, sdmx
from feedback.indicators.bundle.writing import BundleError, bundle_write
from feedback.indicators.models import Export
from feedback.indicators.models.exports import ExportKind
from feedback.indicators.papers import PaperProblem, paper_write
from feedback.indicators.services.sweeping import sweep
from portal.accounts.roles import Action
from portal.places.permissions import can

#: So many rows between two signs of life.
STEP = 2000
Progress = Callable[[int, int], None]


class MakeError(Exception):
    """Why there is no file, in words for the one who asked for it: in the source's, which the page
    translates, or already in theirs where something is filled in."""


@dataclass(frozen=True)
class Made:
    file_name: str
    rows: int
    preview: dict[str, Any] = field(default_factory=dict)


def make(job: Export, output: IO[bytes], progress: Progress) -> Made:
    """Write the file of `job` to `output`. Raises MakeError; `progress` gets (done, total)."""
    if job.kind == ExportKind.FIGURES:
        return _figures(job, output, progress)
    if job.kind == ExportKind.EVIDENCE:
        rows = evidence.index_rows(job.place, job.year, with_running=_sees_running(job))
        count = evidence.xlsx_write(_counted(rows, 0, progress), output)
        return Made(_name("evidence", job, "xlsx"), count)
    if job.kind == ExportKind.COMPARISON:
        return _comparison(job, output, progress)
    if job.kind == ExportKind.FORM:
        progress(0, 1)
        try:
            return Made(*paper_write(job, output))
        except PaperProblem as error:
            raise MakeError(str(error)) from error
    public = job.kind == ExportKind.PUBLIC_BUNDLE
    # A sum whose parts were corrected a moment ago must not be torn.
    sweep(timezone.now())
    try:
        count = bundle_write(
            job.place,
            job.year,
            output,
            now=timezone.now(),
            public=public,
            progress=lambda done: progress(done, 2 * done),
        )
    except BundleError as error:
        text = _("Some figures could not be recomputed, so no bundle was written: %(problems)s")
        raise MakeError(text % {"problems": str(error)[:1000]}) from error
    return Made(_name("public-evidence" if public else "evidence-bundle", job, "zip"), count)


def _figures(job: Export, output: IO[bytes], progress: Progress) -> Made:
    running = _sees_running(job)
    total = exports.export_count(job.place, job.year, with_running=running)
    progress(0, total)

    def rapidly(done: int) -> None:
        progress(done, total)

    if job.format == "xlsx":
        try:
            total = rapid.xlsx_write(
                job.place, job.year, output, with_running=running, progress=rapidly
            )
        except ValueError as error:
            raise MakeError(
                gettext_noop("More rows than a workbook can hold: choose CSV.")
            ) from error
    elif job.format == "csv":
        output.write(b"\xef\xbb\xbf")
        for piece in rapid.csv_chunks(job.place, job.year, with_running=running, progress=rapidly):
            output.write(piece)
    else:
        rows = exports.export_rows(job.place, job.year, with_running=running)
        counted = _counted(rows, total, progress)
        text = TextIOWrapper(output, encoding="utf-8", newline="", write_through=True)
        if job.format == "sdmx":
            sdmx.csv_write(counted, text)
        else:
            exports.json_write(counted, text)
        text.flush()
        text.detach()
    extension = {"sdmx": "sdmx.csv"}.get(job.format, job.format)
    return Made(_name("measurements", job, extension), total)


def _comparison(job: Export, output: IO[bytes], progress: Progress) -> Made:
    pair = [
        Export.objects.select_related("place").filter(pk=job.parameters[side]).first()
        for side in ("first", "second")
    ]
    for one in pair:
        # What was handed out while there was a right to it is not handed out again without.
        if one is not None and not can(job.requested_by, Action.FIGURES_EXPORT, one.place):
            raise MakeError(gettext_noop("The right to export is gone."))
    try:
        first, second = (compared.figures_of(one) for one in pair)
    except compared.NotComparable as error:
        raise MakeError(str(error)) from error
    progress(0, len(first) + len(second))
    changes = compared.changes(first, second)
    compared.xlsx_write(changes, output)
    preview = compared.preview(changes)
    return Made(_name("comparison", job, "xlsx"), len(changes), preview)


def _counted(
    rows: Iterator[dict[str, Any]], total: int, progress: Progress
) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows, start=1):
        if number % STEP == 0:
            progress(number, total)
        yield row


def _sees_running(job: Export) -> bool:
    return can(job.requested_by, Action.RESULTS_VIEW, job.place)


def _name(what: str, job: Export, extension: str) -> str:
    return exports.file_name(what, job.place.code, job.year, extension)
