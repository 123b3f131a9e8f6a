import logging

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import KombuError

from portal.places.register import services

logger = logging.getLogger(__name__)


@shared_task(name="places.register_import_run")
def register_import_run(*, import_id: int) -> None:
    """Check or write one register file."""
    try:
        services.import_run(import_id=import_id)
    except Exception:
        logger.exception("register import %s failed", import_id)
        services.import_fail(import_id=import_id, now=timezone.now())


@shared_task(name="places.register_imports_sweep")
def register_imports_sweep() -> None:
    """Every minute: imports whose message or whose worker was lost.

    Looks at rows, not at a window of time. Twice is safe: an import is taken by one run only.
    """
    for import_id in services.imports_due(now=timezone.now()):
        register_import_run(import_id=import_id)


@shared_task(name="places.register_imports_expire")
def register_imports_expire() -> None:
    """Every night: reports past their time. Twice is safe: what is gone is gone."""
    services.imports_expire(now=timezone.now())


def register_import_nudge(import_id: int) -> None:
    """Send the message; where the broker is away, the sweep takes the import up."""
    try:
        register_import_run.delay(import_id=import_id)
    except (KombuError, OSError):
        logger.warning("no broker for register import %s; the sweep will take it", import_id)
