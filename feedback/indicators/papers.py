"""The papers people file, as one sees them: 绩效自评表, 绩效评价指标评分表, 绩效评价报告."""

from typing import IO

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from feedback.indicators import charts, filed, word
from feedback.indicators.cards import (
    Scope,
    cards,
    evidence_numbers,
    filing_of,
    label_of,
    place_of,
)
from feedback.indicators.exports import file_name
from feedback.indicators.filed import Filing
from feedback.indicators.models import Export, ReportTemplate
from feedback.indicators.models.exports import Paper
from feedback.indicators.schemes import SchemeCode
from feedback.indicators.scorecards import Card
from feedback.indicators.staff_figures import parts_of, sees_everything
from feedback.plans.models import CorrectiveAction
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.counts import household_counts
from portal.places.models import Place
from portal.places.permissions import can
from portal.projects.models import RenovationProject

#: So many corrective actions stand in a report, the highest ranked first.
MOST_ACTIONS = 20


class PaperProblem(Exception):
    """Why there is no paper, in words for the one who asked for it."""


def paper_parameters(scope: Scope, paper: Paper) -> dict[str, str]:
    """What an export keeps of the paper it is; `scope_of` reads it."""
    return {"paper": paper.value, "project": "" if isinstance(scope, Place) else scope.code}


def scope_of(job: Export) -> Scope:
    """The project a paper is about, or the place. Raises PaperProblem where it is gone."""
    code = job.parameters.get("project")
    if not code:
        return job.place
    found = RenovationProject.objects.select_related("county").filter(code=code).first()
    if found is None:
        raise PaperProblem(_("The project is gone."))
    return found


def paper_write(job: Export, output: IO[bytes]) -> tuple[str, int]:
    """Write the paper; (name of the file, lines in it). Raises PaperProblem."""
    scope, paper = scope_of(job), Paper(job.parameters["paper"])
    name = file_name(paper.value.lower(), scope.code, job.year, job.format)
    if paper == Paper.REPORT:
        return name, _report_write(job, scope, output)
    with override("zh-hans"):
        filing = filing_for(job.requested_by, scope, job.year, paper.value)
    if paper == Paper.SELF and filing.missing:
        raise PaperProblem(missing_reasons(filing))
    write = filed.self_assessment_write if paper == Paper.SELF else filed.evaluation_write
    with override("zh-hans"):
        write(filing, output)
    return name, len(filing.card.lines)


def missing_reasons(filing: Filing) -> str:
    codes = ", ".join(line.part.definition.code for line in filing.missing)
    text = _("The form is not filed without a reason for the deviation of: %(codes)s.")
    return text % {"codes": codes}


def _report_write(job: Export, scope: Scope, output: IO[bytes]) -> int:
    report = report_for(job.requested_by, scope, job.year)
    kept = ReportTemplate.objects.holding(job.place)
    try:
        with override("zh-hans"):
            word.report_write(report, kept.file.read() if kept else None, output)
    except word.TemplateProblem as problem:
        if kept is None:
            # The shipped one is ours to mend, not theirs.
            raise
        text = _("The template “%(name)s” of %(place)s cannot be filled: %(problem)s")
        given = {"name": kept.name, "place": kept.place.label, "problem": problem}
        raise PaperProblem(text % given) from problem
    return len(report.filing.card.lines)


def cards_for(user: User, scopes: list[Scope], year: int, scheme: str) -> list[Card]:
    """The scorecards as `user` may see them: with the results of an open survey, or without; with
    what few have answered, or without."""
    if not scopes:
        return []
    place = place_of(scopes[0])
    return cards(
        scopes,
        year=year,
        scheme=scheme,
        today=timezone.localdate(),
        with_running=can(user, Action.RESULTS_VIEW, place),
        with_hidden=sees_everything(user, place),
    )


def filing_for(user: User, scope: Scope, year: int, scheme: str) -> Filing:
    return filing_of(scope, year, cards_for(user, [scope], year, scheme)[0])


def report_for(user: User, scope: Scope, year: int) -> word.Report:
    """All that the report says; its language is Chinese whatever the reader's."""
    with override("zh-hans"):
        card = cards_for(user, [scope], year, SchemeCode.EVALUATION)[0]
        below = _below(scope)
        parts = list(
            zip(
                [label_of(one) for one in below],
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
