from portal.messages.models.alerts import AlertChannel
from portal.messages.models.deliveries import Delivery

__all__ = ["AlertChannel", "Delivery"]
