"""Staff screens that are not lists and forms of one model: letters, and register files."""

import csv
from collections.abc import Mapping
from typing import cast

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places import letters, services
from portal.places.forms import RegisterUploadForm
from portal.places.guard import get_visible_or_404
from portal.places.models import Building, Household, RegisterImport
from portal.places.permissions import can_somewhere
from portal.places.register import services as register
from portal.places.register.columns import COLUMNS
from portal.places.states import ImportState, RowOutcome
from portal.places.tasks import register_import_nudge

ROWS_PER_PAGE = 100
REFRESH_SECONDS = 3
Crumb = dict[str, str]


@require_safe
def building_letters(request: HttpRequest, pk: int) -> HttpResponse:
    buildings = Building.objects.select_related("place")
    building = get_visible_or_404(buildings, _user(request), Action.CODE_PRINT, pk=pk)
    homes = letters.households_of(building, timezone.localdate())
    return _letters(request, building, list(homes))


@require_safe
def household_letter(request: HttpRequest, pk: int) -> HttpResponse:
    household = _household(request, pk)
    return _letters(request, household.building, [household])


def _letters(request: HttpRequest, building: Building, homes: list[Household]) -> HttpResponse:
    base = letters.base_address(request)
    context = {
        "building": building,
        "place": building.place,
        "letters": letters.letters_for(homes, base),
        "count": len(homes),
        "address": f"{base}/h/".partition("//")[2],
        "today": timezone.localdate(),
        "demonstration": settings.DEMONSTRATION,
    }
    response = render(request, "places/letters.html", context)
    add_never_cache_headers(response)
    return response


def household_reissue(request: HttpRequest, pk: int) -> HttpResponse:
    household = _household(request, pk)
    if request.method == "POST":
        services.household_code_reissue(by=_user(request), household=household)
        letter = reverse("places_letters:household", args=[household.pk])
        buttons = [messages.button(letter, _("Letter with the code"))]
        text = _("The old code is invalid. Print the new letter.")
        messages.success(request, text, buttons=buttons)
        return redirect("households:inspect", household.pk)
    crumbs = [
        {"url": reverse("households:index"), "label": pgettext("of the register", "Households")},
        {"url": reverse("households:inspect", args=[household.pk]), "label": str(household)},
    ]
    context = {"household": household}
    return _page(request, "places/reissue.html", _("Make the code invalid"), crumbs, context)


def _household(request: HttpRequest, pk: int) -> Household:
    return get_visible_or_404(
        Household.objects.select_related("building__place"),
        _user(request),
        Action.CODE_PRINT,
        place_lookup="building__place",
        pk=pk,
    )


@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    """The files one has uploaded, and the form for another."""
    return _import_list(request, RegisterUploadForm())


@require_POST
def import_upload(request: HttpRequest) -> HttpResponse:
    user = _importer(request)
    form = RegisterUploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _import_list(request, form, status=422)
    file = form.cleaned_data["file"]
    job = register.import_start(
        by=user, filename=file.name, content=file.read(), now=timezone.now()
    )
    register_import_nudge(job.pk)
    return redirect("places_imports:detail", job.pk)


def _import_list(request: HttpRequest, form: RegisterUploadForm, status: int = 200) -> HttpResponse:
    jobs = RegisterImport.objects.for_user(_importer(request)).defer("content")
    page = Paginator(jobs.order_by("-created_at", "-pk"), 20).get_page(request.GET.get("p"))
    context = {"form": form, "page_obj": page, "columns": COLUMNS}
    return _page(request, "places/import_list.html", _("Register import"), [], context, status)


@require_safe
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a file is, then what it would do or did, row by row."""
    job = _job(request, pk)
    rows = job.rows.order_by("number", "pk")
    outcome = request.GET.get("outcome", "")
    if outcome in RowOutcome.values:
        rows = rows.filter(outcome=outcome)
    context = {
        "job": job,
        "page_obj": Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("p")),
        "outcome": outcome,
        "outcomes": [o for o in RowOutcome if o != RowOutcome.SAME],
        "can_confirm": job.state == ImportState.CHECKED and job.rows_added + job.rows_changed,
    }
    crumbs = [{"url": reverse("places_imports:list"), "label": _("Register import")}]
    response = _page(request, "places/import_detail.html", job.filename, crumbs, context)
    if job.is_under_way:
        # The page asks again by itself, with and without script.
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


@require_POST
def import_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    job = _job(request, pk)
    try:
        register.import_confirm(by=_user(request), register_import=job, now=timezone.now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        register_import_nudge(job.pk)
    return redirect("places_imports:detail", job.pk)


@require_safe
def import_template(request: HttpRequest) -> HttpResponse:
    """An empty register file with one example row, as Excel in China opens it."""
    _importer(request)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="register-template.csv"'
    writer = csv.writer(response)
    writer.writerow([column.names[0] for column in COLUMNS])
    writer.writerow([column.example for column in COLUMNS])
    return response


def _job(request: HttpRequest, pk: int) -> RegisterImport:
    jobs = RegisterImport.objects.for_user(_importer(request)).defer("content")
    return get_object_or_404(jobs, pk=pk)


def _importer(request: HttpRequest) -> User:
    user = _user(request)
    if not can_somewhere(user, Action.REGISTER_EDIT):
        raise PermissionDenied
    return user


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _page(
    request: HttpRequest,
    template: str,
    title: str,
    crumbs: list[Crumb],
    context: Mapping[str, object],
    status: int = 200,
) -> HttpResponse:
    context = {
        "breadcrumbs_items": [
            {"url": reverse("wagtailadmin_home"), "label": _("Home")},
            *crumbs,
            {"url": "", "label": title},
        ],
        "header_title": title,
        "header_icon": "list-ul",
        **context,
    }
    return render(request, template, context, status=status)
