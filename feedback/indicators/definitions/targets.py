"""I05: whether the targets cover what they must (domain.md §7)."""

from decimal import Decimal

from feedback.indicators.definitions.base import (
    DECISION,
    GOALS,
    Definition,
    Direction,
    Rule,
    Text,
)
from feedback.indicators.states import Group

I05 = Definition(
    code="I05",
    name=Text("绩效指标覆盖率", "Coverage of the targets"),
    level1=DECISION,
    level2=GOALS,
    group=Group.TARGETS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(100),
    period="YEAR",
    rule=Rule.S1,
    weight=Decimal(3),
    formula=Text(
        "有已批准量化目标的二级指标÷要求的二级指标（产出数量、质量、时效、成本，社会效益，"
        "可持续影响，服务对象满意度）",
        "Required level-2 groups with an approved target in figures ÷ required groups (output "
        "quantity, quality, timeliness and cost; social effect; lasting effect; satisfaction)",
    ),
    source=Text("绩效目标", "Targets"),
    edges=Text(
        "上级下达的目标算本级的；该年没有任何已批准目标且以前也没有：不适用",
        "A target of a higher level counts for those below it; without any approved target so far: "
        "does not apply",
    ),
    locked=True,
)

DEFINITIONS = (I05,)
