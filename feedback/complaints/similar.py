"""Open cases about the same in the same building, as anybody may see them before filing.

Category, day, state and how many joined: nothing that somebody wrote.
"""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from feedback.complaints.models import Category, Complaint
from portal.places.models import Building, Place

SHOWN = 3


@dataclass(frozen=True)
class Similar:
    number: str
    topic: str
    building: str
    filed_on: date
    state: str
    signatories: int


def similar_cases(community: Place, category: Category, building: Building | None) -> list[Similar]:
    """The latest few of them; one query."""
    found = Complaint.objects.similar(community, category, building)[:SHOWN]
    return [similar(complaint, category, building) for complaint in found]


def similar(complaint: Complaint, category: Category, building: Building | None) -> Similar:
    return Similar(
        number=complaint.number,
        topic=category.plain,
        building=building.name if building else "",
        filed_on=timezone.localdate(complaint.filed_at),
        state=str(complaint.get_state_display()),
        signatories=complaint.signatories,
    )
