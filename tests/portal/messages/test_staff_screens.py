"""Messages and alert channels on the staff screens: roles × places, and what each may do."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.roles import Action, Role, roles_with
from portal.common.keys import blind_index
from portal.demo import factories
from portal.messages import services
from portal.messages.models import AlertChannel, Delivery
from portal.messages.states import Channel, State, Topic
from portal.places.models import Place
from tests.conftest import Neighbourhood

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
GROUP = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7000-4bc4-97a0-0ec2"
OK, FORBIDDEN, MISSING = 200, 403, 404


def desk(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def channel(place: Place, **fields: Any) -> AlertChannel:
    values = {"name": "值班群", "channel": Channel.EMAIL, "to": "duty@example.org"} | fields
    values["to_index"] = blind_index(values["to"])
    return AlertChannel.objects.create(place=place, topics=[Topic.NOTICES], **values)


def failed(place: Place | None, key: str = "k") -> Delivery:
    delivery = services.delivery_queue(
        channel=Channel.EMAIL,
        to="resident@example.org",
        subject="s",
        body="b",
        dedupe_key=key,
        place=place,
        now=NOW,
    )
    fields = {"state": State.FAILED, "last_error": "SMTPDataError 554", "attempts": 8}
    Delivery.objects.filter(pk=delivery.pk).update(**fields)
    delivery.refresh_from_db()
    return delivery


def posted(**fields: Any) -> dict[str, Any]:
    return {
        "name": "值班群",
        "channel": "APPRISE",
        "to": GROUP,
        "topics": ["notices"],
        "is_active": "on",
    } | fields


@pytest.mark.parametrize("role", list(Role))
def test_inside_ones_place_the_role_decides(role: Role, neighbourhood: Neighbourhood) -> None:
    client = desk(factories.staff("someone", role, neighbourhood.county))
    one, message = channel(neighbourhood.community), failed(neighbourhood.community)
    expected = OK if role in roles_with(Action.MESSAGES_KEEP) else FORBIDDEN
    for address in (
        reverse("alert_channels:edit", args=[one.pk]),
        reverse("alert_channels:delete", args=[one.pk]),
        reverse("outbox_staff:test", args=[one.pk]),
    ):
        assert client.get(address).status_code == expected, address
    retry = reverse("outbox_staff:retry", args=[message.pk])
    assert client.get(retry).status_code == (OK if expected == OK else MISSING)


def test_outside_ones_places_nothing_exists(neighbourhood: Neighbourhood) -> None:
    reviewer = factories.staff("other", Role.COUNTY_REVIEWER, neighbourhood.other_county)
    client = desk(reviewer)
    one, message = channel(neighbourhood.community), failed(neighbourhood.community)
    for address in (
        reverse("alert_channels:edit", args=[one.pk]),
        reverse("outbox_staff:test", args=[one.pk]),
        reverse("outbox_staff:retry", args=[message.pk]),
        reverse("outbox_staff:retry_all"),
    ):
        assert client.get(address).status_code == MISSING, address
    with pytest.raises(PermissionDenied):
        services.deliveries_retry(by=reviewer, deliveries=Delivery.objects.all(), now=NOW)
    with pytest.raises(PermissionDenied):
        services.alert_channel_save(by=reviewer, channel=one)
    with pytest.raises(PermissionDenied):
        services.alert_channel_delete(by=reviewer, channel=one)
    with pytest.raises(PermissionDenied):
        services.alert_channel_test(by=reviewer, channel=one, now=NOW)


def test_the_list_counts_and_masks(
    neighbourhood: Neighbourhood, reviewer: User, administrator: User
) -> None:
    failed(neighbourhood.community)
    failed(neighbourhood.other, "elsewhere")
    failed(None, "nowhere")
    html = desk(reviewer).get(reverse("deliveries:index")).content.decode()
    assert "r***@example.org" in html
    assert "resident@example.org" not in html
    assert "SMTPDataError 554" in html
    assert html.count("r***@example.org") == 1
    assert reverse("outbox_staff:retry", args=[Delivery.objects.get(dedupe_key="k").pk]) in html
    html = desk(administrator).get(reverse("deliveries:index")).content.decode()
    assert html.count("r***@example.org") == 3


def test_lists_need_the_same_queries_however_long(
    neighbourhood: Neighbourhood, reviewer: User
) -> None:
    client = desk(reviewer)

    def queries(name: str) -> int:
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse(name))
        return len(seen)

    def add(numbers: range) -> None:
        for number in numbers:
            failed(neighbourhood.community, f"k{number}")
            channel(neighbourhood.community, to=f"r{number}@example.org")

    names = ("deliveries:index", "alert_channels:index")
    add(range(2))
    few = [queries(name) for name in names]
    add(range(2, 12))
    assert [queries(name) for name in names] == few


def test_a_failed_message_is_sent_again_once(neighbourhood: Neighbourhood, reviewer: User) -> None:
    message = failed(neighbourhood.community)
    address = reverse("outbox_staff:retry", args=[message.pk])
    client = desk(reviewer)
    client.get(address)
    message.refresh_from_db()
    assert message.state == State.FAILED
    assert client.post(address).status_code == 302
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == (State.QUEUED, 0, "")
    client.post(address)
    assert services.deliveries_sweep(now=datetime.now(UTC)).sent == 1
    client.post(address)
    message.refresh_from_db()
    assert message.state == State.SENT


def test_no_row_is_changed_by_hand(
    neighbourhood: Neighbourhood, reviewer: User, administrator: User
) -> None:
    message = failed(neighbourhood.community)
    for user in (reviewer, administrator):
        for name, args in (("edit", [message.pk]), ("delete", [message.pk]), ("add", [])):
            address = reverse(f"deliveries:{name}", args=args)
            assert desk(user).get(address).status_code == FORBIDDEN, address


def test_all_failed_ones_of_ones_places_are_sent_again(
    neighbourhood: Neighbourhood, reviewer: User
) -> None:
    for number in range(3):
        failed(neighbourhood.community, f"k{number}")
    other = failed(neighbourhood.other, "other")
    desk(reviewer).post(reverse("outbox_staff:retry_all"))
    assert Delivery.objects.filter(state=State.QUEUED).count() == 3
    other.refresh_from_db()
    assert other.state == State.FAILED


def test_a_reviewer_keeps_the_channels_of_their_county(
    neighbourhood: Neighbourhood, reviewer: User
) -> None:
    client = desk(reviewer)
    add = reverse("alert_channels:add")
    assert client.get(add).status_code == 200
    place = neighbourhood.community.pk
    assert client.post(add, posted(place=place)).status_code == 302
    one = AlertChannel.objects.get()
    assert one.to.startswith("https://qyapi.weixin.qq.com/")

    edit = reverse("alert_channels:edit", args=[one.pk])
    html = client.get(edit).content.decode()
    assert "693a91f6" not in html
    assert client.post(edit, posted(place=place, name="新群", to="")).status_code == 302
    one.refresh_from_db()
    assert (one.name, one.to) == ("新群", GROUP)
    assert client.post(edit, posted(place=neighbourhood.other.pk)).status_code == 200
    client.post(reverse("outbox_staff:test", args=[one.pk]))
    delivery = Delivery.objects.get()
    assert (delivery.to, delivery.alert_channel, delivery.urgent) == (GROUP, one, True)
    client.post(reverse("alert_channels:delete", args=[one.pk]))
    assert not AlertChannel.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"to": ""},
        {"to": "not an address"},
        {"to": "syslog://localhost"},
        {"to": "mailto://user:pass@example.org"},
        {"channel": "EMAIL"},
        {"channel": "SMS", "to": "12345"},
        {"channel": "CONSOLE"},
        {"topics": []},
        {"topics": ["gossip"]},
        {"name": ""},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    neighbourhood: Neighbourhood, reviewer: User, fields: dict[str, Any]
) -> None:
    data = posted(place=neighbourhood.community.pk, **fields)
    response = desk(reviewer).post(reverse("alert_channels:add"), data)
    assert response.status_code == 200
    assert "error" in response.content.decode()
    assert not AlertChannel.objects.exists()


def test_an_address_is_told_once_at_a_place(neighbourhood: Neighbourhood, reviewer: User) -> None:
    one = channel(neighbourhood.community)
    twin = AlertChannel(
        place=one.place, name="x", channel=Channel.EMAIL, topics=["notices"], to=one.to
    )
    with pytest.raises(ValidationError):
        services.alert_channel_save(by=reviewer, channel=twin, to="DUTY@example.org")
