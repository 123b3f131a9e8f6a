"""The evaluation report as a Word file, and the template it is made from."""

from io import BytesIO

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe
from wagtail.admin import messages

from feedback.indicators import charts, forms, services, word
from feedback.indicators.cards import Scope, evidence_numbers, filing_of, scored_years
from feedback.indicators.exports import LABEL_EN, LABEL_HEADER
from feedback.indicators.models.exports import ExportKind
from feedback.indicators.schemes import SchemeCode
from feedback.indicators.scorecards import Card
from feedback.indicators.staff_figures import parts_of
from feedback.indicators.views.scores import (
    address,
    cards_for,
    chosen_scope,
    chosen_year,
    score_crumb,
)
from feedback.indicators.views.staff import acting, figures_crumb, staff_page
from feedback.plans.models import CorrectiveAction
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.counts import household_counts
from portal.places.models import Place
from portal.places.permissions import can, require
from portal.projects.models import RenovationProject

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: So many corrective actions stand in a report, the highest ranked first.
MOST_ACTIONS = 20


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """绩效评价报告 of a place or project and a year."""
    user = acting(request)
    scope = chosen_scope(request, user)
    place = _place(scope)
    require(user, Action.FIGURES_EXPORT, place)
    year = chosen_year(request, scored_years(scope))
    kept = services.report_template_of(place)
    output = BytesIO()
    try:
        word.report_write(_report(user, scope, year), kept.file.read() if kept else None, output)
    except word.TemplateProblem as problem:
        text = _("The template of this office cannot be filled: %(problem)s")
        messages.error(request, text % {"problem": problem})
        return redirect(f"{reverse('figures:report_template')}?{_query(scope, year)}")
    response = HttpResponse(output.getvalue(), content_type=DOCX)
    label = "-demonstration" if settings.DEMONSTRATION else ""
    name = f"report-{scope.code}-{year}{label}.docx"
    services.export_log(
        actor=user,
        place=place,
        kind=ExportKind.FORM,
        year=year,
        form="docx",
        reason=_("To be filed"),
        content=output.getvalue(),
        file_name=name,
        now=timezone.now(),
    )
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    if settings.DEMONSTRATION:
        response[LABEL_HEADER] = LABEL_EN
    return response


def report_template(request: HttpRequest) -> HttpResponse:
    """See which template holds here, put another in its place, or go back to the shipped one."""
    user = acting(request)
    scope = chosen_scope(request, user)
    place = _place(scope)
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
                word.report_write(_report(user, scope, year), content, BytesIO())
            except word.TemplateProblem as problem:
                text = _("This template cannot be filled: %(problem)s")
                form.add_error("file", text % {"problem": problem})
            else:
                _keep(user, place, file.name, content)
                messages.success(request, _("Saved."))
                return redirect(here)
    context = {
        "form": form,
        "kept": services.report_template_of(place),
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
    place = _place(chosen_scope(request, user))
    require(user, Action.FIGURES_EXPORT, place)
    kept = services.report_template_of(place)
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


def _report(user: User, scope: Scope, year: int) -> word.Report:
    """All that the report says; its language is Chinese whatever the reader's."""
    with override("zh-hans"):
        card = cards_for(user, [scope], year, SchemeCode.EVALUATION)[0]
        below = _below(scope)
        parts = list(
            zip(
                [_label(one) for one in below],
                cards_for(user, below, year, SchemeCode.EVALUATION),
                strict=True,
            )
        )
        communities = _communities(scope)
        today = timezone.localdate()
        return word.Report(
            filing=filing_of(scope, year, card),
            written_on=today,
            communities=len(communities),
            households=sum(household_counts(communities, today).values()),
            parts=parts,
            part_evidence=evidence_numbers([one for _name, one in parts]),
            actions=_actions(scope),
            charts=_charts(card),
        )


def _below(scope: Scope) -> list[Scope]:
    """Counties of a city, projects of a county."""
    if not isinstance(scope, Place) or scope.is_community:
        return []
    counties = [part for part in parts_of(scope) if not part.is_community]
    if counties:
        return list(counties)
    return list(RenovationProject.objects.filter(county=scope).for_list())


def _communities(scope: Scope) -> list[Place]:
    if isinstance(scope, Place):
        return list(Place.objects.under(scope).communities())
    return list(Place.objects.communities().filter(renovation__project=scope))


def _actions(scope: Scope) -> list[word.Action]:
    if not isinstance(scope, Place):
        return []
    rows = CorrectiveAction.objects.filter(place__path__startswith=scope.path).in_work()
    # What nobody has planned yet is a problem of the report, not an answer to one.
    rows = rows.exclude(measure="")
    return [
        word.Action(
            title=f"{row.place.name}：{row.title}",
            measure=row.measure,
            owner=str(row.organisation or row.owner or "待定"),
            due=f"{row.due_on:%Y-%m-%d}" if row.due_on else "待定",
            state=str(row.get_state_display()),
        )
        for row in rows.ranked().select_related("owner")[:MOST_ACTIONS]
    ]


def _charts(card: Card) -> list[charts.Chart]:
    if card.total is None:
        return []
    sums = [(one.name.zh, one.points, one.weight) for one in card.level2() if one.weight]
    return [charts.levels("各组指标得分率", sums)]


def _place(scope: Scope) -> Place:
    return scope if isinstance(scope, Place) else scope.county


def _label(scope: Scope) -> str:
    return scope.label if isinstance(scope, Place) else str(scope)


def _query(scope: Scope, year: int) -> str:
    return address(scope, year, SchemeCode.EVALUATION)
