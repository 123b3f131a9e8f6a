"""What the lines of a ledger mean here: places, homes, categories and times found, a batch at a
time, so that a file of any length takes the same memory and a fixed number of queries a batch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from feedback.complaints.deadlines import LOCAL, answer_until
from feedback.complaints.ledger_columns import Line, at
from feedback.complaints.models import Category, LedgerSource
from feedback.complaints.services.ledger import LedgerRow, is_sound
from feedback.complaints.states import LineOutcome, Nature
from portal.common.sheets.notes import Note
from portal.places.models import Building, Household, Place

HomeKey = tuple[int, str, str]
#: Where a line belongs, as far as the register knows, and what it does not know.
Home = tuple[Building | None, Household | None, list[Note]]


@dataclass(frozen=True)
class Meaning:
    """`row` is None unless the line can be taken in. `unknown`: ("category", word) to be asked."""

    line: Line
    outcome: LineOutcome
    row: LedgerRow | None = None
    notes: tuple[Note, ...] = ()
    unknown: tuple[str, str] | None = None


class Reader:
    """Reads the lines of one source. `may_enter` says whether a community's cases are the user's
    to enter."""

    def __init__(
        self, source: LedgerSource, may_enter: Callable[[Place], bool], now: datetime
    ) -> None:
        self.source, self.may_enter, self.now = source, may_enter, now
        self.categories = Category.objects.in_bulk()
        self.by_name = {category.name_zh: category for category in self.categories.values()}
        below = Place.objects.under(source.place).communities()
        self.communities = {place.code: place for place in below}
        named: dict[str, list[Place]] = {}
        for place in self.communities.values():
            named.setdefault(place.name, []).append(place)
        self.named = named

    def read(self, lines: Sequence[Line]) -> list[Meaning]:
        found = [(line, self._community(line)) for line in lines]
        homes = _Homes([(line, place) for line, place in found if isinstance(place, Place)])
        return [self._meaning(line, place, homes) for line, place in found]

    def _meaning(self, line: Line, place: Place | Note, homes: "_Homes") -> Meaning:
        if line.problems:
            return Meaning(line, LineOutcome.REFUSE, notes=line.problems)
        category = self._category(line)
        if category == LedgerSource.LEFT_OUT:
            note = Note.of("category_left_out", word=line.category)
            return Meaning(line, LineOutcome.SKIP, notes=(note,))
        problems: list[Note] = []
        unknown = None
        if isinstance(category, Note):
            problems.append(category)
            if category.code == "category_unknown":
                unknown = ("category", line.category)
        if isinstance(place, Note):
            problems.append(place)
            unknown = unknown or ("community", line.community)
        elif not self.may_enter(place):
            problems.append(Note.of("no_right", name=place.name))
        if problems or not isinstance(place, Place) or not isinstance(category, Category):
            return Meaning(line, LineOutcome.REFUSE, notes=tuple(problems), unknown=unknown)
        row, remarks = self._row(line, place, category, homes)
        if not is_sound(row, category):
            return Meaning(line, LineOutcome.REFUSE, notes=(Note.of("times_contradict"),))
        if self._is_to_come(row):
            return Meaning(line, LineOutcome.REFUSE, notes=(Note.of("day_to_come"),))
        return Meaning(line, LineOutcome.ADD, row, remarks)

    def _is_to_come(self, row: LedgerRow) -> bool:
        """Whether it tells of a day that has not come: a mistyped year would count for nothing
        until then, and be overdue or in time by mistake. Of today only the day may be known."""
        steps = (row.filed_at, row.accepted_at, row.first_contact_at, row.resolved_at)
        today = self.now.astimezone(LOCAL).date()
        told = [step for step in (*steps, row.verdict_at) if step is not None]
        return any(step.astimezone(LOCAL).date() > today for step in told)

    def _community(self, line: Line) -> Place | Note:
        word = self.source.word("community", line.community) or line.community
        if word in self.communities:
            return self.communities[word]
        found = self.named.get(word, [])
        if len(found) == 1:
            return found[0]
        if found:
            return Note.of("community_ambiguous", word=line.community)
        return Note.of("community_unknown", word=line.community, place=self.source.place.name)

    def _category(self, line: Line) -> Category | Note | str:
        word = self.source.word("category", line.category) or line.category
        if word == LedgerSource.LEFT_OUT:
            return word
        category = self.categories.get(word) or self.by_name.get(word)
        if category is None:
            return Note.of("category_unknown", word=line.category)
        if category.is_restricted:
            return Note.of("category_restricted")
        return category

    def _row(
        self, line: Line, place: Place, category: Category, homes: "_Homes"
    ) -> tuple[LedgerRow, tuple[Note, ...]]:
        building, household, remarks = homes.find(line, place)
        assert line.filed_at is not None
        filed = at(line.filed_at)
        times = self._times(line, filed)
        verdict, rating = line.verdict, line.rating or None
        if rating and not verdict:
            rating = None
            remarks.append(Note.of("rating_alone"))
        row = LedgerRow(
            community=place,
            channel=self.source.channel,
            source=self.source,
            source_number=line.source_number,
            category=category.pk,
            text=line.text,
            filed_at=filed,
            building=building,
            household=household,
            signatories=line.signatories,
            nature=line.nature,
            reply=line.reply,
            resolution=line.resolution,
            verdict=verdict,
            rating=rating,
            by_callback=bool(verdict),
            **times,
        )
        return row, tuple(remarks)

    def _times(self, line: Line, filed: datetime) -> dict[str, Any]:
        """What a ledger that keeps no acceptance holds was taken on when it was filed."""
        keeps_acceptance = "accepted_at" in self.source.columns
        accepted = at(line.accepted_at, filed) if line.accepted_at else None
        if accepted is None and (line.resolved_at or not keeps_acceptance):
            accepted = filed
        contact = at(line.first_contact_at, filed) if line.first_contact_at else None
        resolved = at(line.resolved_at, accepted or filed) if line.resolved_at else None
        if contact is None and "first_contact_at" in self.source.columns:
            # It keeps contacts and has none: the solution was the first one.
            contact = resolved
        answered = None
        if line.verdict and resolved is not None:
            answered = at(line.verdict_at, resolved) if line.verdict_at else resolved
        silent = None
        if resolved is not None and not line.verdict and line.nature == Nature.COMPLAINT:
            day = resolved.astimezone(LOCAL).date()
            over = answer_until(day, settings.COMPLAINT_SILENCE_WORKDAYS)
            silent = over if over <= self.now else None
        return {
            "accepted_at": accepted,
            "first_contact_at": contact,
            "resolved_at": resolved,
            "verdict_at": answered,
            "unconfirmed_at": silent,
        }


class _Homes:
    """The buildings and homes that a batch of lines names. Two queries."""

    def __init__(self, lines: Sequence[tuple[Line, Place]]) -> None:
        named = [(line, place) for line, place in lines if line.building]
        self.buildings: dict[tuple[int, str], Building] = {}
        self.homes: dict[HomeKey, list[Household]] = {}
        if not named:
            return
        for building in Building.objects.filter(place__in={place.pk for _l, place in named}):
            self.buildings[building.place_id, _short(building.name)] = building
        chosen = {
            found.pk
            for line, place in named
            if line.room and (found := self.buildings.get((place.pk, _short(line.building))))
        }
        rooms = {line.room for line, _place in named if line.room}
        homes = Household.objects.filter(building__in=chosen, room__in=rooms).order_by("pk")
        for home in homes.select_related("building"):
            self.homes.setdefault((home.building_id, home.unit, home.room), []).append(home)

    def find(self, line: Line, place: Place) -> Home:
        """The home as it was on the day of filing. What is not in the register is said, no more."""
        if not line.building:
            return None, None, []
        building = self.buildings.get((place.pk, _short(line.building)))
        if building is None:
            return None, None, [Note.of("building_unknown", word=line.building)]
        if not line.room:
            return building, None, []
        assert line.filed_at is not None
        day = at(line.filed_at).date()
        for home in self.homes.get((building.pk, line.unit or "1", line.room), []):
            if home.valid_from <= day and (home.valid_to is None or home.valid_to > day):
                return building, home, []
        word = f"{line.building} {line.unit}-{line.room}"
        return building, None, [Note.of("household_unknown", word=word)]


def _short(name: str) -> str:
    """“3号楼”, “3栋” and “3” are one building."""
    for ending in ("号楼", "栋", "幢", "楼"):
        if name.endswith(ending) and name != ending:
            return name.removesuffix(ending)
    return name


def refused(meanings: Sequence[Meaning]) -> dict[str, dict[str, int]]:
    """Kind → word nobody has given a meaning → how many lines have it."""
    words: dict[str, dict[str, int]] = {}
    for meaning in meanings:
        if meaning.unknown:
            kind, word = meaning.unknown
            counts = words.setdefault(kind, {})
            counts[word] = counts.get(word, 0) + 1
    return words


def notes_json(meaning: Meaning) -> list[dict[str, Any]]:
    return [note.as_json() for note in meaning.notes]
