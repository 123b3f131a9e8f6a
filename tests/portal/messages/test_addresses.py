import pytest
from django.core.exceptions import ValidationError

from portal.messages.addresses import address_clean, address_masked, phone_clean
from portal.messages.states import Channel


@pytest.mark.parametrize(
    "text",
    [
        "13800001234",
        "138 0000 1234",
        "+86 138-0000-1234",
        "008613800001234",
        "１３８００００１２３４",
    ],
)
def test_a_mobile_number_has_one_spelling(text: str) -> None:
    assert phone_clean(text) == "13800001234"


@pytest.mark.parametrize(
    "text", ["", "1380000123", "138000012345", "12800001234", "0352-2021234", "x" * 500, "+1 555"]
)
def test_what_is_no_mobile_number_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        phone_clean(text)


def test_an_e_mail_address_is_written_in_small_letters() -> None:
    assert address_clean(Channel.EMAIL, "Wang@Example.ORG") == "wang@example.org"


@pytest.mark.parametrize(
    ("channel", "to", "shown"),
    [
        (Channel.EMAIL, "wang@example.org", "w***@example.org"),
        (Channel.SMS, "13800001234", "138****1234"),
        (Channel.APPRISE, "wecom://secret-key", "wecom://***"),
        (Channel.CONSOLE, "whatever", "***"),
    ],
)
def test_addresses_are_masked(channel: Channel, to: str, shown: str) -> None:
    assert address_masked(channel, to) == shown
