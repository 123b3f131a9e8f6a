import re

from hypothesis import given
from hypothesis import strategies as st

from portal.intake.receipts import (
    is_key,
    new_key,
    normalise_receipt,
    receipt,
    receipt_hash,
    receipt_hashes,
    receipts,
)


def test_a_key_gives_the_same_receipt_every_time_and_another_key_another():
    one, other = new_key(), new_key()
    assert receipt(one) == receipt(one) != receipt(other)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", receipt(one))


def test_keys_are_told_from_anything_else():
    assert is_key(new_key())
    for text in ("", "abc", "G" * 32, new_key() + "\n", new_key().upper(), "é" * 32):
        assert not is_key(text)


def test_a_receipt_is_read_as_people_write_it():
    printed = receipt(new_key())
    typed = printed.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert normalise_receipt(typed) == printed
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in printed)
    assert receipt_hash(wide) == receipt_hash(printed)


def test_an_old_receipt_key_still_finds_what_it_made(settings):
    key = new_key()
    old = receipt(key)
    settings.RECEIPT_KEY = f"2:a-new-receipt-key-0123456789abcdef,{settings.RECEIPT_KEY}"
    assert receipt(key) != old
    assert old in receipts(key)
    assert receipt_hash(old) in receipt_hashes(key)


@given(st.text(max_size=200))
def test_no_text_breaks_it(text):
    assert len(receipt_hash(text)) == 64
    assert normalise_receipt(normalise_receipt(text)) == normalise_receipt(text)
