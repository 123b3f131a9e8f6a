"""Which cases a list, a rate or a worklist is made of."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from django.db import connection, models
from django.db.models import Case, Count, F, Q, When
from django.db.models.expressions import RawSQL

from feedback.complaints.models.absences import Absence
from feedback.complaints.models.categories import Category
from feedback.complaints.models.next_due import due_condition
from feedback.complaints.states import OPEN, Nature, State, Wish
from portal.places.models import Building, Place

if TYPE_CHECKING:
    from feedback.complaints.models.cases import Complaint  # noqa: F401 (the type of the rows)
    from portal.accounts.models import User

#: Calls that ask whether it is solved, after each report that it is.
MAX_CALLS = 3


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def in_place(self, place: Place) -> Self:
        return self.filter(community__path__startswith=place.path)

    def with_keys(self, keys: Iterable[int]) -> Self:
        """Those with one of these keys, however many: all of them are one value of the query, where
        SQLite takes so many values and no more."""
        if connection.vendor == "postgresql":
            return self.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [list(keys)]))
        listed = json.dumps(list(keys))
        return self.filter(pk__in=RawSQL("SELECT value FROM json_each(%s)", [listed]))

    def open(self) -> Self:
        return self.filter(state__in=sorted(OPEN))

    def counted(self) -> Self:
        """What rates are made of: complaints that were neither refused nor withdrawn, restricted
        ones left out."""
        return self.filter(nature=Nature.COMPLAINT).exclude(
            Q(state__in=[State.REFUSED, State.WITHDRAWN])
            | Q(category__counted=Category.Counted.EXCLUDED)
        )

    def in_events(self) -> Self:
        """What events are made of: the counted ones and what was joined to another report. A
        hotline's row that staff joined to a report of the portal stays a row of the hotline, or
        joining would look like a reduction."""
        counted = Q(nature=Nature.COMPLAINT) & ~Q(state__in=[State.REFUSED, State.WITHDRAWN])
        return self.filter(counted | Q(state=State.MERGED)).exclude(
            category__counted=Category.Counted.EXCLUDED
        )

    def same_numbers(self, numbers: Iterable[str]) -> Self:
        """What bears one of these numbers of a ledger, whichever ledger that is."""
        return self.filter(source_number__in=set(numbers) - {""})

    def worklist_of(self, user: "User", day: date) -> Self:
        """Open cases that are `user`'s, and on `day` those of colleagues they stand in for."""
        mine = Q(handler=user)
        for absence in Absence.objects.covered_by(user, day):
            below = Place.objects.under(absence.place).order_by().values("pk")
            mine |= Q(handler=absence.user_id, community__in=below)
        return self.open().filter(mine)

    def to_call_back(self) -> Self:
        """Reported as solved and not asked three times yet; who wished to be called comes first."""
        since = Q(callbacks__called_at__gte=F("resolved_at"))
        return (
            self.filter(state=State.RESOLVED)
            .annotate(calls=Count("callbacks", filter=since))
            .filter(calls__lt=MAX_CALLS)
            .select_related("community", "category", "building", "resolved_by")
            .order_by(Case(When(contact_wish=Wish.NONE, then=1), default=0), "resolved_at", "pk")
        )

    def for_list(self) -> Self:
        """What is due next comes first, whichever of its clocks that is."""
        return self.select_related(
            "community", "category", "building", "assigned_to", "handler"
        ).order_by("next_due_at", "pk")

    def similar(self, community: Place, category: Category, building: Building | None) -> Self:
        """Open cases about the same in the same building (or, without one, in no building named):
        what is offered before the same is filed once more. Restricted ones are never among them."""
        return self.filter(
            community=community,
            category=category,
            category__is_restricted=False,
            building=building,
            state__in=OPEN,
        ).order_by("-filed_at", "pk")

    def for_worklist(self) -> Self:
        """What waits for the resident comes last."""
        return self.for_list().order_by(
            F("waiting_since").asc(nulls_first=True), "next_due_at", "pk"
        )

    def due_before(self, moment: datetime) -> Self:
        return self.filter(due_condition(moment))
