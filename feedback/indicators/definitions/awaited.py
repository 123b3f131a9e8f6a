"""Indicators whose source is not kept yet (domain.md §7).

Each says in `missing` what it waits for. It reports “does not apply” with that reason, never zero,
and its weight is spread (E0). When the source comes, `missing` goes and the figures start.
"""

from decimal import Decimal

from feedback.indicators.definitions.base import (
    COST,
    DECISION,
    EFFECT,
    FUND_MANAGEMENT,
    ORGANISATION,
    OUTPUT,
    PROCESS,
    QUALITY,
    SETUP,
    SUSTAINABLE,
    Definition,
    Direction,
    Method,
    Rule,
    Text,
)
from feedback.indicators.states import Group
from portal.common.periods import Kind

_NONE_DUE = Text("没有应计对象：不适用", "Nothing to count: does not apply")
_NOT_DUE = Text("未到期的不计入分母", "What is not yet due is left out")


def _awaited(
    code: str,
    name: Text,
    levels: tuple[Text, Text],
    *,
    target: str | None,
    period: Kind,
    weight: int,
    formula: Text,
    source: Text,
    missing: Text,
    edges: Text = _NONE_DUE,
    rule: Rule = Rule.S1,
    direction: Direction = Direction.UP,
    method: Method = Method.COUNT,
    locked: bool = False,
) -> Definition:
    """A percentage of the renovation record."""
    return Definition(
        code=code,
        name=name,
        level1=levels[0],
        level2=levels[1],
        group=Group.PROJECTS,
        unit="%",
        direction=direction,
        target=None if target is None else Decimal(target),
        period=period,
        rule=rule,
        weight=Decimal(weight),
        formula=formula,
        source=source,
        edges=edges,
        method=method,
        locked=locked,
        missing=missing,
    )


I03 = _awaited(
    "I03",
    Text("摸底排查完成率", "Building checklists completed"),
    (DECISION, SETUP),
    target="100",
    period="MONTH",
    weight=2,
    formula=Text(
        "已完成摸底排查的楼栋÷全部楼栋", "Buildings with a complete checklist ÷ buildings"
    ),
    source=Text("摸底排查表", "Pre-renovation checklist"),
    missing=Text("尚未登记摸底排查表", "Building checklists are not kept yet"),
    locked=True,
)

I07 = _awaited(
    "I07",
    Text("居民需求采纳率", "Uptake of residents' demands"),
    (DECISION, SETUP),
    target="70",
    period="ONCE",
    weight=0,
    formula=Text(
        "A13前十项需求中列入方案的项数÷10",
        "Of the ten demands named most in A13, those in the plan ÷ 10",
    ),
    source=Text("改造意愿调查、一区一策", "Renovation-intention survey and community plans"),
    edges=Text("不足十项：按实有项数", "Fewer than ten demands: their number"),
    missing=Text("尚未登记方案内容", "The contents of community plans are not kept yet"),
)

I11 = _awaited(
    "I11",
    Text("台账核对一致率", "Reconciled payments"),
    (PROCESS, FUND_MANAGEMENT),
    target="100",
    period="MONTH",
    weight=1,
    formula=Text(
        "与拨付记录相符（±0.01元）的支付÷全部支付",
        "Payments that match the allocation record (±0.01 yuan) ÷ payments",
    ),
    source=Text("资金台账", "Funds ledger"),
    missing=Text("尚未登记与拨付记录的核对", "Reconciliation with allocations is not kept yet"),
    locked=True,
)

I14 = _awaited(
    "I14",
    Text("管理制度健全性", "Soundness of the management rules"),
    (PROCESS, ORGANISATION),
    target=None,
    period="YEAR",
    weight=2,
    formula=Text(
        "定性：评价人员按档次评分（100–80、80–60、60–0），以领导组和制度文件为依据",
        "Qualitative: an evaluator gives a band (100–80, 80–60, 60–0) on the evidence of the "
        "leading group and the required documents",
    ),
    source=Text("评价人员评分", "The evaluator's judgement"),
    edges=Text("尚未评分：不适用，总分标注未评完", "Not judged: does not apply, the total says so"),
    rule=Rule.S5,
    method=Method.QUALITATIVE,
    missing=Text("等待评价人员评分", "Waits for an evaluator's judgement"),
)

I15 = _awaited(
    "I15",
    Text("档案完整率", "Complete archives"),
    (PROCESS, ORGANISATION),
    target="100",
    period="QUARTER",
    weight=3,
    formula=Text("已核验的应归档文件÷应归档文件", "Documents verified ÷ documents required"),
    source=Text("项目档案", "Project archive"),
    edges=_NOT_DUE,
    missing=Text("尚未登记项目档案", "The project archive is not kept yet"),
    locked=True,
)

I16 = _awaited(
    "I16",
    Text("方案变更率", "Variations"),
    (PROCESS, ORGANISATION),
    target="10",
    period="QUARTER",
    weight=0,
    formula=Text("|变更金额|÷合同总价", "|amount of the variations| ÷ contracts"),
    source=Text("设计变更公示", "Notices of variations"),
    rule=Rule.S4,
    direction=Direction.DOWN,
    missing=Text(
        "变更金额只在设计变更公示（N13）中逐份写明，尚未按项目登记",
        "The notices of variations (N13) name amounts, but nothing keeps them by project yet",
    ),
)

I23 = _awaited(
    "I23",
    Text("一次验收合格率", "Accepted at the first inspection"),
    (OUTPUT, QUALITY),
    target="100",
    period="QUARTER",
    weight=4,
    formula=Text(
        "首次验收即合格的项目÷已验收的项目",
        "Projects that passed their first inspection ÷ projects accepted",
    ),
    source=Text("竣工验收记录", "Record of inspections"),
    missing=Text(
        "项目台账只登记通过验收的日期，尚未逐次登记验收",
        "The project record has the day of acceptance, not each inspection before it",
    ),
    locked=True,
)

I26 = _awaited(
    "I26",
    Text("单位面积成本偏差", "Deviation of the cost per ㎡"),
    (OUTPUT, COST),
    target="10",
    period="YEAR",
    weight=1,
    formula=Text(
        "|实际单位成本－计划单位成本|÷计划单位成本（元/㎡）",
        "|actual − planned cost per ㎡| ÷ planned cost per ㎡ (yuan)",
    ),
    source=Text("竣工决算", "Final accounts"),
    rule=Rule.S4,
    direction=Direction.DOWN,
    missing=Text(
        "决算审定金额只在公示（N15）中写明，尚未按项目登记",
        "The notices of accounts (N15) name amounts, but nothing keeps them by project yet",
    ),
)

I31 = _awaited(
    "I31",
    Text("业委会成立率", "Owners' committees"),
    (EFFECT, SUSTAINABLE),
    target="50",
    period="QUARTER",
    weight=2,
    formula=Text(
        "业委会或物管会已备案的小区÷小区",
        "Communities with a filed owners' or management committee ÷ communities",
    ),
    source=Text("业委会备案登记", "Filings of committees"),
    missing=Text(
        "业主表决只记录选举结果，尚未登记向街道的备案",
        "Owners' votes tell who was elected; filings with the sub-district are not kept yet",
    ),
)

I37 = _awaited(
    "I37",
    Text("运维责任落实率", "Upkeep assigned"),
    (EFFECT, SUSTAINABLE),
    target="100",
    period="QUARTER",
    weight=2,
    formula=Text(
        "管护主体、经费和保修都已明确的设施÷已移交的设施",
        "Assets with an owner, a budget and a warranty ÷ assets handed over",
    ),
    source=Text("移交清单", "Handover list"),
    missing=Text("尚未登记设施移交清单", "Handed-over assets are not kept yet"),
    locked=True,
)

DEFINITIONS = (I03, I07, I11, I14, I15, I16, I23, I26, I31, I37)
