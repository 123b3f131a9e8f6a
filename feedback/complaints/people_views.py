"""Screens about people: who is away, whose cases move to whom, who is to be called back."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from feedback.complaints import permissions, services
from feedback.complaints.models import Absence
from feedback.complaints.people_forms import AbsenceForm, MoveForm
from feedback.complaints.staff_page import to_top
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.permissions import places_with

PER_PAGE = 50


def people(request: HttpRequest) -> HttpResponse:
    """Who stands in for whom, and the two forms."""
    return _people(request)


@require_POST
def absence_add(request: HttpRequest) -> HttpResponse:
    user = _handler(request)
    form = AbsenceForm(request.POST, places=_places(user), prefix="absence")
    if form.is_valid():
        try:
            services.absence_add(by=user, **form.cleaned_data)
        except PermissionDenied:
            form.add_error("user", _("Only this person, or whoever leads, can record this."))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return to_top("complaints_people:people")
    return _people(request, absence=form, status=422)


@require_POST
def absence_remove(request: HttpRequest, pk: int) -> HttpResponse:
    absence = get_object_or_404(_absences(_handler(request)), pk=pk)
    services.absence_remove(by=_handler(request), absence=absence)
    messages.success(request, _("Saved."))
    return to_top("complaints_people:people")


@require_POST
def move(request: HttpRequest) -> HttpResponse:
    """First how many there are, then, with the one confirmation, the move."""
    user = _handler(request)
    form = MoveForm(request.POST, places=_places(user), prefix="move")
    if not form.is_valid():
        return _people(request, move_form=form, status=422)
    given = form.cleaned_data
    if "confirmed" not in request.POST:
        cases = services.movable(by=user, person=given["person"], place=given["place"])
        context = {"form": form, "given": given, "count": cases.count()}
        return _page(request, "move", _("Hand cases over"), context)
    try:
        moved, left = services.cases_move(by=user, now=timezone.now(), **given)
    except ValidationError as error:
        form.add_error(None, error)
        return _people(request, move_form=form, status=422)
    text = _("%(n)s cases were handed over.")
    messages.success(request, text % {"n": moved})
    if left:
        text = _("%(n)s cases stay: the colleague has no right to them.")
        messages.warning(request, text % {"n": left})
    return to_top("complaints_people:people")


@require_safe
def callbacks(request: HttpRequest) -> HttpResponse:
    """Whom to call: solved, they say, and handled by others."""
    user = _handler(request)
    visible = permissions.complaints_visible_to(user).filter(
        community__in=_places(user).order_by().values("pk"), category__is_restricted=False
    )
    rows = visible.to_call_back().exclude(permissions.handled_by(user))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    return _page(request, "callbacks", _("Calls to make"), {"page_obj": page})


def _people(
    request: HttpRequest,
    *,
    absence: AbsenceForm | None = None,
    move_form: MoveForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = _handler(request)
    places = _places(user)
    absences = _absences(user).not_over(timezone.localdate())
    rows = absences.select_related("user", "deputy", "place").order_by("from_date", "pk")
    context = {
        "absences": [(row, permissions.may_end_absence(user, row)) for row in rows],
        "absence_form": absence
        or AbsenceForm(places=places, prefix="absence", initial={"user": user.pk}),
        "move_form": move_form
        or MoveForm(places=places, prefix="move", initial={"person": user.pk}),
    }
    return _page(request, "people", _("Absences and deputies"), context, status=status)


def _absences(user: User) -> Any:
    own = Q(user=user) | Q(deputy=user)
    return Absence.objects.filter(own | Q(place__in=_places(user).order_by().values("pk")))


def _places(user: User) -> Any:
    return places_with(user, Action.COMPLAINT_HANDLE)


def _handler(request: HttpRequest) -> User:
    user = cast(User, request.user)
    if not permissions.may_handle_any(user):
        raise PermissionDenied
    return user


def _page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    trail = (
        (_("Home"), reverse("wagtailadmin_home")),
        (_("Complaints"), reverse("complaints_staff:list")),
        (title, ""),
    )
    items = [{"label": label, "url": url} for label, url in trail]
    furniture = {"header_title": title, "page_title": title, "breadcrumbs_items": items}
    template = f"complaints/staff/{template}.html"
    return render(request, template, {**furniture, **context}, status=status)
