"""Which public counts are hidden because too few people stand behind them (§6.1.6). Pure."""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

#: A public cell smaller than this is not shown; none at all is.
LEAST = 5
K = TypeVar("K", bound=Hashable)
R = TypeVar("R", bound=Hashable)
C = TypeVar("C", bound=Hashable)


def complemented(small: Iterable[K], counts: Mapping[K, int], least: int = LEAST) -> set[K]:
    """`small` and as many more as it takes, given that the sum of all `counts` is public.

    If one stands alone among the hidden, or so few people that the sum tells them, the smallest
    shown ones are hidden too: else they could be found by subtraction.
    """
    hidden = set(small)
    people = sum(counts[key] for key in hidden)
    shown = sorted((key for key in counts if key not in hidden), key=lambda k: (counts[k], str(k)))
    while hidden and shown and people and (len(hidden) == 1 or people < least):
        key = shown.pop(0)
        hidden.add(key)
        people += counts[key]
    return hidden


def hidden_counts(counts: Mapping[K, int], already: Iterable[K] = (), least: int = LEAST) -> set[K]:
    """Which parts of a public sum are hidden; `already` are hidden for another reason.

    Nothing (0) is shown, and never serves to hide something else.
    """
    there = {key: count for key, count in counts.items() if count}
    small = {key for key, count in there.items() if count < least}
    return complemented(small | (set(already) & set(there)), there, least)


def hidden_table(
    table: Mapping[R, Mapping[C, int]], least: int = LEAST
) -> tuple[set[R], set[C], set[tuple[R, C]]]:
    """(rows, columns, cells) that are hidden where the sums of rows and columns are public, too.

    A hidden row hides all its cells; a hidden column only its sum and what is small in it.
    """
    columns = sorted({column for row in table.values() for column in row}, key=str)
    sums = {column: sum(row.get(column, 0) for row in table.values()) for column in columns}
    rows = hidden_counts({key: sum(row.values()) for key, row in table.items()}, least=least)
    no_sum = hidden_counts(sums, least=least)
    cells = {(key, column) for key in rows for column, count in table[key].items() if count}
    before = -1
    while len(cells) != before:
        before = len(cells)
        for key, row in table.items():
            if key not in rows:
                already = [column for column in row if (key, column) in cells]
                cells |= {(key, column) for column in hidden_counts(row, already, least)}
        for column in columns:
            if column not in no_sum:
                down = {key: row.get(column, 0) for key, row in table.items()}
                known = [key for key in down if (key, column) in cells]
                cells |= {(key, column) for key in hidden_counts(down, known, least)}
    return rows, no_sum, cells
