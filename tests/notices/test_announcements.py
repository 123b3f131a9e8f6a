"""Word gets around: whichever way a notice goes live, each subscriber is told of it once."""

import smtplib
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMessage
from pytest_django import Settings
from wagtail.actions.copy_page import CopyPageAction
from wagtail.models import Page

from notices.models import NoticePage, NoticeType
from notices.refusal import NoticeRefused
from notices.services import notice_delete, notice_unpublish, publications_due
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


def test_a_mail_server_down_for_an_hour_loses_nothing_and_repeats_nothing(
    pages, now, monkeypatch: pytest.MonkeyPatch
):
    for name in "abc":
        subscribe(pages.community.place, name)
    publish(factories.notice(pages.community, **LAWFUL))
    publish(water_cut(pages.community))

    def refuse(self: EmailMessage, fail_silently: bool = False) -> int:
        raise smtplib.SMTPServerDisconnected

    def minute(moment: datetime) -> None:
        with time_machine.travel(moment, tick=False):
            services.bulletins_sweep(now=moment)
            services.deliveries_sweep(now=moment)

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", refuse)
        minute(NOW)
        for number in range(0, 61, 5):
            minute(EIGHT - timedelta(minutes=30) + timedelta(minutes=number))
    assert not mail.outbox
    for number in range(0, 24 * 60, 20):
        minute(EIGHT + timedelta(minutes=31 + number))

    addresses = sorted((message.to[0], "停水" in message.subject) for message in mail.outbox)
    assert addresses == [(f"{n}@example.org", cut) for n in "abc" for cut in (False, True)]
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
