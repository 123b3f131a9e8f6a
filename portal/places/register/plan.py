"""What a file would do to the register: rows and a snapshot in, a plan out. Nothing is written."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from portal.common.sheets.notes import Note
from portal.places.models import Building, Household, Place, PlaceLevel
from portal.places.register.columns import BY_FIELD, Row
from portal.places.states import RowOutcome

BuildingKey = tuple[str, str]
HouseholdKey = tuple[str, str, str, str]

_BUILDING_FIELDS = ("units", "floors", "built_year")
_HOUSEHOLD_FIELDS = (
    "floor_area",
    "tenure",
    "occupancy",
    "occupancy_date",
    "valid_from",
    "valid_to",
)


@dataclass
class Snapshot:
    """The part of the register a file speaks of."""

    places: dict[str, Place]
    buildings: dict[BuildingKey, Building]
    households: dict[HouseholdKey, Household]
    #: Homes that have ended, the last one last.
    ended: dict[HouseholdKey, list[Household]]

    def home_of(self, row: Row) -> Household | None:
        """The home `row` speaks of: the present one, or an ended one with the same dates."""
        for home in self.ended.get(row.key, []):
            same_end = row.valid_to is not None and home.valid_to == row.valid_to
            if same_end and row.valid_from in (None, home.valid_from):
                return home
        return self.households.get(row.key)


@dataclass(frozen=True)
class Outcome:
    number: int
    kind: RowOutcome
    subject: str
    notes: tuple[Note, ...] = ()


@dataclass
class Plan:
    outcomes: list[Outcome] = field(default_factory=list)
    new_places: dict[str, Row] = field(default_factory=dict)
    new_buildings: dict[BuildingKey, Row] = field(default_factory=dict)
    changed_buildings: dict[BuildingKey, Building] = field(default_factory=dict)
    new_households: list[Row] = field(default_factory=list)
    changed_households: list[Household] = field(default_factory=list)

    @property
    def counts(self) -> Counter[RowOutcome]:
        return Counter(outcome.kind for outcome in self.outcomes)

    @property
    def is_refused(self) -> bool:
        return any(outcome.kind == RowOutcome.REFUSE for outcome in self.outcomes)

    @property
    def touched_codes(self) -> set[str]:
        """Codes of the communities that are not the same afterwards."""
        return {
            *self.new_places,
            *(code for code, _name in self.new_buildings),
            *(code for code, _name in self.changed_buildings),
            *(row.place_code for row in self.new_households),
            *(household.building.place.code for household in self.changed_households),
        }


def snapshot_of(rows: Iterable[Row]) -> Snapshot:
    """The communities that `rows` name, with their buildings and the homes that have not ended."""
    rows = list(rows)
    codes = {row.place_code for row in rows} | {row.parent_code for row in rows if row.parent_code}
    places = {place.code: place for place in Place.objects.filter(code__in=sorted(codes))}
    within = [place.pk for place in places.values()]
    buildings = {
        (building.place.code, building.name): building
        for building in Building.objects.filter(place__in=within).select_related("place")
    }
    present: dict[HouseholdKey, Household] = {}
    ended: dict[HouseholdKey, list[Household]] = {}
    homes = Household.objects.filter(building__place__in=within).select_related("building__place")
    for home in homes.order_by("valid_from", "pk"):
        key = (home.building.place.code, home.building.name, home.unit, home.room)
        if home.valid_to is None:
            present[key] = home
        else:
            ended.setdefault(key, []).append(home)
    return Snapshot(places, buildings, present, ended)


def plan_make(
    rows: Iterable[Row],
    snapshot: Snapshot,
    *,
    today: date,
    may_change: Callable[[Place], bool],
) -> Plan:
    """`may_change` says whether the register of a place is the uploader's to change."""
    plan = Plan()
    seen: dict[HouseholdKey, int] = {}
    for row in rows:
        problems = [*row.problems]
        if not problems:
            problems += _row_problems(row, snapshot, plan, seen, today)
            problems += _place_problems(row, snapshot, plan, may_change)
        if problems:
            plan.outcomes.append(
                Outcome(row.number, RowOutcome.REFUSE, row.subject, tuple(problems))
            )
            continue
        seen[row.key] = row.number
        plan.outcomes.append(_row_plan(row, snapshot, plan))
    return plan


def _row_problems(
    row: Row, snapshot: Snapshot, plan: Plan, seen: dict[HouseholdKey, int], today: date
) -> list[Note]:
    problems = []
    if (before := seen.get(row.key)) is not None:
        problems.append(Note.of("twice_in_file", row=before))
    home = snapshot.home_of(row)
    if home is None and row.floor_area is None:
        problems.append(Note.of("area_needed"))
    if home is None and row.valid_to is not None and row.valid_to <= today and not row.valid_from:
        problems.append(Note.of("already_ended"))
    begins = row.valid_from or (home.valid_from if home else today)
    if home is None:
        later = [e.valid_to for e in snapshot.ended.get(row.key, []) if e.valid_to]
        problems += [Note.of("overlaps", day=day) for day in later[-1:] if day > begins]
    if row.valid_to is not None and row.valid_to <= begins:
        problems.append(Note.of("date_order"))
    if row.occupancy_date is not None and row.occupancy_date > today:
        problems.append(Note.of("occupancy_future"))
    return problems


def _place_problems(
    row: Row, snapshot: Snapshot, plan: Plan, may_change: Callable[[Place], bool]
) -> list[Note]:
    place = snapshot.places.get(row.place_code)
    if place is None:
        return _new_place_problems(row, snapshot, plan, may_change)
    if not place.is_community:
        return [Note.of("not_a_community", code=place.code)]
    if not may_change(place):
        return [Note.of("no_right", name=place.name)]
    if row.place_name is not None and row.place_name != place.name:
        return [Note.of("name_differs", code=place.code, name=place.name)]
    return []


def _new_place_problems(
    row: Row, snapshot: Snapshot, plan: Plan, may_change: Callable[[Place], bool]
) -> list[Note]:
    """A community the register does not have is added where its name and its place above stand."""
    first = plan.new_places.get(row.place_code)
    if first is not None:
        if row.place_name is not None and row.place_name != first.place_name:
            return [Note.of("name_differs_in_file", code=row.place_code, row=first.number)]
        return []
    if not row.place_name or not row.parent_code:
        return [Note.of("place_unknown", code=row.place_code)]
    parent = snapshot.places.get(row.parent_code)
    if parent is None:
        return [Note.of("parent_unknown", code=row.parent_code)]
    if parent.level_id == PlaceLevel.COMMUNITY:
        return [Note.of("parent_level", code=row.parent_code)]
    if not may_change(parent):
        return [Note.of("no_right", name=parent.name)]
    return []


def _row_plan(row: Row, snapshot: Snapshot, plan: Plan) -> Outcome:
    notes: list[Note] = []
    if row.place_code not in snapshot.places and row.place_code not in plan.new_places:
        plan.new_places[row.place_code] = row
        notes.append(Note.of("community_new"))
    notes += _building_plan(row, snapshot, plan)
    home = snapshot.home_of(row)
    if home is None:
        plan.new_households.append(row)
        return Outcome(row.number, RowOutcome.ADD, row.subject, tuple(notes))
    changes = _changes(home, row, _HOUSEHOLD_FIELDS)
    if changes:
        plan.changed_households.append(home)
    notes += changes
    kind = RowOutcome.CHANGE if notes else RowOutcome.SAME
    return Outcome(row.number, kind, row.subject, tuple(notes))


def _building_plan(row: Row, snapshot: Snapshot, plan: Plan) -> list[Note]:
    key = (row.place_code, row.building)
    building = snapshot.buildings.get(key)
    if building is not None:
        changes = _changes(building, row, _BUILDING_FIELDS)
        if changes:
            plan.changed_buildings[key] = building
        return changes
    if key in plan.new_buildings:
        # A later row may know what the first one left blank.
        first = plan.new_buildings[key]
        known = {
            name: getattr(first, name) if getattr(first, name) is not None else getattr(row, name)
            for name in _BUILDING_FIELDS
        }
        plan.new_buildings[key] = replace(first, **known)
        return []
    plan.new_buildings[key] = row
    return [Note.of("building_new")]


def _changes(stored: Building | Household, row: Row, names: tuple[str, ...]) -> list[Note]:
    """What `row` says otherwise than `stored`, which is changed with it. Blank says nothing."""
    notes = []
    for name in names:
        new, old = getattr(row, name), getattr(stored, name)
        if new is None or new == old:
            continue
        notes.append(
            Note.of("changed", column=BY_FIELD[name].label, old=_shown(old), new=_shown(new))
        )
        setattr(stored, name, new)
    return notes


def _shown(value: Any) -> str:
    return "–" if value in (None, "") else str(value)
