"""Screens for ledgers of others: upload, name the columns, look at the check, confirm, watch."""

import csv
from collections.abc import Iterator
from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from feedback.complaints import permissions, services
from feedback.complaints.ledger_columns import sentence
from feedback.complaints.ledger_forms import ColumnsForm, UploadForm, WordsForm
from feedback.complaints.models import LedgerImport, LedgerImportRow
from feedback.complaints.nudges import ledger_import_nudge
from feedback.complaints.states import (
    LEDGER_CHECKABLE,
    LEDGER_STOPPABLE,
    LedgerState,
    LineOutcome,
)
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.models import PlaceQuerySet
from portal.places.permissions import places_with

ROWS_PER_PAGE = 100
REFRESH_SECONDS = 3


def ledger_list(request: HttpRequest) -> HttpResponse:
    """The files one has uploaded, and the form for another."""
    user = _importer(request)
    form = UploadForm(request.POST or None, request.FILES or None, places=_places(user))
    if request.method == "POST" and form.is_valid():
        job = _start(user, form)
        if job is not None:
            return redirect("complaints_ledgers:columns", job.pk)
    jobs = LedgerImport.objects.for_user(user).select_related("source")
    page = Paginator(jobs.order_by("-created_at", "-pk"), 20).get_page(request.GET.get("p"))
    context = {"form": form, "page_obj": page}
    status = 422 if form.errors else 200
    return _page(request, "ledger_list", _("Ledger imports"), context, status=status)


def _start(user: User, form: UploadForm) -> LedgerImport | None:
    """The job; None with the reason in the form."""
    given = form.cleaned_data
    try:
        source = given["source"] or services.source_create(
            by=user, name=given["name"], place=given["place"], channel=given["channel"]
        )
        return services.import_start(
            by=user,
            source=source,
            filename=given["file"].name,
            file=given["file"],
            now=timezone.now(),
        )
    except ValidationError as error:
        form.add_error(None, error)
        return None


def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Which column is which: proposed from the headers, corrected once, kept with the ledger."""
    user, job = _importer(request), _job(request, pk)
    if job.state not in LEDGER_CHECKABLE:
        return redirect("complaints_ledgers:detail", job.pk)
    form = ColumnsForm(request.POST or None, job=job, columns=services.import_columns(job))
    if request.method == "POST" and form.is_valid():
        try:
            services.import_check(by=user, job=job, columns=form.cleaned_data, now=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            ledger_import_nudge(job.pk)
            return redirect("complaints_ledgers:detail", job.pk)
    context = {"form": form, "job": job}
    status = 422 if form.errors else 200
    return _page(request, "ledger_columns", job.filename, context, _crumb(), status)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a file is, then what it would do or did, row by row."""
    job = _job(request, pk)
    rows = job.rows.order_by("number", "pk")
    outcome = request.GET.get("outcome", "")
    if outcome in LineOutcome.values:
        rows = rows.filter(outcome=outcome)
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("p"))
    checked = job.state == LedgerState.CHECKED
    context = {
        "job": job,
        "problems": [sentence(note) for note in job.problems],
        "page_obj": page,
        "rows": [(row, [sentence(note) for note in row.notes]) for row in page],
        "outcome": outcome,
        "outcomes": LineOutcome,
        "can_confirm": job.is_checked and (job.rows_added or job.rows_changed),
        "is_stale": checked and not job.is_checked,
        "can_stop": job.state in LEDGER_STOPPABLE,
        "words": WordsForm(job=job) if checked and job.unknown_words else None,
    }
    response = _page(request, "ledger_detail", job.filename, context, _crumb())
    if job.is_under_way:
        # The page asks again by itself, with and without script.
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


@require_POST
def words(request: HttpRequest, pk: int) -> HttpResponse:
    """What the ledger's words mean here; then the file is checked again."""
    user, job = _importer(request), _job(request, pk)
    form = WordsForm(request.POST, job=job)
    if form.is_valid():
        _check_again(request, job, user, form.meanings())
    return redirect("complaints_ledgers:detail", job.pk)


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """What was chosen for words and not kept yet comes along: it is kept, and the file checked
    again, before anything is taken in."""
    user, job = _importer(request), _job(request, pk)
    form = WordsForm(request.POST, job=job)
    if job.state == LedgerState.CHECKED and form.is_valid() and form.meanings():
        if _check_again(request, job, user, form.meanings()):
            text = _("Your choice was kept. Look at the new check, then take the rows in.")
            messages.warning(request, text)
    else:
        _do(request, job, services.import_confirm, by=user, seen=request.POST.get("seen", ""))
    return redirect("complaints_ledgers:detail", job.pk)


def _check_again(
    request: HttpRequest, job: LedgerImport, user: User, meanings: dict[str, dict[str, str]]
) -> bool:
    again = {"columns": services.import_columns(job), "words": meanings}
    return _do(request, job, services.import_check, by=user, **again)


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    job = _job(request, pk)
    _do(request, job, services.import_stop, by=_importer(request))
    return redirect("complaints_ledgers:detail", job.pk)


@require_safe
def problems_csv(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The rows that did not get in, as Excel in China opens it, to be mended in the ledger."""
    job = _job(request, pk)
    rows = job.rows.filter(outcome__in=[LineOutcome.REFUSE, LineOutcome.SAME]).order_by("number")
    head = [_("Row of the file"), _("Number at the source"), _("Outcome"), _("What and why")]
    response = StreamingHttpResponse(
        _csv(head, rows.iterator(chunk_size=2000)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="ledger-{job.pk}-problems.csv"'
    return response


class _Echo:
    def write(self, text: str) -> str:
        return text


def _csv(head: list[str], rows: Iterator[LedgerImportRow]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(head)
    for row in rows:
        notes = "；".join(sentence(note) for note in row.notes)
        # A leading sign would be a formula to a spreadsheet.
        number = f"'{row.source_number}" if row.source_number[:1] in "=+-@" else row.source_number
        yield writer.writerow([row.number, number, row.get_outcome_display(), notes])


def _do(request: HttpRequest, job: LedgerImport, service: Any, **given: Any) -> bool:
    """Whether it was done; why not is shown on the next page."""
    try:
        service(job=job, now=timezone.now(), **given)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    ledger_import_nudge(job.pk)
    return True


def _job(request: HttpRequest, pk: int) -> LedgerImport:
    jobs = LedgerImport.objects.for_user(_importer(request)).select_related("source__place")
    return get_object_or_404(jobs, pk=pk)


def _importer(request: HttpRequest) -> User:
    user = cast(User, request.user)
    if not permissions.may_handle_any(user):
        raise PermissionDenied
    return user


def _places(user: User) -> PlaceQuerySet:
    return places_with(user, Action.COMPLAINT_HANDLE)


def _crumb() -> tuple[tuple[str, str], ...]:
    return ((_("Ledger imports"), reverse("complaints_ledgers:list")),)


def _page(
    request: HttpRequest,
    template: str,
    title: str,
    context: dict[str, Any],
    crumbs: tuple[tuple[str, str], ...] = (),
    status: int = 200,
) -> HttpResponse:
    trail = (
        (_("Home"), reverse("wagtailadmin_home")),
        (_("Complaints"), reverse("complaints_staff:list")),
        *crumbs,
        (title, ""),
    )
    items = [{"label": label, "url": url} for label, url in trail]
    furniture = {"header_title": title, "page_title": title, "breadcrumbs_items": items}
    template = f"complaints/staff/{template}.html"
    return render(request, template, {**furniture, **context}, status=status)
