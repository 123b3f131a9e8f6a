"""The score of a place or project, what would change it, and what an evaluator adds to it."""

from datetime import date
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from wagtail.admin import messages

from feedback.indicators import charts, forms, services
from feedback.indicators.cards import Scope, assessments_of, label_of, place_of, scored_years
from feedback.indicators.definitions import Rule
from feedback.indicators.papers import cards_for
from feedback.indicators.queries import unit_label
from feedback.indicators.schemes import SCHEMES, SchemeCode, scheme_on
from feedback.indicators.scorecards import GOAL, Card, Line
from feedback.indicators.staff_figures import parts_of
from feedback.indicators.views.staff import (
    Crumb,
    acting,
    chosen_place,
    figures_crumb,
    staff_page,
    visible_ancestors,
)
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.guard import get_visible_or_404
from portal.places.models import Place
from portal.places.permissions import can, require
from portal.projects.models import RenovationProject

FIRST_YEAR, LAST_YEAR = 2019, 2100


@require_safe
def score(request: HttpRequest) -> HttpResponse:
    """The score of a place or project, and of what lies below it. Filters are in the address."""
    user = acting(request)
    scope = chosen_scope(request, user)
    years = scored_years(scope)
    year, scheme = chosen_year(request, years), chosen_scheme(request)
    place = place_of(scope)
    card = cards_for(user, [scope], year, scheme)[0]
    below = parts_of(scope) if isinstance(scope, Place) and not scope.is_community else []
    below = [part for part in below if not part.is_community]
    projects: list[RenovationProject] = []
    if isinstance(scope, Place) and not below and not scope.is_community:
        projects = list(RenovationProject.objects.filter(county=scope).for_list())
    context = {
        "scope": scope,
        "place": place,
        "ancestors": visible_ancestors(user, place),
        "year": year,
        "years": years,
        "scheme": scheme,
        "schemes": SCHEMES,
        "card": card,
        "rows": _grouped(card),
        "chart": _chart(card),
        "below": _beside(user, below, year, scheme) + _beside(user, projects, year, scheme),
        "query": address(scope, year, scheme),
        "may_explain": scheme == SchemeCode.SELF and can(user, Action.TARGET_PROPOSE, place),
        "may_export": can(user, Action.FIGURES_EXPORT, place),
        "may_assess": scheme == SchemeCode.EVALUATION and can(user, Action.SCORE_ASSESS, place),
        "assessments": assessments_of(scope, year) if scheme == SchemeCode.EVALUATION else [],
    }
    return staff_page(request, "score", _("Score"), [figures_crumb()], context)


@require_safe
def what_if(request: HttpRequest) -> HttpResponse:
    """What the total would be if some indicators reached their targets. Nothing is saved."""
    user = acting(request)
    scope = chosen_scope(request, user)
    year, scheme = chosen_year(request, scored_years(scope)), chosen_scheme(request)
    card = cards_for(user, [scope], year, scheme)[0]
    gains = card.gains()
    known = {line.part.definition.code for line in gains}
    chosen = known & set(request.GET.getlist("reach"))
    smallest = card.smallest_set()
    total = card.total_with(chosen)
    after = None
    if smallest:
        after = card.total_with({line.part.definition.code for line in smallest})
    context = {
        "scope": scope,
        "year": year,
        "scheme": scheme,
        "card": card,
        "gains": [(line, unit_label(line.part.definition.unit)) for line in gains],
        "chosen": chosen,
        "total": total,
        "grade": None if total is None else card.scheme.grade(total),
        "goal": GOAL,
        "smallest": smallest,
        "after": after,
        "hidden": _pairs(scope, year, scheme),
    }
    crumbs = [figures_crumb(), score_crumb(scope, year, scheme)]
    return staff_page(request, "what_if", _("What if"), crumbs, context)


def assess(request: HttpRequest, indicator: str) -> HttpResponse:
    """Judge a qualitative indicator, or deduct points, with a reason."""
    user = acting(request)
    scope = chosen_scope(request, user)
    year = chosen_year(request, scored_years(scope))
    require(user, Action.SCORE_ASSESS, place_of(scope))
    parts = scheme_on(SchemeCode.EVALUATION, date(year, 12, 31)).parts(date(year, 12, 31))
    part = next((one for one in parts if one.definition.code == indicator), None)
    if part is None:
        raise Http404
    is_band = part.definition.rule == Rule.S5
    form = forms.AssessmentForm(request.POST or None, is_band=is_band, most=part.weight)
    back = f"{reverse('figures:score')}?{address(scope, year, SchemeCode.EVALUATION)}"
    if request.method == "POST" and form.is_valid():
        try:
            services.assessment_add(
                actor=user,
                scope=scope,
                year=year,
                indicator=indicator,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except ValidationError as error:
            for field, problems in error.message_dict.items():
                form.add_error(field if field in form.fields else None, problems)
        else:
            messages.success(request, _("Saved."))
            return redirect(back)
    line = next(
        one
        for one in cards_for(user, [scope], year, SchemeCode.EVALUATION)[0].lines
        if one.part.definition.code == indicator
    )
    title = f"{indicator} {part.definition.name}"
    earlier = [one for one in assessments_of(scope, year) if one.indicator == indicator]
    context = {
        "form": form,
        "line": line,
        "unit": unit_label(part.definition.unit),
        "scope": scope,
        "year": year,
        "assessments": earlier,
    }
    crumbs = [figures_crumb(), score_crumb(scope, year, SchemeCode.EVALUATION)]
    return staff_page(request, "assess", title, crumbs, context)


def _grouped(card: Card) -> list[tuple[Line, str]]:
    """The lines with their units; those of one level-2 group stand together."""
    return [(line, unit_label(line.part.definition.unit)) for line in card.grouped()]


def _beside(
    user: User, scopes: "list[Place] | list[RenovationProject]", year: int, scheme: str
) -> list[tuple[str, str, Card]]:
    """(name, address of its score, card) of what lies below."""
    found: list[Scope] = list(scopes)
    return [
        (label_of(scope), f"{reverse('figures:score')}?{address(scope, year, scheme)}", card)
        for scope, card in zip(found, cards_for(user, found, year, scheme), strict=True)
    ]


def _chart(card: Card) -> charts.Chart | None:
    if card.total is None:
        return None
    sums = [(str(one.name), one.points, one.weight) for one in card.level2() if one.weight]
    return charts.levels(_("Points by group"), sums)


def chosen_scope(request: HttpRequest, user: User) -> Scope:
    code = request.GET.get("project", "")
    if not code:
        return chosen_place(request, user)
    return get_visible_or_404(
        RenovationProject.objects.select_related("county"),
        user,
        Action.FIGURES_VIEW,
        place_lookup="county",
        code=code,
    )


def chosen_scheme(request: HttpRequest) -> str:
    code = request.GET.get("scheme", "")
    return code if code in SchemeCode.__members__ else SchemeCode.EVALUATION


def chosen_year(request: HttpRequest, years: list[int]) -> int:
    text = request.GET.get("year", "")
    if text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= LAST_YEAR:
        return int(text)
    return years[0] if years else timezone.localdate().year


def _pairs(scope: Scope, year: int, scheme: str) -> list[tuple[str, str]]:
    name = "place" if isinstance(scope, Place) else "project"
    return [(name, scope.code), ("year", str(year)), ("scheme", str(scheme))]


def address(scope: Scope, year: int, scheme: str) -> str:
    return urlencode(_pairs(scope, year, scheme))


def score_crumb(scope: Scope, year: int, scheme: str) -> Crumb:
    label = f"{_('Score')} · {label_of(scope)} · {year}"
    return label, f"{reverse('figures:score')}?{address(scope, year, scheme)}"
