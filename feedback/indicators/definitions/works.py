"""Indicators of what was built, for whom, and who looks after it (domain.md §7)."""

from decimal import Decimal

from feedback.indicators.definitions.base import (
    EFFECT,
    OUTPUT,
    QUANTITY,
    SOCIAL,
    SUSTAINABLE,
    Definition,
    Direction,
    Method,
    Rule,
    Text,
)
from feedback.indicators.states import Group

_RECORD = Text("项目台账", "Project record")
_OVER = Text(
    "没有计划：不适用；留有尾项的小区按完工计；超过100%：数据错误，计分时封顶",
    "Nothing planned: does not apply; a residual item does not keep a community from being "
    "completed; over 100 %: data error, capped for the score",
)

I18 = Definition(
    code="I18",
    name=Text("小区改造完成率", "Communities completed"),
    level1=OUTPUT,
    level2=QUANTITY,
    group=Group.PROJECTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(100),
    period="MONTH",
    rule=Rule.S1,
    weight=Decimal(4),
    formula=Text(
        "已完工的小区÷列入项目的小区", "Communities completed ÷ communities of the projects"
    ),
    source=_RECORD,
    edges=_OVER,
    locked=True,
)

I19 = Definition(
    code="I19",
    name=Text("户数完成率", "Households completed"),
    level1=OUTPUT,
    level2=QUANTITY,
    group=Group.PROJECTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(100),
    period="MONTH",
    rule=Rule.S1,
    weight=Decimal(4),
    formula=Text(
        "已完工小区的户数÷列入项目的小区户数",
        "Households of completed communities ÷ households of the projects' communities",
    ),
    source=Text("项目台账、住户名册", "Project record and register of households"),
    edges=_OVER,
    locked=True,
)

I20 = Definition(
    code="I20",
    name=Text("面积完成率", "Floor area completed"),
    level1=OUTPUT,
    level2=QUANTITY,
    group=Group.PROJECTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(100),
    period="MONTH",
    rule=Rule.S1,
    weight=Decimal(2),
    formula=Text(
        "已完工小区的建筑面积÷列入项目的小区建筑面积（㎡）",
        "Floor area of completed communities ÷ floor area of the projects' communities (㎡)",
    ),
    source=_RECORD,
    edges=_OVER,
    locked=True,
)

I27 = Definition(
    code="I27",
    name=Text("受益户数增加率", "Growth of beneficiary households"),
    level1=EFFECT,
    level2=SOCIAL,
    group=Group.PROJECTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(5),
    period="YEAR",
    rule=Rule.S3,
    weight=Decimal(3),
    formula=Text(
        "（本年末累计受益户数－上年末累计受益户数）÷上年末累计受益户数；只算已竣工验收项目的住户",
        "(beneficiaries at the end of the year − a year before) ÷ those a year before; households "
        "of accepted projects only, all years together",
    ),
    source=Text("项目台账、住户名册", "Project record and register of households"),
    method=Method.GROWTH,
    edges=Text(
        "上年末没有受益户：不适用；有已完工未验收的住户：暂定",
        "No beneficiary a year before: does not apply; households whose works are completed but "
        "not accepted: provisional",
    ),
)

I30 = Definition(
    code="I30",
    name=Text("新增接管率", "Newly taken over"),
    level1=EFFECT,
    level2=SUSTAINABLE,
    group=Group.PROJECTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(60),
    period="QUARTER",
    rule=Rule.S1,
    weight=Decimal(1),
    formula=Text(
        "改造后新接管的完工小区÷改造前无物业的完工小区",
        "Completed communities newly taken over ÷ completed communities without property "
        "management before the works",
    ),
    source=Text("物业接管台账", "Takeover record"),
    edges=Text(
        "改造前都有物业：不适用；已到期的合同不算接管",
        "All had property management before: does not apply; an expired contract does not count",
    ),
)

DEFINITIONS = (I18, I19, I20, I27, I30)
