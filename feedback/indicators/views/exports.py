"""Staff screens of exports: who took what, ask for one, follow it, fetch it, compare two."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from feedback.indicators import compared, evidence, forms, services
from feedback.indicators.cards import Scope, place_of
from feedback.indicators.models import Export
from feedback.indicators.models.exports import ExportKind, ExportState, Paper
from feedback.indicators.papers import paper_parameters
from feedback.indicators.schemes import SchemeCode
from feedback.indicators.tasks import export_nudge
from feedback.indicators.views.staff import (
    Crumb,
    acting,
    chosen_place,
    chosen_years,
    figures_crumb,
    parsed_year,
    staff_page,
)
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.guard import get_visible_or_404
from portal.places.models import Place
from portal.places.permissions import can, places_with

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PER_PAGE = 50
REFRESH_SECONDS = 3
_WITHOUT_FILE = frozenset({ExportState.FAILED, ExportState.CANCELLED, ExportState.EXPIRED})
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "sdmx": "application/vnd.sdmx.data+csv; version=2.0.0; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": DOCX,
    "zip": "application/zip",
}


def exports_crumb() -> Crumb:
    return _("Exports"), reverse("figures:exports")


@require_safe
def export_list(request: HttpRequest) -> HttpResponse:
    """All exports of one's places, the latest first, and a form for another one."""
    return _list(request, None)


def _list(request: HttpRequest, form: forms.ExportRequestForm | None) -> HttpResponse:
    user = acting(request)
    places = places_with(user, Action.FIGURES_EXPORT)
    if not places.exists():
        raise PermissionDenied
    rows = Export.objects.in_places(places)
    counts = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    mine = request.GET.get("mine", "") == "1"
    if state in ExportState.values:
        rows = rows.filter(state=state)
    if kind in ExportKind.values:
        rows = rows.filter(kind=kind)
    if mine:
        rows = rows.filter(requested_by=user)
    rows = rows.select_related("requested_by", "place").annotate(fetched=Count("downloads"))
    page = Paginator(rows.order_by("-requested_at", "-pk"), PER_PAGE).get_page(request.GET.get("p"))
    ready = Export.objects.in_places(places).filter(requested_by=user, state=ExportState.READY)
    comparable = [one for one in ready.order_by("-pk")[:50] if compared.is_comparable(one)]
    context = {
        "page_obj": page,
        "states": [(code, label, counts.get(code, 0)) for code, label in ExportState.choices],
        "kinds": ExportKind.choices,
        "state": state,
        "kind": kind,
        "mine": mine,
        "is_filtered": bool(state or kind or mine),
        "form": form or forms.ExportRequestForm(places=places, initial=_initial(request, places)),
        "comparable": comparable,
        "older": _older(comparable),
        "place": places.order_by("depth", "path").first(),
    }
    return staff_page(request, "export_list", _("Exports"), [figures_crumb()], context)


def _older(found: list[Export]) -> int | None:
    """What the newest of `found` is most likely compared with: the one before it of its sort, or
    else the one before it."""
    alike = [
        one.pk
        for one in found[1:]
        if (one.kind, one.place_id, one.year) == (found[0].kind, found[0].place_id, found[0].year)
    ]
    return next(iter([*alike, *(one.pk for one in found[1:])]), None)


def _initial(request: HttpRequest, places: Any) -> dict[str, Any]:
    code = request.GET.get("place", "")
    place = (places.filter(code=code) if code else places.order_by("depth", "path")).first()
    year = parsed_year(request) or timezone.localdate().year
    return {
        "place": place,
        "year": year,
        "what": request.GET.get("what"),
        "reason": request.GET.get("reason", ""),
    }


@require_POST
def export_new(request: HttpRequest) -> HttpResponse:
    """Ask for an export; a worker makes it."""
    user = acting(request)
    places = places_with(user, Action.FIGURES_EXPORT)
    form = forms.ExportRequestForm(request.POST, places=places)
    if form.is_valid():
        kind, _dot, file_format = form.cleaned_data["what"].partition(".")
        try:
            job = services.export_request(
                actor=user,
                place=form.cleaned_data["place"],
                kind=kind,
                year=form.cleaned_data["year"],
                form=file_format,
                reason=form.cleaned_data["reason"],
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return begun(job)
    response = _list(request, form)
    response.status_code = 422
    return response


def begun(job: Export) -> HttpResponse:
    export_nudge(job.pk)
    return redirect("figures:export_detail", pk=job.pk)


def paper_begin(request: HttpRequest, scope: Scope, year: int, paper: Paper) -> HttpResponse:
    """Ask for a form or a report of a place or project, which a worker makes."""
    job = services.export_request(
        actor=acting(request),
        place=place_of(scope),
        kind=ExportKind.FORM,
        year=year,
        form="docx" if paper == Paper.REPORT else "xlsx",
        reason=_("To be filed"),
        parameters=paper_parameters(scope, paper),
        now=timezone.now(),
    )
    return begun(job)


@require_POST
def export_compare(request: HttpRequest) -> HttpResponse:
    """Ask for the difference between two of one's own exports."""
    user = acting(request)
    places = places_with(user, Action.FIGURES_EXPORT)
    own = Export.objects.in_places(places).filter(requested_by=user).select_related("place")
    form = forms.CompareForm(request.POST, own=own)
    if not form.is_valid() or form.cleaned_data["first"] == form.cleaned_data["second"]:
        messages.error(request, _("Choose two exports."))
        return redirect("figures:exports")
    first, second = form.cleaned_data["first"], form.cleaned_data["second"]
    try:
        job = services.export_request(
            actor=user,
            place=second.place,
            kind=ExportKind.COMPARISON,
            year=second.year,
            form="xlsx",
            reason=form.cleaned_data["reason"],
            parameters={"first": first.pk, "second": second.pk},
            now=timezone.now(),
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("figures:exports")
    return begun(job)


def _visible(user: User, pk: int) -> Export:
    rows = Export.objects.select_related("requested_by", "place")
    return get_visible_or_404(rows, user, Action.FIGURES_EXPORT, pk=pk)


@require_safe
def export_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far an export is, then what came of it."""
    user = acting(request)
    job = _visible(user, pk)
    if job.is_past(timezone.now()):
        # The beat deletes the file within the hour; it is not to be had any more.
        job.state = ExportState.EXPIRED
    own = job.requested_by_id == user.pk or user.is_superuser
    is_public = job.kind == ExportKind.PUBLIC_BUNDLE
    context = {
        "job": job,
        "may_cancel": own and job.is_under_way,
        "may_fetch": (own or is_public) and job.state == ExportState.READY,
        "downloads": job.downloads.select_related("by").order_by("-pk")[:20],
        "problem": _(job.problem) if job.problem else "",
        "changes": _changes(job),
        "is_cut": sum(job.preview.get("counts", {}).values()) > compared.PREVIEW,
        "pair": _pair(job),
        "template_address": _template_address(job),
        "again": _again(job) if own and job.state in _WITHOUT_FILE else "",
    }
    response = staff_page(
        request, "export_detail", str(job), [figures_crumb(), exports_crumb()], context
    )
    if job.is_under_way:
        # The page asks again by itself, with and without script.
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


def _changes(job: Export) -> list[tuple[dict[str, str], Promise | str, str, str, str]]:
    """(change, what it is, name of the place, reading, why), the first of a comparison."""
    found = job.preview.get("changes", [])
    places = Place.objects.filter(code__in={one["place"] for one in found}).in_bulk(
        field_name="code"
    )
    return [
        (
            one,
            compared.KINDS[one["kind"]],
            places[one["place"]].label if one["place"] in places else one["place"],
            compared.reading(one["indicator"], one["variant"]),
            compared.why(one["reason"]),
        )
        for one in found
    ]


def _template_address(job: Export) -> str:
    """Where the template of a report that failed is kept; empty for anything else."""
    if job.state != ExportState.FAILED or job.parameters.get("paper") != Paper.REPORT:
        return ""
    project = job.parameters["project"]
    scope = {"project": project} if project else {"place": job.place.code}
    return f"{reverse('figures:report_template')}?{urlencode({**scope, 'year': job.year})}"


def _again(job: Export) -> str:
    """Where the same is asked for once more, filled in as far as it can be."""
    if job.kind == ExportKind.FORM:
        project, paper = job.parameters.get("project"), job.parameters["paper"]
        scheme = SchemeCode.SELF if paper == Paper.SELF else SchemeCode.EVALUATION
        scope = {"project": project} if project else {"place": job.place.code}
        query = {**scope, "year": job.year, "scheme": scheme.value}
        return f"{reverse('figures:score')}?{urlencode(query)}"
    if job.kind == ExportKind.COMPARISON:
        return reverse("figures:exports")
    what = f"{job.kind}.{job.format}"
    query = {"place": job.place.code, "year": job.year, "what": what, "reason": job.reason}
    return f"{reverse('figures:exports')}?{urlencode(query)}"


def _pair(job: Export) -> list[Export]:
    keys = [job.parameters.get("first"), job.parameters.get("second")]
    return list(Export.objects.filter(pk__in=[key for key in keys if key]).order_by("pk"))


@require_POST
def export_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    user = acting(request)
    try:
        services.export_cancel(actor=user, export=_visible(user, pk), now=timezone.now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("figures:export_detail", pk=pk)


@require_safe
def export_file(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    user = acting(request)
    job = _visible(user, pk)
    try:
        file = services.export_open(actor=user, export=job, now=timezone.now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("figures:export_detail", pk=pk)
    response = FileResponse(file, as_attachment=True, filename=job.file_name)
    response["Content-Type"] = TYPES[job.format]
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def evidence_index(request: HttpRequest) -> HttpResponse:
    """佐证材料: what the figures of a place and year were made of, with hash and page."""
    user = acting(request)
    place = chosen_place(request, user)
    years = chosen_years(place)
    year = parsed_year(request) or (years[0] if years else timezone.localdate().year)
    running = can(user, Action.RESULTS_VIEW, place)
    rows = evidence.evidence_of(place, year, with_running=running)
    code = request.GET.get("indicator", "")
    codes = list(rows.order_by("indicator").values_list("indicator", flat=True).distinct())
    if code in codes:
        rows = rows.filter(indicator=code)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "place": place,
        "year": year,
        "years": years,
        "codes": codes,
        "code": code,
        "page_obj": page,
        "entries": [evidence.entry(row) for row in page],
        "may_export": can(user, Action.FIGURES_EXPORT, place),
    }
    return staff_page(request, "evidence", _("Index of evidence"), [figures_crumb()], context)
