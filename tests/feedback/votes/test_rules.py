"""The double quorum of Civil Code Art. 278, at its very edges."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.votes.rules import Count, Weight, outcome

NONE = Weight()


def weight(area: str, heads: int) -> Weight:
    return Weight(Decimal(area), heads)


def made(total: Weight, for_: Weight, against: Weight = NONE, abstained: Weight = NONE) -> Count:
    return Count(total, for_, against, abstained)


def test_exactly_two_thirds_by_both_is_a_quorum() -> None:
    found = outcome(made(weight("9000", 90), weight("6000", 60)), strict=False)
    assert found.has_quorum
    assert found.is_passed


def test_two_thirds_by_heads_but_short_by_area_fails() -> None:
    found = outcome(made(weight("9000", 90), weight("5999.99", 60)), strict=False)
    assert found.heads_taking_part.is_met
    assert not found.area_taking_part.is_met
    assert not found.is_passed


def test_two_thirds_by_area_but_short_by_heads_fails() -> None:
    found = outcome(made(weight("9000", 90), weight("6000", 59)), strict=False)
    assert found.area_taking_part.is_met
    assert not found.has_quorum


def test_a_third_of_a_square_metre_is_not_rounded_into_a_quorum() -> None:
    # 66.67 of 100 is two thirds and more; 66.66 is less, and both read 66.67 when rounded coarsely.
    assert outcome(made(weight("100", 3), weight("66.67", 2)), strict=False).has_quorum
    assert not outcome(made(weight("100", 3), weight("66.66", 2)), strict=False).has_quorum


def test_exactly_three_quarters_passes_a_strict_matter() -> None:
    count = made(weight("8000", 80), weight("6000", 60), weight("2000", 20))
    assert outcome(count, strict=True).is_passed


@pytest.mark.parametrize(
    ("for_", "against"),
    [
        (("5999.99", 60), ("2000.01", 20)),
        (("6000", 59), ("2000", 21)),
    ],
)
def test_a_hair_below_three_quarters_fails_a_strict_matter(
    for_: tuple[str, int], against: tuple[str, int]
) -> None:
    count = made(weight("8000", 80), weight(*for_), weight(*against))
    assert outcome(count, strict=True).has_quorum
    assert not outcome(count, strict=True).is_passed


def test_exactly_half_does_not_pass_a_plain_matter() -> None:
    half = made(weight("8000", 80), weight("4000", 40), weight("4000", 40))
    more = made(weight("8000", 80), weight("4000.01", 41), weight("3999.99", 39))
    assert not outcome(half, strict=False).is_passed
    assert outcome(more, strict=False).is_passed


def test_more_than_half_by_area_alone_does_not_pass() -> None:
    count = made(weight("8000", 80), weight("7000", 40), weight("1000", 40))
    assert not outcome(count, strict=False).is_passed


def test_an_abstention_takes_part_and_is_no_consent() -> None:
    count = made(weight("9000", 9), weight("3000", 3), NONE, weight("3000", 3))
    found = outcome(count, strict=False)
    assert found.has_quorum
    assert not found.is_passed


def test_nothing_of_nothing_decides_nothing() -> None:
    found = outcome(made(NONE, NONE), strict=False)
    assert not found.has_quorum
    assert not found.is_passed
    assert found.area_in_favour.percent is None


@pytest.mark.parametrize(
    "parts",
    [
        (weight("10", 1), weight("11", 1), NONE, NONE),
        (weight("10", 1), weight("5", 1), weight("5", 1), NONE),
        (weight("10", 1), weight("-1", 0), NONE, NONE),
    ],
)
def test_what_cannot_be_a_count_is_refused(parts: tuple[Weight, Weight, Weight, Weight]) -> None:
    with pytest.raises(ValueError, match=r"votes|negative"):
        Count(*parts)


areas = st.decimals(min_value=0, max_value=5000, places=2)
heads = st.integers(min_value=0, max_value=500)
parts = st.builds(Weight, areas, heads)


@given(for_=parts, against=parts, abstained=parts, absent=parts)
def test_more_consent_never_loses_and_strict_never_passes_what_plain_refuses(
    for_: Weight, against: Weight, abstained: Weight, absent: Weight
) -> None:
    total = for_ + against + abstained + absent
    before = outcome(Count(total, for_, against, abstained), strict=False)
    turned = outcome(Count(total, for_ + against, NONE, abstained), strict=False)
    strict = outcome(Count(total, for_, against, abstained), strict=True)
    assert turned.is_passed or not before.is_passed
    assert before.is_passed or not strict.is_passed
