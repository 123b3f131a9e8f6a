"""Asking to be told, proving that the address is one's own, and stopping.

Whatever is asked, the answer is the same whether the address is known or not; only its owner
learns more, from a message.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.common.keys import blind_index, current_key, keyed_digest
from portal.messages.addresses import address_clean
from portal.messages.links import confirm_url, stop_url
from portal.messages.models import Subscriber, Subscription
from portal.messages.services.deliveries import delivery_queue
from portal.messages.states import (
    ASKED_A_DAY,
    CODE_DIGITS,
    CODE_TRIES,
    CONFIRM_WITHIN,
    Channel,
)
from portal.places.models import Place

#: The version of `templates/outbox/privacy.html`; what was agreed to is kept with each row.
PRIVACY_VERSION = "2026-1"


@transaction.atomic
def subscription_request(
    *, place: Place, channel: Channel, to: str, language: str, now: datetime
) -> None:
    """Ask the owner of `to` whether they want the news of `place`.

    An address that is subscribed already is told so. Raises ValidationError for an address that
    `channel` can't send to.
    """
    to = address_clean(channel, to)
    subscriber, _created = Subscriber.objects.get_or_create(
        channel=channel,
        to_index=blind_index(to),
        defaults={"to": to, "language": language, "created_at": now},
    )
    subscriber = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
    if not _may_ask(subscriber, now):
        return
    subscription, _created = Subscription.objects.get_or_create(
        subscriber=subscriber,
        place=place,
        defaults={"privacy_version": PRIVACY_VERSION, "requested_at": now},
    )
    if not subscription.confirmed_at:
        subscription.requested_at, subscription.privacy_version = now, PRIVACY_VERSION
        subscription.save(update_fields=["requested_at", "privacy_version"])
    with translation.override(language):
        _ask(subscription, language, now)


@transaction.atomic
def subscription_confirm(*, pk: int, now: datetime) -> Subscription | None:
    """Count the subscription from `now` on; None where it is gone or its time is over."""
    found = Subscription.objects.select_for_update(of=("self",)).select_related("place")
    subscription = found.filter(pk=pk).first()
    if subscription is None or subscription.confirmed_at:
        return subscription
    if subscription.requested_at < now - CONFIRM_WITHIN:
        return None
    subscription.confirmed_at, subscription.code_digest = now, ""
    subscription.save(update_fields=["confirmed_at", "code_digest"])
    return subscription


@transaction.atomic
def subscription_confirm_code(
    *, place: Place, to: str, code: str, now: datetime
) -> Subscription | None:
    """The same with the code of a text message; None for a wrong code, whatever is wrong."""
    subscription = (
        Subscription.objects.select_for_update(of=("self",))
        .filter(
            subscriber__channel=Channel.SMS,
            subscriber__to_index=blind_index(address_clean(Channel.SMS, to)),
            place=place,
            confirmed_at=None,
        )
        .first()
    )
    if subscription is None or subscription.code_tries >= CODE_TRIES:
        return None
    given = _code_digest(subscription, code)
    if not secrets.compare_digest(subscription.code_digest, given):
        subscription.code_tries += 1
        subscription.save(update_fields=["code_tries"])
        return None
    return subscription_confirm(pk=subscription.pk, now=now)


@transaction.atomic
def subscriber_stop(*, pk: int, places: Iterable[Place] | None = None) -> None:
    """End the subscriptions to `places`, to all of them without. The last takes the address along,
    and every message to it that is kept or still waiting. Twice is safe."""
    subscriber = Subscriber.objects.select_for_update().filter(pk=pk).first()
    if subscriber is None:
        return
    if places is not None:
        subscriber.subscriptions.filter(place__in=list(places)).delete()
        if subscriber.subscriptions.exists():
            return
    subscriber.delete()


def subscriptions_purge(*, now: datetime) -> int:
    """Delete what nobody confirmed in time, and addresses that want nothing."""
    gone: int = Subscription.objects.expired(now).delete()[0]
    Subscriber.objects.filter(subscriptions=None, created_at__lt=now - CONFIRM_WITHIN).delete()
    return gone


def _may_ask(subscriber: Subscriber, now: datetime) -> bool:
    """Whether the address may get one more message that its owner perhaps never asked for."""
    today = timezone.localdate(now)
    if subscriber.asked_date != today:
        subscriber.asked_date, subscriber.asked_count = today, 0
    if subscriber.asked_count >= ASKED_A_DAY:
        return False
    subscriber.asked_count += 1
    subscriber.save(update_fields=["asked_date", "asked_count"])
    return True


def _ask(subscription: Subscription, language: str, now: datetime) -> None:
    subscriber, place = subscription.subscriber, subscription.place
    words: dict[str, object] = {
        "place": place.label,
        "hours": int(CONFIRM_WITHIN.total_seconds() // 3600),
    }
    if subscription.confirmed_at:
        words["stop"] = stop_url(subscriber.pk, language)
        subject = _("You already get the news of %(place)s") % words
        body = (
            _("This address is subscribed already; there is nothing to do.\n\nTo stop it: %(stop)s")
            % words
        )
    elif subscriber.channel == Channel.SMS:
        words["code"] = _code_renew(subscription)
        subject = ""
        body = (
            _(
                "[Linli] %(code)s is the code for the news of %(place)s, good for %(hours)d hours. "
                "If you did not ask for it, leave it."
            )
            % words
        )
    else:
        words["url"] = confirm_url(subscription.pk, language)
        subject = _("Please confirm: news of %(place)s") % words
        body = (
            _(
                "Somebody asked for the news of %(place)s to be sent to this address.\n\n"
                "If it was you, please confirm within %(hours)d hours:\n%(url)s\n\n"
                "If it was not, do nothing: the address is then deleted."
            )
            % words
        )
    delivery_queue(
        channel=Channel(subscriber.channel),
        to=subscriber.to,
        subject=subject,
        body=body,
        dedupe_key=f"subscription-{subscription.pk}-{now.isoformat()}",
        # Somebody sits there and waits for it.
        urgent=True,
        place=place,
        subscriber=subscriber,
        now=now,
    )


def _code_renew(subscription: Subscription) -> str:
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    subscription.code_digest = _code_digest(subscription, code)
    subscription.code_tries = 0
    subscription.save(update_fields=["code_digest", "code_tries"])
    return code


def _code_digest(subscription: Subscription, code: str) -> str:
    secret = current_key("RECEIPT_KEY")[1]
    return keyed_digest(secret, "subscription", str(subscription.pk), code).hex()
