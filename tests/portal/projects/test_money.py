from decimal import Decimal

import pytest

from portal.projects.templatetags.project_money import wan


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (Decimal("498429500.00"), "49,842.95"),
        (Decimal("50.00"), "0.01"),
        (Decimal("49.99"), "0.00"),
        (Decimal("0.00"), "0.00"),
        (None, "–"),
    ],
)
def test_yuan_are_shown_in_wan_half_up(amount: Decimal | None, shown: str) -> None:
    assert wan(amount) == shown
