"""What is wrong in the figures now (domain.md §8). Reads only; services/alerting.py keeps it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import sqrt
from typing import Any

from django.utils import timezone

from feedback.complaints.queries import category_months
from feedback.indicators.models import Measurement
from feedback.indicators.states import AlertKind
from feedback.indicators.targets import TargetBook
from feedback.surveys import queries as surveys
from feedback.surveys.models import Survey
from notices.coverage import publicity_coverage
from notices.models import NoticeRemoval
from notices.queries import removals_at
from portal.common.periods import add_months
from portal.places.models import Place
from portal.projects import queries as projects
from portal.projects.models import ProjectCommunity, RenovationProject

#: A deadline is told so many days before, and when it is there.
DEADLINE_STAGES = (0, 7, 30)
#: Money may be behind a linear plan by so many points; the plan runs over the first year of works.
BEHIND = Decimal(10)
PLAN_DAYS = 365
#: The running period is measured every night, so that older figures are never the latest.
LATELY = timedelta(days=62)
#: A category is told with so many cases in the month, and so many deviations over the mean.
LEAST_CASES = 5
DEVIATIONS = 2
MONTHS_BEFORE = 3
#: Half-way through a survey so much of the 20 % that is needed should be there, by its time.
NEEDED_RATE = Decimal(20)
MIDWAY = 0.5
#: What was taken down longer ago is history.
REMOVED_WITHIN = timedelta(days=90)


@dataclass(frozen=True)
class Found:
    """Something that is wrong at `place` now. `facts` are what its sentence is made of."""

    place_id: int
    kind: AlertKind
    subject: str
    stage: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def found_now(now: datetime) -> Iterator[Found]:
    """Everything of all places, each (place, kind, subject) once."""
    today = timezone.localdate(now)
    yield from _deadlines(today)
    yield from _money(today)
    yield from _notices(now)
    yield from _categories(today)
    yield from _responses(now)


def _deadlines(today: date) -> Iterator[Found]:
    for dates in projects.completion(RenovationProject.objects.all(), today):
        for kind, done, due in (
            (AlertKind.ACCEPTANCE, dates.accepted, dates.acceptance_deadline),
            (AlertKind.ACCOUNTS, dates.accounts, dates.accounts_deadline),
        ):
            days = (due - today).days
            stage = next((str(limit) for limit in DEADLINE_STAGES if days <= limit), None)
            if done is None and stage is not None:
                facts = {"project": dates.code, "due": due.isoformat()}
                yield Found(dates.county_id, kind, dates.code, stage, facts)


def _money(today: date) -> Iterator[Found]:
    """I09 against a linear plan, I06 against its limit, by project."""
    rows = (
        Measurement.objects.latest_revisions()
        .measured()
        .filter(project__isnull=False, indicator__in=("I06", "I09"), variant="main")
        .filter(period_end__gte=today - LATELY)
        .exclude(value=None)
        .select_related("project__county")
        .defer("inputs")
        .order_by("period_end", "pk")
    )
    latest = {(row.project_id, row.indicator): row for row in rows}
    counties = [row.project.county for row in latest.values() if row.project]
    book = TargetBook(counties, {row.period_end.year for row in latest.values()})
    begun = _begun()
    for row in latest.values():
        project, target = row.project, book.value_for(row)
        if project is None or target is None or row.value is None:
            continue
        facts = {"project": project.code, "value": f"{row.value:.2f}", "target": f"{target:.2f}"}
        if row.indicator == "I06":
            if row.value > target:
                yield Found(project.county_id, AlertKind.BUDGET, project.code, facts=facts)
            continue
        start = begun.get(project.pk)
        if start is None:
            continue
        share = Decimal(min(max((today - start).days, 0), PLAN_DAYS)) / PLAN_DAYS
        expected = target * share
        if row.value < expected - BEHIND:
            facts["expected"] = f"{expected:.2f}"
            yield Found(project.county_id, AlertKind.EXECUTION, project.code, facts=facts)


def _begun() -> dict[int, date]:
    rows = ProjectCommunity.objects.filter(start_date__isnull=False).order_by("-start_date", "pk")
    return {pk: day for pk, day in rows.values_list("project_id", "start_date") if day is not None}


def _notices(now: datetime) -> Iterator[Found]:
    today = timezone.localdate(now)
    for root in Place.get_root_nodes():
        missing: dict[int, list[str]] = defaultdict(list)
        for cell in publicity_coverage(root, today):
            if cell.is_due and cell.published is None:
                missing[cell.community.pk].append(cell.required.code)
        for place_id, codes in missing.items():
            stage = " ".join(sorted(set(codes)))[:200]
            yield Found(place_id, AlertKind.NOTICE, "notices", stage, {"codes": stage})
        for removal in removals_at(root):
            if now - removal.removed_at <= REMOVED_WITHIN and _was_early(removal):
                facts = {"title": removal.title, "day": f"{timezone.localdate(removal.removed_at)}"}
                yield Found(removal.place_id, AlertKind.EARLY, f"removal {removal.pk}", facts=facts)


def _was_early(removal: NoticeRemoval) -> bool:
    end = removal.publicity_end
    return end is not None and end >= timezone.localdate(removal.removed_at)


def _categories(today: date) -> Iterator[Found]:
    """A month so far against the mean of the three before it. Counts of cases spread like their
    square root, which three months alone could not tell."""
    this = today.replace(day=1)
    first = add_months(this, -MONTHS_BEFORE)
    for root in Place.get_root_nodes():
        counts = category_months(root, first, this)
        for (place_id, category, month), cases in sorted(counts.items()):
            if month != this or cases < LEAST_CASES:
                continue
            before = sum(
                counts.get((place_id, category, add_months(this, -back)), 0)
                for back in range(1, MONTHS_BEFORE + 1)
            )
            mean = before / MONTHS_BEFORE
            if not mean or (cases - mean) / sqrt(mean) > DEVIATIONS:
                facts = {"category": category, "cases": cases, "mean": f"{mean:.1f}"}
                stage = f"{this:%Y-%m}"
                yield Found(place_id, AlertKind.CATEGORY, category, stage, facts)


def _responses(now: datetime) -> Iterator[Found]:
    running = Survey.objects.running().filter(opens_at__lte=now, closes_at__gt=now)
    for survey in running.defer("questions").order_by("pk"):
        elapsed = (now - survey.opens_at) / (survey.closes_at - survey.opens_at)
        if elapsed < MIDWAY:
            continue
        needed = NEEDED_RATE * Decimal(f"{elapsed:.4f}")
        for root in Place.get_root_nodes():
            for place_id, tally in surveys.tallies(survey, root).items():
                if not tally.population:
                    continue
                rate = Decimal(100 * tally.returned) / tally.population
                if rate < needed:
                    # The rate of now would be stale soon; the screen of the survey has it.
                    facts = {"survey": survey.slug, "title": survey.title_zh}
                    yield Found(place_id, AlertKind.RESPONSE, survey.slug, "midway", facts)
