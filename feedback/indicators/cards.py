"""Scorecards from the stored figures. A fixed number of queries, whatever the places."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Case, IntegerField, Q, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from feedback.indicators.evidence import evidence_number
from feedback.indicators.filed import Filing
from feedback.indicators.form_weights import approved_weights
from feedback.indicators.hidden import hidden_results, not_shown
from feedback.indicators.models import (
    RESULTS,
    Assessment,
    DeviationReason,
    Measurement,
    MeasurementQuerySet,
    TargetSheet,
)
from feedback.indicators.schemes import Part, SchemeCode, scheme_on
from feedback.indicators.scorecards import Card, Given, card
from feedback.indicators.states import MEASURED, AssessmentKind, Reason
from feedback.indicators.suppression import is_small
from feedback.indicators.targets import TargetBook
from feedback.indicators.whole_years import year_figure
from portal.places.models import Place
from portal.projects.models import RenovationProject

Scope = Place | RenovationProject
_FIELDS = (
    *("indicator", "variant", "place_id", "project_id", "period_start", "period_end", "wave"),
    *("formula_version", "status", "reason", "value", "numerator", "denominator", "n"),
    *("population", "freeze_date", "is_latest"),
)


def place_of(scope: Scope) -> Place:
    """Where the rights to it are held: a project lies in its county."""
    return scope if isinstance(scope, Place) else scope.county


def label_of(scope: Scope) -> str:
    return scope.label if isinstance(scope, Place) else scope.name


def cards(
    scopes: Sequence[Scope],
    *,
    year: int,
    scheme: str,
    today: date,
    with_running: bool,
    with_hidden: bool = True,
) -> list[Card]:
    """The card of each of `scopes`, all of them places or all of them projects. Five queries,
    and one for a self-assessment, whose points an approved target form shares out.

    What is counted within periods is added up over the months of `year`; of everything else the
    last period of the year that is over counts, else the one that runs; of survey waves the last up
    to the end of the year. `with_running` False leaves out what an open survey has shown so far,
    `with_hidden` False the results that are not public, from the totals, too: points would tell
    them (six queries more at most, and those of `survey_secrets`).
    """
    day = date(year, 12, 31)
    found = scheme_on(scheme, day)
    parts = found.parts(day)
    rows = _rows(scopes, parts, year, today, with_running=with_running)
    withheld = set() if with_hidden else _withheld(scopes, rows.values())
    flows = _flows(scopes, parts, year, today)
    judged = _judged(scopes, year) if scheme == SchemeCode.EVALUATION else {}
    book = TargetBook([place_of(scope) for scope in scopes], [year])
    is_self = scheme == SchemeCode.SELF
    forms = approved_weights(scopes, year) if is_self else [{}] * len(scopes)
    return [
        card(
            found,
            shared,
            [
                _given(
                    part,
                    rows.get((scope.pk, part.definition.code)),
                    flows.get((scope.pk, part.definition.code)),
                    judged.get((scope.pk, part.definition.code)),
                    _target(book, scope, part.definition.code, year),
                    withheld,
                )
                for part in shared
            ],
        )
        for scope, weights in zip(scopes, forms, strict=True)
        for shared in [found.parts_shared_by(day, weights) if weights else parts]
    ]


def assessments_of(scope: Scope, year: int) -> list[Assessment]:
    """All judgements on a card, the latest first."""
    rows = Assessment.objects.filter(**_of([scope]), year=year)
    return list(rows.select_related("assessed_by").order_by("-pk"))


def reasons_of(scope: Scope, year: int) -> dict[str, str]:
    """Indicator → the latest reason for its deviation."""
    rows = DeviationReason.objects.filter(**_of([scope]), year=year).order_by("pk")
    return dict(rows.values_list("indicator", "text"))


def filing_of(scope: Scope, year: int, found: Card) -> Filing:
    """The card with all that its forms say besides. Five queries."""
    rows = _measured([found])
    money = next((row for row in rows.values() if row.indicator == "I09"), None)
    projects = (
        RenovationProject.objects.filter(county__path__startswith=scope.path)
        if isinstance(scope, Place)
        else RenovationProject.objects.filter(pk=scope.pk)
    )
    sheets = TargetSheet.objects.filter(year=year)
    sheets = (
        sheets.filter(place=scope, project=None)
        if isinstance(scope, Place)
        else sheets.filter(project=scope)
    )
    goal = sheets.order_by("-pk").values_list("goal", flat=True).first()
    budgets = list(projects.values_list("budget", flat=True)) if money else []
    return Filing(
        name=scope.name,
        year=year,
        card=found,
        reasons=reasons_of(scope, year),
        evidence=_numbers(rows),
        goal=goal or "",
        budget=sum(budgets, Decimal(0)) if budgets else None,
        received=money.denominator if money else None,
        spent=money.numerator if money else None,
    )


def evidence_numbers(found: Iterable[Card]) -> dict[int, str]:
    """Measurement → its number among the evidence, of all that stands on these cards. One query."""
    return _numbers(_measured(found))


def _measured(found: Iterable[Card]) -> dict[int, Measurement]:
    lines = (line for card in found for line in card.lines)
    keys = {line.given.measurement for line in lines if line.given.measurement is not None}
    rows = Measurement.objects.filter(pk__in=keys).with_few().defer("inputs")
    return {row.pk: row for row in rows}


def _numbers(rows: Mapping[int, Measurement]) -> dict[int, str]:
    return {pk: evidence_number(row) for pk, row in rows.items()}


def _of(scopes: Sequence[Scope]) -> dict[str, list[int]]:
    name = "project" if scopes and isinstance(scopes[0], RenovationProject) else "place"
    return {f"{name}__in": [scope.pk for scope in scopes]}


def _target(book: TargetBook, scope: Scope, code: str, year: int) -> Decimal | None:
    project = scope if isinstance(scope, RenovationProject) else None
    holding = book.holding(place_of(scope), code, "main", year, project)
    return holding.value if holding else None


def _main(scopes: Sequence[Scope], codes: Iterable[str]) -> MeasurementQuerySet:
    rows = Measurement.objects.latest_revisions().not_withdrawn()
    return rows.filter(**_of(scopes), variant="main", indicator__in=list(codes))


def _rows(
    scopes: Sequence[Scope], parts: Sequence[Part], year: int, today: date, *, with_running: bool
) -> dict[tuple[int, str], Measurement]:
    """(scope, indicator) → the figure that counts for the year."""
    last = date(year, 12, 31)
    by_kind: dict[str, list[str]] = defaultdict(list)
    for part in parts:
        by_kind[part.definition.period].append(part.definition.code)
    rows = _main(scopes, [part.definition.code for part in parts])
    waves = Q(indicator__in=by_kind["WAVE"], period_start__lte=last)
    in_year = Q(period_end__year=year) & ~Q(indicator__in=by_kind["WAVE"])
    rows = rows.filter(waves | in_year)
    if not with_running:
        rows = rows.settled()
    over = Q(period_end__lte=min(last, today - timedelta(days=1)))
    whole_year = Q(indicator__in=[*by_kind["YEAR"], *by_kind["ONCE"]])
    rank = Window(
        RowNumber(),
        partition_by=["place", "project", "indicator"],
        order_by=[
            Case(
                When(over | whole_year, then=Value(0)),
                default=Value(1),
                output_field=IntegerField(),
            ),
            "-period_end",
            "-pk",
        ],
    )
    chosen = rows.annotate(rank=rank).filter(rank=1).only(*_FIELDS).order_by("pk")
    found = {(row.place_id or row.project_id or 0, row.indicator): row for row in chosen}
    for row in found.values() if not with_running else ():
        if row.indicator in RESULTS and is_small(row.indicator, row.n):
            # It scores nothing, whatever so few have said.
            row.value = None
    return found


def _flows(
    scopes: Sequence[Scope], parts: Sequence[Part], year: int, today: date
) -> dict[tuple[int, str], Given]:
    """(scope, indicator) → the sums of the year's months, never a mean of percentages."""
    codes = [part.definition.code for part in parts if part.definition.flow]
    months: dict[tuple[int, str], list[Measurement]] = defaultdict(list)
    rows = _main(scopes, codes).filter(period_end__year=year)
    for row in rows.only(*_FIELDS).order_by("period_end", "pk"):
        months[row.place_id or row.project_id or 0, row.indicator].append(row)
    return {key: _added_up(found, year, today) for key, found in months.items()}


def _withheld(scopes: Sequence[Scope], rows: Iterable[Measurement]) -> set[int]:
    """The keys of those results of surveys among `rows` that are measured, and not public."""
    places = {scope.pk: scope for scope in scopes if isinstance(scope, Place)}
    results = [row for row in rows if row.indicator in RESULTS and row.place_id in places]
    for row in results:
        row.place = places[row.place_id or 0]
    hidden = hidden_results(results).values
    return {row.pk for row in results if row.pk in hidden and row.status in MEASURED}


def _added_up(rows: Sequence[Measurement], year: int, today: date) -> Given:
    figure = year_figure(rows, year, today)
    return Given(
        value=figure.value,
        status=figure.status,
        why=str(figure.reason.label),
        measurement=rows[-1].pk,
    )


def _judged(scopes: Sequence[Scope], year: int) -> dict[tuple[int, str], Assessment]:
    rows = Assessment.objects.filter(**_of(scopes), year=year).select_related("assessed_by")
    return {
        (row.place_id or row.project_id or 0, row.indicator): row for row in rows.order_by("pk")
    }


def _given(
    part: Part,
    row: Measurement | None,
    flow: Given | None,
    judged: Assessment | None,
    target: Decimal | None,
    withheld: set[int],
) -> Given:
    said: Mapping[str, object] = {}
    if judged is not None:
        is_band = judged.kind == AssessmentKind.BAND
        said = {
            "band": judged.value if is_band else None,
            "deduction": Decimal(0) if is_band else judged.value,
            "remark": judged.reason,
            "by": str(judged.assessed_by),
        }
    if flow is not None:
        given = {
            "value": flow.value,
            "status": flow.status,
            "why": flow.why,
            "measurement": flow.measurement,
        }
    elif row is not None and row.pk in withheld:
        given = {"why": not_shown(), "measurement": row.pk, "is_withheld": True}
    elif row is not None:
        why = str(Reason(row.reason).label)
        given = {"value": row.value, "status": row.status, "why": why, "measurement": row.pk}
    else:
        missing = part.definition.missing
        why = str(missing) if missing else _("No figure in this year")
        given = {"why": "" if said.get("band") is not None else why}
    return Given(target=target, **given, **said)  # type: ignore[arg-type]


def scored_years(scope: Scope) -> list[int]:
    """Years with a figure, the latest first."""
    days = Measurement.objects.filter(**_of([scope])).dates("period_end", "year", order="DESC")
    return [day.year for day in days]
