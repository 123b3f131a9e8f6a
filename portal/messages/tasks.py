from celery import shared_task
from django.utils import timezone

from portal.messages.services import deliveries_purge, deliveries_sweep


@shared_task(name="outbox.deliveries_sweep")
def sweep_deliveries() -> None:
    """Every minute: send whatever is due by now, however late; a second run finds nothing left."""
    deliveries_sweep(now=timezone.now())


@shared_task(name="outbox.deliveries_purge")
def purge_deliveries() -> None:
    """02:40 every night: delete deliveries finished 30 days ago or earlier; twice is safe."""
    deliveries_purge(now=timezone.now())
