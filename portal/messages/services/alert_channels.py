"""Keeping the alert channels of a place."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.common.keys import blind_index
from portal.messages.addresses import address_clean, alert_address_check
from portal.messages.models import AlertChannel, Delivery
from portal.messages.services.deliveries import delivery_queue
from portal.messages.states import Channel, Topic
from portal.places.permissions import require


@transaction.atomic
def alert_channel_save(*, by: User, channel: AlertChannel, to: str = "") -> AlertChannel:
    """Write `channel`, new or changed; an empty `to` keeps the address it has.

    Raises PermissionDenied, and ValidationError for an address its way can't send to, one that the
    place has already, or no topic at all.
    """
    require(by, Action.MESSAGES_KEEP, channel.place)
    if not channel.topics or set(channel.topics) - set(Topic.values):
        raise ValidationError({"topics": _("Choose at least one subject.")})
    before = AlertChannel.objects.filter(pk=channel.pk).first()
    if before is not None and before.place_id != channel.place_id:
        require(by, Action.MESSAGES_KEEP, before.place)
    try:
        channel.to = address_clean(Channel(channel.channel), to or channel.to)
        alert_address_check(Channel(channel.channel), channel.to)
    except ValidationError as error:
        raise ValidationError({"to": error.messages}) from None
    channel.to_index = blind_index(channel.to)
    same = AlertChannel.objects.filter(place=channel.place, to_index=channel.to_index)
    if same.exclude(pk=channel.pk).exists():
        raise ValidationError({"to": _("This address is told at this place already.")})
    channel.save()
    log(channel, "wagtail.edit" if before else "wagtail.create", user=by)
    return channel


@transaction.atomic
def alert_channel_delete(*, by: User, channel: AlertChannel) -> None:
    """Delete it with its address and what is still to be sent there. Raises PermissionDenied."""
    require(by, Action.MESSAGES_KEEP, channel.place)
    log(channel, "wagtail.delete", user=by)
    channel.delete()


@transaction.atomic
def alert_channel_test(*, by: User, channel: AlertChannel, now: datetime) -> Delivery:
    """Send a message that says nothing but that it arrived. Raises PermissionDenied."""
    require(by, Action.MESSAGES_KEEP, channel.place)
    text = _("This is a test. Messages of Linli arrive here.")
    return delivery_queue(
        channel=Channel(channel.channel),
        to=channel.to,
        subject=_("Test: %(name)s") % {"name": channel.name},
        body=text,
        dedupe_key=f"alert-test-{channel.pk}-{now.isoformat()}",
        urgent=True,
        place=channel.place,
        alert_channel=channel,
        now=now,
    )
