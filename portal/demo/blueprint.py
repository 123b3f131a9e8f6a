"""The register on paper: communities, buildings and homes that add up to a plan exactly.

Pure: a plan and a random generator in, dataclasses out. Areas are whole hundredths of a square
metre, so that nothing is lost on the way to the total.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random

from portal.demo.names import COMMUNITY_NAMES, LANES
from portal.demo.plan import CountyPlan, SubdistrictPlan

#: units, floors, homes on a landing of one unit
SHAPES = [(2, 6, 2), (3, 5, 3), (3, 6, 2), (3, 6, 3), (4, 5, 2), (4, 6, 2), (4, 6, 3), (5, 6, 2)]
MAX_UNITS, MIN_UNITS, MAX_FLOORS, MIN_FLOORS = 6, 2, 7, 4


@dataclass
class Home:
    unit: str
    room: str
    floor: int
    area: int  # hundredths of ㎡

    @property
    def floor_area(self) -> Decimal:
        return Decimal(self.area) / 100


@dataclass
class BuildingDraft:
    name: str
    units: int
    floors: int
    landing: int
    built_year: int
    shops: int = 0  # ground-floor homes that are shops or duty rooms, so not in the register
    areas: list[int] = field(default_factory=list)  # of the homes on a landing
    homes: list[Home] = field(default_factory=list)

    @property
    def full_size(self) -> int:
        return self.units * self.floors * self.landing


@dataclass
class CommunityDraft:
    code: str
    name: str
    name_en: str
    address: str
    county: CountyPlan
    subdistrict: SubdistrictPlan
    committee: tuple[str, str] | None
    buildings: list[BuildingDraft]

    @property
    def households(self) -> int:
        return sum(len(building.homes) for building in self.buildings)

    @property
    def built_date(self) -> date:
        return date(min(b.built_year for b in self.buildings), 7, 1)


def register_blueprint(plans: tuple[CountyPlan, ...], rng: Random) -> list[CommunityDraft]:
    """The communities of all counties, in the order of their codes."""
    return [community for plan in plans for community in _county(plan, rng)]


def _county(plan: CountyPlan, rng: Random) -> Iterator[CommunityDraft]:
    sizes = _shares(plan.buildings, plan.communities, rng, least=2, most=11)
    _middling_first(sizes)
    groups = [_buildings(size, rng) for size in sizes]
    buildings = [building for group in groups for building in group]
    _fit_households(buildings, plan.households, rng)
    for building in buildings:
        building.homes = list(_homes(building))
    _fit_area(buildings, round(plan.area * 100))
    subdistricts = _subdistricts(plan)
    for index, (group, name) in enumerate(zip(groups, COMMUNITY_NAMES[plan.code], strict=False)):
        subdistrict, committee = subdistricts[index]
        lane = LANES[index % len(LANES)]
        yield CommunityDraft(
            code=f"{plan.prefix}{index + 1:03d}",
            name=name[0],
            name_en=name[1],
            address=f"{plan.name}{subdistrict.name}{lane}巷{3 + 2 * (index // len(LANES))}号",
            county=plan,
            subdistrict=subdistrict,
            committee=committee,
            buildings=group,
        )


def _subdistricts(plan: CountyPlan) -> list[tuple[SubdistrictPlan, tuple[str, str] | None]]:
    """Where each community of the county lies: neighbours share a committee."""
    seats = [(sub, one) for sub in plan.subdistricts for one in (sub.committees or (None,))]
    return [seats[index * len(seats) // plan.communities] for index in range(plan.communities)]


def _shares(total: int, parts: int, rng: Random, *, least: int, most: int) -> list[int]:
    """`total` in `parts` whole numbers from `least` to `most`, most of them small."""
    sizes = [least] * parts
    open_parts = list(range(parts))
    weights = [rng.lognormvariate(0, 0.6) for _ in range(parts)]
    for _ in range(total - least * parts):
        open_parts = [i for i in open_parts if sizes[i] < most]
        index = rng.choices(open_parts, [weights[i] for i in open_parts])[0]
        sizes[index] += 1
    return sizes


def _middling_first(sizes: list[int]) -> None:
    """The first community is the one people are shown: neither the smallest nor the largest."""
    middling = next((i for i, size in enumerate(sizes) if size == 5), 0)
    sizes[0], sizes[middling] = sizes[middling], sizes[0]


def _buildings(count: int, rng: Random) -> list[BuildingDraft]:
    year = rng.randint(1979, 1998)
    drafts = []
    for number in range(1, count + 1):
        units, floors, landing = rng.choice(SHAPES)
        areas = [rng.randint(5600, 11800) for _ in range(landing)]
        if landing == 3:  # the middle home of three is the small one
            areas[1] = rng.randint(4600, 6800)
        built = min(year + rng.randint(0, 3), 2000)
        drafts.append(BuildingDraft(f"{number}号楼", units, floors, landing, built, areas=areas))
    return drafts


def _fit_households(buildings: list[BuildingDraft], target: int, rng: Random) -> None:
    """Grow or shrink buildings until they hold `target` homes; shops take up the last few."""
    total = sum(b.full_size for b in buildings)
    room_for_shops = sum(b.landing for b in buildings)
    while not target <= total <= target + room_for_shops:
        building = rng.choice(buildings)
        before = building.full_size
        _resize(building, grow=total < target)
        total += building.full_size - before
    order = rng.sample(buildings, len(buildings))
    for index in range(total - target):
        order[index % len(order)].shops += 1


def _resize(building: BuildingDraft, *, grow: bool) -> None:
    if grow and building.floors < 6:
        building.floors += 1
    elif grow and building.units < MAX_UNITS:
        building.units += 1
    elif grow and building.floors < MAX_FLOORS:
        building.floors += 1
    elif not grow and building.units > MIN_UNITS:
        building.units -= 1
    elif not grow and building.floors > MIN_FLOORS:
        building.floors -= 1


def _homes(building: BuildingDraft) -> Iterator[Home]:
    skip = building.shops
    for unit in range(1, building.units + 1):
        for floor in range(1, building.floors + 1):
            for place in range(building.landing):
                if floor == 1 and skip > 0:
                    skip -= 1
                    continue
                room = f"{floor}{place + 1:02d}"
                yield Home(str(unit), room, floor, building.areas[place])


def _fit_area(buildings: list[BuildingDraft], target: int) -> None:
    """Scale all homes to `target`; what rounding leaves goes out in hundredths, home by home."""
    homes = [home for building in buildings for home in building.homes]
    total = sum(home.area for home in homes)
    for home in homes:
        home.area = home.area * target // total
    left = target - sum(home.area for home in homes)
    for home in homes[:left]:
        home.area += 1
