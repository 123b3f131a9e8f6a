"""Text messages leave through the adapter that the settings name."""

import json
from datetime import UTC, datetime

import pytest
from pytest_django import Settings
from requests import Response

from portal.messages import services
from portal.messages.errors import SendError
from portal.messages.models import Delivery
from portal.messages.sms import console, gateway, sms_is_offered
from portal.messages.states import Channel, State

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TAKEN: list[tuple[str, str]] = []


def take(to: str, text: str) -> None:
    TAKEN.append((to, text))


def refuse(to: str, text: str) -> None:
    raise SendError("number barred", final=True)


@pytest.fixture(autouse=True)
def real_sending(settings: Settings) -> None:
    settings.DEMONSTRATION = False
    TAKEN.clear()


def queue() -> Delivery:
    return services.delivery_queue(
        channel=Channel.SMS,
        to="138 0000 1234",
        subject="",
        body="验证码 123456",
        dedupe_key="code-1",
        now=NOW,
    )


@pytest.mark.django_db
def test_the_adapter_gets_number_and_text(settings: Settings) -> None:
    settings.SMS_BACKEND = f"{__name__}.take"
    queue()
    services.deliveries_sweep(now=NOW)

    assert TAKEN == [("13800001234", "验证码 123456")]
    assert Delivery.objects.get().state == State.SENT


@pytest.mark.django_db
def test_what_the_adapter_refuses_for_good_has_failed(settings: Settings) -> None:
    settings.SMS_BACKEND = f"{__name__}.refuse"
    delivery = queue()
    services.deliveries_sweep(now=NOW)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == (State.FAILED, "number barred")


@pytest.mark.django_db
def test_without_an_adapter_the_message_waits(settings: Settings) -> None:
    settings.SMS_BACKEND = ""
    delivery = queue()
    services.deliveries_sweep(now=NOW)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == (State.QUEUED, "SMS_BACKEND is not set")
    assert not sms_is_offered()


def test_the_console_says_neither_number_nor_text(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    console("13800001234", "验证码 123456")
    shown = capsys.readouterr().out
    assert "1234" not in shown
    assert shown.startswith("text message:")


def test_a_gateway_is_told_the_number_in_its_address(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SMS_GATEWAY_URL = "json://127.0.0.1:1/send?:phone={to}"
    posted: list[dict[str, str]] = []

    def post(method: str, url: str, data: str, **kwargs: object) -> Response:
        posted.append(json.loads(data))
        answer = Response()
        answer.status_code = 200 if len(posted) == 1 else 500
        return answer

    monkeypatch.setattr("requests.request", post)
    gateway("13800001234", "您好")
    assert posted[0]["phone"] == "13800001234"
    assert posted[0]["message"] == "您好"

    with pytest.raises(SendError, match="gateway refused"):
        gateway("13800001234", "您好")
