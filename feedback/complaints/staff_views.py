"""Staff screens: load, validate, one service, answer."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from feedback.complaints import permissions, services, staff_forms
from feedback.complaints.access import household_of
from feedback.complaints.due import next_due
from feedback.complaints.models import Complaint, ComplaintPhoto
from feedback.complaints.staff_bulk import bulk_steps
from feedback.complaints.staff_detail import RELATED, CasePage
from feedback.complaints.staff_filters import ComplaintList
from feedback.complaints.staff_page import to_top
from feedback.complaints.staff_pages import CasePaginator
from feedback.complaints.staff_steps import STEPS
from feedback.complaints.states import OPEN
from feedback.complaints.timeline import promises
from feedback.complaints.wording import numbers_hidden
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.intake.limits import client_scope
from portal.intake.receipts import is_key, new_key
from portal.intake.serving import photo_response
from portal.places.permissions import places_with

PER_PAGE = 50
#: Open reports of the same kind that are shown before one is taken down.
SAME_AT_MOST = 5


def complaint_list(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    if not permissions.may_view_any(user):
        raise PermissionDenied
    now = timezone.now()
    listing = ComplaintList(permissions.complaints_visible_to(user), request.GET, now, user)
    page = CasePaginator(listing.rows(), PER_PAGE).get_page(request.GET.get("p"))
    numbers_hidden(user, page)
    handles = permissions.may_handle_any(user)
    context = {
        **listing.context(),
        "page_obj": page,
        "rows": [(complaint, next_due(complaint, now)) for complaint in page],
        "can_add": handles,
        "can_act": permissions.may_act_on_any(user),
        "bulk_steps": bulk_steps(user, handles=handles),
    }
    return _page(request, "list", _("Complaints"), [], context)


def complaint_detail(request: HttpRequest, number: str) -> HttpResponse:
    return _detail(request, _visible(request, number))


@require_POST
def step(request: HttpRequest, number: str, name: str) -> HttpResponse:
    user, complaint = _user(request), _visible(request, number)
    todo = STEPS.get(name)
    if todo is None:
        raise Http404
    if not todo.may(user, complaint):
        raise PermissionDenied
    form = todo.form(request.POST, request.FILES, complaint=complaint, by=user, prefix=name)
    if form.is_valid():
        try:
            todo.service(complaint=complaint, by=user, now=timezone.now(), **form.arguments())
        except ValidationError as error:
            _add_error(form, error)
        else:
            messages.success(request, _("Saved."))
            return to_top("complaints_staff:detail", complaint.number)
    return _detail(request, complaint, {name: form}, status=422)


@require_POST
def contact_show(request: HttpRequest, number: str) -> HttpResponse:
    """The phone number in full, once, on this answer only; the look is in the log."""
    complaint = _visible(request, number)
    shown = services.complaint_contact_show(
        complaint=complaint, by=_user(request), now=timezone.now()
    )
    response = _detail(request, complaint, shown_contact=shown)
    response.headers["Cache-Control"] = "no-store"
    return response


def photo(request: HttpRequest, number: str, pk: int) -> FileResponse:
    """A photo, for whoever may read the complaint."""
    found = get_object_or_404(ComplaintPhoto, complaint=_visible(request, number), pk=pk)
    return photo_response(found.opened())


@sensitive_post_parameters()
def complaint_new(request: HttpRequest) -> HttpResponse:
    """Take a complaint down: first where and what, then the text."""
    user = _user(request)
    places = places_with(user, Action.COMPLAINT_HANDLE).communities().order_by("name", "pk")
    if not permissions.may_handle_any(user):
        raise PermissionDenied
    # The community alone comes from the receipt before: nothing is missing yet.
    asked = request.GET if {"words", "category"} & set(request.GET) else None
    start = staff_forms.StartForm(
        asked, places=places, initial={"place": request.GET.get("place", "")}
    )
    if not start.is_valid() or not start.cleaned_data["category"]:
        return _page(request, "start", _("Take a complaint down"), [_list_crumb()], {"form": start})
    where = {
        "community": start.cleaned_data["place"],
        "category": start.cleaned_data["category"],
    }
    form = staff_forms.CounterForm(request.POST or None, request.FILES or None, **where)
    if request.method == "POST" and form.is_valid():
        filed = _file(request, form, where)
        if filed is not None:
            context = {"complaint": filed.complaint, "receipt": filed.receipt}
            context["promises"] = promises(filed.complaint, timezone.now())
            return _page(request, "receipt", filed.complaint.number, [_list_crumb()], context)
    key = request.POST.get("intake_key", "")
    same = permissions.complaints_visible_to(user).filter(state__in=OPEN, **where)
    context = {
        **where,
        "form": form,
        "key": key if is_key(key) else new_key(),
        "same": same.select_related("building").order_by("-filed_at", "-pk")[:SAME_AT_MOST],
    }
    return _page(request, "new", _("Take a complaint down"), [_list_crumb()], context)


def _file(
    request: HttpRequest, form: staff_forms.CounterForm, where: dict[str, Any]
) -> services.Filed | None:
    """The filed complaint; None with the reason in the form."""
    asked = set(form.questions)
    given = {name: value for name, value in form.cleaned_data.items() if name not in asked}
    key, code = request.POST.get("intake_key", ""), given.pop("household_code")
    home = given.pop("home", None)
    try:
        household = (
            household_of(
                code,
                where["community"],
                scope=client_scope(request),
                on=timezone.localdate(),
            )
            if code
            else home
        )
        return services.complaint_file(
            key=key if is_key(key) else new_key(),
            household=household,
            answers=form.answers,
            staff=_user(request),
            now=timezone.now(),
            **where,
            **given,
        )
    except services.FilingConflict as conflict:
        form.add_error(
            None,
            _("This form was sent before with another text, as %(number)s.")
            % {"number": conflict.complaint.number},
        )
    except ValidationError as error:
        _add_error(form, error)
    return None


def _detail(
    request: HttpRequest,
    complaint: Complaint,
    bound: dict[str, staff_forms.StepForm] | None = None,
    *,
    shown_contact: str = "",
    status: int = 200,
) -> HttpResponse:
    page = CasePage(
        _user(request),
        complaint,
        timezone.now(),
        bound or {},
        template=request.GET.get("template", ""),
        shown_contact=shown_contact,
    )
    response = _page(request, "detail", complaint.number, [_list_crumb()], page.context())
    response.status_code = status
    return response


def _visible(request: HttpRequest, number: str) -> Complaint:
    visible = permissions.complaints_visible_to(_user(request)).select_related(*RELATED)
    return get_object_or_404(visible, number=number)


def _add_error(form: Any, error: ValidationError) -> None:
    """At its field where the form has one, above the form otherwise."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, problems in error.error_dict.items():
        form.add_error(field if field in form.fields else None, problems)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _list_crumb() -> tuple[str, str]:
    return _("Complaints"), reverse("complaints_staff:list")


def _page(
    request: HttpRequest,
    template: str,
    title: str,
    crumbs: list[tuple[str, str]],
    context: dict[str, Any],
) -> HttpResponse:
    trail = [(_("Home"), reverse("wagtailadmin_home")), *crumbs, (title, "")]
    items = [{"label": label, "url": url} for label, url in trail]
    furniture = {"header_title": title, "page_title": title, "breadcrumbs_items": items}
    return render(request, f"complaints/staff/{template}.html", {**furniture, **context})
