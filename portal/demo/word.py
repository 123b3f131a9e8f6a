"""Word that gets around: who subscribed, what they were told, and what became of the messages."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from notices.announcements import notice_announce
from notices.models import NoticePage
from portal.common.keys import blind_index
from portal.demo.clock import at
from portal.demo.register import Register
from portal.messages.models import AlertChannel, Bulletin, Delivery, Subscription
from portal.messages.services import (
    bulletins_sweep,
    subscription_confirm,
    subscription_request,
)
from portal.messages.states import Channel, State, Topic
from portal.places.models import Place

#: So many communities have subscribers, and so many each.
PLACES, SUBSCRIBERS = 2, 4
#: Notices of so many days are told.
DAYS = 30
GROUP = "jsons://robot.example.org/hook/demonstration"


@transaction.atomic
def word_seed(register: Register, as_of: date, now: datetime) -> None:
    """Alert channels, subscribers, and messages in every state a message can be in."""
    _channels(register)
    places = [community.place for community in register.communities[:PLACES]]
    began = at(as_of - timedelta(days=DAYS), 9)
    for number, place in enumerate(places):
        for one in range(SUBSCRIBERS):
            _subscribe(place, f"resident{number}{one}@example.org", began)
    _subscribe(places[0], "13800000000", began, channel=Channel.SMS)
    _subscribe(next(iter(register.counties.values())), "reader@example.org", began)
    # What asked for confirmation is long done.
    Delivery.objects.all().delete()
    subscription_request(
        place=places[0],
        channel=Channel.EMAIL,
        to="newcomer@example.org",
        language="zh-hans",
        now=now,
    )
    _tell(places, began, now)
    _become(now)


def _channels(register: Register) -> None:
    county = next(iter(register.counties.values()))
    for place, name, channel, to, topics in (
        (register.city, "市住建局值班群（演示）", Channel.APPRISE, GROUP, list(Topic)),
        (county, "区县值班邮箱（演示）", Channel.EMAIL, "duty@example.org", [Topic.NOTICES]),
    ):
        AlertChannel.objects.create(
            place=place,
            name=name,
            channel=channel,
            to=to,
            to_index=blind_index(to),
            topics=[topic.value for topic in topics],
        )


def _subscribe(place: Place, to: str, moment: datetime, channel: Channel = Channel.EMAIL) -> None:
    subscription_request(place=place, channel=channel, to=to, language="zh-hans", now=moment)
    subscription_confirm(pk=Subscription.objects.latest("pk").pk, now=moment)


def _tell(places: list[Place], since: datetime, now: datetime) -> None:
    """What was published since is news, told morning by morning."""
    published = NoticePage.objects.live().filter(
        place__in=places, first_published_at__gt=since, first_published_at__lt=now
    )
    for notice in published.select_related("place", "notice_type").order_by("first_published_at"):
        assert notice.first_published_at is not None
        notice_announce(notice, now=notice.first_published_at)
    due = Bulletin.objects.order_by("due_at").values_list("due_at", flat=True)
    for moment in sorted({moment for moment in due if moment <= now}):
        bulletins_sweep(now=moment)


def _become(now: datetime) -> None:
    """Nearly all arrived; one address is wrong, one server is slow, one is being sent."""
    news = Delivery.objects.filter(dedupe_key__startswith="news-").order_by("created_at", "pk")
    pks = list(news.values_list("pk", flat=True))
    for pk, moment in news.values_list("pk", "created_at"):
        Delivery.objects.filter(pk=pk).update(
            state=State.SENT, attempts=1, sent_at=moment + timedelta(minutes=1)
        )
    alert = Delivery.objects.filter(pk__in=pks[-3:])
    for pk, fields in zip(
        alert.order_by("pk").values_list("pk", flat=True),
        (
            {"state": State.FAILED, "last_error": "SMTPRecipientsRefused 550", "attempts": 1},
            {
                "state": State.QUEUED,
                "last_error": "SMTPServerDisconnected",
                "attempts": 5,
                "next_attempt_at": timezone.localtime(now) + timedelta(days=1),
            },
            {"state": State.SENDING, "attempts": 1, "claimed_at": now + timedelta(days=1)},
        ),
        strict=False,
    ):
        Delivery.objects.filter(pk=pk).update(**{"sent_at": None, **fields})
