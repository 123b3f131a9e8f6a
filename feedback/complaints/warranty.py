"""How long who built it must mend it free of charge (domain.md §2). Pure but for one query.

From acceptance: waterproofing five years, heating two heating seasons, pipes, wiring and fit-out
two years. Works that are not accepted yet are still the contractor's.
"""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from feedback.complaints.models import Complaint
from feedback.complaints.states import WorkItem
from portal.accounts.models import Organisation
from portal.projects.models import ProjectCommunity

YEARS: dict[str, int] = {
    WorkItem.WATERPROOFING: 5,
    WorkItem.PIPES: 2,
    WorkItem.ELECTRICS: 2,
    WorkItem.FIT_OUT: 2,
}
SEASONS = 2


@dataclass(frozen=True)
class Warranty:
    """`until` is None while the works are not accepted; `contractor` who must act, if known."""

    work_item: WorkItem
    until: date | None
    in_force: bool
    contractor: Organisation | None


def warranty_end(work_item: str, accepted: date) -> date | None:
    """The last day; None for a part of the works without a known warranty."""
    if work_item == WorkItem.HEATING:
        return _seasons_end(accepted)
    years = YEARS.get(work_item)
    return None if years is None else _years_later(accepted, years)


def _years_later(day: date, years: int) -> date:
    """The same day years later; 29 February ends on 28 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _seasons_end(accepted: date) -> date:
    """The end of the second heating season that begins on the day of acceptance or after it."""
    (from_month, from_day), (to_month, to_day) = settings.HEATING_SEASON
    year = accepted.year
    if date(year, from_month, from_day) < accepted:
        year += 1
    last = year + SEASONS - 1
    over_new_year = (to_month, to_day) < (from_month, from_day)
    return date(last + 1 if over_new_year else last, to_month, to_day)


def warranty_of(complaint: Complaint, today: date) -> Warranty | None:
    """Of what the case is about; None where no renovated part is, or none has a warranty."""
    quality = getattr(complaint, "quality", None)
    item = quality.work_item if quality else complaint.category.work_item
    if not item or item == WorkItem.OTHER:
        return None
    member = (
        ProjectCommunity.objects.filter(community=complaint.community_id)
        .select_related("project")
        .first()
    )
    project = quality.project if quality else member.project if member else None
    if project is None:
        return None
    contractor = quality.contractor if quality else None
    if contractor is None and complaint.assigned_to is not None:
        is_builder = complaint.assigned_to.kind == Organisation.Kind.CONTRACTOR
        contractor = complaint.assigned_to if is_builder else None
    accepted = project.accepted_date
    until = warranty_end(item, accepted) if accepted else None
    return Warranty(WorkItem(item), until, until is None or today <= until, contractor)
