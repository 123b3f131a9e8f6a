from portal.messages.models.alerts import AlertChannel
from portal.messages.models.bulletins import Bulletin, BulletinItem
from portal.messages.models.deliveries import Delivery
from portal.messages.models.subscribers import Subscriber, Subscription

__all__ = ["AlertChannel", "Bulletin", "BulletinItem", "Delivery", "Subscriber", "Subscription"]
