"""A plan into the register, inside the caller's transaction, with bulk operations."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Max

from portal.common.generation import generation_bump
from portal.places.models import Building, Household, Place, PlaceLevel, StaleMark
from portal.places.register.columns import Row
from portal.places.register.plan import BuildingKey, Plan, Snapshot

_BATCH = 500


def plan_write(plan: Plan, snapshot: Snapshot, *, today: date) -> None:
    """Write all of `plan` and mark what counts on it as stale. `today` is where homes begin whose
    row does not say."""
    places = {**snapshot.places, **_places_add(plan, snapshot)}
    buildings = {**snapshot.buildings, **_buildings_add(plan, places)}
    Building.objects.bulk_update(
        plan.changed_buildings.values(), ["units", "floors", "built_year"], batch_size=_BATCH
    )
    _households_add(plan, buildings, today)
    Household.objects.bulk_update(
        plan.changed_households,
        ["floor_area", "tenure", "occupancy", "occupancy_date", "valid_from", "valid_to"],
        batch_size=_BATCH,
    )
    # Public pages name places, and filing keeps their buildings.
    generation_bump()
    register_stale(places[code] for code in sorted(plan.touched_codes))


def register_stale(communities: Iterable[Place]) -> None:
    """Household counts are denominators of surveys, of complaint rates and of roll-ups."""
    kinds = (StaleMark.Kind.SURVEY, StaleMark.Kind.COMPLAINTS, StaleMark.Kind.ROLLUP)
    StaleMark.objects.bulk_create(
        [StaleMark(kind=kind, place=place) for place in communities for kind in kinds],
        batch_size=_BATCH,
    )


def _places_add(plan: Plan, snapshot: Snapshot) -> dict[str, Place]:
    """Communities are few: each goes through the tree on its own."""
    level = PlaceLevel.objects.get(pk=PlaceLevel.COMMUNITY)
    added = {}
    for code, row in plan.new_places.items():
        parent = Place.objects.get(pk=snapshot.places[row.parent_code or ""].pk)
        added[code] = parent.add_child(
            level=level, code=code, name=row.place_name or code, address=row.address or ""
        )
    return added


def _buildings_add(plan: Plan, places: dict[str, Place]) -> dict[BuildingKey, Building]:
    rows = list(plan.new_buildings.items())
    created = Building.objects.bulk_create(
        [
            Building(
                place=places[code],
                name=name,
                units=row.units or 1,
                floors=row.floors,
                built_year=row.built_year,
            )
            for (code, name), row in rows
        ],
        batch_size=_BATCH,
    )
    return {key: building for (key, _row), building in zip(rows, created, strict=True)}


def _households_add(plan: Plan, buildings: dict[BuildingKey, Building], today: date) -> None:
    number = next_register_number()
    Household.objects.bulk_create(
        [
            _household(row, buildings[row.place_code, row.building], number + i, today)
            for i, row in enumerate(plan.new_households)
        ],
        batch_size=_BATCH,
    )


def next_register_number() -> int:
    """One more than the highest. Call it under `register_lock`, or two homes may get one number."""
    highest: int | None = Household.objects.aggregate(highest=Max("register_number"))["highest"]
    return (highest or 0) + 1


def register_lock() -> None:
    """Let one writer into the register at a time, until the end of the transaction."""
    # On SQLite the transaction itself is the lock; elsewhere the root levels' rows are.
    list(PlaceLevel.objects.select_for_update().order_by("pk").values_list("pk"))


def _household(row: Row, building: Building, number: int, today: date) -> Household:
    return Household(
        building=building,
        unit=row.unit,
        room=row.room,
        register_number=number,
        floor_area=row.floor_area or 0,
        tenure=row.tenure or Household.Tenure.UNKNOWN,
        occupancy=row.occupancy or Household.Occupancy.UNKNOWN,
        occupancy_date=row.occupancy_date,
        valid_from=row.valid_from or today,
        valid_to=row.valid_to,
    )
