"""The dashboard of a place or project, mounted under /staff/figures/dashboard/."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feedback.indicators import dashboards
from feedback.indicators.cards import Scope, place_of
from feedback.indicators.definitions import Definition, current
from feedback.indicators.staff_figures import sees_everything
from feedback.indicators.views.scores import chosen_scope
from feedback.indicators.views.staff import (
    acting,
    chosen_indicator,
    chosen_years,
    figures_crumb,
    parsed_year,
    staff_page,
    visible_ancestors,
)
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.common.parts import part
from portal.places.models import Place
from portal.places.permissions import can
from portal.projects.models import RenovationProject


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """How it went, how the parts compare, who differs. Filters are in the address."""
    user = acting(request)
    scope = chosen_scope(request, user)
    place = place_of(scope)
    year, known, today = parsed_year(request), chosen_indicator(request), timezone.localdate()
    # Who may see the results of an open survey, or what few answered, sees another page.
    rights = can(user, Action.RESULTS_VIEW, place), sees_everything(user, place)
    key = (type(scope).__name__, scope.pk, year, known.code, *rights)
    context = {
        "scope": scope,
        "place": place,
        "is_project": not isinstance(scope, Place),
        "ancestors": visible_ancestors(user, place),
        "year": year,
        "known": known,
        "body": part(
            ("dashboard", today, *key),
            lambda: render_to_string(
                "indicators/dashboard_body.html", _body(user, scope, year, known, today)
            ),
        ),
    }
    return staff_page(request, "dashboard", _("Dashboard"), [figures_crumb()], context)


def _body(
    user: User, scope: Scope, year: int | None, known: Definition, today: date
) -> dict[str, Any]:
    place = place_of(scope)
    years = chosen_years(place)
    # Old figures are better than an empty page: without a year, up to the last one that has any.
    until = min(today, date(year or max(years, default=today.year), 12, 31))
    communities = dashboards.communities_of(scope)
    is_large = len(communities) > dashboards.MOST_COMMUNITIES
    communities = [] if is_large else communities
    parts = dashboards.parts_of(scope, communities)
    # One reading serves the heat table, the ranks and the funnel.
    compared = {one.pk: one for one in [*parts, *communities]}
    table = dashboards.table_of(user, scope, list(compared.values()), year)
    columns, rows = dashboards.heat(parts or communities, table)
    projects: list[RenovationProject] = []
    if isinstance(scope, Place) and parts and parts[0].is_community:
        projects = list(RenovationProject.objects.filter(county=scope).for_list())
    title = _("Complaints by month")
    return {
        "scope": scope,
        "scope_field": "place" if isinstance(scope, Place) else "project",
        "place": place,
        "is_project": not isinstance(scope, Place),
        "parts": parts,
        "projects": projects,
        "known": known,
        "indicators": [item for item in current() if not item.missing],
        "year": year,
        "years": years,
        "multiples": dashboards.multiples(user, scope, until),
        "columns": columns,
        "rows": rows,
        "ranking": dashboards.ranking(known, parts, table),
        "funnel": dashboards.funnel(known, communities, table) if parts else None,
        "has_funnel": dashboards.has_funnel(known),
        "months": dashboards.months(communities, until, title) if communities else None,
        "is_large": is_large,
        "most": dashboards.MOST_COMMUNITIES,
        "today": today,
        "other": f"{reverse('figures:overview')}?place={place.code}",
    }
