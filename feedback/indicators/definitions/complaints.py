"""Indicators that come from the complaint tallies (domain.md §6.2 and §7)."""

from decimal import Decimal

from feedback.indicators.definitions.base import (
    EFFECT,
    OUTPUT,
    PER_THOUSAND,
    QUALITY,
    SOCIAL,
    Definition,
    Direction,
    Method,
    Rule,
    Text,
    Variant,
)
from feedback.indicators.states import Group

_CASES = Text("投诉办理记录", "Complaint cases")
_SAMPLE = Text(
    "评价少于30件（办结不足60件时少于一半）或不足20%：样本不足，计0分并列出",
    "Fewer than 30 answers (half of under 60 closed cases) or under 20 %: too few, scores 0 and is "
    "listed",
)

I25 = Definition(
    code="I25",
    name=Text("质量问题整改率", "Defects fixed"),
    level1=OUTPUT,
    level2=QUALITY,
    group=Group.COMPLAINTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(100),
    period="MONTH",
    flow=True,
    rule=Rule.S1,
    weight=Decimal(4),
    formula=Text(
        "复检合格的质量问题÷本期应整改到位的质量问题；居民再次提出的视为未整改",
        "Quality cases whose repair passed the re-inspection ÷ quality cases due in the period; "
        "opened again counts as not fixed",
    ),
    source=_CASES,
    edges=Text("未到期的不计入分母", "Cases not yet due are left out"),
    locked=True,
    proposes=True,
)

I28 = Definition(
    code="I28",
    name=Text("信访投诉降低率", "Complaint reduction"),
    level1=EFFECT,
    level2=SOCIAL,
    group=Group.COMPLAINTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(30),
    period="QUARTER",
    rule=Rule.S3,
    weight=Decimal(6),
    formula=Text(
        "（改造前率－改造后率）÷改造前率；率＝事件数÷户年×1000，只算前后都开通的渠道",
        "(rate before − rate after) ÷ rate before; rate = events ÷ household-years × 1000, over "
        "the channels open both before and after",
    ),
    source=Text("12345、信访与社区台账", "12345, petition and community ledgers"),
    method=Method.REDUCTION,
    edges=Text(
        "改造前无事件：不适用；前后合计不足10件：并入县区；不足12个月：同月比较，暂定",
        "No event before: does not apply; fewer than 10 in all: pooled over the county; fewer than "
        "12 months: the same calendar months, provisional",
    ),
    variants=(
        Variant(
            "after_rate",
            Text("改造后率", "Rate after the works"),
            Text("改造后事件数÷户年×1000", "Events after the works ÷ household-years × 1000"),
            unit=PER_THOUSAND,
            direction=Direction.DOWN,
            method=Method.AFTER_RATE,
        ),
        Variant(
            "controlled",
            Text("对照未改造小区", "Against communities without works"),
            Text(
                "1－（改造后率÷改造前率）÷（对照组改造后率÷对照组改造前率）；只作参考，不计分",
                "1 − (rate after ÷ rate before) ÷ (the same of communities without works); shown "
                "beside, never scored",
            ),
            method=Method.CONTROLLED,
        ),
    ),
    proposes=True,
)

I32 = Definition(
    code="I32",
    name=Text("投诉响应率", "Complaints answered in time"),
    level1=EFFECT,
    level2=SOCIAL,
    group=Group.COMPLAINTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(100),
    period="MONTH",
    flow=True,
    rule=Rule.S1,
    weight=Decimal(1),
    formula=Text(
        "按时首次人工联系的投诉÷已联系或到期未联系的投诉，只算本期提出的投诉",
        "Complaints with a first human contact in time ÷ complaints contacted or past that time, "
        "of those filed in the period",
    ),
    source=_CASES,
    edges=Text("未到期的不计入分母", "Cases not yet due are left out"),
    locked=True,
    proposes=True,
)

I33 = Definition(
    code="I33",
    name=Text("投诉解决率", "Complaints solved"),
    level1=EFFECT,
    level2=SOCIAL,
    group=Group.COMPLAINTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(90),
    period="MONTH",
    flow=True,
    rule=Rule.S1,
    weight=Decimal(3),
    formula=Text(
        "居民确认已解决的投诉÷居民作出答复的投诉；未答复的另计，不算满意",
        "Complaints the resident confirmed as solved ÷ complaints the resident answered on; "
        "silence is counted apart",
    ),
    source=_CASES,
    method=Method.SAMPLE,
    edges=_SAMPLE,
    variants=(
        Variant(
            "staff_claim",
            Text("办理单位自报", "As staff claim"),
            Text(
                "办理单位称已解决的投诉÷办结或到期未办结的投诉，只算本期提出的投诉",
                "Complaints staff call resolved ÷ complaints closed or past their end, of those "
                "filed in the period",
            ),
        ),
    ),
    proposes=True,
)

I34 = Definition(
    code="I34",
    name=Text("投诉满意率", "Satisfaction with the handling"),
    level1=EFFECT,
    level2=SOCIAL,
    group=Group.COMPLAINTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(90),
    period="MONTH",
    flow=True,
    rule=Rule.S1,
    weight=Decimal(2),
    formula=Text("评4分或5分的投诉÷已评分的投诉", "Complaints rated 4 or 5 ÷ complaints rated"),
    source=_CASES,
    method=Method.SAMPLE,
    edges=_SAMPLE,
    proposes=True,
)

I35 = Definition(
    code="I35",
    name=Text("重复投诉率", "Repeated complaints"),
    level1=EFFECT,
    level2=SOCIAL,
    group=Group.COMPLAINTS,
    unit="%",
    direction=Direction.DOWN,
    target=Decimal(10),
    period="MONTH",
    flow=True,
    rule=Rule.S2,
    weight=Decimal(0),
    formula=Text(
        "办结后90日内同户同类再次投诉的事件÷本期办结的事件",
        "Events after whose closing the same household complained of the same again within 90 "
        "days ÷ events closed in the period",
    ),
    source=_CASES,
    edges=Text(
        "无办结事件：不适用；90日未满：暂定",
        "Nothing closed: does not apply; the 90 days not over: provisional",
    ),
    variants=(
        Variant(
            "known_home",
            Text("仅已知住户", "Known households only"),
            Text(
                "同上，分母只计登记了住户的事件",
                "The same ÷ closed events whose household is known",
            ),
        ),
    ),
)

I36 = Definition(
    code="I36",
    name=Text("施工期投诉强度", "Complaints during the works"),
    level1=EFFECT,
    level2=SOCIAL,
    group=Group.COMPLAINTS,
    unit=PER_THOUSAND,
    direction=Direction.DOWN,
    target=None,
    period="MONTH",
    rule=Rule.S2,
    weight=Decimal(0),
    formula=Text(
        "施工期内施工类（X）事件÷户年×1000，含全部渠道",
        "Events of set X while the works go on ÷ household-years × 1000, all channels",
    ),
    source=_CASES,
    method=Method.RATE,
    edges=Text(
        "只计开工当月至完工当月；少于5件的不公开",
        "From the month the works began to the month they ended; under 5 events are not shown "
        "in public",
    ),
)

DEFINITIONS = (I25, I28, I32, I33, I34, I35, I36)
