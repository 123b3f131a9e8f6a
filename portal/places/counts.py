"""How many households there are: the denominators of half the indicators."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Q

from portal.places.models import Household, Place


def household_count(place: Place, on: date) -> int:
    """Households under `place` that exist on the day `on`."""
    return Household.objects.in_place(place).on(on).count()


def household_counts(places: Iterable[Place], on: date) -> dict[int, int]:
    """Community pk → households that exist on `on`; 0 where there are none. One query."""
    keys = [place.pk for place in places]
    counted = dict(
        Household.objects.on(on)
        .filter(building__place__in=keys)
        .values_list("building__place")
        .annotate(households=Count("pk"))
        .order_by("building__place")
    )
    return {key: counted.get(key, 0) for key in keys}


def register_counts(places: Iterable[int], on: date) -> dict[int, tuple[int, int]]:
    """Community pk → households that exist on `on`, and those of them known to be lived in.

    Communities without any are left out. One query.
    """
    occupied = Q(occupancy=Household.Occupancy.OCCUPIED)
    rows = (
        Household.objects.on(on)
        .filter(building__place__in=places)
        .values_list("building__place")
        .annotate(households=Count("pk"), occupied=Count("pk", filter=occupied))
        .order_by()
    )
    return {place: (households, lived_in) for place, households, lived_in in rows}


def household_months(place: Place, months: list[date]) -> dict[date, int]:
    """First day of a month → households under `place` that exist on it. One query."""
    if not months:
        return {}
    columns = {
        f"m{i}": Count(
            "pk",
            filter=Q(valid_from__lte=month) & (Q(valid_to=None) | Q(valid_to__gt=month)),
        )
        for i, month in enumerate(months)
    }
    row = Household.objects.in_place(place).aggregate(**columns)
    return {month: row[f"m{i}"] for i, month in enumerate(months)}
