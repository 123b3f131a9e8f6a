"""Staff are told through the alert channels of a place and of the places above it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from portal.common.keys import blind_index
from portal.messages import services
from portal.messages.models import AlertChannel, Delivery
from portal.messages.states import Channel, Topic
from portal.places.models import Place
from tests.conftest import Neighbourhood

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
GROUP = "wecom://0123456789abcdef-0123-4567-89ab-0123456789ab"


def channel(place: Place, to: str = "duty@example.org", **fields: Any) -> AlertChannel:
    values: dict[str, Any] = {"channel": Channel.EMAIL, "topics": [Topic.COMPLAINTS], **fields}
    return AlertChannel.objects.create(
        place=place, name="值班", to=to, to_index=blind_index(to), **values
    )


def alert(place: Place, key: str = "complaint-1-due", **fields: Any) -> int:
    values: dict[str, Any] = {
        "topic": "complaints",
        "subject": "诉求即将超期",
        "body": "还有两小时",
        "now": NOW,
        **fields,
    }
    return services.alert_queue(place=place, dedupe_key=key, **values)


def test_channels_of_the_place_and_above_are_told_and_no_others(
    neighbourhood: Neighbourhood,
) -> None:
    here = channel(neighbourhood.community, "here@example.org")
    above = channel(neighbourhood.county, "above@example.org")
    channel(neighbourhood.other, "elsewhere@example.org")
    channel(neighbourhood.community, "off@example.org", is_active=False)
    channel(neighbourhood.community, "figures@example.org", topics=[Topic.FIGURES])

    assert alert(neighbourhood.community, urgent=True) == 2
    told = Delivery.objects.order_by("pk")
    assert [one.alert_channel for one in told] == [here, above]
    assert all(one.urgent and one.subject == "诉求即将超期" for one in told)


def test_the_same_occasion_reaches_a_channel_once_and_a_new_channel_still(
    neighbourhood: Neighbourhood,
) -> None:
    channel(neighbourhood.county)
    assert alert(neighbourhood.community) == 1
    channel(neighbourhood.community, "new@example.org")

    assert alert(neighbourhood.community) == 1
    assert alert(neighbourhood.community) == 0
    assert Delivery.objects.count() == 2


def test_a_group_kept_at_two_places_is_told_once(neighbourhood: Neighbourhood) -> None:
    channel(neighbourhood.county)
    channel(neighbourhood.community)
    assert alert(neighbourhood.community) == 1


def test_a_text_message_carries_the_subject_too(neighbourhood: Neighbourhood) -> None:
    channel(neighbourhood.community, "13800001234", channel=Channel.SMS)
    alert(neighbourhood.community)
    assert Delivery.objects.get().body == "诉求即将超期\n还有两小时"


def test_an_unknown_topic_is_a_mistake_of_the_caller(neighbourhood: Neighbourhood) -> None:
    with pytest.raises(ValueError, match="gossip"):
        alert(neighbourhood.community, topic="gossip")


def test_an_address_stands_once_at_a_place_and_encrypted(neighbourhood: Neighbourhood) -> None:
    channel(neighbourhood.community, GROUP, channel=Channel.APPRISE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM outbox_alertchannel")
        assert "0123456789abcdef" not in repr(cursor.fetchall())
    with pytest.raises(IntegrityError), transaction.atomic():
        channel(neighbourhood.community, GROUP, channel=Channel.APPRISE)


def test_without_channels_nothing_is_queued(neighbourhood: Neighbourhood) -> None:
    assert alert(neighbourhood.community) == 0
