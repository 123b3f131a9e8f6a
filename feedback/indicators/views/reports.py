"""The evaluation report as a Word file, and the template it is made from."""

from io import BytesIO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from feedback.indicators import forms, services, word
from feedback.indicators.cards import Scope, place_of, scored_years
from feedback.indicators.models import ReportTemplate
from feedback.indicators.models.exports import Paper
from feedback.indicators.papers import report_for
from feedback.indicators.schemes import SchemeCode
from feedback.indicators.views.exports import DOCX, paper_begin
from feedback.indicators.views.scores import (
    address,
    chosen_scope,
    chosen_year,
    score_crumb,
)
from feedback.indicators.views.staff import acting, figures_crumb, staff_page
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.permissions import can, require


@require_POST
def report(request: HttpRequest) -> HttpResponse:
    """Ask for the 绩效评价报告 of a place or project and a year; a worker makes it."""
    scope = chosen_scope(request, acting(request))
    year = chosen_year(request, scored_years(scope))
    return paper_begin(request, scope, year, Paper.REPORT)


def report_template(request: HttpRequest) -> HttpResponse:
    """See which template holds here, put another in its place, or go back to the shipped one."""
    user = acting(request)
    scope = chosen_scope(request, user)
    place = place_of(scope)
    require(user, Action.FIGURES_EXPORT, place)
    may_keep = can(user, Action.SCORE_ASSESS, place)
    year = chosen_year(request, scored_years(scope))
    form = forms.ReportTemplateForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        require(user, Action.SCORE_ASSESS, place)
        here = f"{reverse('figures:report_template')}?{_query(scope, year)}"
        if "reset" in request.POST:
            _keep(user, place)
            messages.success(request, _("The shipped template holds again."))
            return redirect(here)
        if form.is_valid():
            file = form.cleaned_data["file"]
            content = file.read()
            try:
                word.report_write(report_for(user, scope, year), content, BytesIO())
            except word.TemplateProblem as problem:
                text = _("This template cannot be filled: %(problem)s")
                form.add_error("file", text % {"problem": problem})
            else:
                _keep(user, place, file.name, content)
                messages.success(request, _("Saved."))
                return redirect(here)
    context = {
        "form": form,
        "kept": ReportTemplate.objects.holding(place),
        "place": place,
        "query": _query(scope, year),
        "may_keep": may_keep,
    }
    crumbs = [figures_crumb(), score_crumb(scope, year, SchemeCode.EVALUATION)]
    return staff_page(request, "report_template", _("Report template"), crumbs, context)


@require_safe
def report_template_file(request: HttpRequest) -> HttpResponseBase:
    """The template that holds here, to be edited and sent back."""
    user = acting(request)
    place = place_of(chosen_scope(request, user))
    require(user, Action.FIGURES_EXPORT, place)
    kept = ReportTemplate.objects.holding(place)
    content = kept.file.read() if kept else word.SHIPPED.read_bytes()
    return FileResponse(
        BytesIO(content),
        as_attachment=True,
        filename="evaluation-report-template.docx",
        content_type=DOCX,
    )


def _keep(user: User, place: Place, name: str = "", content: bytes = b"") -> None:
    services.report_template_keep(
        actor=user, place=place, name=name, content=content, now=timezone.now()
    )


def _query(scope: Scope, year: int) -> str:
    return address(scope, year, SchemeCode.EVALUATION)
