"""Staff screens of the figures, mounted under /staff/figures/."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feedback.indicators import explain, staff_figures, stated
from feedback.indicators.action_links import actions_of
from feedback.indicators.case_links import MOST_PARTS, case_links, parts_below
from feedback.indicators.definitions import OF_EVENTS, Definition, current, definition
from feedback.indicators.models import Measurement
from feedback.indicators.seasons import season_lines
from feedback.indicators.states import Group
from feedback.indicators.targets import TargetBook
from feedback.surveys.models import Survey
from feedback.surveys.permissions import communities_for, results_actions
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.guard import get_visible_or_404
from portal.places.models import Place
from portal.places.permissions import can, places_with

PARTS_A_PAGE = 100
Crumb = tuple[str, str]


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """One place: its figures, and one indicator over its parts. Filters are in the address."""
    user = acting(request)
    place = chosen_place(request, user)
    year, known = parsed_year(request), chosen_indicator(request)
    page = Paginator(staff_figures.parts_of(place), PARTS_A_PAGE).get_page(request.GET.get("p"))
    parts = staff_figures.part_lines(user, place, list(page), known, year)
    context = {
        "place": place,
        "ancestors": visible_ancestors(user, place),
        "children": list(page),
        "lines": staff_figures.place_lines(user, place, year),
        "part_lines": parts,
        "chart": staff_figures.parts_chart(known, parts) if parts else None,
        "indicators": [item for item in current() if not item.missing],
        "awaited": [item for item in current() if item.missing],
        "known": known,
        "year": year,
        "years": chosen_years(place),
        "page_obj": page,
        "may_export": can(user, Action.FIGURES_EXPORT, place),
    }
    return staff_page(request, "figures", _("Figures"), [], context)


@require_safe
def measurement(request: HttpRequest, pk: int) -> HttpResponse:
    """One figure: its formula with the numbers put in, its inputs, its history."""
    user = acting(request)
    row = _visible_measurement(user, pk)
    place = row.place or (row.project.county if row.project else None)
    if place is None:
        raise Http404
    if row.is_running_result and not can(user, Action.RESULTS_VIEW, place):
        raise PermissionDenied(_("Results are shown after the survey has closed."))
    history, revisions = staff_figures.history_of(row), staff_figures.revisions_of(row)
    parts = parts_below(row, staff_figures.visible_rows(user, place))
    everything = staff_figures.sees_everything(user, place)
    if row.place:
        staff_figures.told(user, place, [row, *(part for part in parts if part.place_id)])
    title = f"{row.indicator} {row.definition.name}"
    survey = Survey.objects.filter(slug=row.wave).first() if row.wave else None
    context = {
        "line": staff_figures.line(row, TargetBook([place], [row.period_end.year])),
        "scope": row.place.label if row.place else str(row.project),
        "affected": staff_figures.affected(row),
        "project": row.project if row.project and can(user, Action.PROJECT_VIEW, place) else None,
        "is_survey": row.definition.group == Group.SURVEYS,
        "is_of_events": row.definition.variant(row.variant).method in OF_EVENTS,
        "with_numbers": explain.with_numbers(row),
        "interval": explain.interval(row) if everything or row.value is not None else "",
        "wave": survey.title if survey else row.wave,
        "results": _results_link(user, survey, place),
        "facts": explain.facts(row, everything=everything),
        "strata": explain.strata(row, parts) if everything else [],
        "modes": staff_figures.modes_summary(row) if everything else "",
        "revisions": revisions if everything or row.value is not None else [],
        "case_links": case_links(row) if can(user, Action.COMPLAINT_VIEW, place) else [],
        "parts_below": [(part, explain.with_numbers(part)) for part in parts],
        "most_parts": MOST_PARTS,
        "seasons": season_lines(row),
        "actions": actions_of(user, row)[:MOST_PARTS] if row.place else [],
        "chart": staff_figures.history_chart(user, history, place) if history else None,
    }
    back = f"{reverse('figures:overview')}?place={place.code}"
    return staff_page(request, "measurement", title, [(_("Figures"), back)], context)


@require_safe
def stated_figures(request: HttpRequest) -> HttpResponse:
    user = acting(request)
    visible = set(places_with(user, Action.FIGURES_VIEW).values_list("pk", flat=True))
    seen = set(staff_figures.places_seen_whole(user).values_list("pk", flat=True))
    groups = [group for group in stated.compared(seen) if group.place.pk in visible]
    return staff_page(
        request, "stated_staff", _("Stated and computed"), [figures_crumb()], {"groups": groups}
    )


def _results_link(user: User, survey: Survey | None, place: Place) -> str:
    """The page of all answers to `survey`, for those who may read it."""
    if (
        survey is None
        or not communities_for(user, survey, *results_actions(survey, timezone.now())).exists()
    ):
        return ""
    address = reverse("surveys_staff:results", args=[survey.pk])
    return f"{address}?place={place.code}" if place.is_community else address


def _visible_measurement(user: User, pk: int) -> Measurement:
    rows = Measurement.objects.select_related("place", "project__county")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    lookup = "place" if found.place_id else "project__county"
    return get_visible_or_404(rows, user, Action.FIGURES_VIEW, place_lookup=lookup, pk=pk)


# --- what the screens share ---


def acting(request: HttpRequest) -> User:
    return cast(User, request.user)


def chosen_place(request: HttpRequest, user: User) -> Place:
    """The place in the address, or the highest one somebody may see figures of."""
    code = request.GET.get("place", "")
    if code:
        return get_visible_or_404(
            Place.objects.all(), user, Action.FIGURES_VIEW, place_lookup="pk", code=code
        )
    found = places_with(user, Action.FIGURES_VIEW).order_by("depth", "path").first()
    if found is None:
        raise PermissionDenied(_("You have no place whose figures you may see."))
    return cast(Place, found)


def visible_ancestors(user: User, place: Place) -> list[Place]:
    visible = places_with(user, Action.FIGURES_VIEW)
    above = Place.objects.above(place).exclude(pk=place.pk)
    return list(above.filter(pk__in=visible.values("pk")))


def figures_crumb() -> Crumb:
    return _("Figures"), reverse("figures:overview")


def staff_page(
    request: HttpRequest, template: str, title: str, crumbs: list[Crumb], context: dict[str, Any]
) -> HttpResponse:
    """A staff screen with its title and the way back."""
    trail = [(_("Home"), reverse("wagtailadmin_home")), *crumbs, (title, "")]
    items = [{"label": label, "url": url} for label, url in trail]
    furniture = {"header_title": title, "page_title": title, "breadcrumbs_items": items}
    return render(request, f"indicators/{template}.html", {**furniture, **context})


def chosen_indicator(request: HttpRequest) -> Definition:
    try:
        return definition(request.GET.get("indicator", "I38"))
    except KeyError:
        return definition("I38")


def parsed_year(request: HttpRequest) -> int | None:
    text = request.GET.get("year", "")
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) <= 9998 else None


def chosen_years(place: Place) -> list[int]:
    days = Measurement.objects.filter(place=place).dates("period_end", "year", order="DESC")
    return [day.year for day in days]
