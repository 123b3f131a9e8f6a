"""Indicators that come from the public notices (domain.md §7)."""

from decimal import Decimal

from feedback.indicators.definitions.base import (
    DECISION,
    ORGANISATION,
    OUTPUT,
    PROCESS,
    SETUP,
    TIMELINESS,
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

I04 = Definition(
    code="I04",
    name=Text("一区一策编制率", "Communities with a plan"),
    level1=DECISION,
    level2=SETUP,
    group=Group.NOTICES,
    unit="%",
    direction=Direction.UP,
    target=Decimal(100),
    period="QUARTER",
    rule=Rule.S1,
    weight=Decimal(2),
    formula=Text(
        "改造方案及一区一策（N06）已公示的小区÷列入项目的小区，截至本期末",
        "Communities whose final plan (N06) has been made public ÷ communities of the projects, "
        "at the end of the period",
    ),
    source=_NOTICES,
    edges=Text(
        "项目开工起计；批准的方案以公示为准；公示期内撤下的自撤下之日起不算",
        "Counted since the project's works began; a plan is approved once it has been made public; "
        "one taken down early stops counting on that day",
    ),
    locked=True,
)

I10 = Definition(
    code="I10",
    name=Text("月报送及时率", "Monthly reports in time"),
    level1=PROCESS,
    level2=ORGANISATION,
    group=Group.NOTICES,
    unit="%",
    direction=Direction.UP,
    target=Decimal(100),
    period="MONTH",
    rule=Rule.S1,
    weight=Decimal(2),
    formula=Text(
        "按时公布的进度与付款月报（N12）÷已到期的月报（小区×施工月份），截至本期末",
        "Monthly reports on progress and payment (N12) made public in time ÷ reports due "
        "(communities × months of the works), at the end of the period",
    ),
    source=_NOTICES,
    edges=Text(
        "未到期的不计入分母；逾期公布的不算及时；县区的月报对其下每个小区都算",
        "What is not yet due is left out; a late report is not in time; one of the county counts "
        "for each of its communities",
    ),
    locked=True,
)

I21 = Definition(
    code="I21",
    name=Text("完工及时率", "Completed in time"),
    level1=OUTPUT,
    level2=TIMELINESS,
    group=Group.NOTICES,
    unit="%",
    direction=Direction.UP,
    target=Decimal(95),
    period="MONTH",
    rule=Rule.S1,
    weight=Decimal(3),
    formula=Text(
        "在开工公告（N09）所载计划竣工日期前完工的小区÷到期的小区，截至本期末",
        "Communities completed by the day planned in their notice of the start (N09) ÷ communities "
        "whose day has come, at the end of the period",
    ),
    source=Text("开工公告、项目台账", "Notices of the start of works and project record"),
    edges=Text(
        "未到期的不计入分母；以首份开工公告为准，之后改期不改变承诺；没有开工公告的小区不计入",
        "What is not yet due is left out; the first notice counts, a later date does not change "
        "what was promised; without such a notice nothing is due",
    ),
)

DEFINITIONS = (I04, I10, I12, I13, I21)
