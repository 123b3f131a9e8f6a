"""The demonstration register: places, buildings and homes, from a blueprint."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from django.db import transaction

from portal.demo.blueprint import BuildingDraft, CommunityDraft, Home, register_blueprint
from portal.demo.plan import CountyPlan
from portal.demo.progress import Progress
from portal.places.models import Building, Household, Place, PlaceLevel

#: The counts of who lives where were taken before the first survey of the record.
OCCUPANCY_DATE = date(2020, 5, 15)
FIRST_REGISTER_NUMBER = 100_001
BATCH = 1000

TENURES = {
    Household.Tenure.OWNED: 78,
    Household.Tenure.RENTED: 14,
    Household.Tenure.PUBLIC: 6,
    Household.Tenure.UNKNOWN: 2,
}
OCCUPANCIES = {
    Household.Occupancy.OCCUPIED: 88,
    Household.Occupancy.VACANT: 9,
    Household.Occupancy.UNKNOWN: 3,
}


@dataclass
class Community:
    """A seeded community with what the other parts need of it, so that they need no query."""

    draft: CommunityDraft
    place: Place
    county: Place
    buildings: list[Building] = field(default_factory=list)
    households: list[Household] = field(default_factory=list)

    @property
    def code(self) -> str:
        return self.draft.code


@dataclass
class Register:
    city: Place
    counties: dict[str, Place]
    communities: list[Community]

    def in_county(self, code: str) -> list[Community]:
        return [c for c in self.communities if c.draft.county.code == code]


def register_seed(
    plans: tuple[CountyPlan, ...], rng: Random, progress: Progress, weight: float = 1
) -> Register:
    """Writes places in one short transaction, homes in one a batch of communities."""
    drafts = register_blueprint(plans, rng)
    with transaction.atomic():
        register = _places(plans, drafts)
        _buildings(register)
    number = FIRST_REGISTER_NUMBER
    for start in progress.track(range(0, len(drafts), 10), -(-len(drafts) // 10), weight):
        chunk = register.communities[start : start + 10]
        homes: list[Household] = []
        for community in chunk:
            for building, draft in zip(community.buildings, community.draft.buildings, strict=True):
                for home in draft.homes:
                    row = _household(building, draft, home, number, rng)
                    community.households.append(row)
                    homes.append(row)
                    number += 1
        Household.objects.bulk_create(homes, batch_size=BATCH)
    return register


def _places(plans: tuple[CountyPlan, ...], drafts: list[CommunityDraft]) -> Register:
    province = _place(None, PlaceLevel.PROVINCE, "14", "山西省", "Shanxi Province")
    city = _place(province, PlaceLevel.CITY, "1402", "大同市", "Datong City")
    counties: dict[str, Place] = {}
    parents: dict[tuple[str, str], Place] = {}
    for plan in plans:
        county = _place(city, PlaceLevel.COUNTY, plan.code, plan.name, plan.name_en)
        counties[plan.code] = county
        number = 0
        for sub in plan.subdistricts:
            place = _place(county, PlaceLevel.SUBDISTRICT, sub.code, sub.name, sub.name_en)
            parents[sub.code, ""] = place
            for name, name_en in sub.committees:
                number += 1
                parents[sub.code, name] = _place(
                    place,
                    PlaceLevel.COMMITTEE,
                    f"{plan.prefix}S{number:02d}",
                    name,
                    name_en,
                    phone=_phone(sub.code, number),
                )
    communities = []
    for draft in drafts:
        committee = draft.committee[0] if draft.committee else ""
        place = _place(
            parents[draft.subdistrict.code, committee],
            PlaceLevel.COMMUNITY,
            draft.code,
            draft.name,
            draft.name_en,
            address=draft.address,
            phone=_phone(draft.subdistrict.code, int(draft.code[2:])),
        )
        communities.append(Community(draft, place, counties[draft.county.code]))
    return Register(city, counties, communities)


def _place(
    parent: Place | None, level: str, code: str, name: str, name_en: str, **fields: str
) -> Place:
    values = {"level_id": level, "code": code, "name": name, "name_en": name_en, **fields}
    return parent.add_child(**values) if parent else Place.add_root(**values)


def _phone(code: str, number: int) -> str:
    """Looks like a number of the city but cannot be dialled: none there begins with 0."""
    return f"0352-0{code[-3:]}{number:03d}"


def _buildings(register: Register) -> None:
    rows = []
    for community in register.communities:
        community.buildings = [
            Building(
                place=community.place,
                name=draft.name,
                units=draft.units,
                floors=draft.floors,
                built_year=draft.built_year,
            )
            for draft in community.draft.buildings
        ]
        rows += community.buildings
    Building.objects.bulk_create(rows, batch_size=BATCH)


def _household(
    building: Building, draft: BuildingDraft, home: Home, number: int, rng: Random
) -> Household:
    return Household(
        building=building,
        unit=home.unit,
        room=home.room,
        register_number=number,
        floor_area=home.floor_area,
        tenure=rng.choices(list(TENURES), list(TENURES.values()))[0],
        occupancy=rng.choices(list(OCCUPANCIES), list(OCCUPANCIES.values()))[0],
        occupancy_date=OCCUPANCY_DATE,
        valid_from=date(draft.built_year, 7, 1),
    )
