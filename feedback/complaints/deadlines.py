"""How soon a complaint must be contacted and done (domain.md §4). Pure; times are aware and local.

P0 runs around the clock: contact in 30 minutes, on site in 2 hours, safe in 24. The others run in
working hours (08:30–18:00 on working days); a period in days ends when the office closes, and the
day of filing is not counted.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from feedback.complaints.states import Due
from portal.common.workdays import CLOSES, add_work_hours, add_workdays

LOCAL: tzinfo = ZoneInfo("Asia/Shanghai")
MAX_EXTENSION = 10
_WORKDAYS = {Due.P1: 2, Due.P2: 5, Due.P3: 15}


@dataclass(frozen=True)
class Deadlines:
    """By when the first contact, the visit on site (P0 only) and the end are due."""

    contact: datetime
    site: datetime | None
    done: datetime


def deadlines(due: str, filed_at: datetime) -> Deadlines:
    filed_at = filed_at.astimezone(LOCAL)
    if due == Due.P0:
        return Deadlines(
            contact=filed_at + timedelta(minutes=30),
            site=filed_at + timedelta(hours=2),
            done=filed_at + timedelta(hours=24),
        )
    done = office_closes(add_workdays(filed_at.date(), _WORKDAYS[Due(due)]))
    if due == Due.P1:
        return Deadlines(contact=add_work_hours(filed_at, 2), site=None, done=done)
    return Deadlines(contact=office_closes(add_workdays(filed_at.date(), 1)), site=None, done=done)


def extended(due_at: datetime, workdays: int) -> datetime:
    """The end moved by 1–10 working days. Raises ValueError for anything else."""
    if not 1 <= workdays <= MAX_EXTENSION:
        raise ValueError("An extension is 1 to 10 working days")
    return office_closes(add_workdays(due_at.astimezone(LOCAL).date(), workdays))


def answer_until(resolved: date, workdays: int) -> datetime:
    """Until when the resident is waited for: the end of the `workdays`-th working day after."""
    return office_closes(add_workdays(resolved, workdays))


def office_closes(day: date) -> datetime:
    return datetime.combine(day, CLOSES, LOCAL)
