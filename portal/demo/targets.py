"""Targets in force, and what is on the desks of those who decide about the next ones."""

from datetime import date, datetime
from decimal import Decimal

from feedback.indicators.services.proposals import proposals_make
from feedback.indicators.services.targets import (
    target_advance,
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
    """A clerk's draft, and a reviewer's that the county has checked."""
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
    version = target_propose(
        actor=reviewer,
        place=register.counties["140213"],
        indicator="I38",
        year=as_of.year + 1,
        value=Decimal(90),
        reason="与上级对老旧小区改造满意度的要求保持一致，明年执行90%。",
        now=now,
    )
    target_advance(actor=reviewer, version=version, now=now)
