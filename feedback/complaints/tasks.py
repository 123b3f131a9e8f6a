"""Nudges and sweeps. Every one can be lost: the rows say what is still to be done."""

import logging

from celery import shared_task
from django.utils import timezone

from feedback.complaints import services

logger = logging.getLogger(__name__)


@shared_task(name="complaints.close_silent")
def close_silent() -> None:
    """Every hour: close what residents left unanswered for the set working days. It looks at the
    rows, not at a window of time; a case that is closed is not found a second time."""
    services.complaints_close_silent(now=timezone.now())


@shared_task(name="complaints.ledger_import_run")
def ledger_import_run(*, import_id: int) -> None:
    """Check or write one ledger file."""
    try:
        services.import_run(import_id=import_id)
    except Exception:
        logger.exception("ledger import %s failed", import_id)
        services.import_fail(import_id=import_id, now=timezone.now())


@shared_task(name="complaints.ledger_imports_sweep")
def ledger_imports_sweep() -> None:
    """Every minute: imports whose message or whose worker was lost.

    Looks at rows, not at a window of time. Twice is safe: an import is taken by one run only.
    """
    for import_id in services.imports_due(now=timezone.now()):
        ledger_import_run(import_id=import_id)


@shared_task(name="complaints.ledger_imports_expire")
def ledger_imports_expire() -> None:
    """Every night: reports past their time. Twice is safe: what is gone is gone."""
    services.imports_expire(now=timezone.now())


@shared_task(name="complaints.alarms_sweep")
def sweep_alarms() -> None:
    """Every five minutes: warn of what is near its end, pass up what is over it. It looks at all
    open cases, so a run that was missed is made up for; each stage is told once."""
    services.alarms_sweep(now=timezone.now())


@shared_task(name="complaints.photos_destroy")
def photos_destroy() -> None:
    """Every hour: files that redacted photos replaced and a killed process left, and photos of
    restricted cases from before these were encrypted. It looks at rows;
    twice is safe: what is gone is gone."""
    services.photos_seal()
    services.photos_destroy()


@shared_task(name="complaints.signals_sweep")
def signals_sweep() -> None:
    """Every night: signs of gaming that are not told yet, then device marks past their time.

    It looks at all rows, not at a window of time; twice is safe: a sign is told once by its key.
    """
    now = timezone.now()
    services.signals_sweep(now=now)
    services.device_marks_expire(now=now)
