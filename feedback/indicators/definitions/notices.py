"""Indicators that come from the public notices (domain.md §7)."""

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

_NOTICES = Text("公示公告和撤下记录", "Public notices and the record of removals")

I12 = Definition(
    code="I12",
    name=Text("公示覆盖率", "Publicity coverage"),
    level1=PROCESS,
    level2=ORGANISATION,
    group=Group.NOTICES,
    unit="%",
    direction=Direction.UP,
    target=Decimal(100),
    period="MONTH",
    rule=Rule.S1,
    weight=Decimal(3),
    formula=Text(
        "已公示的应公示事项（小区×公告类型）÷已到期的应公示事项，截至本期末",
        "Required notices (community × type) that are public ÷ required notices that are due, at "
        "the end of the period",
    ),
    source=_NOTICES,
    edges=Text(
        "未到期的不计入分母；逾期公示计入分子并单独列出；公示期内撤下的自撤下之日起不算",
        "What is not yet due is left out; what came late counts and is listed; what was taken down "
        "early stops counting on that day",
    ),
    locked=True,
    proposes=True,
)

I13 = Definition(
    code="I13",
    name=Text("公示期合规率", "Full publicity periods"),
    level1=PROCESS,
    level2=ORGANISATION,
    group=Group.NOTICES,
    unit="%",
    direction=Direction.UP,
    target=Decimal(100),
    period="MONTH",
    flow=True,
    rule=Rule.S1,
    weight=Decimal(1),
    formula=Text(
        "公示满期的小区公告÷本期内公示结束的小区公告",
        "Notices of communities posted for their full period ÷ notices of communities whose "
        "publicity ended in the period",
    ),
    source=_NOTICES,
    edges=Text(
        "公示期内撤下、移走或删除的，按提前结束计入分母；县区自己发布的公告只在县区计一次；本期没有公告结束：不适用",
        "One withdrawn, moved or deleted before its period was over has ended early; "
        "a county's own notices count once, at the county; none ended: does not apply",
    ),
    locked=True,
    proposes=True,
)

DEFINITIONS = (I12, I13)
