"""The cases behind a figure: the same conditions that count them, as a list to be read."""

from datetime import datetime

from django.db.models import Q

from feedback.complaints.models import Category, ComplaintQuerySet
from feedback.complaints.queries import case_conditions, month_condition
from feedback.complaints.states import IMPORTED
from portal.common.periods import Period

MAX_MONTHS = 30


def figure_cases(
    rows: ComplaintQuerySet, indicator: str, months: list[Period], now: datetime
) -> ComplaintQuerySet:
    """The cases of these months that I25, I28 and I32–I36 count; none for any other indicator.

    Several cases may be one event (events.py). What is restricted counts nowhere, so it is in no
    list either.
    """
    found = Q(pk__in=[])
    for month in months[:MAX_MONTHS]:
        found |= _condition(indicator, month, now)
    return rows.counted().filter(found)


def _condition(indicator: str, month: Period, now: datetime) -> Q:
    counts = case_conditions(month, now)
    accepted = month_condition("filed_at", month) & Q(accepted_at__isnull=False)
    conditions = {
        "I25": month_condition("due_at", month) & Q(due_at__lte=now, quality__isnull=False),
        "I28": accepted & Q(category__counted=Category.Counted.RATE, channel__in=IMPORTED),
        "I32": counts["due"],
        "I33": counts["answered"] | counts["silent"],
        "I34": counts["rated"],
        # Reported as solved, or decided by the petition office.
        "I35": month_condition("resolved_at", month)
        | Q(resolved_at=None, petition__finished_date__range=(month.start, month.end)),
        "I36": accepted & Q(category__counted=Category.Counted.CONSTRUCTION),
    }
    return conditions.get(indicator, Q(pk__in=[]))
