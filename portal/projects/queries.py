"""What the indicators read of the renovation record, each with a fixed number of queries.

Money is in 元. `as_of` is the last day looked at: a fact dated later is not known yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Min, Q, QuerySet

from portal.places.models import Place
from portal.projects import deadlines
from portal.projects.models import (
    FundReceipt,
    Payment,
    ProjectCommunity,
    PropertyTakeover,
    RenovationProject,
)
from portal.projects.money import fen_sum, yuan
from portal.projects.states import SizeClass

#: I22: acceptance within so many days of completion, unless an installation sets another limit.
ACCEPTANCE_DAYS = 90

Projects = QuerySet[RenovationProject] | Iterable[RenovationProject]


@dataclass(frozen=True)
class Funds:
    """I08, I09: money in and out, and the part of each that serves the renovation."""

    received: Decimal
    received_eligible: Decimal
    spent: Decimal
    spent_eligible: Decimal


@dataclass(frozen=True)
class ProjectDates:
    """I22, I24: one completed project. A deadline counts as due from its own day on."""

    project_id: int
    code: str
    county_id: int
    completed: date
    accepted: date | None
    accounts: date | None
    acceptance_deadline: date
    accounts_deadline: date
    as_of: date

    @property
    def acceptance_due(self) -> bool:
        return self.acceptance_deadline <= self.as_of

    @property
    def accepted_in_time(self) -> bool:
        return self.accepted is not None and self.accepted <= self.acceptance_deadline

    @property
    def accounts_due(self) -> bool:
        return self.accounts_deadline <= self.as_of

    @property
    def accounts_in_time(self) -> bool:
        return self.accounts is not None and self.accounts <= self.accounts_deadline


@dataclass(frozen=True)
class Window:
    """The time of the works; `completed` is None while they go on."""

    start: date
    completed: date | None


@dataclass(frozen=True)
class CommunityWorks:
    """I18–I20, I27: one community of a project.

    `begun` is the day its project's first works began, or its own in `project_works`.
    """

    community_id: int
    project_id: int
    begun: date | None
    completed: date | None
    area: Decimal

    def is_completed(self, day: date) -> bool:
        return self.completed is not None and self.completed <= day


@dataclass(frozen=True)
class TakeoverSpan:
    """I30: property management of a community from `first` to `last`; None is until further."""

    first: date
    last: date | None
    newly: bool

    def is_active(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def funds(projects: Projects, as_of: date | None = None) -> Funds:
    keys = _keys(projects)
    received = FundReceipt.objects.filter(project__in=keys).until(as_of)
    spent = Payment.objects.filter(project__in=keys).until(as_of)
    sums = {"total": fen_sum("amount"), "eligible": fen_sum("amount", where=Q(eligible=True))}
    money_in, money_out = received.aggregate(**sums), spent.aggregate(**sums)
    return Funds(
        received=yuan(money_in["total"]),
        received_eligible=yuan(money_in["eligible"]),
        spent=yuan(money_out["total"]),
        spent_eligible=yuan(money_out["eligible"]),
    )


def completion(
    projects: Projects, as_of: date, *, acceptance_days: int = ACCEPTANCE_DAYS
) -> list[ProjectDates]:
    """The projects completed by `as_of`; one with works left has no completion and is not in it."""
    completed = RenovationProject.objects.filter(pk__in=_keys(projects), completed_date__lte=as_of)
    return [
        ProjectDates(
            project_id=project.pk,
            code=project.code,
            county_id=project.county_id,
            completed=project.completed_date,
            accepted=_known(project.accepted_date, as_of),
            accounts=_known(project.accounts_date, as_of),
            acceptance_deadline=deadlines.acceptance_deadline(
                project.completed_date, days=acceptance_days
            ),
            accounts_deadline=deadlines.accounts_deadline(
                project.completed_date,
                size_class=SizeClass(project.size_class),
                extension_approved=project.extension_approved,
            ),
            as_of=as_of,
        )
        for project in completed.order_by("code", "pk")
        if project.completed_date is not None
    ]


def community_works(communities: Iterable[Place]) -> dict[int, CommunityWorks]:
    """Community pk → its works, for those that belong to a project. One query."""
    rows = (
        ProjectCommunity.objects.filter(community__in=communities)
        .annotate(begun=Min("project__communities__start_date"))
        .order_by("pk")
        .values_list("community_id", "project_id", "begun", "completed_date", "area")
    )
    return {row[0]: CommunityWorks(*row) for row in rows}


def project_works(projects: Projects) -> dict[int, list[CommunityWorks]]:
    """Project pk → the works of its communities. One query."""
    found: dict[int, list[CommunityWorks]] = {}
    rows = (
        ProjectCommunity.objects.filter(project__in=_keys(projects))
        .order_by("pk")
        .values_list("community_id", "project_id", "start_date", "completed_date", "area")
    )
    for row in rows:
        found.setdefault(row[1], []).append(CommunityWorks(*row))
    return found


def takeover_spans(communities: Iterable[Place]) -> dict[int, list[TakeoverSpan]]:
    """Community pk → its takeovers, the first one first. One query."""
    spans: dict[int, list[TakeoverSpan]] = {}
    rows = PropertyTakeover.objects.filter(community__in=communities)
    ordered = rows.order_by("from_date", "pk")
    for key, first, last, newly in ordered.values_list(
        "community_id", "from_date", "to_date", "newly"
    ):
        spans.setdefault(key, []).append(TakeoverSpan(first, last, newly))
    return spans


def with_takeover(
    members: QuerySet[ProjectCommunity], as_of: date
) -> list[tuple[ProjectCommunity, PropertyTakeover | None]]:
    """Each community of a project with the takeover in force on `as_of`. Two queries."""
    rows = list(members)
    active = PropertyTakeover.objects.active_on(as_of).order_by("from_date", "pk")
    found = {
        item.community_id: item
        for item in active.filter(community__in=[row.community_id for row in rows])
    }
    return [(row, found.get(row.community_id)) for row in rows]


def construction_windows(communities: Iterable[Place]) -> dict[int, Window]:
    """The windows of the communities that have one, by primary key, with one query."""
    rows = ProjectCommunity.objects.filter(
        community__in=communities, start_date__isnull=False
    ).values_list("community_id", "start_date", "completed_date")
    return {pk: Window(start, done) for pk, start, done in rows if start is not None}


def _keys(projects: Projects) -> "QuerySet[RenovationProject, int] | list[int]":
    if isinstance(projects, QuerySet):
        return projects.order_by().values_list("pk", flat=True)
    return [project.pk for project in projects]


def _known(day: date | None, as_of: date) -> date | None:
    return day if day is not None and day <= as_of else None
