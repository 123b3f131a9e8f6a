import logging
import smtplib
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from portal.messages import channels, services
from portal.messages.models import Delivery
from portal.messages.states import BACK_OFF, KEPT, MAX_ATTEMPTS, SENDING_LIMIT, Channel, State

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ADDRESS = "resident@example.org"


@pytest.fixture(autouse=True)
def real_sending(settings: Settings) -> None:
    settings.DEMONSTRATION = False


def queue(key: str = "complaint-1-resolved", **fields: Any) -> Delivery:
    values: dict[str, Any] = {
        "channel": Channel.EMAIL,
        "to": ADDRESS,
        "subject": "您的诉求已办结",
        "body": "受理编号 20261120-0001",
        "now": NOW,
        **fields,
    }
    return services.delivery_queue(dedupe_key=key, **values)


def break_mail(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(self: EmailMessage, fail_silently: bool = False) -> int:
        raise error

    monkeypatch.setattr(EmailMessage, "send", refuse)


@pytest.mark.django_db
def test_the_sweep_sends_what_is_queued_once() -> None:
    delivery = queue()
    assert services.deliveries_sweep(now=NOW) == services.Swept(sent=1)
    assert services.deliveries_sweep(now=NOW) == services.Swept()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.sent_at, delivery.attempts) == (State.SENT, NOW, 1)
    (message,) = mail.outbox
    assert (message.to, message.subject) == ([ADDRESS], "您的诉求已办结")


@pytest.mark.django_db
def test_the_same_occasion_is_one_message() -> None:
    first, second = queue(), queue(body="other")

    assert first == second
    assert Delivery.objects.get().body == "受理编号 20261120-0001"


@pytest.mark.django_db
def test_a_message_goes_the_way_of_the_transaction_that_queued_it() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        queue()
        raise IntegrityError

    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_the_database_holds_neither_address_nor_text_in_clear() -> None:
    queue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM outbox_delivery")
        row = repr(cursor.fetchall())

    for secret in (ADDRESS, "resident", "办结", "20261120"):
        assert secret not in row
    assert Delivery.objects.get().to == ADDRESS


@pytest.mark.django_db
@pytest.mark.parametrize("to", ["", "not an address", "a@b", "a@example.org\nBcc: b@example.org"])
def test_a_bad_address_is_refused_when_queued(to: str) -> None:
    with pytest.raises(ValidationError):
        queue(to=to)
    with pytest.raises(ValidationError):
        queue(to=to, channel=Channel.APPRISE)


@pytest.mark.django_db
def test_a_failed_message_waits_longer_each_time_and_then_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delivery = queue()
    break_mail(monkeypatch, ConnectionRefusedError())
    now = NOW
    for pause in BACK_OFF:
        assert services.deliveries_sweep(now=now) == services.Swept(retried=1)
        delivery.refresh_from_db()
        assert delivery.next_attempt_at == now + pause
        assert services.deliveries_sweep(now=now + pause - timedelta(seconds=1)).retried == 0
        now += pause
    assert services.deliveries_sweep(now=now) == services.Swept(failed=1)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.FAILED, MAX_ATTEMPTS)
    assert delivery.last_error == "ConnectionRefusedError"
    assert services.deliveries_sweep(now=now + timedelta(days=9)) == services.Swept()


@pytest.mark.django_db
def test_a_message_goes_out_once_the_server_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = queue()
    with monkeypatch.context() as patch:
        break_mail(patch, smtplib.SMTPServerDisconnected())
        services.deliveries_sweep(now=NOW)
    services.deliveries_sweep(now=NOW + BACK_OFF[0])

    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error, delivery.attempts) == (State.SENT, "", 2)


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "state"), [(550, State.FAILED), (450, State.QUEUED)])
def test_an_address_refused_for_good_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, code: int, state: State
) -> None:
    delivery = queue()
    break_mail(monkeypatch, smtplib.SMTPRecipientsRefused({ADDRESS: (code, b"no such user")}))
    services.deliveries_sweep(now=NOW)

    delivery.refresh_from_db()
    assert delivery.state == state


@pytest.mark.django_db
def test_nothing_private_reaches_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    delivery = queue()
    reply = f"5.1.1 <{ADDRESS}> is unknown".encode()
    break_mail(monkeypatch, smtplib.SMTPDataError(554, reply))
    services.deliveries_sweep(now=NOW)

    delivery.refresh_from_db()
    assert delivery.last_error == "SMTPDataError 554"
    assert "SMTPDataError 554" in caplog.text
    for private in (ADDRESS, "诉求", "20261120"):
        assert private not in caplog.text + delivery.last_error


@pytest.mark.django_db
def test_one_bad_message_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def pick(message: channels.Message, mailbox: channels.Mailbox) -> None:
        if message.subject == "bad":
            raise RuntimeError(message.to)
        sent.append(message.subject)

    monkeypatch.setitem(channels.SENDERS, Channel.EMAIL, pick)
    queue("a", subject="bad")
    queue("b", subject="plain")
    queue("c", subject="urgent", urgent=True)

    assert services.deliveries_sweep(now=NOW) == services.Swept(sent=2, retried=1)
    assert sent == ["urgent", "plain"]


@pytest.mark.django_db
def test_a_message_whose_sender_died_is_sent_again() -> None:
    delivery = queue()
    Delivery.objects.update(state=State.SENDING, claimed_at=NOW, attempts=1)
    assert services.deliveries_sweep(now=NOW + SENDING_LIMIT) == services.Swept()
    later = NOW + SENDING_LIMIT + timedelta(seconds=1)
    assert services.deliveries_sweep(now=later) == services.Swept(sent=1)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.SENT, 2)


@pytest.mark.django_db
def test_a_message_that_kills_its_sender_is_given_up() -> None:
    delivery = queue()
    Delivery.objects.update(state=State.SENDING, claimed_at=NOW, attempts=MAX_ATTEMPTS)
    services.deliveries_sweep(now=NOW + SENDING_LIMIT * 2)

    delivery.refresh_from_db()
    assert (delivery.state, len(mail.outbox)) == (State.FAILED, 0)


@pytest.mark.django_db
def test_a_gateway_that_refuses_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apprise.Apprise.notify", lambda self, **kwargs: False)
    delivery = queue(channel=Channel.APPRISE, to="dingtalk://abcdefgh")
    services.deliveries_sweep(now=NOW)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == (State.QUEUED, "gateway refused")


@pytest.mark.django_db
def test_a_demonstration_sends_nothing_to_anybody(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEMONSTRATION = True
    delivery = queue()
    services.deliveries_sweep(now=NOW)

    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    assert not mail.outbox
    shown = capsys.readouterr().out
    assert shown.startswith("message:")
    assert ADDRESS not in shown


def test_a_demonstration_labels_subject_and_text(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMONSTRATION = True
    seen: list[channels.Message] = []
    monkeypatch.setitem(
        channels.SENDERS, Channel.CONSOLE, lambda message, _mailbox: seen.append(message)
    )
    channels.send(Channel.EMAIL, channels.Message(ADDRESS, "办结", "正文"), channels.Mailbox())

    assert seen == [channels.Message(ADDRESS, "【演示数据】办结", "【演示数据】正文")]


@pytest.mark.django_db
def test_finished_messages_are_deleted_in_the_end() -> None:
    queue("old")
    services.deliveries_sweep(now=NOW)
    queue("waiting")
    assert services.deliveries_purge(now=NOW + KEPT) == 0
    assert services.deliveries_purge(now=NOW + KEPT + timedelta(days=1)) == 1

    assert Delivery.objects.get().dedupe_key == "waiting"


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_each_message_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setitem(
        channels.SENDERS, Channel.EMAIL, lambda message, _mailbox: sent.append(message.subject)
    )
    for number in range(20):
        queue(f"k{number}", subject=str(number))

    def sweep() -> None:
        try:
            services.deliveries_sweep(now=NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(sent, key=int) == [str(number) for number in range(20)]
