"""The signed place on a stairwell poster."""

import pytest

from portal.places.signs import building_sign, building_signed
from tests.conftest import Neighbourhood


def test_a_sign_leads_back_to_its_building(neighbourhood: Neighbourhood) -> None:
    sign = building_sign(neighbourhood.building)
    assert building_signed(sign) == neighbourhood.building
    assert building_signed(f" {sign.upper()} ") == neighbourhood.building


def test_a_sign_for_another_building_cannot_be_made_up(neighbourhood: Neighbourhood) -> None:
    number, _dash, tag = building_sign(neighbourhood.building).partition("-")
    assert building_signed(f"{int(number, 36) + 1}-{tag}") is None


@pytest.mark.parametrize("text", ["", "-", "1", "1-", "①-12345678", "1-é", "z" * 80, "1-2-3"])
def test_what_we_never_printed_opens_nothing(neighbourhood: Neighbourhood, text: str) -> None:
    assert building_signed(text) is None


def test_signs_of_a_former_key_still_open(
    neighbourhood: Neighbourhood, settings: pytest.FixtureRequest
) -> None:
    old = settings.HOUSEHOLD_CODE_KEY
    sign = building_sign(neighbourhood.building)
    settings.HOUSEHOLD_CODE_KEY = f"2:another-key-0123456789abcdef0123456,{old}"
    assert building_sign(neighbourhood.building) != sign
    assert building_signed(sign) == neighbourhood.building
