"""Nothing that results hide can be reckoned from what they show."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.common.hiding import ALL, Hidden, Spot, hidden_of
from portal.common.suppression import LEAST

Table = dict[int, dict[str, int]]
CODES = "54321"
TABLES = st.integers(1, 6).flatmap(
    lambda n: st.fixed_dictionaries(
        {
            place: st.fixed_dictionaries({code: st.integers(0, 12) for code in CODES})
            for place in range(n)
        }
    )
)


def answered(table: Table) -> dict[int, int]:
    return {place: sum(row.values()) for place, row in table.items()}


def reckoned(table: Table, hidden: Hidden, *, adds_up: bool, together: str = "") -> list[Spot]:
    """Hidden cells that all equations a reader can write down have only one solution for."""
    unknown: list[object] = sorted(hidden.spots, key=str) + sorted(hidden.places)
    place_of = {spot: n for n, spot in enumerate(unknown)}
    equations = []
    for code in CODES:  # Σ places − all = 0
        terms = {(p, code): 1 for p in table} | {(ALL, code): -1}
        equations.append(terms)
    if adds_up:
        for p in table:  # Σ codes − answered = 0
            equations.append({(p, code): 1 for code in CODES} | {p: -1})
        equations.append({(ALL, code): 1 for code in CODES})
    if together:
        for p in (*table, ALL):  # the share of the best two steps stands somewhere
            equations.append({(p, code): 1 for code in together})
    equations.append(dict.fromkeys(table, 1))
    rows = [
        [Fraction(terms.get(what, 0)) for what in unknown]  # type: ignore[call-overload]
        for terms in equations
    ]
    solved = reduced([row for row in rows if any(row)])
    alone = {row.index(1) for row in solved if sum(1 for x in row if x) == 1}
    return [spot for spot in hidden.spots if place_of[spot] in alone]


def reduced(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """Gauss and Jordan."""
    done = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((n for n in range(done, len(rows)) if rows[n][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [x / rows[done][column] for x in rows[done]]
        for n, row in enumerate(rows):
            if n != done and row[column]:
                rows[n] = [x - row[column] * y for x, y in zip(row, rows[done], strict=True)]
        done += 1
    return rows[:done]


@settings(max_examples=150, deadline=None)
@given(TABLES, st.booleans())
def test_nothing_hidden_can_be_reckoned(table: Table, adds_up: bool) -> None:
    hidden = hidden_of(table, answered(table), adds_up=adds_up)
    for place, row in table.items():
        for code, number in row.items():
            assert not 0 < number < LEAST or (place, code) in hidden.spots
    assert reckoned(table, hidden, adds_up=adds_up) == []


@settings(max_examples=150, deadline=None)
@given(TABLES)
def test_nor_with_the_share_of_the_best_two_steps_of_every_place(table: Table) -> None:
    hidden = hidden_of(table, answered(table), adds_up=True, together="54")
    assert reckoned(table, hidden, adds_up=True, together="54") == []


def test_where_all_are_of_one_mind_the_row_says_nothing_of_another_place() -> None:
    table = {
        1: {"5": 0, "4": 12, "3": 0},
        2: {"5": 9, "4": 3, "3": 8},
        3: {"5": 9, "4": 20, "3": 9},
    }
    hidden = hidden_of(table, answered(table), adds_up=True)
    assert (2, "4") in hidden.spots
    assert hidden.places == frozenset()


def test_large_numbers_are_all_shown() -> None:
    table = {1: {"5": 20, "4": 12}, 2: {"5": 9, "4": 30}}
    assert hidden_of(table, answered(table), adds_up=True).spots == frozenset()
