"""The cases behind a figure: the same conditions that count them, as a list to be read."""

from datetime import datetime

from django.db.models import Q

from feedback.complaints.models import Category, ComplaintEvent, ComplaintQuerySet
from feedback.complaints.queries import (
    answer_conditions,
    answer_times,
    answered_since,
    case_conditions,
    month_condition,
)
from feedback.complaints.states import IMPORTED
from portal.common.periods import Period

MAX_MONTHS = 30
#: Counted from what residents answered, which is in the log.
ANSWERED = ("I33", "I34")


def figure_cases(
    rows: ComplaintQuerySet, indicator: str, months: list[Period], now: datetime
) -> ComplaintQuerySet:
    """The cases of these months that I25, I28 and I32–I36 count; none for any other indicator.

    Several cases may be one event (events.py), and one case can have been answered twice. What is
    restricted counts nowhere, so it is in no list either.
    """
    found = Q(pk__in=[])
    for month in months[:MAX_MONTHS]:
        found |= _condition(indicator, month, now)
    if indicator in ANSWERED:
        return rows.filter(found)
    return rows.counted().filter(found)


def _answered(indicator: str, month: Period, now: datetime) -> Q:
    """Cases with an event of the month that I33 or I34 counts."""
    counts = answer_conditions()
    wanted = counts["rated"] if indicator == "I34" else counts["answered"] | counts["silent"]
    events = ComplaintEvent.objects.answers().annotate(was_heard=answered_since(now))
    return Q(pk__in=events.filter(wanted, answer_times(month, now)).values("complaint"))


def _condition(indicator: str, month: Period, now: datetime) -> Q:
    if indicator in ANSWERED:
        return _answered(indicator, month, now)
    counts = case_conditions(month, now)
    accepted = month_condition("filed_at", month) & Q(accepted_at__isnull=False)
    conditions = {
        "I25": month_condition("due_at", month) & Q(due_at__lte=now, quality__isnull=False),
        "I28": accepted & Q(category__counted=Category.Counted.RATE, channel__in=IMPORTED),
        "I32": counts["due"],
        # Reported as solved, or decided by the petition office.
        "I35": month_condition("resolved_at", month)
        | Q(resolved_at=None, petition__finished_date__range=(month.start, month.end)),
        "I36": accepted & Q(category__counted=Category.Counted.CONSTRUCTION),
    }
    return conditions.get(indicator, Q(pk__in=[]))
