"""Every tally recounted: communities are independent, so more processes do it sooner."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from functools import partial
from multiprocessing import get_context

from django.db import connection, connections

from feedback.surveys.services.rebuilding import batched, tallies_rebuild

Target = tuple[int, Sequence[int]]
#: So many communities at most are recounted in one transaction. Each reads the register and who
#: took part in passing, so few large ones read less than many small ones.
RANGE = 500


def tallies_rebuild_all(
    targets: Mapping[int, Sequence[int]],
    *,
    now: datetime,
    processes: int = 1,
    beat: Callable[[], None] = lambda: None,
) -> list[tuple[int, int]]:
    """Recount surveys (pk → communities, in the order of their paths); where a figure changed.

    Each process takes the next range of communities and recounts it in one transaction. SQLite has
    one writer, so there one process does it all; nor may there be more inside a transaction.
    `beat` is called after each range.
    """
    parts = [
        (survey_id, part)
        for survey_id, communities in targets.items()
        for part in batched(communities, max(1, min(RANGE, -(-len(communities) // processes))))
    ]
    work = partial(_rebuild, now=now)
    if processes == 1 or connection.vendor != "postgresql" or connection.in_atomic_block:
        return _gathered(map(work, parts), beat)
    # No process may go on with a connection of another one.
    connections.close_all()
    context = get_context("fork")
    with ProcessPoolExecutor(processes, context, initializer=connections.close_all) as pool:
        return _gathered(pool.map(work, parts), beat)


def _gathered(
    found: Iterable[Iterable[tuple[int, int]]], beat: Callable[[], None]
) -> list[tuple[int, int]]:
    changed: list[tuple[int, int]] = []
    for part in found:
        changed += part
        beat()
    return changed


def _rebuild(target: Target, *, now: datetime) -> Iterable[tuple[int, int]]:
    survey_id, communities = target
    changed = set(tallies_rebuild(survey_id=survey_id, communities=communities, now=now))
    return [(survey_id, key) for key in communities if key in changed]
