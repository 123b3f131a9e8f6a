"""Which public counts are hidden because too few people stand behind them (§6.1.6). Pure."""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

#: A public cell smaller than this is not shown; none at all is.
LEAST = 5
K = TypeVar("K", bound=Hashable)


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
