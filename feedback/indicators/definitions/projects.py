"""Indicators that come from the renovation record (domain.md §7)."""

from decimal import Decimal

from feedback.indicators.definitions.base import (
    DECISION,
    EFFECT,
    FUND_MANAGEMENT,
    FUNDING,
    OUTPUT,
    PROCESS,
    SUSTAINABLE,
    TIMELINESS,
    Definition,
    Direction,
    Method,
    Rule,
    Text,
    Variant,
)
from feedback.indicators.states import Group

_LEDGER = Text("资金台账", "Funds ledger")
_RECORD = Text("项目台账", "Project record")
_NOT_DUE = Text("未到期的项目不计入分母", "Projects whose deadline has not come are left out")

I06 = Definition(
    code="I06",
    name=Text("预算与合同偏差率", "Gap between budget and contracts"),
    level1=DECISION,
    level2=FUNDING,
    group=Group.PROJECTS,
    unit="%",
    direction=Direction.DOWN,
    target=Decimal(10),
    period="ONCE",
    rule=Rule.S4,
    weight=Decimal(3),
    formula=Text(
        "|预算投资额－合同总价|÷预算投资额，只算已签合同的项目",
        "|budget − contracts| ÷ budget, over the projects that have contracts",
    ),
    source=Text("预算与合同", "Budgets and contracts"),
    method=Method.GAP,
    edges=Text("没有已签合同的项目：不适用", "No project with contracts: does not apply"),
    variants=(
        Variant(
            "over_contract",
            Text("按合同总价", "Of the contracts"),
            Text("|预算投资额－合同总价|÷合同总价", "|budget − contracts| ÷ contracts"),
            method=Method.GAP,
        ),
    ),
)

I08 = Definition(
    code="I08",
    name=Text("资金到位率", "Funding received"),
    level1=PROCESS,
    level2=FUND_MANAGEMENT,
    group=Group.PROJECTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(100),
    period="MONTH",
    rule=Rule.S1,
    weight=Decimal(2),
    formula=Text(
        "用于改造的累计到位资金÷计划总投资",
        "Received for the renovation so far ÷ planned investment",
    ),
    source=_LEDGER,
    edges=Text(
        "没有计划投资：不适用；超过100%：数据错误，计分时封顶；与改造无关的资金单独标记，不计入；"
        "已开工而没有资金到位的项目按0计",
        "No planned investment: does not apply; over 100 %: data error, capped for the score; "
        "money for other purposes is tagged and left out; a project whose works began without any "
        "money has received 0",
    ),
    variants=(
        Variant(
            "raw",
            Text("全部资金", "All money"),
            Text(
                "全部累计到位资金÷计划总投资，含与改造无关的资金",
                "All money received ÷ planned investment, what served other purposes included",
            ),
        ),
    ),
    locked=True,
)

I09 = Definition(
    code="I09",
    name=Text("预算执行率", "Budget execution"),
    level1=PROCESS,
    level2=FUND_MANAGEMENT,
    group=Group.PROJECTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(95),
    period="MONTH",
    rule=Rule.S1,
    weight=Decimal(5),
    formula=Text(
        "用于改造的累计支出÷用于改造的累计到位资金",
        "Spent on the renovation so far ÷ received for the renovation so far",
    ),
    source=_LEDGER,
    edges=Text(
        "没有到位资金：不适用；超过100%：数据错误，计分时封顶",
        "No funds received: does not apply; over 100 %: data error, capped for the score",
    ),
    variants=(
        Variant(
            "raw",
            Text("全部资金", "All money"),
            Text(
                "全部累计支出÷全部累计到位资金，含与改造无关的资金",
                "All money spent ÷ all money received, what served other purposes included",
            ),
        ),
    ),
    proposes=True,
)

I22 = Definition(
    code="I22",
    name=Text("竣工验收及时率", "Acceptance in time"),
    level1=OUTPUT,
    level2=TIMELINESS,
    group=Group.PROJECTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(100),
    period="MONTH",
    rule=Rule.S1,
    weight=Decimal(4),
    formula=Text(
        "按期通过竣工验收的项目÷应验收的项目（完工后90天内）",
        "Projects accepted in time ÷ projects due (within 90 days of completion)",
    ),
    source=_RECORD,
    edges=_NOT_DUE,
    locked=True,
    proposes=True,
)

I24 = Definition(
    code="I24",
    name=Text("决算编报及时率", "Final accounts in time"),
    level1=OUTPUT,
    level2=TIMELINESS,
    group=Group.PROJECTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(100),
    period="MONTH",
    rule=Rule.S1,
    weight=Decimal(4),
    formula=Text(
        "按期编报决算的项目÷应编报的项目（完工后3个月；经批准中小型可延2个月、大型可延6个月）",
        "Projects whose accounts were filed in time ÷ projects due (3 months after completion; "
        "approved extensions of 2 months, 6 for large projects)",
    ),
    source=_RECORD,
    edges=_NOT_DUE,
    basis=Text("财建〔2016〕503号", "Ministry of Finance, Cai Jian [2016] No. 503"),
    locked=True,
    proposes=True,
)

I29 = Definition(
    code="I29",
    name=Text("物业接管率", "Property-management coverage"),
    level1=EFFECT,
    level2=SUSTAINABLE,
    group=Group.PROJECTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(90),
    period="QUARTER",
    rule=Rule.S1,
    weight=Decimal(5),
    formula=Text(
        "有有效物业合同、托管或经批准自管的已完工小区÷已完工小区",
        "Completed communities with a contract, trusteeship or approved self-management in force ÷ "
        "completed communities",
    ),
    source=Text("物业接管台账", "Takeover record"),
    edges=Text("已到期的合同不算接管", "An expired contract does not count"),
    variants=(
        Variant(
            "by_household",
            Text("按户数", "By household"),
            Text(
                "已接管的完工小区户数÷完工小区户数",
                "Households of covered communities ÷ households of completed communities",
            ),
        ),
    ),
    proposes=True,
)

DEFINITIONS = (I06, I08, I09, I22, I24, I29)
