"""The schemes, the spreading of weights, totals and the view of what would change them."""

from datetime import date
from decimal import Decimal

import pytest

from feedback.indicators.schemes import SCHEMES, Part, scheme_on, shared_out
from feedback.indicators.scorecards import Card, Given, card, spread_weights

DAY = date(2022, 2, 28)
EVALUATION = scheme_on("EVALUATION", DAY)
PARTS = EVALUATION.parts(DAY)


def scored(scheme: str = "EVALUATION", **given: Given) -> Card:
    """A card of only what is given; everything else does not apply."""
    found = scheme_on(scheme, DAY)
    parts = found.parts(DAY)
    return card(found, parts, [given.get(part.definition.code, Given()) for part in parts])


def full() -> dict[str, Given]:
    """Everything exactly at its target."""
    return {
        part.definition.code: Given(
            value=part.definition.target,
            target=part.definition.target,
            status="OK",
            band=Decimal(100),
        )
        for part in PARTS
    }


def ok(value: str, target: str, status: str = "OK", **more: Decimal) -> Given:
    return Given(value=Decimal(value), target=Decimal(target), status=status, **more)  # type: ignore[arg-type]


def weights(parts: list[Part], *away: str) -> dict[str, Decimal]:
    applies = [part.definition.code not in away for part in parts]
    found = spread_weights(parts, applies)
    return {part.definition.code: weight for part, weight in zip(parts, found, strict=True)}


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.code)
def test_the_weights_of_a_scheme_add_up_to_a_hundred(scheme):
    assert sum(part.weight for part in scheme.parts(DAY)) == 100


def test_the_self_assessment_has_its_four_blocks():
    sums: dict[str, Decimal] = {}
    for part in scheme_on("SELF", DAY).parts(DAY):
        sums[part.level1.zh] = sums.get(part.level1.zh, Decimal(0)) + part.weight
    assert sums == {"预算执行率": 10, "产出指标": 50, "效益指标": 30, "满意度指标": 10}


@pytest.mark.parametrize(
    ("total", "grade"),
    [("100", "优"), ("90", "优"), ("89.99", "良"), ("80", "良"), ("79.99", "中"), ("79.50", "中"),
     ("60", "中"), ("59.99", "差"), ("0", "差")],
)  # fmt: skip
def test_grades(total, grade):
    assert EVALUATION.grade(Decimal(total)).name.zh == grade


def test_a_scheme_is_that_of_its_day():
    assert scheme_on("EVALUATION", date(2000, 1, 1)) == EVALUATION
    with pytest.raises(KeyError):
        scheme_on("OTHER", DAY)


def test_points_are_shared_out_to_the_last_hundredth():
    assert shared_out(Decimal(10), [Decimal(1)] * 3) == [
        Decimal("3.34"),
        Decimal("3.33"),
        Decimal("3.33"),
    ]
    assert shared_out(Decimal(10), []) == []


def test_everything_at_its_target_is_a_hundred():
    found = scored(**full())
    assert (found.total, found.grade.name.zh) == (100, "优")
    assert not found.is_provisional
    assert scored("SELF", **full()).total == 100


def test_what_does_not_apply_is_spread_inside_its_group():
    """组织实施 is 12 points: without I10 its two go to the other ten in proportion."""
    found = weights(PARTS, "I10")
    assert found["I10"] == 0
    assert found["I12"] == Decimal("3.60")
    assert found["I14"] == Decimal("2.40")
    assert found["I09"] == 5
    assert sum(found.values()) == 100


def test_a_group_of_which_nothing_is_left_goes_to_its_level():
    """产出成本 is I26 alone: its point goes to the rest of 产出."""
    found = weights(PARTS, "I26")
    assert (
        sum(found[code] for code in ("I18", "I19", "I20", "I21", "I22", "I23", "I24", "I25")) == 30
    )
    assert found["I09"] == 5
    assert found["I18"] == Decimal("4.14")


def test_a_level_of_which_nothing_is_left_goes_to_all():
    output = [part.definition.code for part in PARTS if part.level1.zh == "产出"]
    found = weights(PARTS, *output)
    assert found["I38"] == Decimal("14.29")
    assert sum(found.values()) == 100


def test_nothing_applies_and_there_is_no_total():
    found = scored()
    assert (found.total, found.grade, found.smallest_set()) == (None, None, None)
    assert found.total_with(["I09"]) is None


def test_the_facts_of_the_report_give_the_points_of_the_domain():
    given = full()
    given["I09"] = ok("87.18", "95")
    given["I29"] = ok("43.04", "90")
    given["I06"] = ok("51.97", "10")
    given["I22"] = given["I24"] = ok("0", "100")
    points = {line.part.definition.code: line.points for line in scored(**given).lines}
    assert [points[code] for code in ("I09", "I29", "I06", "I22", "I24")] == [
        Decimal("4.59"),
        Decimal("2.39"),
        0,
        0,
        0,
    ]
    assert scored(**given).total == Decimal("85.98")


def test_too_few_answers_score_nothing_and_are_listed():
    found = scored(**full() | {"I38": ok("95", "90", "INSUFFICIENT")})
    assert found.total == 90
    assert [line.part.definition.code for line in found.insufficient] == ["I38"]


def test_a_provisional_figure_marks_the_total():
    found = scored(**full() | {"I28": ok("30", "30", "PROVISIONAL")})
    assert (found.total, found.is_provisional) == (100, True)


def test_far_above_its_target_is_flagged_and_costs_nothing():
    found = scored(**full() | {"I28": ok("40", "30")})
    assert [line.part.definition.code for line in found.overshot] == ["I28"]
    assert found.total == 100
    assert found.overshot[0].needs_reason


def test_a_deduction_takes_points_and_never_more_than_there_are():
    found = scored(**full() | {"I28": ok("40", "30", deduction=Decimal("1.5"))})
    assert found.total == Decimal("98.5")
    low = scored(**full() | {"I28": ok("1", "30", deduction=Decimal(6))})
    assert low.total == 94


def test_a_qualitative_one_waits_for_its_band():
    found = scored(**full() | {"I14": Given()})
    assert (found.total, found.is_provisional) == (100, True)
    assert [line.part.definition.code for line in found.unjudged] == ["I14"]
    judged = scored(**full() | {"I14": Given(band=Decimal(75))})
    assert (judged.total, judged.is_provisional) == (Decimal("99.5"), False)


def test_points_of_the_levels_add_up_to_the_total():
    found = scored(**full() | {"I38": ok("81", "90"), "I26": Given(), "I10": Given()})
    assert sum(one.points for one in found.level1()) == found.total
    assert sum(one.points for one in found.level2()) == found.total
    assert sum(one.weight for one in found.level2()) == 100


def test_the_smallest_set_takes_the_largest_gains_first():
    given = full()
    given["I38"] = ok("45", "90")  # 5 to win
    given["I22"] = given["I24"] = ok("0", "100")  # 4 each
    given["I28"] = ok("0", "30")  # 6
    given["I09"] = ok("0", "95")  # 5
    found = scored(**given)
    assert found.total == 76
    assert [line.part.definition.code for line in found.smallest_set()] == ["I28"]
    assert [line.part.definition.code for line in found.gains()] == [
        "I28",
        "I09",
        "I38",
        "I22",
        "I24",
    ]
    assert found.smallest_set(Decimal(70)) == []
    assert len(found.smallest_set(Decimal(90))) == 3
    assert found.total_with(["I22", "I24", "I18"]) == 84


def test_a_goal_out_of_reach_is_said_to_be():
    found = scored(**full() | {"I38": ok("45", "90", deduction=Decimal(4))})
    assert found.total == 91
    assert found.smallest_set(Decimal(97)) is None
    assert found.smallest_set(Decimal(96)) is not None
