"""The city a community is compared in: its ledgers are those of the whole city (domain.md §6.2)."""

from collections import defaultdict
from collections.abc import Iterable

from portal.places.models import Place, PlaceLevel, StaleMark
from portal.places.services import stale_mark


def by_city(communities: Iterable[Place]) -> list[tuple[Place, list[Place]]]:
    """Communities by the place their ledgers are kept for: the city, or the root without one. One
    query."""
    communities, steps = list(communities), Place.steplen
    paths = {p.path[:end] for p in communities for end in range(steps, len(p.path) + 1, steps)}
    above = Place.objects.filter(path__in=paths).order_by("path")
    keepers = [p for p in above if p.level_id == PlaceLevel.CITY or p.depth == 1]
    members: dict[str, list[Place]] = defaultdict(list)
    for place in communities:
        keeper = max((k.path for k in keepers if place.path.startswith(k.path)), key=len)
        members[keeper].append(place)
    return [(keeper, members[keeper.path]) for keeper in keepers if keeper.path in members]


def cities_mark(communities: Iterable[Place]) -> None:
    """Say that reductions have to be compared again in the cities of these communities: which
    months a ledger holds, and what happened where nothing was renovated, is read of the whole city.
    Call it inside the transaction of the change."""
    for city, _members in by_city(communities):
        stale_mark(kind=StaleMark.Kind.COMPLAINTS, place=city)
