"""The form of a place or project and a year: coverage, import, download, submission, notice."""

import io
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from feedback.indicators import forms, services, sheets
from feedback.indicators.cards import Scope, label_of, place_of
from feedback.indicators.coverage import coverage_of, needs_coverage
from feedback.indicators.definitions import Rule, current, definition
from feedback.indicators.models import TargetVersion
from feedback.indicators.models.exports import ExportKind, Paper
from feedback.indicators.papers import paper_parameters
from feedback.indicators.queries import unit_label
from feedback.indicators.sheets import SheetRow
from feedback.indicators.states import (
    IN_FORCE,
    NEXT_STEP,
    PENDING,
    Operator,
    RowState,
    TargetState,
)
from feedback.indicators.views.scores import chosen_scope
from feedback.indicators.views.staff import Crumb, acting, figures_crumb, parsed_year, staff_page
from feedback.indicators.views.targets import TYPES
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.common.sheets.files import FileError
from portal.common.sheets.notes import MESSAGES
from portal.places.models import Place
from portal.places.permissions import can, places_with, require
from portal.projects.models import RenovationProject

#: The states from which the next step approves.
APPROVALS = frozenset(
    state for state, (following, _right) in NEXT_STEP.items() if following == TargetState.APPROVED
)


class _Asked:
    """The place or project and the year in the address."""

    def __init__(self, request: HttpRequest) -> None:
        self.user = acting(request)
        self.scope: Scope = chosen_scope(request, self.user)
        this_year = timezone.localdate().year
        year = parsed_year(request)
        in_range = year is not None and forms.FIRST_YEAR <= year <= forms.LAST_YEAR
        self.year: int = year if year is not None and in_range else this_year

    @property
    def place(self) -> Place:
        return place_of(self.scope)

    @property
    def project(self) -> RenovationProject | None:
        return self.scope if isinstance(self.scope, RenovationProject) else None

    @property
    def given(self) -> dict[str, Any]:
        return {"place": self.place, "project": self.project, "year": self.year}

    @property
    def label(self) -> str:
        return label_of(self.scope)

    @property
    def query(self) -> str:
        name = "project" if self.project else "place"
        return f"{name}={self.scope.code}&year={self.year}"

    def address(self, name: str = "sheet") -> str:
        return f"{reverse(f'figures:{name}')}?{self.query}"


@require_safe
def sheet(request: HttpRequest) -> HttpResponse:
    """What is promised for a year, what is lacking, and what comes next."""
    asked = _Asked(request)
    versions = _versions(asked)
    unpublished = [
        row for row in versions if row.state == TargetState.APPROVED and row.notice_id is None
    ]
    user, place = asked.user, asked.place
    context = {
        **_common(asked),
        "coverage": coverage_of(place, asked.year, asked.project),
        "needs_coverage": needs_coverage(place, asked.project),
        "head": services.sheet_of(place, asked.year, asked.project),
        "rows": [(row, *_named(row)) for row in versions],
        "steps": _steps(asked, versions),
        "unpublished": len(unpublished),
        "may_propose": can(user, Action.TARGET_PROPOSE, place),
        "may_download": _may_download(user, place),
        "may_publish": can(user, Action.TARGET_REVIEW, place)
        and can(user, Action.PAGE_EDIT, place),
        "projects": list(RenovationProject.objects.in_place(place).order_by("code"))
        if asked.project is None
        else [],
        "places": list(places_with(user, Action.FIGURES_VIEW).counties().order_by("path")),
    }
    return staff_page(request, "sheet", _title(asked), _crumbs(), context)


@require_safe
def sheet_file(request: HttpRequest) -> HttpResponse:
    """The form as a workbook: what is in force or on its way, and an empty line for the rest."""
    asked = _Asked(request)
    if not _may_download(asked.user, asked.place):
        raise PermissionDenied
    head = services.sheet_of(asked.place, asked.year, asked.project)
    cells = {"name": asked.scope.name}
    if head is not None:
        for key in sheets.HEAD_FIELDS:
            value = getattr(head, key, None)
            cells[key] = cells.get(key) or ("" if value is None else str(value))
    out = io.BytesIO()
    title = f"{asked.year}年度绩效目标申报表"
    sheets.sheet_write(title, cells, _file_rows(asked), out)
    response = HttpResponse(out.getvalue(), content_type=TYPES["xlsx"])
    name = f"targets-{asked.scope.code}-{asked.year}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    services.export_log(
        actor=asked.user,
        place=asked.place,
        kind=ExportKind.FORM,
        year=asked.year,
        form="xlsx",
        reason=_("Target form, to be filled in"),
        content=out.getvalue(),
        file_name=name,
        parameters=paper_parameters(asked.scope, Paper.TARGETS),
        now=timezone.now(),
    )
    return response


def sheet_import(request: HttpRequest) -> HttpResponse:
    """A file, then its lines with what each would do; they can be mended here and checked again."""
    asked = _Asked(request)
    require(asked.user, Action.TARGET_PROPOSE, asked.place)
    upload = forms.SheetFileForm()
    rows, head = forms.SheetRowFormSet(), forms.SheetHeadForm()
    reports: list[services.RowReport] = []
    has_lines = False
    if request.method == "POST" and "upload" in request.POST:
        upload = forms.SheetFileForm(request.POST, request.FILES)
        found = _read(upload)
        if found is not None:
            has_lines = True
            rows, head = _filled(found, asked)
    elif request.method == "POST":
        has_lines = True
        rows, head = forms.SheetRowFormSet(request.POST), forms.SheetHeadForm(request.POST)
        head.fields["reason"].required = "import" in request.POST
    if has_lines:
        typed = forms.typed_rows(rows)
        reports = services.sheet_check(actor=asked.user, rows=typed, **asked.given)
        if "import" in request.POST and _imported(request, asked, typed, head, reports):
            return redirect(asked.address())
    context = {
        **_common(asked),
        "upload": upload,
        "head": head,
        "rows": rows,
        "lines": list(zip(rows.forms, reports, strict=True)) if has_lines else [],
        "has_lines": has_lines,
        "tally": [
            (state.label, sum(report.state == state for report in reports)) for state in RowState
        ],
        "operators": [("", "—"), *((code.value, sheets.SIGNS[code]) for code in Operator)],
    }
    crumbs = [*_crumbs(), (_title(asked), asked.address())]
    status = 422 if any(report.state == RowState.ERROR for report in reports) else 200
    page = staff_page(request, "sheet_import", _("Import the form"), crumbs, context)
    page.status_code = status
    return page


@require_POST
def sheet_pass_on(request: HttpRequest) -> HttpResponse:
    """Everything that stands at one step, moved on at once."""
    asked, state = _Asked(request), request.POST.get("state", TargetState.DRAFT)
    if state not in NEXT_STEP:
        raise Http404
    try:
        moved = services.sheet_pass_on(
            actor=asked.user, state=state, now=timezone.now(), **asked.given
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        said = (
            _("%(count)s targets decided.")
            if state in APPROVALS
            else _("%(count)s targets passed on for review.")
        )
        messages.success(request, said % {"count": moved})
    return redirect(asked.address())


@require_POST
def sheet_publish(request: HttpRequest) -> HttpResponse:
    """The approved targets as the draft of a notice (N18)."""
    asked = _Asked(request)
    try:
        page = services.targets_draft_notice(actor=asked.user, now=timezone.now(), **asked.given)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(asked.address())
    return redirect("wagtailadmin_pages:edit", page.pk)


def _read(upload: forms.SheetFileForm) -> sheets.Sheet | None:
    if not upload.is_valid():
        return None
    file = upload.cleaned_data["file"]
    try:
        found = sheets.sheet_read(file.name, file)
    except FileError as error:
        upload.add_error("file", _(MESSAGES[error.note.code]) % dict(error.note.params))
        return None
    except ValueError:
        heads = "、".join(sheets.HEADS[2:5])
        message = _("This is not the form: no line has the heads %(heads)s.") % {"heads": heads}
        upload.add_error("file", message)
        return None
    if not found.rows:
        upload.add_error("file", _("No line of the form has a value."))
        return None
    return found


def _filled(found: sheets.Sheet, asked: _Asked) -> tuple[Any, forms.SheetHeadForm]:
    """The forms of the report, filled with what the file says."""
    data: dict[str, Any] = {
        "form-TOTAL_FORMS": len(found.rows),
        "form-INITIAL_FORMS": 0,
        **{key: found.head.get(key, "") for key in forms.SheetHeadForm.base_fields},
        "reason": "",
    }
    for number, row in enumerate(found.rows):
        data |= {
            f"form-{number}-indicator": row.indicator,
            f"form-{number}-operator": row.operator,
            f"form-{number}-value": row.value,
            f"form-{number}-weight": row.weight,
            f"form-{number}-line": row.line,
        }
    head = forms.SheetHeadForm(data)
    # The reason is asked for when the lines are imported, not before.
    head.fields["reason"].required = False
    return forms.SheetRowFormSet(data), head


def _imported(
    request: HttpRequest,
    asked: _Asked,
    typed: list[SheetRow],
    head: forms.SheetHeadForm,
    reports: list[services.RowReport],
) -> bool:
    if not head.is_valid():
        return False
    if any(report.state == RowState.ERROR for report in reports):
        messages.error(request, _("Some lines cannot be taken yet; see the report."))
        return False
    data = dict(head.cleaned_data)
    reason = data.pop("reason")
    try:
        made = services.sheet_import(
            actor=asked.user,
            rows=typed,
            head=data,
            reason=reason,
            now=timezone.now(),
            **asked.given,
        )
    except ValidationError as error:
        head.add_error(None, error.messages)
        return False
    messages.success(request, _("%(count)s targets drafted.") % {"count": made})
    return True


@dataclass(frozen=True)
class Step:
    """What of a form stands at one state and can be moved on at once by who looks at it."""

    state: str
    label: str
    count: int
    #: Proposed by the same person, who cannot approve it.
    own: int
    is_approval: bool


def _steps(asked: _Asked, versions: list[TargetVersion]) -> list[Step]:
    steps = []
    for state, (_next, action) in NEXT_STEP.items():
        waiting = [row for row in versions if row.state == state]
        if waiting and can(asked.user, action, asked.place):
            mine = sum(services.may_advance(asked.user, row) for row in waiting)
            label = str(TargetState(state).label)
            is_approval = state in APPROVALS
            steps.append(Step(state, label, mine, len(waiting) - mine, is_approval))
    return steps


def _may_download(user: User, place: Place) -> bool:
    """Who fills the form in needs it as much as who files it."""
    return can(user, Action.FIGURES_EXPORT, place) or can(user, Action.TARGET_PROPOSE, place)


def _versions(asked: _Asked) -> list[TargetVersion]:
    rows = (
        TargetVersion.objects.filter(
            target__place=asked.place,
            target__project=asked.project,
            target__year=asked.year,
            state__in=IN_FORCE | PENDING,
        )
        .for_list()
        .order_by("target__indicator", "target__variant", "pk")
    )
    return list(rows)


def _named(version: TargetVersion) -> tuple[Any, str]:
    known = definition(version.target.indicator)
    unit = "" if version.value is None else unit_label(known.unit_of(version.target.variant))
    return known, unit


def _file_rows(asked: _Asked) -> list[SheetRow]:
    """The last word on each target; what has none is an empty line to fill in."""
    last = {(row.target.indicator, row.target.variant): row for row in _versions(asked)}
    rows = []
    for item in current():
        for variant in ("main", "after_rate") if item.code == "I28" else ("main",):
            row = last.get((item.code, variant))
            code = sheets.code_of(item.code, variant)
            if row is not None:
                text = sheets.value_text(row.operator, row.value, row.upper, row.wording)
                weight = "" if row.weight is None else f"{row.weight.normalize():f}"
                rows.append(SheetRow(code, row.operator, text, weight=weight))
            elif item.target is not None and item.weight:
                rows.append(SheetRow(code, services.natural_operator(item.code, variant), ""))
            elif item.rule == Rule.S5:
                rows.append(SheetRow(code, Operator.TEXT, ""))
    return rows


def _common(asked: _Asked) -> dict[str, Any]:
    return {
        "asked": asked,
        "scope": asked.scope,
        "label": asked.label,
        "year": asked.year,
        "query": asked.query,
        "years": range(asked.year - 2, asked.year + 3),
    }


def _title(asked: _Asked) -> str:
    return _("Target form %(year)s · %(name)s") % {"year": asked.year, "name": asked.label}


def _crumbs() -> list[Crumb]:
    return [figures_crumb(), (_("Targets"), reverse("figures:proposals"))]
