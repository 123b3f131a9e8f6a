"""How soon a complaint must be contacted and done (domain.md §4). Pure; times are aware and local.

P0 runs around the clock: contact in 30 minutes, on site in 2 hours, safe in 24. The others run in
working hours (08:30–18:00 on working days); a period in days ends when the office closes, and the
day of filing is not counted. The hours and days are data (`models.DeadlineRule`); `SHIPPED` is what
the product comes with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

from feedback.complaints.states import Due
from portal.common.workdays import CLOSES, add_work_time, add_workdays, work_time_between

LOCAL: tzinfo = ZoneInfo("Asia/Shanghai")
MAX_EXTENSION = 10
#: How far a promised repair may be: the slowest class and one extension, in working days.
MAX_PROMISE = 15 + MAX_EXTENSION
#: Staff are warned when so much of the time is used.
WARNED_AT = 0.8


class RuleLike(Protocol):
    """One class: every period is in minutes or in working days, never both."""

    @property
    def around_the_clock(self) -> bool: ...
    @property
    def contact_minutes(self) -> int | None: ...
    @property
    def contact_workdays(self) -> int | None: ...
    @property
    def site_minutes(self) -> int | None: ...
    @property
    def done_minutes(self) -> int | None: ...
    @property
    def done_workdays(self) -> int | None: ...
    @property
    def escalate_minutes(self) -> int: ...


@dataclass(frozen=True)
class Rule:
    around_the_clock: bool = False
    contact_minutes: int | None = None
    contact_workdays: int | None = None
    site_minutes: int | None = None
    done_minutes: int | None = None
    done_workdays: int | None = None
    escalate_minutes: int = 1140


Rules = Mapping[str, RuleLike]
SHIPPED: Rules = {
    Due.P0: Rule(
        around_the_clock=True,
        contact_minutes=30,
        site_minutes=120,
        done_minutes=1440,
        escalate_minutes=120,
    ),
    Due.P1: Rule(contact_minutes=120, done_workdays=2),
    Due.P2: Rule(contact_workdays=1, done_workdays=5),
    Due.P3: Rule(contact_workdays=1, done_workdays=15),
}


@dataclass(frozen=True)
class Deadlines:
    """By when the first contact, the visit on site (P0 only) and the end are due."""

    contact: datetime
    site: datetime | None
    done: datetime


def deadlines(due: str, filed_at: datetime, rules: Rules = SHIPPED) -> Deadlines:
    rule = rules[due]
    filed_at = filed_at.astimezone(LOCAL)
    site = rule.site_minutes
    return Deadlines(
        contact=_end(rule, filed_at, rule.contact_minutes, rule.contact_workdays),
        site=None if site is None else _end(rule, filed_at, site, None),
        done=_end(rule, filed_at, rule.done_minutes, rule.done_workdays),
    )


def _end(rule: RuleLike, start: datetime, minutes: int | None, workdays: int | None) -> datetime:
    if minutes is not None:
        return time_added(start, timedelta(minutes=minutes), rule.around_the_clock)
    return office_closes(add_workdays(start.date(), workdays or 0))


def extended(due_at: datetime, workdays: int) -> datetime:
    """The end moved by 1–10 working days. Raises ValueError for anything else."""
    if not 1 <= workdays <= MAX_EXTENSION:
        raise ValueError("An extension is 1 to 10 working days")
    return office_closes(add_workdays(due_at.astimezone(LOCAL).date(), workdays))


def promise_until(now: datetime) -> datetime:
    """The last moment that can be promised for a repair at `now`."""
    return office_closes(add_workdays(now.astimezone(LOCAL).date(), MAX_PROMISE))


def answer_until(resolved: date, workdays: int) -> datetime:
    """Until when the resident is waited for: the end of the `workdays`-th working day after."""
    return office_closes(add_workdays(resolved, workdays))


def office_closes(day: date) -> datetime:
    return datetime.combine(day, CLOSES, LOCAL)


def time_added(start: datetime, span: timedelta, around_the_clock: bool) -> datetime:
    """`span` after `start`, on the clock or in working time."""
    start = start.astimezone(LOCAL)
    return start + span if around_the_clock else add_work_time(start, span)


def time_between(start: datetime, end: datetime, around_the_clock: bool) -> timedelta:
    """From `start` to `end`, on the clock or in working time; none where `end` comes first."""
    if around_the_clock:
        return max(timedelta(0), end - start)
    return work_time_between(start.astimezone(LOCAL), end.astimezone(LOCAL))


def after_waiting(due_at: datetime, since: datetime, until: datetime) -> tuple[datetime, timedelta]:
    """(the end, the working time added to it) when the clock stood still from `since` to `until`.

    What had run out before the clock stopped stays run out.
    """
    if since >= due_at:
        return due_at, timedelta(0)
    waited = time_between(since, until, around_the_clock=False)
    return time_added(due_at, waited, around_the_clock=False), waited


def used_share(
    start: datetime,
    due_at: datetime,
    now: datetime,
    *,
    waited: timedelta = timedelta(0),
    around_the_clock: bool = False,
) -> float:
    """Which part of the time between `start` and `due_at` is used at `now`: 1 and more is overdue.

    `waited` is the time that the clock stood still before `now`.
    """
    left = time_between(now, due_at, around_the_clock)
    allowed = time_between(start, due_at, around_the_clock) - waited
    if now >= due_at:
        return 1.0
    return 1 - left / allowed if allowed > timedelta(0) else 0.0
