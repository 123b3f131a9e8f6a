from datetime import datetime

from portal.healthz.models import Heartbeat

WORKER = "worker"


def heartbeat_write(*, now: datetime) -> None:
    """Note that a worker is alive. Several workers share the row: one of them is enough."""
    Heartbeat.objects.update_or_create(name=WORKER, defaults={"beat_at": now})
