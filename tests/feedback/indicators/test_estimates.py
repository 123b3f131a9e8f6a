"""The vectors of domain.md §6 and the properties every estimate must have."""

import math
from dataclasses import FrozenInstanceError, fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedback.indicators.estimates import (
    Estimate,
    MeanStratum,
    Proposal,
    Status,
    Stratum,
    controlled_reduction,
    effective_size,
    mean_stratum,
    mean_total,
    propose_target,
    rate_reduction,
    reduction_status,
    sample_status,
    share_total,
    stratified_mean,
    stratified_share,
    total_mean,
    total_share,
    wilson_interval,
)


def percent(number: float | None, digits: int = 2) -> float:
    assert number is not None
    return round(100 * number, digits)


# --- one community ---


def test_it_gives_the_interval_of_one_community() -> None:
    estimate = wilson_interval(48, 60, 220)
    assert percent(estimate.value) == 80.00
    assert effective_size(60, 220) == pytest.approx(82.125)
    assert (percent(estimate.low), percent(estimate.high)) == (70.10, 87.22)
    assert (estimate.n, estimate.population, estimate.status) == (60, 220, "OK")


def test_a_census_has_no_sampling_error() -> None:
    estimate = wilson_interval(40, 50, 50)
    assert estimate.low == estimate.value == estimate.high == 0.8
    assert estimate.standard_error == 0


def test_an_endless_population_gives_the_textbook_interval() -> None:
    estimate = wilson_interval(48, 60)
    assert (percent(estimate.low), percent(estimate.high)) == (68.22, 88.17)
    assert estimate.population is None


def test_no_answer_gives_no_number() -> None:
    assert wilson_interval(0, 0, 220) == Estimate(
        None, None, None, None, 0, 220, Status.INSUFFICIENT
    )


@pytest.mark.parametrize(
    ("n", "population", "status", "reason"),
    [
        (29, 100, "INSUFFICIENT", "FEW_ANSWERS"),
        (30, 100, "OK", ""),
        (30, 150, "OK", ""),
        (30, 151, "INSUFFICIENT", "LOW_RESPONSE"),
        (29, 59, "INSUFFICIENT", "FEW_ANSWERS"),
        (30, 59, "OK", ""),
        (29, 58, "OK", ""),
        (30, 60, "OK", ""),
        (29, 60, "INSUFFICIENT", "FEW_ANSWERS"),
        (3, 6, "OK", ""),
        (30, None, "OK", ""),
        (29, None, "INSUFFICIENT", "FEW_ANSWERS"),
        (0, 0, "INSUFFICIENT", "FEW_ANSWERS"),
    ],
)
def test_the_sample_rule(n: int, population: int | None, status: str, reason: str) -> None:
    assert sample_status(n, population) == (status, reason)
    assert wilson_interval(n // 2, n, population).status == status


@pytest.mark.parametrize(
    ("successes", "n", "population"), [(5, 4, 10), (-1, 4, 10), (2, 11, 10), (0, -1, 10)]
)
def test_it_refuses_impossible_counts(successes: int, n: int, population: int) -> None:
    with pytest.raises(ValueError):
        wilson_interval(successes, n, population)
    with pytest.raises(ValueError):
        Stratum(population, n, successes)


samples = st.integers(1, 400).flatmap(
    lambda population: st.integers(1, population).flatmap(
        lambda n: st.tuples(st.just(population), st.just(n), st.integers(0, n))
    )
)


@given(samples)
def test_the_interval_holds_the_share_and_stays_within_0_and_1(
    sample: tuple[int, int, int],
) -> None:
    population, n, successes = sample
    estimate = wilson_interval(successes, n, population)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


@given(samples)
def test_failures_mirror_successes(sample: tuple[int, int, int]) -> None:
    population, n, successes = sample
    there = wilson_interval(successes, n, population)
    back = wilson_interval(n - successes, n, population)
    assert there.low == pytest.approx(1 - back.high, abs=1e-12)


@given(samples)
def test_a_finite_population_never_widens_the_interval(sample: tuple[int, int, int]) -> None:
    population, n, successes = sample
    finite, endless = wilson_interval(successes, n, population), wilson_interval(successes, n)
    assert finite.high - finite.low <= endless.high - endless.low + 1e-12


# --- strata ---

THREE = [Stratum(300, 60, 48), Stratum(100, 40, 36), Stratum(600, 60, 42)]


def test_communities_are_weighted_by_their_households() -> None:
    estimate = stratified_share(THREE)
    assert percent(estimate.value) == 75.00
    assert percent(estimate.standard_error, 3) == 3.691
    assert (percent(estimate.low), percent(estimate.high)) == (67.77, 82.23)
    assert (estimate.n, estimate.population) == (160, 1000)


def test_the_unweighted_share_would_be_another() -> None:
    assert percent(sum(s.successes for s in THREE) / sum(s.n for s in THREE)) == 78.75


def test_one_community_has_the_same_interval_either_way() -> None:
    together, alone = stratified_share([Stratum(220, 60, 48)]), wilson_interval(48, 60, 220)
    assert (together.value, together.low, together.high) == (alone.value, alone.low, alone.high)


def test_small_communities_form_one_rest_stratum() -> None:
    small = [Stratum(50, 1, 1), Stratum(70, 0, 0), Stratum(80, 1, 0)]
    merged = stratified_share([*THREE, Stratum(200, 2, 1)])
    assert stratified_share([*THREE, *small]) == merged
    assert share_total([*THREE, *small]).merged == 3


def test_a_rest_stratum_of_one_answer_joins_the_smallest() -> None:
    joined = [Stratum(300, 60, 48), Stratum(150, 41, 37), Stratum(600, 60, 42)]
    assert stratified_share([*THREE, Stratum(50, 1, 1)]) == stratified_share(joined)


def test_a_rest_stratum_without_an_answer_joins_the_smallest_too() -> None:
    joined = [Stratum(300, 60, 48), Stratum(150, 40, 36), Stratum(600, 60, 42)]
    assert stratified_share([*THREE, Stratum(50, 0, 0)]) == stratified_share(joined)


def test_a_single_answer_in_all_has_no_standard_error() -> None:
    estimate = stratified_share([Stratum(50, 1, 1), Stratum(70, 0, 0)])
    assert (estimate.value, estimate.standard_error, estimate.status) == (1, None, "INSUFFICIENT")


def test_nobody_asked_and_nobody_answering_give_no_number() -> None:
    assert stratified_share([]).value is None
    assert stratified_share([Stratum(50, 0, 0), Stratum(70, 0, 0)]).value is None
    assert stratified_mean([]).status == "INSUFFICIENT"


def test_answers_all_alike_do_not_mean_that_nothing_is_open() -> None:
    estimate = stratified_share([Stratum(300, 60, 60), Stratum(100, 40, 40)])
    assert estimate.value == estimate.high == 1
    assert estimate.low == pytest.approx(wilson_interval(100, 100, 400).low)


def test_a_census_of_every_community_has_no_sampling_error() -> None:
    estimate = stratified_share([Stratum(30, 30, 21), Stratum(50, 50, 40)])
    assert estimate.low == estimate.value == estimate.high


strata = st.lists(samples.map(lambda s: Stratum(*s)), min_size=1, max_size=12)


@given(strata)
def test_the_weighted_share_lies_within_its_interval(some: list[Stratum]) -> None:
    estimate = stratified_share(some)
    assert 0 <= estimate.low <= estimate.value + 1e-12
    assert estimate.value <= estimate.high + 1e-12 <= 1 + 1e-11


@example([Stratum(2, 1, 0), Stratum(2, 2, 0), Stratum(2, 2, 1)])
@given(strata)
def test_the_order_of_the_communities_does_not_matter(some: list[Stratum]) -> None:
    there, back = stratified_share(some), stratified_share(list(reversed(some)))
    assert there.value == pytest.approx(back.value)
    assert there.n == back.n


@given(strata, strata)
def test_a_city_is_the_sum_of_its_counties(one: list[Stratum], two: list[Stratum]) -> None:
    left, right = share_total(one), share_total(two)
    city = total_share(left + right)
    weighted = left.value * left.population + right.value * right.population
    assert city.value == pytest.approx(weighted / (left.population + right.population))
    assert left + right == right + left


def test_a_county_without_answers_counts_for_the_response_only() -> None:
    silent = share_total([Stratum(1000, 0, 0)])
    city = total_share(share_total(THREE) + silent)
    assert percent(city.value) == 75.00
    assert (city.population, city.status) == (2000, "INSUFFICIENT")
    assert sample_status(city.n, city.population) == ("INSUFFICIENT", "LOW_RESPONSE")


# --- means ---


def test_the_index_is_the_mean_times_twenty() -> None:
    stratum = mean_stratum(220, {5: 20, 4: 28, 3: 8, 2: 3, 1: 1})
    assert round(stratum.mean, 2) == 4.05
    estimate = stratified_mean([stratum])
    assert round(20 * estimate.value, 2) == 81.00
    assert estimate.standard_error == pytest.approx(
        math.sqrt(stratum.variance / 60 * (1 - 60 / 220))
    )


def test_a_mean_of_zeros_and_ones_is_a_share() -> None:
    means = [
        mean_stratum(s.population, {1: int(s.successes), 0: int(s.n - s.successes)}) for s in THREE
    ]
    as_mean, as_share = stratified_mean(means), stratified_share(THREE)
    assert as_mean.value == pytest.approx(as_share.value)
    assert as_mean.standard_error == pytest.approx(as_share.standard_error)


def test_joined_means_are_those_of_all_answers_together() -> None:
    one, two = mean_stratum(50, {5: 1}), mean_stratum(70, {2: 1})
    together = mean_stratum(120, {5: 1, 2: 1})
    total = mean_total([one, two])
    assert total_mean(total).value == pytest.approx(together.mean)
    assert total.variance == pytest.approx(together.variance / 2 * (1 - 2 / 120))


def test_it_refuses_a_negative_variance() -> None:
    with pytest.raises(ValueError):
        MeanStratum(10, 2, 3.0, -1.0)


# --- complaint reduction ---


@pytest.mark.parametrize(
    ("before", "households_before", "after", "households_after", "value", "low", "high"),
    [
        (40, 220, 22, 220, 45.00, 7.5, 67.3),
        (6, 220, 0, 220, 100.00, -36.6, 99.6),
        (18, 110, 9, 110, 50.00, -11.3, 77.5),
    ],
)
def test_the_reduction_and_its_interval(
    before: int,
    households_before: float,
    after: int,
    households_after: float,
    value: float,
    low: float,
    high: float,
) -> None:
    estimate = rate_reduction(before, households_before, after, households_after)
    assert percent(estimate.value) == value
    # The vectors were written down with z = 1.96; the last of their digits may differ by that.
    exact = rate_reduction(before, households_before, after, households_after, z=1.96)
    assert (percent(exact.low, 1), percent(exact.high, 1)) == (low, high)
    assert percent(estimate.low, 3) == pytest.approx(low, abs=0.06)
    assert percent(estimate.high, 3) == pytest.approx(high, abs=0.06)
    assert estimate.n == before + after


def test_more_households_make_the_same_complaints_fewer() -> None:
    assert percent(rate_reduction(40, 220, 22, 230).value) == 47.39
    assert round(22 / 230 * 1000, 2) == 95.65


def test_more_complaints_are_a_negative_reduction() -> None:
    estimate = rate_reduction(10, 220, 15, 220)
    assert (percent(estimate.value), estimate.status) == (-50.00, "OK")


@pytest.mark.parametrize(("before", "after"), [(6, 0), (3, 2), (5, 4)])
def test_fewer_than_ten_events_are_left_to_the_county(before: int, after: int) -> None:
    assert rate_reduction(before, 220, after, 220).status == "INSUFFICIENT"
    assert reduction_status(before, 220, after, 220) == ("INSUFFICIENT", "POOLED")


def test_ten_events_are_enough() -> None:
    assert rate_reduction(5, 220, 5, 220).status == "OK"


def test_without_complaints_before_there_is_no_reduction() -> None:
    estimate = rate_reduction(0, 220, 12, 220)
    assert (estimate.value, estimate.status) == (None, "NOT_APPLICABLE")
    assert reduction_status(0, 220, 12, 220) == ("NOT_APPLICABLE", "NO_BASELINE")


def test_without_households_there_is_no_rate() -> None:
    assert rate_reduction(10, 0, 12, 220).status == "NOT_APPLICABLE"
    assert reduction_status(10, 0, 12, 220) == ("NOT_APPLICABLE", "ZERO_DENOMINATOR")


def test_a_control_group_takes_the_general_trend_out() -> None:
    assert percent(controlled_reduction(40, 220, 22, 220, 45 / 50)) == 38.89


@given(st.integers(1, 500), st.floats(1, 5000), st.integers(0, 500), st.floats(1, 5000))
def test_a_reduction_never_exceeds_everything(
    before: int, households: float, after: int, later: float
) -> None:
    estimate = rate_reduction(before, households, after, later)
    assert estimate.low <= estimate.high < 1
    assert estimate.value <= 1
    if after:
        assert estimate.low <= estimate.value <= estimate.high


# --- what callers rely on ---


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Stratum, "population n successes"),
        (MeanStratum, "population n mean variance"),
        (Estimate, "value standard_error low high n population status"),
        (Proposal, "state next_target low high"),
    ],
)
def test_the_fields_are_these_in_this_order(kind: type, names: str) -> None:
    assert [field.name for field in fields(kind)] == names.split()


def test_a_stratum_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Stratum(220, 60, 48).n = 61  # type: ignore[misc]


@pytest.mark.parametrize("kind", [float, lambda number: Decimal(str(number))])
def test_decimals_and_floats_give_the_figures_of_integers(kind: Any) -> None:
    def of(*numbers: float) -> list[Any]:
        return [kind(number) for number in numbers]

    assert wilson_interval(*of(48, 60, 220, 1.959964)) == wilson_interval(48, 60, 220)
    strata = [(300, 60, 48), (100, 1, 1), (600, 60, 42)]
    assert stratified_share([Stratum(*of(*s)) for s in strata]) == stratified_share(
        [Stratum(*s) for s in strata]
    )
    means = [(220, 60, 4.05, 0.9), (300, 50, 3.5, 1.2)]
    assert stratified_mean([MeanStratum(*of(*m)) for m in means]) == stratified_mean(
        [MeanStratum(*m) for m in means]
    )
    assert rate_reduction(*of(40, 220, 22, 230)) == rate_reduction(40, 220, 22, 230)
    assert propose_target(*of(250, 278, 1000, 85, 86)) == propose_target(250, 278, 1000, 85, 86)


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    "given",
    [
        (NAN, 60, 220),
        (48, NAN, 220),
        (48, 60, NAN),
        (48, 60, INF),
        (48, 60.5, 220),
        (48, 60, 220, 0),
        (48, 60, 220, -1),
        (48, 60, 220, NAN),
        ("48", 60, 220),
        (None, 60),
    ],
)
def test_what_is_no_count_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="must"):
        wilson_interval(*given)


@pytest.mark.parametrize(
    "given", [(10, 5, NAN, 1), (10, 5, 3, NAN), (10, 5, 3, -1), (10, 11, 3, 1), (None, 5, 3, 1)]
)
def test_an_impossible_mean_is_refused(given: Any) -> None:
    with pytest.raises(ValueError):
        MeanStratum(*given)


@pytest.mark.parametrize(
    "given", [(-1, 2, 3, 4), (1, NAN, 2, 3), (1, INF, 2, 3), (NAN, 1, 2, 3), (1, -2, 3, 4)]
)
def test_an_impossible_rate_is_refused(given: Any) -> None:
    with pytest.raises(ValueError):
        rate_reduction(*given)


@pytest.mark.parametrize("target", [NAN, -5, 150])
def test_a_target_is_a_percentage(target: float) -> None:
    with pytest.raises(ValueError, match="target"):
        propose_target(48, 60, 220, target)
    with pytest.raises(ValueError, match="baseline"):
        propose_target(48, 60, 220, 80, baseline=NAN)
