"""What the beat asks for. Every task finds its work in rows, so a lost message loses nothing."""

import logging
from collections.abc import Callable
from datetime import datetime

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import KombuError

from feedback.indicators import services
from feedback.indicators.services.running import Beat
from feedback.indicators.states import RunKind

logger = logging.getLogger(__name__)


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
    now = timezone.now()
    _run(RunKind.FULL, f"full-check {timezone.localdate(now)}", now)
    services.runs_expire(now=now)


@shared_task(name="indicators.month_begin")
def month_begin() -> None:
    """On the 1st at 03:00. Measures everything, so that the new month has its figures; a missed
    month is measured by the next full check. Twice is safe."""
    now = timezone.now()
    _run(RunKind.MONTH, f"month {timezone.localdate(now):%Y-%m}", now)


@shared_task(name="indicators.freeze")
def freeze() -> None:
    """Daily at 03:30. Makes final whatever ended fifteen days ago or earlier, and proposes the
    next targets from it. Looks at rows that are not frozen, not at a window of time."""
    now = timezone.now()
    _run(RunKind.FREEZE, f"freeze {timezone.localdate(now)}", now)


@shared_task(name="indicators.runs_resume")
def runs_resume() -> None:
    """Every minute. Does what somebody asked to be done again, and what a dead worker left."""
    now = timezone.now()
    for run in services.runs_waiting(now):
        _run(RunKind(run.kind), run.key, now)


@shared_task(name="indicators.alerts")
def alerts() -> None:
    """Hourly. Raises and ends alerts by how things stand; twice is safe."""
    services.alerts_sweep(now=timezone.now())


def _run(kind: RunKind, key: str, now: datetime) -> bool:
    work: dict[RunKind, Callable[[Beat], int]] = {
        RunKind.FULL: lambda beat: services.full_check(now=now, beat=beat),
        RunKind.MONTH: lambda beat: services.full_check(now=now, beat=beat),
        RunKind.FREEZE: lambda beat: services.freeze_and_propose(now=now, beat=beat),
    }
    return services.run_do(key, kind, work[kind], now=now)


@shared_task(name="indicators.export_run")
def export_run(*, export_id: int) -> None:
    """Make the file of one export. Twice is safe: one run takes it."""
    try:
        services.export_run(export_id=export_id)
    except Exception:
        logger.exception("export %s failed", export_id)
        services.export_fail(export_id=export_id, problem="", now=timezone.now())


@shared_task(name="indicators.exports_sweep")
def exports_sweep() -> None:
    """Every minute: exports whose message or whose worker was lost. It looks at rows."""
    for export_id in services.exports_due(now=timezone.now()):
        export_run(export_id=export_id)


@shared_task(name="indicators.exports_expire")
def exports_expire() -> None:
    """Every hour: files past their time. Twice is safe: what is gone is gone; the rows stay."""
    services.exports_expire(now=timezone.now())


def export_nudge(export_id: int) -> None:
    """Send the message; where the broker is away, the sweep takes the export up."""
    try:
        export_run.delay(export_id=export_id)
    except (KombuError, OSError):
        logger.warning("no broker for export %s; the sweep will take it", export_id)
