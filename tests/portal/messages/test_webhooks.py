"""A webhook that staff entered is called from inside, and must not lead back inside."""

import http.server
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.demo import factories
from portal.messages import channels, services
from portal.messages.models import AlertChannel, Delivery
from portal.messages.states import Channel, State, Topic
from portal.messages.webhooks import host_check, webhook_plugin
from tests.conftest import Neighbourhood

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
INSIDE = [
    "json://127.0.0.1/hook",
    "jsons://10.0.0.5:8443/hook",
    "json://192.168.1.1",
    "json://172.16.0.9/",
    "json://169.254.169.254/latest/meta-data",
    "json://100.64.0.1/",
    "json://0.0.0.0/",
    "json://2130706433/",
    "json://localhost:6379/",
    "json://user:secret@127.0.0.1/",
    "json://[::1]/",
    "json://[::ffff:10.0.0.1]/",
    "json://[fd00::1]/",
    "https://127.0.0.1/hook",
]


def resolve(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0)) for one in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)


def save(neighbourhood: Neighbourhood, to: str, **fields: Any) -> AlertChannel:
    values = {"channel": Channel.APPRISE, "topics": [Topic.NOTICES], "name": "值班群", **fields}
    channel = AlertChannel(place=neighbourhood.county, **values)
    by = User.objects.filter(username="reviewer").first() or factories.staff(
        "reviewer", Role.COUNTY_REVIEWER, neighbourhood.county
    )
    return services.alert_channel_save(by=by, channel=channel, to=to)


@pytest.mark.parametrize("to", INSIDE)
def test_an_address_inside_is_refused_at_its_field(neighbourhood: Neighbourhood, to: str) -> None:
    with pytest.raises(ValidationError) as refused:
        save(neighbourhood, to)
    assert "to" in refused.value.message_dict
    assert not AlertChannel.objects.exists()


def test_a_name_is_judged_by_all_its_addresses(
    neighbourhood: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, "8.8.8.8", "10.1.2.3")
    with pytest.raises(ValidationError):
        save(neighbourhood, "jsons://robot.example.org/hook")
    resolve(monkeypatch, "8.8.8.8")
    assert save(neighbourhood, "jsons://robot.example.org/hook").pk


def test_group_robots_have_hosts_of_their_own() -> None:
    for to in ("dingtalk://abcdefgh", "feishu://abcdefgh"):
        plugin = webhook_plugin(to)
        assert plugin is not None
        host_check(plugin)


def test_an_installation_may_allow_it(neighbourhood: Neighbourhood, settings: Settings) -> None:
    settings.WEBHOOKS_MAY_BE_INTERNAL = True
    assert save(neighbourhood, "json://10.0.0.5/hook").pk


def test_a_name_that_moved_inside_meanwhile_is_not_called(
    neighbourhood: Neighbourhood, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.DEMONSTRATION = False
    called: list[str] = []
    monkeypatch.setattr("apprise.Apprise.notify", lambda self, **kwargs: called.append("") or True)
    resolve(monkeypatch, "8.8.8.8")
    channel = save(neighbourhood, "jsons://robot.example.org/hook")
    services.alert_channel_test(by=User.objects.get(), channel=channel, now=NOW)
    resolve(monkeypatch, "127.0.0.1")
    services.deliveries_sweep(now=NOW)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.last_error) == (State.QUEUED, "internal address")
    assert not called


@pytest.fixture
def redirecting(settings: Settings) -> Iterator[tuple[str, list[str]]]:
    """A webhook that sends its caller on to another address; its host, and what was asked."""
    settings.DEMONSTRATION = False
    settings.WEBHOOKS_MAY_BE_INTERNAL = True
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_response(307)
            self.send_header("Location", "/inside")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


def test_no_redirect_is_followed(redirecting: tuple[str, list[str]]) -> None:
    host, asked = redirecting
    message = channels.Message(f"json://{host}/hook?redirect=yes", "提醒", "正文")
    with pytest.raises(channels.SendError):
        channels.send(Channel.APPRISE, message, channels.Mailbox())
    assert asked == ["/hook"]
