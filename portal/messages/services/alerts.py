"""Telling staff: one message for every alert channel of a place and of the places above it."""

from datetime import datetime

from django.db import transaction

from portal.messages.models import AlertChannel, Delivery
from portal.messages.services.deliveries import delivery_queue
from portal.messages.states import Channel, Topic
from portal.places.models import Place


@transaction.atomic
def alert_queue(
    *,
    place: Place,
    topic: str,
    subject: str,
    body: str,
    dedupe_key: str,
    urgent: bool = False,
    now: datetime,
) -> int:
    """Queue a message to every alert channel of `place` or above that wants `topic`.

    Call it in the transaction of what it tells about. `topic` is a value of `states.Topic`
    (ValueError otherwise); `dedupe_key`, at most 100 characters, names the occasion: the same key
    again reaches only channels that were not told. `subject` and `body` name no resident. Returns
    how many messages were queued.
    """
    wanted = Topic(topic)
    channels = AlertChannel.objects.telling(place)
    told: set[str] = set()
    queued = 0
    for channel in channels:
        # A group that is kept at the community and at the county is told once.
        if not channel.wants(wanted) or channel.to_index in told:
            continue
        told.add(channel.to_index)
        queued += _channel_tell(
            channel, subject, body, f"{dedupe_key}-channel-{channel.pk}", urgent=urgent, now=now
        )
    return queued


def _channel_tell(
    channel: AlertChannel, subject: str, body: str, key: str, *, urgent: bool, now: datetime
) -> bool:
    """Whether the channel is told only now."""
    if Delivery.objects.filter(dedupe_key=key).exists():
        return False
    # A text message has no subject line.
    is_sms = channel.channel == Channel.SMS
    delivery_queue(
        channel=Channel(channel.channel),
        to=channel.to,
        subject=subject,
        body=f"{subject}\n{body}" if is_sms else body,
        dedupe_key=key,
        urgent=urgent,
        place=channel.place,
        alert_channel=channel,
        now=now,
    )
    return True
