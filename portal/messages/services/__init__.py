"""Everything that leaves the house is queued here and sent from here."""

from portal.messages.services.alert_channels import (
    alert_channel_delete,
    alert_channel_save,
    alert_channel_test,
)
from portal.messages.services.alerts import alert_queue
from portal.messages.services.bulletins import (
    bulletin_keys,
    bulletin_queue,
    bulletin_withdraw,
    bulletins_purge,
    bulletins_sweep,
)
from portal.messages.services.deliveries import (
    Swept,
    deliveries_purge,
    deliveries_sweep,
    delivery_queue,
)
from portal.messages.services.retrying import deliveries_retry
from portal.messages.services.subscribing import (
    PRIVACY_VERSION,
    subscriber_stop,
    subscription_confirm,
    subscription_confirm_code,
    subscription_request,
    subscriptions_purge,
)

__all__ = [
    "PRIVACY_VERSION",
    "Swept",
    "alert_channel_delete",
    "alert_channel_save",
    "alert_channel_test",
    "alert_queue",
    "bulletin_keys",
    "bulletin_queue",
    "bulletin_withdraw",
    "bulletins_purge",
    "bulletins_sweep",
    "deliveries_purge",
    "deliveries_retry",
    "deliveries_sweep",
    "delivery_queue",
    "subscriber_stop",
    "subscription_confirm",
    "subscription_confirm_code",
    "subscription_request",
    "subscriptions_purge",
]
