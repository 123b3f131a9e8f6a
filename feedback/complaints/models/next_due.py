"""Which clock of an open case runs out first, in the terms of the database."""

from datetime import datetime

from django.db.models import Case, F, Q, When
from django.db.models.functions import Least

from feedback.complaints.models.categories import Category
from feedback.complaints.states import OPEN

#: Made safe and a date promised, or solved once, also says that somebody was there.
VISIT_OWED = Q(
    site_due_at__isnull=False,
    arrived_at__isnull=True,
    promised_date__isnull=True,
    reopened_at__isnull=True,
)
#: The contact and the visit as long as they are owed, and the end. SQLite's least of anything and
#: nothing is nothing, so no time in it may be empty.
NEXT_DUE = Least(
    F("due_at"),
    Case(When(first_contact_at__isnull=True, then=F("contact_due_at")), default=F("due_at")),
    Case(When(VISIT_OWED, then=F("site_due_at")), default=F("due_at")),
)


def due_condition(moment: datetime) -> Q:
    """Open cases whose contact, visit or end is due before `moment`, while their clock runs.

    Nothing is due on a restricted case: the discipline office follows rules of its own.
    """
    restricted = Category.objects.restricted().values("pk")
    running = Q(state__in=sorted(OPEN), waiting_since=None, next_due_at__lt=moment)
    return running & ~Q(category__in=restricted)
