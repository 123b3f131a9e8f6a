"""The rank of domain.md §8: 0.4 gap + 0.3 households + 0.2 complaints + 0.1 wishes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.plans.ranking import gap_share, percentile, rank_of

D = Decimal
SHARES = st.decimals(0, 1, places=4, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "target", "lower", "expected"),
    [
        ("72", "90", False, "0.2"),
        ("95", "90", False, "0"),
        ("0", "90", False, "1"),
        ("15", "10", True, "0.5"),
        ("8", "10", True, "0"),
        ("40", "10", True, "1"),
        (None, "90", False, "0"),
        ("10", "0", True, "0"),
    ],
)
def test_the_gap_is_a_share_of_the_target(value, target, lower, expected):
    found = gap_share(value and D(value), D(target), lower_is_better=lower)
    assert found == D(expected)


def test_the_weights_are_those_of_the_formula():
    parts = {
        "gap": D("0.2"),
        "household_share": D("0.5"),
        "complaint_percentile": D("0.75"),
        "wish_share": D("0.3"),
    }
    assert rank_of(**parts) == D("0.4100")


@given(SHARES, SHARES, SHARES, SHARES)
def test_a_rank_is_a_share_and_no_part_can_lower_it(gap, homes, cases, wishes):
    rank = rank_of(gap=gap, household_share=homes, complaint_percentile=cases, wish_share=wishes)
    more = rank_of(gap=D(1), household_share=homes, complaint_percentile=cases, wish_share=wishes)
    assert 0 <= rank <= more <= 1


def test_what_is_no_share_is_refused():
    with pytest.raises(ValueError):
        rank_of(gap=D("1.1"), household_share=D(0), complaint_percentile=D(0), wish_share=D(0))


def test_the_percentile_counts_ties_half():
    assert percentile(D(3), [D(1), D(2), D(3), D(4)]) == D("0.625")
    assert percentile(D(5), [D(5), D(5)]) == D("0.5")
    assert percentile(D(5), []) == D("0.5")
