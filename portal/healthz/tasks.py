from celery import shared_task
from django.utils import timezone

from portal.healthz.services import heartbeat_write


@shared_task(name="healthz.heartbeat")
def beat_heart() -> None:
    """Every 15 seconds, and when a worker is ready; it overwrites one row, so twice is safe."""
    heartbeat_write(now=timezone.now())
