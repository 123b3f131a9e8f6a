"""What the beat asks for. Every task finds its work in rows, so a lost message loses nothing."""

from celery import shared_task
from django.utils import timezone

from feedback.indicators import services


@shared_task(name="indicators.sweep")
def sweep() -> None:
    """Every minute. Works through all stale marks there are, and marks targets as published whose
    notice has gone public; twice or at once is safe."""
    services.sweep(timezone.now())
    services.targets_mark_published(now=timezone.now())


@shared_task(name="indicators.full_check")
def full_check() -> None:
    """Daily at 02:00. Recomputes everything from the rows and logs what was wrong; right figures
    stay as they are, so twice is safe. Also moves what only time changes: what came due."""
    services.full_check(now=timezone.now())


@shared_task(name="indicators.month_begin")
def month_begin() -> None:
    """On the 1st at 03:00. Measures everything, so that the new month has its figures; a missed
    month is measured by the next full check. Twice is safe."""
    services.full_check(now=timezone.now())


@shared_task(name="indicators.freeze")
def freeze() -> None:
    """Daily at 03:30. Makes final whatever ended fifteen days ago or earlier, and proposes the
    next targets from it. Looks at rows that are not frozen, not at a window of time."""
    services.freeze_and_propose(now=timezone.now())
