"""What the boards hide does not follow from all of them together: city, counties, communities."""

from fractions import Fraction
from random import Random

import pytest

from feedback.complaints.board import PARTS, Board, board_of, period_of
from feedback.complaints.models import Category, ComplaintTally
from portal.common.suppression import LEAST
from portal.demo import factories
from tests.feedback.complaints.test_board import NOW, TODAY
from tests.portal.common.test_hiding import reduced

pytestmark = pytest.mark.django_db
CATEGORIES = ("C10", "C12", "C14")
#: Community, category, part: what all boards add up.
Atom = tuple[int, str, str]
#: The atoms a number is the sum of, and what the page says; None where it says nothing.
Told = tuple[frozenset[Atom], int | None]


def draw(drawn, neighbourhood):
    """Communities of three counties with drawn numbers of cases, small ones often."""
    third = factories.place("COUNTY", neighbourhood.city, code="140226", name="左云县")
    towns = {
        neighbourhood.county: neighbourhood.subdistrict,
        neighbourhood.other_county: neighbourhood.other.get_parent(),
        third: factories.place("SUBDISTRICT", third, code="140226100", name="云兴镇"),
    }
    counts, counties = {}, {}
    for county, town in towns.items():
        for number in range(drawn.randint(1, 3)):
            code = f"{county.code}{number:02d}"
            place = factories.place("COMMUNITY", town, code=code, name=f"{county.name}{number}")
            counties.setdefault(county, []).append(place)
            cells = {}
            for category in CATEGORIES:
                parts = {part: drawn.choice([0, 0, 0, 1, 2, 4, 7, 15]) for part in PARTS}
                counts.update({(place.pk, category, part): n for part, n in parts.items()})
                if any(parts.values()):
                    cells[category] = {"n": sum(parts.values()), **parts}
            ComplaintTally.objects.create(community=place, board={"2026-03": cells}, rebuilt_at=NOW)
    return counts, counties


def told_of(board: Board, below: set[int], names: dict[str, str]) -> list[Told]:
    def of(categories=CATEGORIES, parts=PARTS, places=None):
        inside = below if places is None else places
        return frozenset((p, c, part) for p in inside for c in categories for part in parts)

    found: list[Told] = [
        (of(), board.received),
        (of(parts=["open"]), board.open),
        (of(parts=[part for part in PARTS if part != "open"]), board.handled),
        (of(parts=["confirmed"]), board.confirmed),
        (of(parts=["unconfirmed"]), board.unconfirmed),
    ]
    if board.categories:
        lines = {names[line.label]: line.received for line in board.categories}
        # What is not listed is none.
        found += [(of(categories=[code]), lines.get(code, 0)) for code in CATEGORIES]
    return found


@pytest.mark.parametrize("seed", range(12))
def test_nothing_hidden_follows_from_all_boards(seed, neighbourhood):
    counts, counties = draw(Random(seed), neighbourhood)  # noqa: S311
    names = {category.label: category.pk for category in Category.objects.all()}
    scopes = {
        neighbourhood.city: {place.pk for places in counties.values() for place in places},
        **{county: {place.pk for place in places} for county, places in counties.items()},
        **{place: {place.pk} for places in counties.values() for place in places},
    }
    said: list[Told] = []
    boards = {}
    for place, below in scopes.items():
        boards[place] = board_of(place, period_of("2026", TODAY), TODAY)
        said += told_of(boards[place], below, names)
        for line in boards[place].parts:
            every = [(p, c, part) for p in scopes[line.place] for c in CATEGORIES for part in PARTS]
            done = [atom for atom in every if atom[2] != "open"]
            said += [(frozenset(every), line.received), (frozenset(done), line.handled)]
    told = {atoms: number for atoms, number in said if number is not None}
    assert all(sum(counts[atom] for atom in atoms) == number for atoms, number in told.items())
    hidden = {atoms for atoms, number in said if number is None} - set(told)
    # Where nothing is, nothing is hidden.
    empty = {atom for atoms, number in told.items() if number == 0 for atom in atoms}
    columns = [atom for atom in counts if atom not in empty]
    known = reduced([row(atoms, columns) for atoms in told if atoms - empty])
    for atoms in hidden:
        if sum(counts[atom] for atom in atoms):
            assert len(reduced([*known, row(atoms, columns)])) > len(known), sorted(atoms)
    for place, below in scopes.items():
        inside = [one for one in scopes if one.is_community and scopes[one] <= below]
        if len(inside) > 1 and boards[place].received is not None:
            left = boards[place].received - sum(boards[one].received or 0 for one in inside)
            assert left == 0 or left >= LEAST
    assert hidden


def row(atoms, columns):
    return [Fraction(int(atom in atoms)) for atom in columns]
