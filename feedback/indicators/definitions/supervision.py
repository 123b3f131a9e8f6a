"""I17: whether residents watch the works (domain.md §7)."""

from decimal import Decimal

from feedback.indicators.definitions.base import (
    ORGANISATION,
    PROCESS,
    Definition,
    Direction,
    Rule,
    Text,
)
from feedback.indicators.states import Group

I17 = Definition(
    code="I17",
    name=Text("居民监督参与率", "Residents supervising"),
    level1=PROCESS,
    level2=ORGANISATION,
    group=Group.PROJECTS,
    unit="%",
    direction=Direction.UP,
    target=Decimal(80),
    period="QUARTER",
    rule=Rule.S1,
    weight=Decimal(1),
    formula=Text(
        "施工月份均有2名以上居民监督员且有巡查记录的小区÷施工中的小区",
        "Communities with two supervisors or more and a visit in every month of the works "
        "÷ communities under renovation",
    ),
    source=Text("居民监督登记", "The supervisors' log"),
    edges=Text(
        "本季没有施工的小区：不计；当月尚未结束：不计该月",
        "No works in the quarter: left out; a month that has not ended is left out",
    ),
)

DEFINITIONS = (I17,)
