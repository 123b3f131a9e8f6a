"""The one outbox: whoever has something to say queues a delivery, the sweep sends it."""

import logging
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from django.db.models import F

from portal.common.keys import blind_index
from portal.messages import channels
from portal.messages.addresses import address_clean
from portal.messages.links import stop_url
from portal.messages.models import AlertChannel, Delivery, Subscriber
from portal.messages.states import BACK_OFF, MAX_ATTEMPTS, SWEEP_SECONDS, Channel, State
from portal.places.models import Place

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Swept:
    """What one sweep did."""

    sent: int = 0
    retried: int = 0
    failed: int = 0


def delivery_queue(
    *,
    channel: Channel,
    to: str,
    subject: str,
    body: str,
    dedupe_key: str,
    urgent: bool = False,
    private: bool = False,
    place: Place | None = None,
    alert_channel: AlertChannel | None = None,
    subscriber: Subscriber | None = None,
    now: datetime,
) -> Delivery:
    """Queue one message; call it in the transaction of what the message tells about.

    `dedupe_key` names the occasion, for example "complaint-42-resolved": the same key twice is one
    message, the first one. `place` says whose staff see what became of it, `private` that nobody
    does; with a `subscriber` the message can be unsubscribed from by one click, and goes when they
    do. Raises ValidationError for an address the channel can't send to.
    """
    to = address_clean(channel, to)
    delivery, _created = Delivery.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={
            "channel": channel,
            "to": to,
            "to_index": blind_index(to),
            "subject": subject,
            "body": body,
            "urgent": urgent,
            "is_private": private,
            "place": place,
            "alert_channel": alert_channel,
            "subscriber": subscriber,
            "created_at": now,
            "next_attempt_at": now,
        },
    )
    return delivery


def deliveries_sweep(*, now: datetime, limit: int = 200) -> Swept:
    """Send what is due, each in its own small transactions; several sweeps at once are safe.

    A message whose sender died is sent again: at least once, never not at all. All e-mail goes
    through one connection; where there is none to be had, one message finds out for all.
    """
    _abandoned_release(now)
    counts = {State.SENT: 0, State.QUEUED: 0, State.FAILED: 0}
    started = monotonic()
    due = list(Delivery.objects.due(now).values_list("pk", "channel")[:limit])
    with channels.Mailbox() as mailbox:
        for pk, channel in due:
            if monotonic() - started > SWEEP_SECONDS:
                break
            if channel == Channel.EMAIL and mailbox.is_down:
                continue
            delivery = _claim(pk, now)
            if delivery is not None:
                counts[_deliver(delivery, mailbox, now)] += 1
    return Swept(counts[State.SENT], counts[State.QUEUED], counts[State.FAILED])


def deliveries_purge(*, now: datetime) -> int:
    """Delete finished deliveries that have been kept long enough, addresses and texts with them."""
    return Delivery.objects.outdated(now).delete()[0]


def _abandoned_release(now: datetime) -> None:
    """Queue again what a dead sender holds, unless it has died of that message often enough."""
    abandoned = Delivery.objects.abandoned(now)
    reason = {"claimed_at": None, "last_error": "sender died"}
    abandoned.filter(attempts__gte=MAX_ATTEMPTS).update(state=State.FAILED, **reason)
    abandoned.update(state=State.QUEUED, next_attempt_at=now, **reason)


def _claim(pk: int, now: datetime) -> Delivery | None:
    """Take a delivery and count the attempt; None where another sweep was quicker."""
    taken = Delivery.objects.filter(pk=pk, state=State.QUEUED).update(
        state=State.SENDING, claimed_at=now, attempts=F("attempts") + 1
    )
    return Delivery.objects.select_related("subscriber").filter(pk=pk).first() if taken else None


def _deliver(delivery: Delivery, mailbox: channels.Mailbox, now: datetime) -> State:
    """Try once and write down what became of it. Returns the new state."""
    try:
        channels.send(
            Channel(delivery.channel),
            channels.Message(
                to=delivery.to,
                subject=delivery.subject,
                body=delivery.body,
                headers=_headers(delivery),
            ),
            mailbox,
        )
    except channels.SendError as error:
        return _record_failure(delivery, str(error), now=now, final=error.final)
    except Exception as error:
        # Only the kind of the error: its text may repeat the address. One bad message must not
        # keep the others from being sent.
        return _record_failure(delivery, type(error).__name__, now=now, final=False)
    return _record(delivery, state=State.SENT, sent_at=now, last_error="")


def _headers(delivery: Delivery) -> dict[str, str]:
    """What lets a mail program unsubscribe by one click (RFC 8058, RFC 2369)."""
    if delivery.subscriber is None:
        return {}
    url = stop_url(delivery.subscriber.pk, delivery.subscriber.language)
    return {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _record_failure(delivery: Delivery, reason: str, *, now: datetime, final: bool) -> State:
    reason = reason[:80]
    if final or delivery.attempts >= MAX_ATTEMPTS:
        state, next_at = State.FAILED, delivery.next_attempt_at
    else:
        state, next_at = State.QUEUED, now + BACK_OFF[delivery.attempts - 1]
    logger.warning(
        "delivery %s: attempt %s failed (%s), now %s",
        delivery.pk,
        delivery.attempts,
        reason,
        state,
    )
    return _record(
        delivery, state=state, next_attempt_at=next_at, claimed_at=None, last_error=reason
    )


def _record(delivery: Delivery, *, state: State, **fields: Any) -> State:
    # Not `save`: whoever unsubscribes meanwhile takes the row along, and that is as it should be.
    Delivery.objects.filter(pk=delivery.pk).update(state=state, **fields)
    return state
