"""Word gets around: whichever way a notice goes live, each subscriber is told of it once."""

import smtplib
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import ClassVar

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone
from pytest_django import Settings
from wagtail.actions.copy_page import CopyPageAction
from wagtail.models import Page

from notices.models import NoticePage, NoticeType
from notices.refusal import NoticeRefused
from notices.services import notice_delete, notice_move, notice_unpublish, publications_due
from portal.demo import factories
from portal.messages import services
from portal.messages.models import AlertChannel, Bulletin, Delivery, Subscription
from portal.messages.states import Channel, State, Topic
from portal.places.models import Place
from tests.notices.conftest import NOW, Pages

LAWFUL = {"kind": "N04", "publicity_start": date(2026, 3, 2), "publicity_end": date(2026, 3, 11)}
EIGHT = NOW.replace(hour=8) + timedelta(days=1)


@pytest.fixture(autouse=True)
def real_sending(settings: Settings) -> None:
    settings.DEMONSTRATION = False


def water_cut(page: Page) -> NoticePage:
    kind = NoticeType.objects.get(code="N10").variants.get(code="WATER")
    starts = NOW + timedelta(days=3)
    return factories.notice(
        page, kind="N10", title="停水公告", variant=kind, event_starts_at=starts
    )


def subscribe(place: Place, name: str, at: datetime = NOW) -> None:
    services.subscription_request(
        place=place, channel=Channel.EMAIL, to=f"{name}@example.org", language="zh-hans", now=at
    )
    services.subscription_confirm(pk=Subscription.objects.latest("pk").pk, now=at)
    Delivery.objects.all().delete()


def publish(page: NoticePage) -> NoticePage:
    page.save_revision().publish()
    return NoticePage.objects.get(pk=page.pk)


def told() -> list[str]:
    return sorted(delivery.to for delivery in Delivery.objects.all())


def by_editor(page: NoticePage, pages: Pages) -> None:
    publish(page)


def by_schedule(page: NoticePage, pages: Pages) -> None:
    page.go_live_at = NOW + timedelta(minutes=5)
    page.save_revision().publish()
    assert not Bulletin.objects.exists()
    with time_machine.travel(NOW + timedelta(minutes=6), tick=False):
        publications_due(now=NOW + timedelta(minutes=6))


def by_save(page: NoticePage, pages: Pages) -> None:
    page.live = True
    page.save()


def by_copy(page: NoticePage, pages: Pages) -> None:
    page = publish(page)
    assert Bulletin.objects.count() == 1
    copied = CopyPageAction(page, to=pages.other, keep_live=True, update_attrs={"slug": "again"})
    copied.execute(skip_permission_checks=True)
    Bulletin.objects.exclude(place=pages.other.place).delete()


@pytest.mark.parametrize("way", [by_editor, by_schedule, by_save, by_copy])
def test_every_way_of_going_live_is_news_once(pages, now, way):
    way(factories.notice(pages.community, **LAWFUL), pages)
    bulletin = Bulletin.objects.get()
    notice = NoticePage.objects.get(place=bulletin.place)
    assert bulletin.texts["zh-hans"]["title"] == notice.title
    assert bulletin.path == notice.url.removeprefix("/en")
    assert not bulletin.urgent


def test_a_correction_is_no_news_and_a_refused_notice_is_none(pages, now):
    page = publish(factories.notice(pages.community, **LAWFUL))
    page.title = "更正"
    publish(page)
    refused = factories.notice(pages.community, **(LAWFUL | {"publicity_end": date(2026, 3, 3)}))
    with pytest.raises(NoticeRefused):
        publish(refused)
    assert Bulletin.objects.count() == 1


def test_a_cut_is_told_at_once_with_its_time(pages, now):
    subscribe(pages.community.place, "a")
    publish(water_cut(pages.community))
    services.bulletins_sweep(now=NOW)
    delivery = Delivery.objects.get()
    assert delivery.urgent
    assert "10:00" in delivery.body


def test_a_county_notice_reaches_its_communities_and_no_other_county(pages, now):
    subscribe(pages.community.place, "community")
    subscribe(pages.county.place, "county")
    subscribe(pages.other.place, "other")
    publish(factories.notice(pages.county, **LAWFUL))
    services.bulletins_sweep(now=EIGHT)
    assert told() == ["community@example.org", "county@example.org"]


def test_a_county_notice_that_names_communities_reaches_only_those(pages, now):
    subscribe(pages.community.place, "community")
    subscribe(pages.county.place, "county")
    second = factories.place(
        "COMMUNITY", Place.objects.get(code="140213051"), code="PC002", name="二"
    )
    subscribe(second, "second")
    notice = factories.notice(pages.county, **LAWFUL)
    notice.communities.set([second])
    publish(notice)
    services.bulletins_sweep(now=EIGHT)
    assert told() == ["county@example.org", "second@example.org"]


def test_what_is_withdrawn_before_the_digest_is_not_told_and_after_it_is_taken_back(
    pages, now, root
):
    subscribe(pages.community.place, "a")
    page = publish(factories.notice(pages.community, **LAWFUL))
    notice_unpublish(notice=page, user=root, reason="有误", now=NOW)
    services.bulletins_sweep(now=EIGHT)
    assert told() == []
    # Published again it is a first publication again.
    page = publish(NoticePage.objects.get(pk=page.pk))
    services.bulletins_sweep(now=EIGHT)
    assert told() == ["a@example.org"]
    notice_delete(notice=page, user=root, reason="重复", now=EIGHT)
    services.bulletins_sweep(now=EIGHT + timedelta(days=1))
    assert "已撤回" in Delivery.objects.latest("pk").subject


def test_who_was_told_of_a_notice_is_told_that_it_moved_and_the_new_place_hears_of_it(
    pages, now, root
):
    subscribe(pages.community.place, "here")
    subscribe(pages.other.place, "there")
    lasting = LAWFUL | {"publicity_end": date(2026, 4, 30)}
    page = publish(factories.notice(pages.community, **lasting))
    services.bulletins_sweep(now=EIGHT)
    later = EIGHT + timedelta(hours=2)
    with time_machine.travel(later, tick=False):
        notice_move(notice=page, to=pages.other, user=root, reason="发错小区", now=later)
    services.bulletins_sweep(now=EIGHT + timedelta(days=1))
    told = [(one.to, "已移至" in one.body) for one in Delivery.objects.order_by("pk")]
    assert sorted(told) == [
        ("here@example.org", False),
        ("here@example.org", True),
        ("there@example.org", False),
    ]


class Provider(BaseEmailBackend):
    """A mail provider that can fail, at the door or only once it has heard the message."""

    fails_at = ""
    tries: ClassVar[list[datetime]] = []
    delivered: ClassVar[list[EmailMessage]] = []

    def open(self) -> bool:
        if self.fails_at == "the door":
            self.tries.append(timezone.now())
            raise ConnectionRefusedError
        return True

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if self.fails_at == "the message":
            self.tries.append(timezone.now())
            raise smtplib.SMTPDataError(451, b"try again later")
        self.delivered.extend(email_messages)
        return len(email_messages)


@pytest.fixture
def provider(settings: Settings) -> type[Provider]:
    settings.EMAIL_BACKEND = f"{Provider.__module__}.{Provider.__qualname__}"
    Provider.fails_at = ""
    Provider.tries.clear()
    Provider.delivered.clear()
    return Provider


def minutes(start: datetime, count: int) -> None:
    """What beat does in so many minutes."""
    for number in range(count):
        moment = start + timedelta(minutes=number)
        with time_machine.travel(moment, tick=False):
            services.bulletins_sweep(now=moment)
            services.deliveries_sweep(now=moment)


@pytest.mark.parametrize("where", ["the door", "the message"])
def test_a_provider_down_for_an_hour_loses_nothing_and_repeats_nothing(pages, provider, where, now):
    """The hour lies around the digest at eight; a cut of water is published right in it."""
    for name in ("a", "b", "both"):
        subscribe(pages.community.place, name)
    for name in ("county", "both"):
        subscribe(pages.county.place, name)
    subscribe(pages.other.place, "elsewhere")
    for parent, title in ((pages.community, "方案一"), (pages.community, "方案二")):
        publish(factories.notice(parent, title=title, **LAWFUL))
    publish(factories.notice(pages.county, title="全区名单", **LAWFUL))

    down = EIGHT - timedelta(minutes=20)
    provider.fails_at = where
    minutes(down, 20)
    with time_machine.travel(EIGHT - timedelta(minutes=1), tick=False):
        publish(water_cut(pages.community))
    minutes(EIGHT, 40)
    assert not provider.delivered
    assert Delivery.objects.count() == 7
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.QUEUED}
    # Tried in minutes 0, 1, 4 and 14, then in 44; where nobody opens, one finds out for all.
    assert max(Delivery.objects.values_list("attempts", flat=True)) <= 4
    assert len(provider.tries) <= (40 if where == "the door" else 4 * 7)

    provider.fails_at = ""
    minutes(down + timedelta(hours=1), 60)
    minutes(EIGHT + timedelta(hours=12), 5)
    got = Counter(
        (message.to[0].split("@")[0], title)
        for message in provider.delivered
        for title in ("方案一", "方案二", "全区名单", "停水公告")
        for _time in range(message.body.count(title) or (title in message.subject))
    )
    of_community = {(n, t) for n in ("a", "b", "both") for t in ("方案一", "方案二", "停水公告")}
    of_county = {(n, "全区名单") for n in ("a", "b", "both", "county")}
    assert got == Counter(dict.fromkeys(of_community | of_county, 1))
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}


def test_staff_are_alerted_to_a_publication_that_failed(pages, now):
    AlertChannel.objects.create(
        place=pages.county.place,
        name="值班群",
        channel=Channel.EMAIL,
        to="duty@example.org",
        to_index="x",
        topics=[Topic.NOTICES],
    )
    page = factories.notice(pages.community, **LAWFUL)
    page.go_live_at = NOW + timedelta(minutes=5)
    page.save_revision().publish()
    later = NOW + timedelta(days=3)
    with time_machine.travel(later, tick=False):
        for _ in range(2):
            publications_due(now=later)
    delivery = Delivery.objects.get()
    assert page.title in delivery.subject
    assert delivery.place == pages.county.place
