"""Which cells of a public table by place are hidden (domain.md §6.1.6). Pure.

Whoever reads it sees every place and all together, so nothing hidden may follow from what is
shown by adding and subtracting. In a table whose rows and columns have known sums, a hidden cell
can be reckoned exactly where, between rows and columns as points and hidden cells as lines, it is
a bridge: its line lies on no circle. So cells are hidden until no line is a bridge.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from portal.common.suppression import LEAST, hidden_counts

#: The row of all places together.
ALL = None
Place = int | None
Spot = tuple[Place, str]


@dataclass(frozen=True)
class Hidden:
    """`places`: where not even the sum of the row is told; `spots`: (place or None, code)."""

    places: frozenset[int]
    spots: frozenset[Spot]

    def codes(self, place: Place) -> set[str]:
        """Codes whose number is hidden at `place`, or (None) in all together."""
        return {code for where, code in self.spots if where == place}


def hidden_of(
    table: Mapping[int, Mapping[str, int]],
    answered: Mapping[int, int],
    *,
    adds_up: bool,
    together: Collection[str] = (),
) -> Hidden:
    """`table`: place → code → how many, every place with the same codes; `answered`: by place.

    With `adds_up` everybody is in exactly one code (a choice of an answer, a category of a case),
    so that the codes of a place sum to `answered`. Then what is in `together` is public as one
    number, too: the share of the best two steps stands here and among the indicators, of every
    place. So its codes and the others are two lines.
    """
    places = hidden_counts(answered)
    codes = sorted({code for row in table.values() for code in row})
    values: dict[Spot, int] = {(p, code): table[p][code] for p in table for code in codes}
    values |= {(ALL, code): sum(row[code] for row in table.values()) for code in codes}
    hidden = {spot for spot, value in values.items() if 0 < value < LEAST}
    hidden |= {(place, code) for place in places for code in codes}
    halves = [[c for c in codes if (c in together) is inside] for inside in (True, False)]
    rows = [row for half in halves for row in _rows(table, half, places)] if adds_up else []
    lines = [*rows, *([(p, code) for p in (*table, ALL)] for code in codes)]
    before = -1
    while len(hidden) != before:
        before = len(hidden)
        for line in lines:
            _complete(line, values, hidden)
        if len(hidden) == before and adds_up:
            for place, code in _bridges(hidden, places, together):
                column = [(p, code) for p in (*table, ALL)]
                half = next(half for half in halves if code in half)
                _hide_one(column, values, hidden) or _hide_one(
                    [(place, c) for c in half], values, hidden
                )
    return Hidden(frozenset(places), frozenset(hidden))


def _rows(table: Iterable[int], codes: Sequence[str], places: set[int]) -> list[list[Spot]]:
    """Places whose number of answers is hidden have one known sum only: that of them together."""
    rows: list[list[Spot]] = [
        [(p, code) for code in codes] for p in (*table, ALL) if p not in places
    ]
    merged: list[Spot] = [(p, code) for p in sorted(places) for code in codes]
    return [*rows, merged] if merged else rows


def _complete(line: Sequence[Spot], values: Mapping[Spot, int], hidden: set[Spot]) -> None:
    """Hide more of `line` while one stands alone, or so few people that their sum tells them."""
    while True:
        there = [spot for spot in line if spot in hidden]
        people = sum(values[spot] for spot in there if spot[0] is not ALL)
        sum_is_hidden = any(spot[0] is ALL for spot in there)
        is_few = 0 < people < LEAST and not sum_is_hidden
        if not there or (len(there) > 1 and not is_few):
            return
        if not _hide_one(line, values, hidden):
            return


def _hide_one(line: Sequence[Spot], values: Mapping[Spot, int], hidden: set[Spot]) -> bool:
    """Hide the smallest shown number of `line`; nothing (0) only where there is no other."""
    shown = [spot for spot in line if spot not in hidden]
    if not shown:
        return False
    hidden.add(min(shown, key=lambda spot: (values[spot] == 0, values[spot], str(spot))))
    return True


def _bridges(hidden: set[Spot], places: set[int], together: Collection[str]) -> list[Spot]:
    """Hidden cells that can be reckoned from the sums."""
    edges = sorted(hidden, key=str)
    around: dict[Hashable, list[tuple[Hashable, int]]] = {}
    for number, (place, code) in enumerate(edges):
        row = ("row", "merged" if place in places else place, code in together)
        around.setdefault(row, []).append((("column", code), number))
        around.setdefault(("column", code), []).append((row, number))
    order: dict[Hashable, int] = {}
    lowest: dict[Hashable, int] = {}
    found: list[Spot] = []

    def walk(point: Hashable, came_by: int) -> None:
        order[point] = lowest[point] = len(order)
        for other, number in around[point]:
            if number == came_by:
                continue
            if other in order:
                lowest[point] = min(lowest[point], order[other])
                continue
            walk(other, number)
            lowest[point] = min(lowest[point], lowest[other])
            if lowest[other] > order[point]:
                found.append(edges[number])

    for point in around:
        if point not in order:
            walk(point, -1)
    return found
