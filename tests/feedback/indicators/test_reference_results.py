"""Our estimates against published results of the survey-statistics literature.

Stratified sample: counties of the 1992 U.S. Census of Agriculture, acres of farmland, from
S. L. Lohr, Sampling: Design and Analysis (data set agstrat, 300 of 3,078 counties in four
regions, chapter on stratified sampling). R's survey package (svymean, svytotal, confint, svyby with
strata and finite population correction) prints the same results.

Single share: R, prop.test(x, n, correct = FALSE), which is Wilson's interval.

Rates: breast cancer after fluoroscopies (41 cases in 28,010 person-years against 15 in 19,017), in
K. J. Rothman and S. Greenland, Modern Epidemiology.
"""

import pytest

from feedback.indicators.estimates import (
    MeanStratum,
    Stratum,
    mean_total,
    rate_reduction,
    stratified_mean,
    stratified_share,
    total_mean,
    wilson_interval,
)

#: Region: counties, counties drawn, mean and variance of the acres, standard error of the mean.
REGIONS = {
    "NE": (220, 21, 97629.81, 7_647_472_708, 18149.49),
    "NC": (1054, 103, 300504.16, 29_618_183_543, 16107.59),
    "S": (1382, 135, 211315.04, 53_587_487_856, 18925.35),
    "W": (422, 41, 662295.51, 396_185_950_266, 93403.65),
}
STRATA = [MeanStratum(*row[:4]) for row in REGIONS.values()]
POPULATION = 3078


def six_digits(number: float) -> object:
    return pytest.approx(number, rel=5e-7)


def test_a_stratified_mean_with_finite_population() -> None:
    found = stratified_mean(STRATA)
    assert found.value == six_digits(295_560.77)
    assert found.standard_error == six_digits(16_379.87)
    assert (found.low, found.high) == (six_digits(263_456.8), six_digits(327_664.7))


def test_a_stratified_total_with_finite_population() -> None:
    found = stratified_mean(STRATA)
    assert found.value is not None
    assert found.standard_error is not None
    assert found.value * POPULATION == six_digits(909_736_035)
    assert found.standard_error * POPULATION == six_digits(50_417_248)


@pytest.mark.parametrize("region", REGIONS)
def test_the_domains_of_the_strata(region: str) -> None:
    row = REGIONS[region]
    found = stratified_mean([MeanStratum(*row[:4])])
    assert found.value == six_digits(row[2])
    assert found.standard_error == six_digits(row[4])


def test_a_domain_of_several_strata_is_carried_upward_by_its_sums() -> None:
    """Two halves of the country added up are the country: what a city does with its counties."""
    north, rest = mean_total(STRATA[:2]), mean_total(STRATA[2:])
    found = total_mean(north + rest)
    assert found.value == six_digits(295_560.77)
    assert found.standard_error == six_digits(16_379.87)


def test_without_the_correction_the_error_is_that_of_an_endless_population() -> None:
    """The correction is worth 5 % here: sampling fractions are about one tenth."""
    endless = [MeanStratum(row[0] * 10**6, *row[1:4]) for row in REGIONS.values()]
    found, corrected = stratified_mean(endless), stratified_mean(STRATA)
    assert found.value == six_digits(295_560.77)
    assert found.standard_error is not None
    assert corrected.standard_error is not None
    assert corrected.standard_error / found.standard_error == pytest.approx(0.95, abs=0.002)


def test_a_stratified_share_is_the_mean_of_zeros_and_ones() -> None:
    """So what holds for means holds for shares: s² = n/(n − 1)·p(1 − p)."""
    counts = [(300, 60, 48), (100, 40, 36), (600, 60, 42)]
    share = stratified_share([Stratum(*row) for row in counts])
    mean = stratified_mean(
        [
            MeanStratum(size, n, top / n, n / (n - 1) * top / n * (1 - top / n))
            for size, n, top in counts
        ]
    )
    assert share.value == six_digits(mean.value or 0)
    assert share.standard_error == six_digits(mean.standard_error or 0)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (8, 10, 0.4901625, 0.9433178),
        (17, 20, 0.6395811, 0.9476312),
        (30, 100, 0.2189489, 0.3958486),
        (0, 10, 0.0, 0.2775328),
        (5, 5, 0.5655175, 1.0),
    ],
)
def test_wilson_of_one_share(successes: int, n: int, low: float, high: float) -> None:
    found = wilson_interval(successes, n)
    assert found.low == pytest.approx(low, abs=5e-7)
    assert found.high == pytest.approx(high, abs=5e-7)


def test_the_ratio_of_two_rates() -> None:
    """Published as 1.86 (1.03 to 3.35)."""
    found = rate_reduction(15, 19_017, 41, 28_010)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert round(1 - found.value, 2) == 1.86
    assert (round(1 - found.high, 2), round(1 - found.low, 2)) == (1.03, 3.35)
