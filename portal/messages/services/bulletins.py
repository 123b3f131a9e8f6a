"""News for subscribers: noted for each of them in batches, told in one digest a day.

Three steps, each found by the sweep from rows alone: a bulletin is *queued* with what it tells
about; it is *spread*, one item a subscriber; items are *told*, one delivery a subscriber. None of
them calls a mail server, so none waits for one.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.messages.digests import digest_text
from portal.messages.models import Bulletin, BulletinItem, Subscriber, Subscription
from portal.messages.services.deliveries import delivery_queue
from portal.messages.states import DIGEST_TIME, Channel
from portal.places.models import Place

BATCH = 500
#: A sweep stops after so long; the next one goes on where it stopped.
SWEEP_SECONDS = 50

Texts = dict[str, dict[str, str]]


@transaction.atomic
def bulletin_queue(
    *,
    key: str,
    place: Place,
    places: Iterable[Place],
    with_below: bool = False,
    texts: Texts,
    path: str,
    urgent: bool = False,
    now: datetime,
) -> Bulletin:
    """Queue news for the subscribers of `places`, in the transaction of what it tells about.

    `key` names the occasion; the same key again changes nothing. Only those who had subscribed by
    `now` are told: urgent news at once, other news with the next digest.
    """
    bulletin, created = Bulletin.objects.get_or_create(
        key=key,
        defaults={
            "place": place,
            "with_below": with_below,
            "texts": texts,
            "path": path,
            "urgent": urgent,
            "created_at": now,
            "due_at": now if urgent else next_digest(now),
        },
    )
    if created:
        bulletin.places.set(places)
    return bulletin


@transaction.atomic
def bulletin_keys(prefix: str) -> list[str]:
    """The occasions beginning with `prefix` whose news still stands."""
    found = Bulletin.objects.filter(key__startswith=prefix, withdrawn_at=None, withdraws=None)
    return list(found.order_by("pk").values_list("key", flat=True))


def bulletin_withdraw(*, key: str, texts: Texts, path: str, now: datetime) -> Bulletin | None:
    """Take news back: who was not told yet is not told, who was is told that it is withdrawn.

    Returns the bulletin that says so; None where nobody knows of it.
    """
    found = Bulletin.objects.select_for_update().filter(key=key, withdrawn_at=None).first()
    if found is None:
        return None
    found.withdrawn_at = now
    found.save(update_fields=["withdrawn_at"])
    found.items.filter(told_at=None).delete()
    if not found.items.exists():
        return None
    return Bulletin.objects.create(
        key=f"{key}-withdrawn"[:100],
        place=found.place,
        texts=texts,
        path=path,
        urgent=found.urgent,
        created_at=now,
        due_at=now if found.urgent else next_digest(now),
        withdraws=found,
    )


def bulletins_sweep(*, now: datetime) -> int:
    """Spread what is queued and tell what is due; several sweeps at once are safe.

    Returns how many messages were queued. Digests wait until all that belongs into them is spread,
    so that nobody gets half of one.
    """
    started = monotonic()

    def is_over() -> bool:
        return monotonic() - started > SWEEP_SECONDS

    for pk in list(Bulletin.objects.unspread().values_list("pk", flat=True)[:BATCH]):
        while not is_over() and _spread(pk, now):
            pass
    queued = _tell_all(now, is_over, urgent=True)
    if not Bulletin.objects.unspread().filter(due_at__lte=now).exists():
        queued += _tell_all(now, is_over, urgent=False)
    return queued


def bulletins_purge(*, now: datetime) -> int:
    """Forget who was told what long ago; the bulletins stay, so that none is queued again."""
    return BulletinItem.objects.outdated(now).delete()[0]


def next_digest(now: datetime) -> datetime:
    """The first digest after `now`."""
    local = timezone.localtime(now)
    today = local.replace(hour=DIGEST_TIME.hour, minute=DIGEST_TIME.minute, second=0, microsecond=0)
    return today if local < today else today + timedelta(days=1)


@transaction.atomic
def _spread(pk: int, now: datetime) -> bool:
    """Note the next batch of subscribers; False where none is left or another sweep is at it."""
    bulletin = (
        Bulletin.objects.select_for_update(skip_locked=True)
        .filter(pk=pk, spread_at=None, withdrawn_at=None)
        .first()
    )
    if bulletin is None:
        return False
    found = _audience(bulletin).filter(pk__gt=bulletin.spread_to).order_by("pk")
    pks = list(found.values_list("pk", flat=True)[:BATCH])
    BulletinItem.objects.bulk_create(
        [BulletinItem(bulletin=bulletin, subscriber_id=pk) for pk in pks], ignore_conflicts=True
    )
    if len(pks) < BATCH:
        bulletin.spread_at = now
    else:
        bulletin.spread_to = pks[-1]
    bulletin.save(update_fields=["spread_at", "spread_to"])
    return bulletin.spread_at is None


def _audience(bulletin: Bulletin) -> QuerySet[Subscriber]:
    """Whom `bulletin` is for, each once."""
    if bulletin.withdraws_id:
        told = BulletinItem.objects.filter(bulletin=bulletin.withdraws_id).values("subscriber")
        return Subscriber.objects.filter(pk__in=told)
    scope = Q(place__in=bulletin.places.order_by().values("pk"))
    if bulletin.with_below:
        for path in bulletin.places.order_by().values_list("path", flat=True):
            scope |= Q(place__path__startswith=path)
    wanting = Subscription.objects.filter(scope, confirmed_at__lte=bulletin.created_at)
    return Subscriber.objects.filter(pk__in=wanting.values("subscriber"))


def _tell_all(now: datetime, is_over: Callable[[], bool], *, urgent: bool) -> int:
    queued = 0
    while not is_over():
        waiting = _waiting(now, urgent=urgent).order_by()
        pks = list(waiting.values_list("subscriber", flat=True).distinct()[:BATCH])
        if not pks:
            break
        for pk in pks:
            if is_over():
                break
            queued += _tell(pk, now, urgent=urgent)
    return queued


def _waiting(now: datetime, *, urgent: bool) -> QuerySet[BulletinItem]:
    waiting = BulletinItem.objects.waiting(now).filter(bulletin__urgent=urgent)
    if not urgent:
        waiting = waiting.exclude(subscriber__digest_date=timezone.localdate(now))
    return waiting


@transaction.atomic
def _tell(subscriber_pk: int, now: datetime, *, urgent: bool) -> int:
    """Queue what one subscriber is to be told: urgent news one by one, the rest as one digest."""
    subscriber = Subscriber.objects.select_for_update().filter(pk=subscriber_pk).first()
    if subscriber is None:
        return 0
    waiting = _waiting(now, urgent=urgent).filter(subscriber=subscriber)
    items = list(waiting.select_related("bulletin__place").order_by("bulletin_id"))
    for group in [[item] for item in items] if urgent else filter(None, [items]):
        _group_tell(subscriber, group, now, urgent=urgent)
    if items and not urgent:
        subscriber.digest_date = timezone.localdate(now)
        subscriber.save(update_fields=["digest_date"])
    return len(items) if urgent else bool(items)


def _group_tell(
    subscriber: Subscriber, items: Sequence[BulletinItem], now: datetime, *, urgent: bool
) -> None:
    occasion = items[0].bulletin_id if urgent else timezone.localdate(now).isoformat()
    subject, body = digest_text(subscriber, [item.bulletin for item in items])
    delivery = delivery_queue(
        channel=Channel(subscriber.channel),
        to=subscriber.to,
        subject=subject,
        body=body,
        dedupe_key=f"news-{subscriber.pk}-{occasion}",
        urgent=urgent,
        place=items[0].bulletin.place,
        subscriber=subscriber,
        now=now,
    )
    BulletinItem.objects.filter(pk__in=[item.pk for item in items]).update(
        told_at=now, delivery=delivery
    )
