"""The forms people file, and the reasons they are not filed without."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from feedback.indicators import forms, services
from feedback.indicators.cards import place_of, reasons_of, scored_years
from feedback.indicators.definitions import Direction
from feedback.indicators.models.exports import Paper
from feedback.indicators.papers import cards_for, filing_for, missing_reasons
from feedback.indicators.queries import unit_label
from feedback.indicators.schemes import SchemeCode
from feedback.indicators.scorecards import Line
from feedback.indicators.scoring import shown
from feedback.indicators.views.exports import paper_begin
from feedback.indicators.views.scores import (
    address,
    chosen_scheme,
    chosen_scope,
    chosen_year,
    score_crumb,
)
from feedback.indicators.views.staff import acting, figures_crumb, staff_page
from portal.accounts.roles import Action
from portal.places.permissions import can, require


@require_POST
def form(request: HttpRequest) -> HttpResponse:
    """Ask for the 绩效自评表 or 绩效评价指标评分表 as XLSX; the first only once every reason is
    written. A worker makes it."""
    user = acting(request)
    scope = chosen_scope(request, user)
    require(user, Action.FIGURES_EXPORT, place_of(scope))
    year, scheme = chosen_year(request, scored_years(scope)), chosen_scheme(request)
    if scheme == SchemeCode.SELF:
        filing = filing_for(user, scope, year, scheme)
        if filing.missing:
            messages.error(request, missing_reasons(filing))
            if can(user, Action.TARGET_PROPOSE, place_of(scope)):
                where = address(scope, year, scheme)
                return redirect(f"{reverse('figures:deviations')}?{where}")
            return redirect(f"{reverse('figures:score')}?{address(scope, year, scheme)}")
    return paper_begin(request, scope, year, Paper(scheme))


def deviations(request: HttpRequest) -> HttpResponse:
    """Write why figures miss their targets, or are far above them, and what is done."""
    user = acting(request)
    scope = chosen_scope(request, user)
    require(user, Action.TARGET_PROPOSE, place_of(scope))
    year = chosen_year(request, scored_years(scope))
    card = cards_for(user, [scope], year, SchemeCode.SELF)[0]
    names = {
        line.part.definition.code: (
            f"{line.part.definition.code} {line.part.definition.name}",
            _result(line),
        )
        for line in card.lines
        if line.needs_reason
    }
    known = reasons_of(scope, year)
    bound = forms.DeviationForm(request.POST or None, names=names, known=known)
    if request.method == "POST" and bound.is_valid():
        services.deviations_write(
            actor=user, scope=scope, year=year, texts=bound.cleaned_data, now=timezone.now()
        )
        messages.success(request, _("Saved."))
        return redirect(f"{reverse('figures:score')}?{address(scope, year, SchemeCode.SELF)}")
    context = {
        "form": bound,
        "scope": scope,
        "year": year,
        "open": [code for code in names if code not in known],
    }
    crumbs = [figures_crumb(), score_crumb(scope, year, SchemeCode.SELF)]
    return staff_page(request, "deviations", _("Reasons for deviations"), crumbs, context)


def _result(line: Line) -> str:
    """What is to be explained: the figure, what it is held against, and what it earned."""
    known, given = line.part.definition, line.given
    unit = unit_label(known.unit)
    sign = "≤" if known.direction == Direction.DOWN else "≥"
    texts = [
        _("Value %(value)s") % {"value": f"{shown(given.value)} {unit}"}
        if given.value is not None
        else _("No value"),
        ""
        if given.target is None
        else _("target %(target)s") % {"target": f"{sign} {shown(given.target)} {unit}"},
        _("%(points)s of %(weight)s points")
        % {"points": shown(line.points), "weight": shown(line.weight)},
        _("far above the target") if line.is_overshot else "",
    ]
    return " · ".join(filter(None, texts))
