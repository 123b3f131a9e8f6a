"""Who is not reached yet: homes by what came of going there, never by what they said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from feedback.surveys.models import DoorContact, HelpRequest, Participation, Survey
from feedback.surveys.reach_states import DoorState, NextStep
from feedback.surveys.tables import percent
from portal.places.models import Household, Place

#: Lists of fewer rooms would point at people.
FEW_ROOMS = 5


@dataclass(frozen=True)
class UnitReach:
    """One stairwell: homes, those that took part, and the others by what came of going there."""

    building_pk: int
    building: str
    unit: str
    homes: int
    answered: int
    away: int
    refused: int
    empty: int
    later: int

    @property
    def untried(self) -> int:
        return self.homes - self.answered - self.away - self.refused - self.empty - self.later

    @property
    def rate(self) -> Decimal | None:
        return percent(self.answered, self.homes)


def homes_of(survey: Survey, community: Place) -> QuerySet[Any]:
    """The homes of the day the survey opened, each with `answered`, `door` and `wanted`."""
    taken = Participation.objects.filter(survey=survey, household=OuterRef("pk"))
    contact = DoorContact.objects.filter(survey=survey, household=OuterRef("pk"))
    asked = HelpRequest.objects.waiting().filter(household=OuterRef("pk"))
    homes = Household.objects.filter(building__place=community)
    return homes.on(timezone.localdate(survey.opens_at)).annotate(
        answered=Exists(taken),
        door=Coalesce(Subquery(contact.values("state")[:1]), Value("")),
        step=Coalesce(Subquery(contact.values("next_step")[:1]), Value("")),
        step_date=Subquery(contact.values("next_date")[:1]),
        wanted=Exists(asked),
    )


def reach_of_units(survey: Survey, community: Place) -> list[UnitReach]:
    """Every stairwell of the community. One query."""
    open_homes = Q(answered=False)
    rows = (
        homes_of(survey, community)
        .values("building", "building__name", "unit")
        .annotate(
            homes=Count("pk"),
            took_part=Count("pk", filter=Q(answered=True)),
            away=Count("pk", filter=open_homes & Q(door=DoorState.AWAY)),
            refused=Count("pk", filter=open_homes & Q(door=DoorState.REFUSED)),
            empty=Count("pk", filter=open_homes & Q(door=DoorState.EMPTY)),
            later=Count("pk", filter=open_homes & Q(door=DoorState.LATER)),
        )
        .order_by("building__name", "building", "unit")
    )
    return [
        UnitReach(
            row["building"],
            row["building__name"],
            row["unit"],
            row["homes"],
            row["took_part"],
            row["away"],
            row["refused"],
            row["empty"],
            row["later"],
        )
        for row in rows
    ]


def unreached(survey: Survey, community: Place, *, everybody: bool = False) -> QuerySet[Any]:
    """The worklist: homes that asked for help first, then what is due, then by door.

    Without `everybody`, those that refused and empty ones are left out.
    """
    homes = homes_of(survey, community).filter(answered=False)
    if not everybody:
        homes = homes.exclude(door__in=(DoorState.REFUSED, DoorState.EMPTY))
    return homes.select_related("building").order_by(
        "-wanted", "step_date", "building__name", "unit", "room", "pk"
    )


@dataclass(frozen=True)
class WorkRow:
    home: Household
    contact: DoorContact | None
    asked: list[HelpRequest]
    is_due: bool


def work_rows(survey: Survey, homes: Iterable[Household], today: date) -> list[WorkRow]:
    """What is known of each home on a page of the worklist. Two queries."""
    listed = list(homes)
    contacts = {
        row.household_id: row
        for row in DoorContact.objects.filter(survey=survey, household__in=listed)
    }
    asked: dict[int, list[HelpRequest]] = {}
    for row in (
        HelpRequest.objects.waiting().filter(household__in=listed).order_by("asked_at", "pk")
    ):
        asked.setdefault(row.household_id or 0, []).append(row)
    return [
        WorkRow(home, contact, asked.get(home.pk, []), _is_due(contact, today))
        for home in listed
        for contact in [contacts.get(home.pk)]
    ]


def _is_due(contact: DoorContact | None, today: date) -> bool:
    if contact is None or contact.next_step == NextStep.NONE:
        return False
    return contact.next_date is None or contact.next_date <= today
