"""Everything that leaves the house is queued here and sent from here."""

from portal.messages.services.alerts import alert_queue
from portal.messages.services.deliveries import (
    Swept,
    deliveries_purge,
    deliveries_sweep,
    delivery_queue,
)

__all__ = [
    "Swept",
    "alert_queue",
    "deliveries_purge",
    "deliveries_sweep",
    "delivery_queue",
]
