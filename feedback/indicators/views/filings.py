"""The forms people file, and the reasons they are not filed without."""

from io import BytesIO

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from wagtail.admin import messages

from feedback.indicators import filed, forms, services
from feedback.indicators.cards import filing_of, reasons_of, scored_years
from feedback.indicators.exports import LABEL_EN, LABEL_HEADER
from feedback.indicators.models.exports import ExportKind
from feedback.indicators.schemes import SchemeCode
from feedback.indicators.views.scores import (
    address,
    cards_for,
    chosen_scheme,
    chosen_scope,
    chosen_year,
    score_crumb,
)
from feedback.indicators.views.staff import acting, figures_crumb, staff_page
from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.permissions import require

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def form(request: HttpRequest) -> HttpResponse:
    """绩效自评表 or 绩效评价指标评分表 as XLSX; the first only once every reason is written."""
    user = acting(request)
    scope = chosen_scope(request, user)
    require(user, Action.FIGURES_EXPORT, scope if isinstance(scope, Place) else scope.county)
    year, scheme = chosen_year(request, scored_years(scope)), chosen_scheme(request)
    filing = filing_of(scope, year, cards_for(user, [scope], year, scheme)[0])
    if scheme == SchemeCode.SELF and filing.missing:
        codes = ", ".join(line.part.definition.code for line in filing.missing)
        text = _("The form is not filed without a reason for the deviation of: %(codes)s.")
        messages.error(request, text % {"codes": codes})
        return redirect(f"{reverse('figures:score')}?{address(scope, year, scheme)}")
    buffer = BytesIO()
    if scheme == SchemeCode.SELF:
        filed.self_assessment_write(filing, buffer)
    else:
        filed.evaluation_write(filing, buffer)
    response = HttpResponse(buffer.getvalue(), content_type=XLSX)
    label = "-demonstration" if settings.DEMONSTRATION else ""
    name = f"{scheme.lower()}-{scope.code}-{year}{label}.xlsx"
    services.export_log(
        actor=user,
        place=scope if isinstance(scope, Place) else scope.county,
        kind=ExportKind.FORM,
        year=year,
        form="xlsx",
        reason=_("To be filed"),
        rows=len(filing.card.lines),
        content=buffer.getvalue(),
        file_name=name,
        now=timezone.now(),
    )
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    if settings.DEMONSTRATION:
        response[LABEL_HEADER] = LABEL_EN
    return response


def deviations(request: HttpRequest) -> HttpResponse:
    """Write why figures miss their targets, or are far above them, and what is done."""
    user = acting(request)
    scope = chosen_scope(request, user)
    require(user, Action.TARGET_PROPOSE, scope if isinstance(scope, Place) else scope.county)
    year = chosen_year(request, scored_years(scope))
    card = cards_for(user, [scope], year, SchemeCode.SELF)[0]
    names = {
        line.part.definition.code: f"{line.part.definition.code} {line.part.definition.name}"
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
