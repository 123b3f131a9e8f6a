"""Alerts, and the runs of the recalculation."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from feedback.complaints.models import Alarm
from feedback.complaints.states import AlarmStage
from feedback.indicators import services
from feedback.indicators.alert_links import alert_links
from feedback.indicators.models import FigureAlert, RecalculationRun
from feedback.indicators.services.alerting import names_of_codes, sentence
from feedback.indicators.services.running import may_retry
from feedback.indicators.states import AlertKind, RunState
from feedback.indicators.views.staff import acting, figures_crumb, staff_page
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.models import Place, PlaceLevel
from portal.places.permissions import can_somewhere, places_with

PER_PAGE = 50


@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """What is wrong at the places somebody may see, the latest first; and what has ended."""
    user = acting(request)
    visible = places_with(user, Action.FIGURES_VIEW)
    if not can_somewhere(user, Action.FIGURES_VIEW):
        raise PermissionDenied
    found = FigureAlert.objects.in_places(visible)
    ended = request.GET.get("state") == "ended"
    found = found.filter(ended_at__isnull=False) if ended else found.standing()
    code = request.GET.get("place", "")
    place = visible.filter(code=code).first() if code else None
    if place is not None:
        found = found.filter(place__path__startswith=place.path)
    counts: dict[str, int] = dict(found.order_by().values_list("kind").annotate(Count("pk")))
    kind = request.GET.get("kind", "")
    kind = kind if kind in AlertKind.values else ""
    if kind:
        found = found.filter(kind=kind)
    rows = found.select_related("place").order_by("-raised_at", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    names = names_of_codes([alert.facts for alert in page])
    context = {
        "page_obj": page,
        "rows": [
            (alert, sentence(alert, names), url)
            for alert, url in zip(page, alert_links(user, list(page)), strict=True)
        ],
        "kinds": [(one, label, counts[one]) for one, label in AlertKind.choices if one in counts],
        "everything": sum(counts.values()),
        "kind": kind,
        "ended": ended,
        "place": place,
        "places": list(
            visible.filter(level__in=[PlaceLevel.CITY, PlaceLevel.COUNTY]).order_by("path")
        ),
        "alarms": _alarms(user, place),
    }
    return staff_page(request, "alerts", _("Alerts"), [figures_crumb()], context)


def _alarms(user: User, place: Place | None) -> list[tuple[str | Promise, int]]:
    """How many cases stand at which stage of their deadline, where somebody sees complaints."""
    places = places_with(user, Action.COMPLAINT_VIEW)
    if place is not None:
        places = places.under(place)
    found = Alarm.objects.filter(complaint__community__in=places).order_by()
    counts = dict(found.values_list("stage").annotate(Count("complaint", distinct=True)))
    return [(label, counts[stage]) for stage, label in AlarmStage.choices if stage in counts]


@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """The runs of the recalculation, those that failed first among the counts."""
    user = acting(request)
    if not can_somewhere(user, Action.FIGURES_EXPORT):
        raise PermissionDenied
    found = RecalculationRun.objects.order_by("-started_at", "-pk")
    counts: dict[str, int] = dict(found.order_by().values_list("state").annotate(Count("pk")))
    state = request.GET.get("state", "")
    state = state if state in RunState.values else ""
    if state:
        found = found.filter(state=state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "page_obj": page,
        "counts": [(one, label, counts[one]) for one, label in RunState.choices if one in counts],
        "everything": sum(counts.values()),
        "state": state,
        "may_retry": may_retry(user),
    }
    return staff_page(request, "runs", _("Recalculation"), [figures_crumb()], context)


@require_POST
def run_retry(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(RecalculationRun, pk=pk)
    try:
        services.run_retry(actor=acting(request), run=run)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("It is done again within a minute."))
    return redirect("figures:runs")
