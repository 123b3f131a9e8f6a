"""I06, I08, I09, I22, I24 of projects and I29 of communities, from the renovation record."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from feedback.indicators.definitions import definition_on
from feedback.indicators.figures.figure import Figure, Frame, Sums, calendar_frame
from portal.common.periods import Period, add_months
from portal.places.counts import household_counts
from portal.places.models import Place
from portal.projects import queries
from portal.projects.models import (
    FundReceipt,
    Payment,
    ProjectCommunity,
    PropertyTakeover,
    RenovationProject,
)

Entry = tuple[date, Decimal, bool]


@dataclass
class Ledger:
    """Money of one project as (day, amount, for the renovation)."""

    received: list[Entry] = field(default_factory=list)
    spent: list[Entry] = field(default_factory=list)

    @property
    def first_day(self) -> date | None:
        return min((entry[0] for entry in (*self.received, *self.spent)), default=None)

    @staticmethod
    def total(entries: Iterable[Entry], until: date, *, eligible_only: bool) -> Decimal:
        return sum(
            (
                amount
                for day, amount, eligible in entries
                if day <= until and (eligible or not eligible_only)
            ),
            Decimal(0),
        )


# --- projects ---


def project_figures(projects: Sequence[RenovationProject], today: date) -> dict[int, list[Figure]]:
    """Project pk → its figures. Four queries, whatever the number of projects."""
    ledgers = _ledgers(projects)
    dates = {item.project_id: item for item in queries.completion(projects, today)}
    starts = _starts(projects)
    figures: dict[int, list[Figure]] = {}
    for project in projects:
        ledger = ledgers[project.pk]
        known = [day for day in (ledger.first_day, starts.get(project.pk)) if day]
        figures[project.pk] = [
            *_gaps(project, min(known, default=today), today),
            *_received(project, ledger, known, today),
            *_execution(ledger, today),
        ]
        if project.pk in dates:
            figures[project.pk] += _deadlines(dates[project.pk], today)
    return figures


def _ledgers(projects: Sequence[RenovationProject]) -> dict[int, Ledger]:
    ledgers: dict[int, Ledger] = defaultdict(Ledger)
    columns = ("project_id", "entry_date", "amount", "eligible")
    receipts = FundReceipt.objects.filter(project__in=projects).order_by("entry_date", "pk")
    payments = Payment.objects.filter(project__in=projects).order_by("entry_date", "pk")
    for key, day, amount, eligible in receipts.values_list(*columns):
        ledgers[key].received.append((day, amount, eligible))
    for key, day, amount, eligible in payments.values_list(*columns):
        ledgers[key].spent.append((day, amount, eligible))
    return ledgers


def _starts(projects: Sequence[RenovationProject]) -> dict[int, date]:
    members = ProjectCommunity.objects.filter(project__in=projects, start_date__isnull=False)
    starts: dict[int, date] = {}
    for key, day in members.order_by("pk").values_list("project_id", "start_date"):
        if day is not None:
            starts[key] = min(day, starts.get(key, day))
    return starts


def _gaps(project: RenovationProject, first_day: date, today: date) -> list[Figure]:
    """I06 is measured once contracts exist; each year's table carries it."""
    if project.contract_total is None:
        return []
    figures: list[Figure] = []
    for period in periods_to("YEAR", first_day, today):
        frame = _once(calendar_frame(definition_on("I06", period.start), period, today))
        figures += gap(frame, project.budget, project.contract_total)
    return figures


def _once(frame: Frame) -> Frame:
    return replace(frame, period=replace(frame.period, kind="ONCE"))


def gap(frame: Frame, budget: Decimal, contract: Decimal) -> list[Figure]:
    """I06 over the budget and over the contracts, of one project or of sums over many."""
    inputs = {"budget": str(budget), "contract": str(contract)}
    difference = abs(budget - contract)
    return [
        frame.share("main", Sums(difference, budget), inputs),
        frame.share("over_contract", Sums(difference, contract), inputs),
    ]


def _received(
    project: RenovationProject, ledger: Ledger, known: Sequence[date], today: date
) -> list[Figure]:
    """I08: what came in for the renovation, and all money, of the planned investment.

    From the first of the days `known`, those of the ledger and that of the works: a project whose
    works began without any money has received nothing of its plan.
    """
    if not known:
        return []
    figures = []
    for period in periods_to("MONTH", min(known), today):
        frame = calendar_frame(definition_on("I08", period.start), period, today)
        until = min(period.end, today)
        for variant, eligible_only in (("main", True), ("raw", False)):
            received = Ledger.total(ledger.received, until, eligible_only=eligible_only)
            inputs = {"received": str(received), "investment": str(project.investment)}
            figures.append(frame.share(variant, Sums(received, project.investment), inputs))
    return figures


def _execution(ledger: Ledger, today: date) -> list[Figure]:
    """I09: for the renovation only, and with all money."""
    first_day = ledger.first_day
    if first_day is None:
        return []
    figures = []
    for period in periods_to("MONTH", first_day, today):
        frame = calendar_frame(definition_on("I09", period.start), period, today)
        until = min(period.end, today)
        for variant, eligible_only in (("main", True), ("raw", False)):
            spent = Ledger.total(ledger.spent, until, eligible_only=eligible_only)
            received = Ledger.total(ledger.received, until, eligible_only=eligible_only)
            inputs = {"spent": str(spent), "received": str(received)}
            figures.append(frame.share(variant, Sums(spent, received), inputs))
    return figures


def _deadlines(dates: queries.ProjectDates, today: date) -> list[Figure]:
    """I22 and I24 from the month a deadline falls in: before, nothing is due (E6)."""
    figures = []
    for code in ("I22", "I24"):
        deadline = dates.acceptance_deadline if code == "I22" else dates.accounts_deadline
        in_time = dates.accepted_in_time if code == "I22" else dates.accounts_in_time
        done = dates.accepted if code == "I22" else dates.accounts
        inputs = {
            "completed": dates.completed.isoformat(),
            "deadline": deadline.isoformat(),
            "done": done.isoformat() if done and in_time else None,
        }
        if deadline > today:
            continue
        for period in periods_to("MONTH", deadline, today):
            frame = calendar_frame(definition_on(code, period.start), period, today)
            figures.append(frame.share("main", Sums(Decimal(in_time), Decimal(1)), inputs))
    return figures


# --- communities ---


def community_figures(communities: Sequence[Place], today: date) -> dict[int, list[Figure]]:
    """Community pk → I29 of every quarter since its completion.

    Two queries, and one for every quarter.
    """
    completed = dict(
        ProjectCommunity.objects.filter(community__in=communities)
        .completed_by(today)
        .order_by("pk")
        .values_list("community_id", "completed_date")
    )
    if not completed:
        return {}
    takeovers: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    rows = PropertyTakeover.objects.filter(community__in=completed).order_by("from_date", "pk")
    for key, first, last in rows.values_list("community_id", "from_date", "to_date"):
        takeovers[key].append((first, last))
    done = [place for place in communities if place.pk in completed]
    earliest = min(day for day in completed.values() if day is not None)
    figures: dict[int, list[Figure]] = defaultdict(list)
    for period in periods_to("QUARTER", earliest, today):
        until = min(period.end, today)
        frame = calendar_frame(definition_on("I29", period.start), period, today)
        households = household_counts(done, until)
        for place in done:
            finished = completed[place.pk]
            if finished is not None and finished <= until:
                covered = any(
                    first <= until and (last is None or last >= until)
                    for first, last in takeovers[place.pk]
                )
                figures[place.pk] += _takeover(frame, covered, households[place.pk])
    return figures


def _takeover(frame: Frame, covered: bool, households: int) -> list[Figure]:
    """The sums of one community: 1 of 1, or 0 of 1, and the same in households."""
    inputs = {"covered": covered, "households": households}
    weight, size = Decimal(covered), Decimal(households)
    return [
        frame.share("main", Sums(weight, Decimal(1)), inputs),
        frame.share("by_household", Sums(weight * size, size), inputs),
    ]


def periods_to(kind: str, first_day: date, today: date) -> list[Period]:
    """The months, quarters or years from the one of `first_day` to the one of `today`."""
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[kind]
    period = _containing(kind, first_day)
    found = []
    while period.start <= today:
        found.append(period)
        start = add_months(period.start, months)
        end = add_months(start, months) - timedelta(days=1)
        period = Period(start, end, period.kind)
    return found


def _containing(kind: str, day: date) -> Period:
    if kind == "MONTH":
        return Period.containing("MONTH", day)
    return Period.containing("QUARTER" if kind == "QUARTER" else "YEAR", day)
