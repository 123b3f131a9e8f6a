"""Tallies and measurements over everything that was seeded, by the same rebuild anyone can run."""

from datetime import datetime

from feedback.indicators.services import rebuild
from portal.demo.progress import Progress


def figures_seed(now: datetime, progress: Progress, weight: float, expected: int) -> None:
    """`expected` is about how many tallies and figures there will be; the bar goes by them."""
    counter = iter(progress.track(range(expected), expected, weight))

    def move_on(_line: str) -> None:
        next(counter, None)

    rebuild(None, now, report=move_on)
