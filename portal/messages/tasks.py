from celery import shared_task
from django.utils import timezone

from portal.messages import services


@shared_task(name="outbox.deliveries_sweep")
def sweep_deliveries() -> None:
    """Every minute: send whatever is due by now, however late; a second run finds nothing left."""
    services.deliveries_sweep(now=timezone.now())


@shared_task(name="outbox.bulletins_sweep")
def sweep_bulletins() -> None:
    """Every minute: note for subscribers what is queued and tell what is due by now, however late.

    Urgent news within a minute, the rest from 08:00 on; a second run finds nothing left.
    """
    services.bulletins_sweep(now=timezone.now())


@shared_task(name="outbox.deliveries_purge")
def purge_deliveries() -> None:
    """02:40 every night: delete deliveries finished, and news told, 30 days ago or earlier, and
    subscriptions that nobody confirmed within 48 hours; twice is safe."""
    now = timezone.now()
    services.deliveries_purge(now=now)
    services.bulletins_purge(now=now)
    services.subscriptions_purge(now=now)
