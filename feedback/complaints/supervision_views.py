"""Staff screens of the supervisors' log: who serves, visits, and cases made of findings."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from feedback.complaints import permissions, services
from feedback.complaints.models import SupervisionVisit, Supervisor, VisitFinding
from feedback.complaints.staff_page import Crumbs, add_errors, staff_page
from feedback.complaints.supervision_forms import CaseForm, SupervisorForm, VisitForm
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.models import Place, PlaceQuerySet
from portal.places.permissions import places_with

PER_PAGE = 30


def log(request: HttpRequest) -> HttpResponse:
    """Who serves now, and the visits, in one's places or in the one that was chosen."""
    places = _places(request)
    chosen = places.filter(code=request.GET.get("place", "")).first()
    within = [chosen.pk] if chosen else places.order_by().values("pk")
    visits = SupervisionVisit.objects.filter(community__in=within).for_list()
    serving = Supervisor.objects.filter(community__in=within).serving_on(timezone.localdate())
    page = Paginator(visits, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "page_obj": page,
        "serving": list(
            serving.select_related("community").order_by("community__path", "pk")[:200]
        ),
        "places": list(places),
        "chosen": chosen,
    }
    return staff_page(request, "supervision", _("Resident supervisors"), context)


def supervisor_add(request: HttpRequest) -> HttpResponse:
    return _supervisor(request, None)


def supervisor_edit(request: HttpRequest, pk: int) -> HttpResponse:
    places = _places(request).order_by().values("pk")
    rows = Supervisor.objects.filter(community__in=places).select_related("community")
    return _supervisor(request, get_object_or_404(rows, pk=pk))


def _supervisor(request: HttpRequest, supervisor: Supervisor | None) -> HttpResponse:
    names = ("community", "name", "alias", "shows_alias", "from_date", "to_date")
    initial = {name: getattr(supervisor, name) for name in names} if supervisor else {}
    form = SupervisorForm(request.POST or None, initial=initial, places=_places(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.supervisor_save(
                by=_editor(request), supervisor=supervisor, **form.cleaned_data
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("complaints_supervision:log")
    title = _("Change") if supervisor else _("Enter a supervisor")
    status = 422 if form.errors else 200
    context: dict[str, Any] = {"form": form}
    return staff_page(request, "supervisor_form", title, context, crumbs=_crumbs(), status=status)


def visit_add(request: HttpRequest) -> HttpResponse:
    """Where first, then what was seen there."""
    places = _places(request)
    community = places.filter(code=request.GET.get("place", "")).first()
    if community is None and len(places) == 1:
        community = places[0]
    if community is None:
        context: dict[str, Any] = {"places": places}
        return staff_page(request, "visit_place", _("Record a visit"), context, crumbs=_crumbs())
    form = VisitForm(request.POST or None, request.FILES or None, community=community)
    if request.method == "POST" and form.is_valid():
        visit = _record(request, community, form)
        if visit is not None:
            messages.success(request, _("Saved."))
            return redirect("complaints_supervision:visit", visit.pk)
    context = {"form": form, "community": community}
    status = 422 if form.errors else 200
    return staff_page(
        request, "visit_form", _("Record a visit"), context, crumbs=_crumbs(), status=status
    )


def _record(request: HttpRequest, community: Place, form: VisitForm) -> SupervisionVisit | None:
    """The visit; None with the reason in the form."""
    try:
        return services.visit_record(
            by=_editor(request), community=community, now=timezone.now(), **form.arguments()
        )
    except ValidationError as error:
        add_errors(form, error)
        return None


def visit(
    request: HttpRequest, pk: int, refused: tuple[int, CaseForm] | None = None
) -> HttpResponse:
    """A visit; each finding that is no case yet has a form. `refused`: (finding pk, its form)."""
    places = _places(request).order_by().values("pk")
    rows = SupervisionVisit.objects.filter(community__in=places).for_list()
    found = get_object_or_404(rows, pk=pk)
    forms = dict([refused]) if refused else {}
    findings = [
        (one, None if one.complaint_id else forms.get(one.pk) or _case_form(found, one))
        for one in found.findings.all()
    ]
    context = {"visit": found, "findings": findings}
    title = f"{found.community.label} · {found.visit_date:%Y-%m-%d}"
    status = 422 if refused else 200
    return staff_page(request, "visit", title, context, crumbs=_crumbs(), status=status)


@require_POST
def finding_file(request: HttpRequest, pk: int) -> HttpResponse:
    places = _places(request).order_by().values("pk")
    rows = VisitFinding.objects.filter(visit__community__in=places)
    finding = get_object_or_404(rows.select_related("visit", "complaint"), pk=pk)
    if finding.complaint is not None:
        messages.info(request, _("This finding is a case already."))
        return redirect("complaints_staff:detail", finding.complaint.number)
    form = _case_form(finding.visit, finding, request.POST)
    if form.is_valid():
        try:
            complaint = services.finding_file(
                finding=finding, by=_editor(request), now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The case is filed."))
            return redirect("complaints_staff:detail", complaint.number)
    return visit(request, finding.visit_id, (finding.pk, form))


def _case_form(
    visit: SupervisionVisit, finding: VisitFinding, data: QueryDict | None = None
) -> CaseForm:
    # Several forms stand on one page: their fields must not share an id.
    return CaseForm(data, visit=visit, auto_id=f"id_{finding.pk}_%s")


def _editor(request: HttpRequest) -> User:
    user = cast(User, request.user)
    if not permissions.may_edit_board(user):
        raise PermissionDenied
    return user


def _places(request: HttpRequest) -> PlaceQuerySet:
    return places_with(_editor(request), Action.BOARD_EDIT).communities().order_by("path")


def _crumbs() -> Crumbs:
    return ((_("Resident supervisors"), reverse("complaints_supervision:log")),)
