"""Points and attainment on the source document's facts (domain.md §7)."""

from decimal import Decimal

import pytest

from feedback.indicators.definitions import Rule, definition
from feedback.indicators.scoring import attainment, score, share, shown


def points(code: str, value: str, status: str = "OK") -> Decimal | None:
    known = definition(code)
    result = score(known, value=Decimal(value), target=known.target, status=status)
    return shown(result.points)


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        ("I09", "87.18", "4.59"),
        ("I09", "72.15", "3.80"),
        ("I29", "43.04", "2.39"),
        ("I06", "51.97", "0.00"),
        ("I06", "10", "3.00"),
        ("I06", "20", "1.50"),
        ("I22", "0", "0.00"),
        ("I24", "0", "0.00"),
        ("I28", "45", "6.00"),
        ("I28", "-50", "0.00"),
        ("I28", "15", "3.00"),
        ("I38", "81", "9.00"),
    ],
)
def test_points(code: str, value: str, expected: str) -> None:
    assert points(code, value) == Decimal(expected)


def test_what_does_not_apply_has_no_points() -> None:
    assert (
        score(definition("I28"), value=None, target=Decimal(30), status="NOT_APPLICABLE").points
        is None
    )


def test_too_few_answers_score_nothing() -> None:
    assert points("I38", "95", "INSUFFICIENT") == 0


def test_a_provisional_figure_scores_and_says_so() -> None:
    result = score(definition("I28"), value=Decimal(30), target=Decimal(30), status="PROVISIONAL")
    assert (result.points, result.is_provisional) == (6, True)


def test_over_100_is_capped_for_the_score() -> None:
    assert points("I09", "130", "DATA_ERROR") == 5


def test_far_above_the_target_is_flagged_only() -> None:
    result = score(definition("I28"), value=Decimal(45), target=Decimal(30), status="OK")
    assert (result.points, result.is_overshot) == (6, True)


def test_lower_is_better_divides_the_other_way() -> None:
    assert share(Rule.S2, Decimal(20), Decimal(10)) == Decimal("0.5")
    assert share(Rule.S2, Decimal(0), Decimal(10)) == 1


def test_a_qualitative_rule_is_for_people() -> None:
    with pytest.raises(ValueError):
        share(Rule.S5, Decimal(1), Decimal(1))


@pytest.mark.parametrize(
    ("code", "variant", "value", "target", "expected"),
    [
        ("I09", "main", "87.18", "95", "91.77"),
        ("I38", "main", "95", "90", "105.56"),
        ("I06", "main", "51.97", "10", "19.24"),
        ("I06", "main", "0", "10", "100.00"),
        ("I28", "main", "-50", "30", "0.00"),
        ("I28", "after_rate", "100", "90", "90.00"),
    ],
)
def test_attainment(code: str, variant: str, value: str, target: str, expected: str) -> None:
    reached = attainment(
        definition(code), variant, value=Decimal(value), target=Decimal(target), status="OK"
    )
    assert shown(reached) == Decimal(expected)


def test_no_attainment_without_a_measured_value() -> None:
    known = definition("I38")
    assert attainment(known, "main", value=None, target=Decimal(90), status="OK") is None
    few = attainment(known, "main", value=Decimal(95), target=Decimal(90), status="INSUFFICIENT")
    assert few is None
