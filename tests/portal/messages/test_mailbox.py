"""E-mail leaves over one connection a sweep, and over a new one after a failure."""

import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from portal.messages import services
from portal.messages.models import Delivery
from portal.messages.states import BACK_OFF, Channel, State

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class MailServer(socketserver.ThreadingTCPServer):
    """Just enough of SMTP (RFC 5321). It hangs up instead of taking its `breaks_at`th message."""

    daemon_threads = True
    connections = 0
    received = 0
    breaks_at = 0


class Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.server.connections += 1
        self._say("220 ready")
        while line := self.rfile.readline().decode().strip().upper():
            if line == "DATA":
                if self.server.received + 1 == self.server.breaks_at:
                    self.server.breaks_at = 0
                    return
                self._say("354 go on")
                while self.rfile.readline() != b".\r\n":
                    pass
                self.server.received += 1
            self._say("221 bye" if line == "QUIT" else "250 ok")
            if line == "QUIT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with MailServer(("127.0.0.1", 0), Conversation) as server:
        settings.DEMONSTRATION = False
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address[:2]
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def queue(count: int) -> None:
    for number in range(count):
        services.delivery_queue(
            channel=Channel.EMAIL,
            to=f"r{number}@example.org",
            subject="停水公告",
            body="明天停水",
            dedupe_key=f"cut-{number}",
            now=NOW,
        )


@pytest.mark.django_db
def test_a_sweep_has_one_connection(server: MailServer) -> None:
    queue(5)
    assert services.deliveries_sweep(now=NOW).sent == 5
    assert (server.connections, server.received) == (1, 5)


@pytest.mark.django_db
def test_a_connection_that_breaks_is_opened_anew_for_the_next_message(server: MailServer) -> None:
    server.breaks_at = 2
    queue(4)
    assert services.deliveries_sweep(now=NOW) == services.Swept(sent=3, retried=1)
    assert server.connections == 2
    assert services.deliveries_sweep(now=NOW + BACK_OFF[0]).sent == 1
    assert server.received == 4


@pytest.mark.django_db
def test_where_nobody_opens_one_message_finds_out_for_all(
    server: MailServer, settings: Settings
) -> None:
    server.shutdown()
    server.server_close()
    queue(3)
    assert services.deliveries_sweep(now=NOW) == services.Swept(retried=1)
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.QUEUED}
