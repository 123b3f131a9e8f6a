"""The vectors of domain.md §8."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.indicators.estimates import (
    Stratum,
    propose_from_bounds,
    propose_rate,
    propose_target,
    rolling_baseline,
    share_total,
    stratified_bounds,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("successes", "n", "population", "target", "state", "next_target", "low", "high"),
    [
        (250, 278, 1000, 85, "RAISE", 86.0, 87.79, None),
        (270, 278, 1000, 94, "RAISE", 94.5, 95.81, None),
        (48, 60, 220, 80, "HOLD_MET_UNCERTAIN", 80, 73.78, None),
        (45, 60, 220, 80, "HOLD_WATCH", 80, None, 80.59),
        (36, 60, 220, 80, "HOLD_MISSED_ACTION", 80, None, 66.67),
        (8, 9, 220, 80, "HOLD_INSUFFICIENT", 80, None, None),
    ],
)
def test_the_vectors(
    successes: int,
    n: int,
    population: int,
    target: float,
    state: str,
    next_target: float,
    low: float | None,
    high: float | None,
) -> None:
    proposal = propose_target(successes, n, population, target)
    assert (proposal.state, proposal.next_target) == (state, next_target)
    assert low is None or round(proposal.low, 2) == low
    assert high is None or round(proposal.high, 2) == high


def test_a_locked_target_is_held() -> None:
    proposal = propose_target(250, 278, 1000, 85, locked=True)
    assert (proposal.state, proposal.next_target) == ("HOLD_MET", 85)


def test_one_good_year_after_bad_ones_is_not_enough() -> None:
    assert propose_target(250, 278, 1000, 85, baseline=84.9).state == "HOLD_MET"
    assert propose_target(250, 278, 1000, 85, baseline=85).state == "RAISE"


def test_a_rise_that_rounds_to_nothing_is_held() -> None:
    proposal = propose_from_bounds(value=86, low=85.6, high=86.4, target=85)
    assert (proposal.state, proposal.next_target) == ("HOLD_MET", 85)


def test_a_target_above_the_ceiling_is_never_brought_down() -> None:
    proposal = propose_target(1000, 1000, 1000, 98)
    assert (proposal.state, proposal.next_target) == ("HOLD_MET", 98)


def test_a_rise_stops_at_three_points_and_at_95() -> None:
    assert propose_target(100, 100, 100, 80).next_target == 83.0
    assert propose_target(100, 100, 100, 94).next_target == 95.0


def test_a_complete_count_has_no_doubt() -> None:
    proposal = propose_target(34, 79, 79, 90)
    assert proposal.low == pytest.approx(proposal.high)
    assert proposal.state == "HOLD_MISSED_ACTION"


def test_nobody_answering_keeps_the_target() -> None:
    proposal = propose_target(0, 0, 220, 80)
    assert (proposal.state, proposal.next_target, proposal.low) == ("HOLD_INSUFFICIENT", 80, None)


@given(
    st.integers(30, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.floats(10, 100),
    st.booleans(),
)
def test_a_proposal_never_falls_and_never_leaps(
    sample: tuple[int, int], target: float, locked: bool
) -> None:
    successes, n = sample
    proposal = propose_target(successes, n, 600, target, locked=locked)
    assert target <= proposal.next_target <= target + 3.0 + 1e-9
    if proposal.next_target > target:
        assert proposal.state == "RAISE" and proposal.next_target <= 95 and not locked
        assert (proposal.next_target * 2).is_integer()


# --- strata ---


def test_strata_use_the_size_their_variance_is_worth() -> None:
    total = share_total([Stratum(300, 60, 48), Stratum(100, 40, 36), Stratum(600, 60, 42)])
    size = 0.75 * 0.25 / total.variance
    low, high = stratified_bounds(total)
    spread = 1.281552**2 / size
    # Wilson's bounds are the shares whose distance to 0.75 is z of their own standard errors.
    for bound in (low, high):
        assert (0.75 - bound) ** 2 == pytest.approx(spread * bound * (1 - bound))
    assert low < 0.75 < high


def test_strata_all_alike_use_the_sample_as_one() -> None:
    total = share_total([Stratum(300, 60, 60), Stratum(100, 40, 40)])
    assert stratified_bounds(total) == pytest.approx(
        (wilson_interval(100, 100, 400, 1.281552).low, 1)
    )


def test_no_answer_has_no_bounds() -> None:
    assert stratified_bounds(share_total([Stratum(300, 0, 0)])) is None


# --- the complaint rate ---


@pytest.mark.parametrize(
    ("target", "state", "next_target"),
    [(140, "RAISE", 135.71), (200, "RAISE", 180), (120, "HOLD_MET_UNCERTAIN", 120)],
)
def test_the_rate_after_the_works(target: float, state: str, next_target: float) -> None:
    proposal = propose_rate(22, 220, target)
    assert round(proposal.high, 2) == 131.42
    assert (proposal.state, round(proposal.next_target, 2)) == (state, next_target)


@pytest.mark.parametrize(
    ("target", "state"), [(90, "HOLD_WATCH"), (70, "HOLD_MISSED_ACTION"), (131.5, "RAISE")]
)
def test_a_rate_above_its_target_is_held(target: float, state: str) -> None:
    assert propose_rate(22, 220, target).state == state


def test_a_locked_rate_is_held() -> None:
    assert propose_rate(22, 220, 140, locked=True).state == "HOLD_MET"


def test_nine_events_say_too_little() -> None:
    proposal = propose_rate(9, 220, 140)
    assert (proposal.state, proposal.next_target) == ("HOLD_INSUFFICIENT", 140)


# --- the rolling baseline ---


@pytest.mark.parametrize(
    ("values", "baseline"),
    [([], None), ([80], 80), ([80, 90], 83.75), ([80, 90, 100], 87), ([80, 90, 100, 0], 87)],
)
def test_the_rolling_baseline(values: list[float], baseline: float | None) -> None:
    result = rolling_baseline(values)
    assert result is None if baseline is None else result == pytest.approx(baseline)
