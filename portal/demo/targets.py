"""Targets in force, and what is on the desks of those who decide about the next ones."""

from datetime import date, datetime
from decimal import Decimal

from feedback.indicators.services.proposals import proposals_make
from feedback.indicators.services.sheets import sheet_head_write, sheet_submit
from feedback.indicators.services.targets import (
    target_propose,
    target_record,
)
from portal.accounts.models import User
from portal.demo.clock import at
from portal.demo.register import Register

#: Place → indicator → target, the same in both years unless CHANGED says otherwise.
TARGETS: dict[str, dict[str, str]] = {
    "1402": {"I38": "85", "I40": "60", "I33": "85", "I34": "70", "I29": "60"},
    "140213": {"I38": "86", "I33": "85", "I34": "70", "I29": "60"},
    "140214": {"I38": "84", "I33": "80", "I34": "70", "I29": "60"},
    "140226": {"I38": "82", "I33": "80", "I34": "68", "I29": "50"},
}
#: For the current year these wait for the system's proposals from the year before.
PROPOSED = frozenset({"I33", "I34"})


#: What Pingcheng's form of the coming year says; it covers every required group.
NEXT_YEAR = (
    ("I18", "100", "全部小区按计划完成改造，完成率与上级要求一致。"),
    ("I23", "100", "竣工验收一次合格是基本要求。"),
    ("I21", "95", "允许个别小区因冬季停工顺延。"),
    ("I26", "10", "单位面积成本控制在计划的10%以内。"),
    ("I33", "90", "今年已接近，明年要求居民确认的解决率达到90%。"),
    ("I29", "90", "改造后的小区都要有人管，接管率达到90%。"),
    ("I38", "90", "与上级对老旧小区改造满意度的要求保持一致，明年执行90%。"),
)
NEXT_YEAR_HEAD = {
    "department": "平城区住房和城乡建设局（演示）",
    "unit": "平城区老旧小区改造领导组办公室（演示）",
    "period": "1月至12月",
    "goal": "巩固改造成果，物业管理全覆盖，居民满意，投诉减少。",
}


def targets_seed(register: Register, as_of: date, now: datetime) -> None:
    """Last year's targets, this year's, the system's proposals and two of people's own."""
    places = {"1402": register.city, **register.counties}
    for year in (as_of.year - 1, as_of.year):
        decided = at(date(year, 1, 12), 10)
        document = f"{year}年度绩效目标批复（演示）"
        for code, targets in TARGETS.items():
            for indicator, value in targets.items():
                if year == as_of.year and indicator in PROPOSED:
                    continue
                target_record(
                    place=places[code],
                    indicator=indicator,
                    year=year,
                    value=Decimal(value),
                    document=document,
                    now=min(decided, now),
                )
    proposals_make(now=now)
    _of_people(register, as_of, now)


def _of_people(register: Register, as_of: date, now: datetime) -> None:
    """A clerk's draft, and a county's whole form for the next year, submitted."""
    clerk = User.objects.get(username="clerk")
    reviewer = User.objects.get(username="reviewer")
    target_propose(
        actor=clerk,
        place=register.communities[0].place,
        indicator="I40",
        year=as_of.year + 1,
        value=Decimal(65),
        reason="今年增加了上门协助和纸质问卷，回收率有条件再提高5个百分点。",
        now=now,
    )
    county = register.counties["140213"]
    for indicator, value, reason in NEXT_YEAR:
        target_propose(
            actor=reviewer,
            place=county,
            indicator=indicator,
            year=as_of.year + 1,
            value=Decimal(value),
            reason=reason,
            now=now,
        )
    sheet_head_write(
        actor=reviewer, place=county, year=as_of.year + 1, head=NEXT_YEAR_HEAD, now=now
    )
    sheet_submit(actor=reviewer, place=county, year=as_of.year + 1, now=now)
