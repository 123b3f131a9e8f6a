"""The 18 types of notice of a renovation, and the kinds that have a legal period of their own.

A basis is given only where a public text is known; other periods are the practice of the trade
and can be changed as data.
"""

from django.db import migrations

WORKING, CALENDAR, HOURS = "WORKING", "CALENDAR", "HOURS"
LENGTH, LEAD, DELAY = "LENGTH", "LEAD", "DELAY"

BIDDING = "《招标投标法实施条例》第五十四条"
MEETING = "《物业管理条例》第十四条"
WATER = "《城市供水条例》第二十二条"
GAS = "《城镇燃气管理条例》第二十条"
POWER = "《电力供应与使用条例》第二十八条"

NOTHING = ("", 0, "", "")

#: code, Chinese, English, (rule, amount, unit, basis)
TYPES = [
    ("N01", "改造计划名单", "Annual list of renovations", (LENGTH, 7, WORKING, "")),
    ("N02", "民意调查公告", "Survey notice", (LENGTH, 10, CALENDAR, "")),
    ("N03", "摸底结果公示", "Survey findings", (LENGTH, 7, CALENDAR, "")),
    ("N04", "方案征求意见", "Draft plan for comment", (LENGTH, 7, WORKING, "")),
    ("N05", "意见采纳情况", "Uptake of comments", (DELAY, 10, WORKING, "")),
    ("N06", "改造方案及一区一策", "Final plan of a community", (LENGTH, 7, WORKING, "")),
    ("N07", "业主表决", "Owners' vote", NOTHING),
    ("N08", "中标候选人公示", "Winning candidates", (LENGTH, 3, CALENDAR, BIDDING)),
    ("N09", "开工公告", "Start of work", (LEAD, 7, CALENDAR, "")),
    ("N10", "停水停电停气停热", "Cuts of supply", NOTHING),
    ("N11", "夜间施工", "Night work", (LEAD, 0, HOURS, "")),
    ("N12", "进度与付款", "Progress and payment", NOTHING),
    ("N13", "设计变更", "Variation of the design", (LENGTH, 5, WORKING, "")),
    ("N14", "竣工验收", "Acceptance of the works", (LENGTH, 7, WORKING, "")),
    ("N15", "结算决算、审计", "Accounts and audit", (DELAY, 20, WORKING, "")),
    ("N16", "物业选聘、业委会候选人", "Property company and committee", (LENGTH, 7, CALENDAR, "")),
    ("N17", "投诉办理通报", "Complaint bulletin", NOTHING),
    ("N18", "绩效目标与评价结果", "Targets and results", (DELAY, 20, WORKING, "")),
]

#: type, code, Chinese, English, (rule, amount, unit, basis)
VARIANTS = [
    ("N07", "ANNOUNCED", "表决公告", "Vote announced", (LEAD, 15, CALENDAR, MEETING)),
    ("N07", "RESULT", "表决结果", "Result of the vote", (DELAY, 3, CALENDAR, "")),
    ("N10", "WATER", "停水", "Water", (LEAD, 24, HOURS, WATER)),
    ("N10", "POWER", "计划检修停电", "Power, planned", (LEAD, 7, CALENDAR, POWER)),
    ("N10", "POWER_SHORT", "临时检修停电", "Power, temporary", (LEAD, 24, HOURS, POWER)),
    ("N10", "GAS", "停气", "Gas", (LEAD, 48, HOURS, GAS)),
    ("N10", "HEAT", "停热", "Heat", (LEAD, 24, HOURS, "")),
    ("N10", "EMERGENCY", "突发抢修", "Emergency repair", NOTHING),
]


def create_notice_types(apps, schema_editor):
    NoticeType = apps.get_model("notices", "NoticeType")
    NoticeVariant = apps.get_model("notices", "NoticeVariant")
    with_variants = {row[0] for row in VARIANTS}
    types = {}
    for code, name_zh, name_en, period in TYPES:
        types[code] = NoticeType.objects.create(
            code=code,
            name_zh=name_zh,
            name_en=name_en,
            has_variants=code in with_variants,
            **_period(period),
        )
    for type_code, code, name_zh, name_en, period in VARIANTS:
        NoticeVariant.objects.create(
            notice_type=types[type_code],
            code=code,
            name_zh=name_zh,
            name_en=name_en,
            **_period(period),
        )


def _period(period):
    return dict(zip(("rule", "amount", "unit", "basis"), period, strict=True))


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [migrations.RunPython(create_notice_types, migrations.RunPython.noop)]
