"""News reaches each subscriber once: at once where it is urgent, else with the digest at eight."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from portal.messages import services
from portal.messages.models import Bulletin, BulletinItem, Delivery, Subscriber, Subscription
from portal.messages.services import bulletins
from portal.messages.states import KEPT, Channel
from portal.places.models import Place
from tests.conftest import Neighbourhood

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=SHANGHAI)
EIGHT = datetime(2026, 11, 21, 8, 0, tzinfo=SHANGHAI)
TEXTS = {
    "zh-hans": {"title": "停水公告", "detail": "停水"},
    "en": {"title": "停水公告", "detail": "Water cut"},
}


def subscriber(place: Place, name: str = "a", at: datetime = NOW, **fields) -> Subscriber:
    values = {"channel": Channel.EMAIL, "language": "zh-hans"} | fields
    services.subscription_request(place=place, to=f"{name}@example.org", now=at, **values)
    subscription = Subscription.objects.latest("pk")
    services.subscription_confirm(pk=subscription.pk, now=at)
    Delivery.objects.all().delete()
    return subscription.subscriber


def news(place: Place, key: str = "n1", at: datetime = NOW, **fields) -> Bulletin:
    values = {"places": [place], "texts": TEXTS, "path": "/x/", **fields}
    return services.bulletin_queue(key=key, place=place, now=at, **values)


def told() -> list[str]:
    return sorted(d.to for d in Delivery.objects.all())


def test_news_waits_for_the_digest_and_is_told_once(neighbourhood: Neighbourhood) -> None:
    subscriber(neighbourhood.community)
    news(neighbourhood.community)
    assert services.bulletins_sweep(now=NOW) == 0
    assert services.bulletins_sweep(now=EIGHT - timedelta(seconds=1)) == 0
    assert services.bulletins_sweep(now=EIGHT) == 1
    assert services.bulletins_sweep(now=EIGHT) == 0
    delivery = Delivery.objects.get()
    assert "停水公告" in delivery.subject
    assert "/x/" in delivery.body
    assert "/subscribe/stop/" in delivery.body


def test_urgent_news_is_told_at_once(neighbourhood: Neighbourhood) -> None:
    subscriber(neighbourhood.community)
    news(neighbourhood.community, urgent=True)
    assert services.bulletins_sweep(now=NOW) == 1
    assert Delivery.objects.get().urgent


def test_all_news_of_a_day_is_one_digest(neighbourhood: Neighbourhood) -> None:
    subscriber(neighbourhood.community, language="en")
    subscriber(neighbourhood.county, language="en")
    news(neighbourhood.community, "n1")
    news(neighbourhood.county, "n2", with_below=True)
    news(neighbourhood.community, "n3", EIGHT - timedelta(minutes=1))
    services.bulletins_sweep(now=EIGHT)
    delivery = Delivery.objects.get()
    assert delivery.body.count("Water cut") == 3
    assert "/en/x/" in delivery.body
    # What comes later, or was spread late, waits for the next morning.
    news(neighbourhood.community, "n4", EIGHT - timedelta(minutes=1))
    services.bulletins_sweep(now=EIGHT + timedelta(hours=3))
    assert Delivery.objects.count() == 1
    services.bulletins_sweep(now=EIGHT + timedelta(days=1))
    assert Delivery.objects.count() == 2


def test_who_is_told(neighbourhood: Neighbourhood) -> None:
    subscriber(neighbourhood.community, "community")
    subscriber(neighbourhood.county, "county")
    subscriber(neighbourhood.other, "other")
    late = NOW + timedelta(minutes=1)
    subscriber(neighbourhood.community, "later", at=late)
    services.subscription_request(
        place=neighbourhood.community,
        channel=Channel.EMAIL,
        to="unconfirmed@example.org",
        language="en",
        now=NOW,
    )
    Delivery.objects.all().delete()

    news(neighbourhood.community, "own", urgent=True)
    services.bulletins_sweep(now=late)
    assert told() == ["community@example.org"]
    news(neighbourhood.county, "county", urgent=True, with_below=True)
    services.bulletins_sweep(now=late)
    assert told() == [f"{n}@example.org" for n in ("community", "community", "county")]
    both = [neighbourhood.county, neighbourhood.other]
    news(neighbourhood.county, "named", urgent=True, places=both)
    services.bulletins_sweep(now=late)
    assert told()[-2:] == ["county@example.org", "other@example.org"]


def test_the_same_occasion_is_one_bulletin(neighbourhood: Neighbourhood) -> None:
    assert news(neighbourhood.community) == news(neighbourhood.community)


def test_a_community_of_many_is_spread_in_batches(
    neighbourhood: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulletins, "BATCH", 3)
    for number in range(7):
        subscriber(neighbourhood.community, f"r{number}")
    bulletin = news(neighbourhood.community)
    sizes = []
    while bulletins._spread(bulletin.pk, NOW):
        sizes.append(BulletinItem.objects.count())
    assert sizes == [3, 6]
    assert services.bulletins_sweep(now=EIGHT) == 7


def test_nobody_gets_half_a_digest(
    neighbourhood: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep that ends before all is spread leaves the digests to the next one."""
    subscriber(neighbourhood.community)
    news(neighbourhood.community)
    with monkeypatch.context() as patch:
        patch.setattr(bulletins, "SWEEP_SECONDS", -1)
        assert services.bulletins_sweep(now=EIGHT) == 0
    assert services.bulletins_sweep(now=EIGHT) == 1


def test_a_sweep_broken_off_loses_nothing_and_tells_nothing_twice(
    neighbourhood: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        subscriber(neighbourhood.community, f"r{number}")
    news(neighbourhood.community)
    tell, calls = bulletins._group_tell, []

    def killed(*args, **kwargs):
        calls.append(1)
        tell(*args, **kwargs)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bulletins, "_group_tell", killed)
        with pytest.raises(KeyboardInterrupt):
            services.bulletins_sweep(now=EIGHT)
    services.bulletins_sweep(now=EIGHT + timedelta(hours=5))
    assert told() == [f"r{n}@example.org" for n in range(3)]


TAKEN_BACK = {lang: {"title": "已撤回", "detail": "-"} for lang in TEXTS}


def test_what_is_withdrawn_in_time_is_never_told(neighbourhood: Neighbourhood) -> None:
    subscriber(neighbourhood.community)
    news(neighbourhood.community)
    services.bulletins_sweep(now=NOW)
    assert services.bulletin_withdraw(key="n1", texts=TAKEN_BACK, path="/x/", now=NOW) is None
    services.bulletins_sweep(now=EIGHT)
    assert not Delivery.objects.exists()


def test_who_was_told_is_told_of_the_withdrawal_and_nobody_else(
    neighbourhood: Neighbourhood,
) -> None:
    subscriber(neighbourhood.community, "told")
    news(neighbourhood.community, urgent=True)
    services.bulletins_sweep(now=NOW)
    later = NOW + timedelta(hours=1)
    subscriber(neighbourhood.community, "late", at=later)
    for _ in range(2):
        services.bulletin_withdraw(key="n1", texts=TAKEN_BACK, path="/x/", now=later)
    services.bulletins_sweep(now=later)
    (delivery,) = Delivery.objects.filter(created_at=later)
    assert delivery.to == "told@example.org"
    assert "已撤回" in delivery.subject


def test_who_was_told_what_is_forgotten_and_the_bulletin_stays(
    neighbourhood: Neighbourhood,
) -> None:
    subscriber(neighbourhood.community)
    news(neighbourhood.community, urgent=True)
    services.bulletins_sweep(now=NOW)
    assert services.bulletins_purge(now=NOW + KEPT + timedelta(days=1)) == 1
    news(neighbourhood.community, urgent=True)
    assert services.bulletins_sweep(now=NOW + KEPT + timedelta(days=2)) == 0


def test_a_bulletin_goes_the_way_of_the_transaction_that_queued_it(
    neighbourhood: Neighbourhood,
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        news(neighbourhood.community)
        raise IntegrityError
    assert not Bulletin.objects.exists()


def test_a_digest_counts_what_it_cannot_list(neighbourhood: Neighbourhood) -> None:
    subscriber(neighbourhood.community, language="en")
    for number in range(33):
        news(neighbourhood.community, f"n{number}")
    services.bulletins_sweep(now=EIGHT)
    body = Delivery.objects.get().body
    assert body.count("/en/x/") == 30
    assert "And 3 more." in body
