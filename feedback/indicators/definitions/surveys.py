"""Indicators that come from the survey tallies (domain.md §6.1 and §7)."""

from decimal import Decimal

from feedback.indicators.definitions.base import (
    DECISION,
    EFFECT,
    SATISFACTION,
    SETUP,
    Definition,
    Direction,
    Method,
    Rule,
    Text,
    Variant,
)
from feedback.indicators.states import Group

_INTENTION = Text("改造意愿调查", "Renovation-intention survey")
_SATISFACTION = Text("改造后满意度调查", "Post-renovation satisfaction survey")
_SAMPLE = Text(
    "有效答卷少于30份（不足60户的小区少于一半）或回收不足20%：样本不足，计0分并列出",
    "Fewer than 30 valid answers (half of a place under 60 homes) or under 20 % response: too few, "
    "scores 0 and is listed",
)
_OCCUPIED = Text("按入住户", "Of occupied homes")

I01 = Definition(
    code="I01",
    name=Text("改造意愿同意率", "Consent to the renovation"),
    level1=DECISION,
    level2=SETUP,
    group=Group.SURVEYS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(80),
    period="WAVE",
    rule=Rule.S1,
    weight=Decimal(3),
    formula=Text(
        "A8答“同意”的户数÷A8有效答卷数；“有条件同意”另列",
        "Households answering “agree” to A8 ÷ valid answers to A8; “agree on conditions” apart",
    ),
    source=_INTENTION,
    method=Method.SAMPLE,
    edges=_SAMPLE,
    variants=(
        Variant(
            "all_households",
            Text("按全部户数", "Of all households"),
            Text(
                "A8答“同意”的户数÷全部户数", "Households answering “agree” to A8 ÷ all households"
            ),
            method=Method.SAMPLE_OF_ALL,
        ),
    ),
)

I02 = Definition(
    code="I02",
    name=Text("意愿调查覆盖率", "Coverage of the intention survey"),
    level1=DECISION,
    level2=SETUP,
    group=Group.SURVEYS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(75),
    period="WAVE",
    rule=Rule.S1,
    weight=Decimal(2),
    formula=Text("有效答卷户数÷全部户数", "Households with a valid answer ÷ all households"),
    source=_INTENTION,
    edges=Text(
        "没有住户：不适用；超过100%：数据错误，计分时封顶",
        "No households: does not apply; over 100 %: data error, capped for the score",
    ),
    variants=(
        Variant(
            "occupied",
            _OCCUPIED,
            Text("有效答卷户数÷入住户数", "Households with a valid answer ÷ occupied households"),
        ),
    ),
)

I38 = Definition(
    code="I38",
    name=Text("居民满意度", "Residents' satisfaction"),
    level1=EFFECT,
    level2=SATISFACTION,
    group=Group.SURVEYS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(90),
    period="WAVE",
    rule=Rule.S1,
    weight=Decimal(10),
    formula=Text(
        "B1答“非常满意”或“满意”的比例；多个小区按户数加权：Σ(户数×比例)÷Σ户数",
        "Share of “very satisfied” and “satisfied” in B1; over communities weighted by "
        "households: Σ(households × share) ÷ Σ households",
    ),
    source=_SATISFACTION,
    method=Method.STRATA,
    edges=_SAMPLE,
    proposes=True,
)

I39 = Definition(
    code="I39",
    name=Text("满意度指数", "Satisfaction index"),
    level1=EFFECT,
    level2=SATISFACTION,
    group=Group.SURVEYS,
    unit="分",
    direction=Direction.UP,
    target=Decimal(85),
    period="WAVE",
    rule=Rule.S1,
    weight=Decimal(0),
    formula=Text(
        "B1平均分（1至5）×20；多个小区按户数加权；最低为20",
        "Mean of B1 (1 to 5) × 20; over communities weighted by households; its floor is 20",
    ),
    source=_SATISFACTION,
    method=Method.INDEX,
    edges=_SAMPLE,
)

I40 = Definition(
    code="I40",
    name=Text("问卷回收率", "Return rate of the questionnaire"),
    level1=EFFECT,
    level2=SATISFACTION,
    group=Group.SURVEYS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(60),
    period="WAVE",
    rule=Rule.S1,
    weight=Decimal(0),
    formula=Text(
        "收回的答卷户数÷发出的入户邀请数（网页浏览不算发出）",
        "Households that returned an answer ÷ household invitations issued (page views are not)",
    ),
    source=_SATISFACTION,
    edges=Text("未发出邀请：不适用", "No invitation issued: does not apply"),
    variants=(
        Variant(
            "all_households",
            Text("有效答卷÷全部户数", "Valid answers of all households"),
            Text("有效答卷户数÷全部户数", "Households with a valid answer ÷ all households"),
        ),
        Variant(
            "occupied",
            _OCCUPIED,
            Text("有效答卷户数÷入住户数", "Households with a valid answer ÷ occupied households"),
        ),
    ),
    proposes=True,
)

DEFINITIONS = (I01, I02, I38, I39, I40)
