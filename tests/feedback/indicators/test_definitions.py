"""All forty indicators, as domain.md §7 lists them."""

from collections import defaultdict
from decimal import Decimal

import pytest

from feedback.indicators.definitions import DEFINITIONS, Direction, Rule, current, definition
from feedback.indicators.models import Measurement

#: Code, level 2, direction, target, period, rule, weight.
TABLE = """
I01 项目立项 UP 80 WAVE S1 3
I02 项目立项 UP 75 WAVE S1 2
I03 项目立项 UP 100 MONTH S1 2
I04 项目立项 UP 100 QUARTER S1 2
I05 绩效目标 UP 100 YEAR S1 3
I06 资金投入 DOWN 10 ONCE S4 3
I07 项目立项 UP 70 ONCE S1 0
I08 资金管理 UP 100 MONTH S1 2
I09 资金管理 UP 95 MONTH S1 5
I10 组织实施 UP 100 MONTH S1 2
I11 资金管理 UP 100 MONTH S1 1
I12 组织实施 UP 100 MONTH S1 3
I13 组织实施 UP 100 MONTH S1 1
I14 组织实施 UP - YEAR S5 2
I15 组织实施 UP 100 QUARTER S1 3
I16 组织实施 DOWN 10 QUARTER S4 0
I17 组织实施 UP 80 QUARTER S1 1
I18 产出数量 UP 100 MONTH S1 4
I19 产出数量 UP 100 MONTH S1 4
I20 产出数量 UP 100 MONTH S1 2
I21 产出时效 UP 95 MONTH S1 3
I22 产出时效 UP 100 MONTH S1 4
I23 产出质量 UP 100 QUARTER S1 4
I24 产出时效 UP 100 MONTH S1 4
I25 产出质量 UP 100 MONTH S1 4
I26 产出成本 DOWN 10 YEAR S4 1
I27 社会效益 UP 5 YEAR S3 3
I28 社会效益 UP 30 QUARTER S3 6
I29 可持续影响 UP 90 QUARTER S1 5
I30 可持续影响 UP 60 QUARTER S1 1
I31 可持续影响 UP 50 QUARTER S1 2
I32 社会效益 UP 100 MONTH S1 1
I33 社会效益 UP 90 MONTH S1 3
I34 社会效益 UP 90 MONTH S1 2
I35 社会效益 DOWN 10 MONTH S2 0
I36 社会效益 DOWN - MONTH S2 0
I37 可持续影响 UP 100 QUARTER S1 2
I38 服务对象满意度 UP 90 WAVE S1 10
I39 服务对象满意度 UP 85 WAVE S1 0
I40 服务对象满意度 UP 60 WAVE S1 0
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]


def test_there_are_forty_in_the_order_of_their_codes() -> None:
    assert [item.code for item in current()] == [f"I{number:02d}" for number in range(1, 41)]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_is_what_the_table_says(row: list[str]) -> None:
    code, level2, direction, target, period, rule, weight = row
    known = definition(code)
    assert known.level2.zh == level2
    assert known.direction == Direction[direction]
    assert known.target == (None if target == "-" else Decimal(target))
    assert known.period == period
    assert known.rule == Rule[rule]
    assert known.weight == Decimal(weight)


def test_the_weights_of_the_levels_add_up_to_a_hundred() -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for item in current():
        sums[item.level1.zh] += item.weight
    assert sums == {"决策": 15, "过程": 20, "产出": 30, "效益": 35}


def test_one_group_has_one_name_in_both_languages() -> None:
    names = defaultdict(set)
    for item in current():
        names[item.level2.zh].add((item.level2.en, item.level1.zh))
    assert all(len(found) == 1 for found in names.values())


def test_every_one_is_described_in_both_languages() -> None:
    for item in DEFINITIONS:
        texts = [item.name, item.level1, item.level2, item.formula, item.source, item.edges]
        texts += [item.basis, *([item.missing] if item.missing else [])]
        texts += [text for variant in item.variants for text in (variant.name, variant.formula)]
        assert all(text.zh and text.en for text in texts), item.code


def test_a_code_has_one_definition_a_version() -> None:
    keys = [(item.code, item.version) for item in DEFINITIONS]
    assert len(keys) == len(set(keys))


def test_a_duty_of_a_hundred_percent_is_locked() -> None:
    for item in current():
        if item.target == 100:
            assert item.locked, item.code


@pytest.mark.django_db
def test_what_has_no_source_is_never_measured(measured: object) -> None:
    awaited = [item.code for item in current() if item.missing]
    assert awaited == [
        *("I03", "I07", "I11", "I14", "I15", "I16", "I23", "I26", "I31", "I37"),
    ]
    assert Measurement.objects.exists()
    assert not Measurement.objects.filter(indicator__in=awaited).exists()
