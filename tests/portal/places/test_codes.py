import hmac
import logging
from datetime import date

import pytest

from portal.places import codes
from portal.places.models import Household
from tests.conftest import Neighbourhood

pytestmark = pytest.mark.django_db


@pytest.fixture
def household(neighbourhood: Neighbourhood) -> Household:
    return neighbourhood.households[0]


def test_a_code_has_16_digits_and_finds_its_household(household):
    code = codes.household_code(household)
    assert len(code) == 16 and code.isdecimal()
    found = codes.household_find(code)
    assert found == household
    assert found.building.place.name == "和平里小区"


def test_codes_of_neighbours_differ_in_more_than_the_number(neighbourhood):
    tags = {codes.household_code(h)[8:15] for h in neighbourhood.households}
    assert len(tags) == len(neighbourhood.households)


def test_a_code_is_the_same_when_printed_again(household):
    assert codes.household_code(household) == codes.household_code(household)


def test_it_forgives_full_width_digits_spaces_and_dashes(household):
    code = codes.household_code(household)
    grouped = codes.format_code(code)
    assert len(grouped.split()) == 4
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in code)
    typed_texts = [
        grouped,
        grouped.replace(" ", "-"),
        f"  {grouped}\n",
        full_width,
        grouped.replace(" ", "－"),
        grouped.replace(" ", "\u3000"),
        grouped.replace(" ", "—"),
    ]
    for typed in typed_texts:
        assert codes.household_find(typed) == household


def test_every_single_wrong_digit_and_swap_of_neighbours_is_refused_unseen(household):
    code = codes.household_code(household)
    for i, digit in enumerate(code):
        for other in "0123456789".replace(digit, ""):
            assert not codes._is_well_formed(code[:i] + other + code[i + 1 :])
    for i in range(15):
        if code[i] != code[i + 1]:
            assert not codes._is_well_formed(code[:i] + code[i + 1] + code[i] + code[i + 2 :])


def _with_check(body: str) -> str:
    return body + codes._check_digit(body)


def test_wrong_missing_old_and_garbled_codes_get_the_same_message(household):
    code = codes.household_code(household)
    wrong_tag = _with_check(code[:8] + f"{(int(code[8:15]) + 1) % 10**7:07d}")
    missing = _with_check("99999999" + code[8:15])
    household.code_issue = 2
    household.save()
    messages = set()
    for bad in (wrong_tag, missing, code, "", "1234", "一二三四", "²" * 16, "٣" * 16, "a" * 16):
        with pytest.raises(codes.CodeError) as refused:
            codes.household_find(bad)
        messages.add(tuple(refused.value.messages))
    assert len(messages) == 1
    assert codes.household_find(codes.household_code(household)) == household


def test_it_asks_the_same_of_the_database_and_the_key_either_way(
    household, monkeypatch, django_assert_num_queries
):
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(
        codes.hmac, "compare_digest", lambda a, b: compared.append(len(a)) or real(a, b)
    )
    with django_assert_num_queries(1):
        codes.household_find(codes.household_code(household))
    missing = _with_check("999999990000000")
    with django_assert_num_queries(1), pytest.raises(codes.CodeError):
        codes.household_find(missing)
    assert compared == [7, 7]


def test_a_new_key_makes_new_codes_and_the_old_ones_still_open(household, settings):
    old = codes.household_code(household)
    settings.HOUSEHOLD_CODE_KEY = f"2:another-key-entirely,{settings.HOUSEHOLD_CODE_KEY}"
    new = codes.household_code(household)
    assert new != old
    assert codes.household_find(new) == codes.household_find(old) == household
    settings.HOUSEHOLD_CODE_KEY = "2:another-key-entirely"
    with pytest.raises(codes.CodeError):
        codes.household_find(old)


def test_the_code_of_a_home_that_is_gone_opens_nothing(household):
    code = codes.household_code(household)
    household.valid_to = date(2024, 5, 1)
    household.save()
    with pytest.raises(codes.CodeError):
        codes.household_find(code)
    with pytest.raises(codes.CodeError):
        codes.household_find(code, on=date(2024, 5, 1))
    assert codes.household_find(code, on=date(2024, 4, 30)) == household


def test_a_code_never_reaches_a_log_or_a_message(household, caplog):
    caplog.set_level(logging.DEBUG)
    code = codes.household_code(household)
    codes.household_find(code)
    wrong = _with_check(code[:14] + str((int(code[14]) + 1) % 10))
    with pytest.raises(codes.CodeError) as refused:
        codes.household_find(wrong)
    said = caplog.text + str(refused.value) + repr(household)
    assert code not in said and wrong not in said and code[8:15] not in said
