"""An address gets the news of a place once its owner has said yes, and until they say stop."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django import Settings

from portal.common.keys import blind_index
from portal.messages import services
from portal.messages.links import stop_url
from portal.messages.models import Delivery, Subscriber, Subscription
from portal.messages.states import ASKED_A_DAY, CODE_TRIES, CONFIRM_WITHIN, Channel
from tests.conftest import Neighbourhood

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ADDRESS = "resident@example.org"
PHONE = "13800001234"


@pytest.fixture(autouse=True)
def clean_counts(settings: Settings) -> None:
    settings.DEMONSTRATION = False
    settings.SMS_BACKEND = ""
    cache.clear()


def ask(client: Client, to: str = ADDRESS, code: str = "PC001", **fields: str):
    return client.post(f"/en/subscribe/{code}/", {"to": to, "agreed": "on", **fields})


def link_in(body: str) -> str:
    """The address in a message, as a path on this site."""
    found = re.search(r"https?://[^/\s]+(/\S+)", body)
    assert found
    return found[1]


def subscribed(neighbourhood: Neighbourhood, to: str = ADDRESS, **fields) -> Subscriber:
    values = {"place": neighbourhood.community, "channel": Channel.EMAIL, "language": "zh-hans"}
    services.subscription_request(to=to, now=NOW, **(values | fields))
    subscription = Subscription.objects.latest("pk")
    services.subscription_confirm(pk=subscription.pk, now=NOW)
    return subscription.subscriber


def test_only_a_press_of_the_button_confirms(client: Client, neighbourhood: Neighbourhood) -> None:
    response = ask(client)
    assert response.status_code == 200
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"
    path = link_in(Delivery.objects.get().body)

    # What opens every link in a mail changes nothing.
    page = client.get(path)
    assert page.status_code == 200
    assert not Subscription.objects.confirmed().exists()
    assert client.post(path).status_code == 200
    subscription = Subscription.objects.confirmed().get()
    assert subscription.place == neighbourhood.community
    assert subscription.privacy_version == services.PRIVACY_VERSION
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("code", ["PC001", "140213051", "140213"])
def test_who_confirmed_is_led_back_to_the_place(
    client: Client, neighbourhood: Neighbourhood, code: str
) -> None:
    ask(client, code=code)
    page = client.post(link_in(Delivery.objects.get().body)).content.decode()
    assert f'href="/en/communities/{code}/"' in page


def test_the_answer_is_the_same_for_known_and_unknown_addresses(
    client: Client, neighbourhood: Neighbourhood
) -> None:
    subscribed(neighbourhood)
    known, unknown = ask(client), ask(client, "new@example.org")
    assert known.content == unknown.content
    assert known.status_code == unknown.status_code
    # Only the owner of the address learns that it was known.
    assert (
        "/subscribe/stop/"
        in Delivery.objects.filter(to_index=blind_index(ADDRESS)).latest("pk").body
    )


def test_the_address_is_encrypted(neighbourhood: Neighbourhood) -> None:
    subscribed(neighbourhood)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM outbox_subscriber")
        assert "resident" not in repr(cursor.fetchall())


@pytest.mark.parametrize(
    "fields", [{"to": ""}, {"to": "nobody"}, {"to": "a@b\nBcc: c@d.org"}, {"agreed": ""}]
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    client: Client, neighbourhood: Neighbourhood, fields: dict[str, str]
) -> None:
    response = client.post("/subscribe/PC001/", {"to": ADDRESS, "agreed": "on"} | fields)
    assert response.status_code == 422
    assert not Subscriber.objects.exists()
    if fields.get("to", ADDRESS) == ADDRESS:
        assert ADDRESS in response.content.decode()


def test_a_post_from_another_site_is_refused(client: Client, neighbourhood: Neighbourhood) -> None:
    response = client.post(
        "/subscribe/PC001/", {"to": ADDRESS, "agreed": "on"}, headers={"origin": "https://evil.org"}
    )
    assert response.status_code == 403
    assert not Subscriber.objects.exists()


def test_there_is_no_subscription_to_what_has_no_page(
    client: Client, neighbourhood: Neighbourhood
) -> None:
    assert client.get("/subscribe/140213/").status_code == 200
    assert client.get("/subscribe/140213051/").status_code == 200
    assert client.get("/subscribe/1402/").status_code == 404
    assert client.get("/subscribe/nowhere/").status_code == 404


def test_nobody_floods_a_mailbox_nor_many(client: Client, neighbourhood: Neighbourhood) -> None:
    for _ in range(ASKED_A_DAY + 3):
        assert ask(client).status_code == 200
    assert Delivery.objects.count() == ASKED_A_DAY
    statuses = [ask(client, f"r{n}@example.org").status_code for n in range(20)]
    assert statuses[-1] == 429


def test_a_link_ends_and_what_was_not_confirmed_is_deleted(
    client: Client, neighbourhood: Neighbourhood
) -> None:
    ask(client)
    path = link_in(Delivery.objects.get().body)
    Subscription.objects.update(requested_at=datetime.now(UTC) - CONFIRM_WITHIN * 2)
    assert client.get(path).status_code == client.post(path).status_code == 410
    assert not Subscription.objects.confirmed().exists()

    Subscriber.objects.update(created_at=NOW - CONFIRM_WITHIN * 2)
    assert services.subscriptions_purge(now=NOW) == 0
    assert services.subscriptions_purge(now=datetime.now(UTC)) == 1
    assert not Subscriber.objects.exists()
    assert not Delivery.objects.exists()
    assert client.get(path).status_code == 410


@pytest.mark.parametrize("token", ["1", "1.forged", "x.y", "1.AAAA.BBBB"])
@pytest.mark.parametrize("page", ["confirm", "stop"])
def test_a_forged_link_leads_nowhere(client: Client, db: None, page: str, token: str) -> None:
    assert client.get(f"/subscribe/{page}/{token}/").status_code == 404
    assert client.post(f"/subscribe/{page}/{token}/").status_code == 404


def test_a_link_to_confirm_does_not_stop(client: Client, neighbourhood: Neighbourhood) -> None:
    ask(client)
    path = link_in(Delivery.objects.get().body).replace("/confirm/", "/stop/")
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 404


def test_one_click_of_a_mail_program_deletes_the_address(
    client: Client, neighbourhood: Neighbourhood
) -> None:
    subscriber = subscribed(neighbourhood)
    services.delivery_queue(
        channel=Channel.EMAIL,
        to=ADDRESS,
        subject="s",
        body="b",
        dedupe_key="k",
        subscriber=subscriber,
        now=NOW,
    )
    services.deliveries_sweep(now=NOW)
    headers = mail.outbox[-1].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = link_in(headers["List-Unsubscribe"].strip("<>"))

    assert client.get(path).status_code == 200
    assert Subscriber.objects.exists()
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Subscriber.objects.exists()
    assert not Delivery.objects.exists()
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert client.get(path).status_code == 200


def test_one_place_of_two_can_be_stopped(client: Client, neighbourhood: Neighbourhood) -> None:
    subscriber = subscribed(neighbourhood)
    subscribed(neighbourhood, place=neighbourhood.county)
    delivery = Delivery.objects.create(
        channel=Channel.EMAIL,
        to=ADDRESS,
        subscriber=subscriber,
        dedupe_key="x",
        created_at=NOW,
        next_attempt_at=NOW,
    )
    path = link_in(stop_url(subscriber.pk, "zh-hans"))
    assert client.post(path, {}).status_code == 422
    client.post(path, {"places": [neighbourhood.county.pk]})
    assert [s.place for s in subscriber.subscriptions.all()] == [neighbourhood.community]
    client.post(path, {"places": [neighbourhood.community.pk]})
    assert not Subscriber.objects.exists()
    assert not Delivery.objects.filter(pk=delivery.pk).exists()


# --- text messages ---


@pytest.fixture
def texts(settings: Settings) -> None:
    settings.SMS_BACKEND = "portal.messages.sms.console"


def code_sent() -> str:
    found = re.search(r"\d{6}", Delivery.objects.latest("pk").body)
    assert found
    return found[0]


def test_a_number_is_proven_by_typing_the_code_back(
    client: Client, neighbourhood: Neighbourhood, texts: None
) -> None:
    page = ask(client, "138 0000 1234")
    assert f'value="{PHONE}"' in page.content.decode()
    assert code_sent() not in page.content.decode()
    url = "/subscribe/PC001/"
    wrong = client.post(url, {"to": PHONE, "code": str((int(code_sent()) + 1) % 10**6).zfill(6)})
    assert wrong.status_code == 422
    assert client.post(url, {"to": PHONE, "code": "12"}).status_code == 422
    assert client.post(url, {"to": PHONE, "code": code_sent()}).status_code == 200
    assert Subscription.objects.confirmed().get().subscriber.to == PHONE


def test_codes_cannot_be_tried_out(neighbourhood: Neighbourhood, texts: None) -> None:
    place = neighbourhood.community
    services.subscription_request(
        place=place, channel=Channel.SMS, to=PHONE, language="en", now=NOW
    )
    right = code_sent()
    wrong = str((int(right) + 1) % 10**6).zfill(6)
    for _ in range(CODE_TRIES):
        services.subscription_confirm_code(place=place, to=PHONE, code=wrong, now=NOW)
    assert not services.subscription_confirm_code(place=place, to=PHONE, code=right, now=NOW)


def test_a_code_ends(neighbourhood: Neighbourhood, texts: None) -> None:
    place = neighbourhood.community
    services.subscription_request(
        place=place, channel=Channel.SMS, to=PHONE, language="en", now=NOW
    )
    late = NOW + CONFIRM_WITHIN + timedelta(seconds=1)
    code = code_sent()
    assert not services.subscription_confirm_code(place=place, to=PHONE, code=code, now=late)


def test_numbers_are_not_taken_where_there_are_no_text_messages(
    client: Client, neighbourhood: Neighbourhood
) -> None:
    assert ask(client, PHONE).status_code == 422
    assert not Subscriber.objects.exists()
