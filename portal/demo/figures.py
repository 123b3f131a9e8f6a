"""Tallies and measurements over everything that was seeded, by the same rebuild anyone can run."""

from datetime import date, datetime

from feedback.indicators.models.exports import ExportKind
from feedback.indicators.services import export_request, rebuild
from portal.accounts.models import User
from portal.demo.progress import Progress
from portal.demo.register import Register


def figures_seed(now: datetime, progress: Progress, weight: float, expected: int) -> None:
    """`expected` is about how many tallies and figures there will be; the bar goes by them."""
    counter = iter(progress.track(range(expected), expected, weight))

    def move_on(_line: str) -> None:
        next(counter, None)

    rebuild(None, now, report=move_on)


def bundle_seed(register: Register, as_of: date, now: datetime) -> None:
    """Last year's evidence of the whole city, for everybody; the first worker makes it."""
    export_request(
        actor=User.objects.get(username="evaluator"),
        place=register.city,
        kind=ExportKind.PUBLIC_BUNDLE,
        year=as_of.year - 1,
        form="zip",
        reason="公开上年度的评价依据，供居民和研究者复核（演示）。",
        now=now,
    )
