"""How many households there were in each month: the denominators of rates (domain.md §6.2.5)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db.models import Count

from portal.places.models import Household, Place

#: Day → how many more (or fewer) households there are from it on.
Steps = Mapping[date, int]


def household_steps(communities: Sequence[Place]) -> dict[int, Steps]:
    """Community pk → its steps. One query."""
    steps: dict[int, dict[date, int]] = {place.pk: defaultdict(int) for place in communities}
    rows = (
        Household.objects.filter(building__place__in=communities)
        .order_by()
        .values_list("building__place", "valid_from", "valid_to")
        .annotate(count=Count("pk"))
    )
    for pk, first, last, count in rows:
        steps[pk][first] += count
        if last is not None:
            steps[pk][last] -= count
    return dict(steps)


def households_on(steps: Steps, day: date) -> int:
    return sum(count for step, count in steps.items() if step <= day)


def household_months(steps: Steps, months: Iterable[date]) -> int:
    """Each month counts with the households of its first day."""
    return sum(households_on(steps, month) for month in months)
