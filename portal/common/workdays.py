"""Working days of the State Council's yearly calendar, with 调休.

The day of publication or filing is not counted (Civil Code Art. 201). A calendar period that ends
on a statutory holiday ends on the next working day (Art. 203).
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

import chinese_calendar

OPENS = time(8, 30)
CLOSES = time(18, 0)


def calendar_known(day: date) -> bool:
    """Whether the State Council's calendar of that year is known; otherwise weekends stand in."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=8192)
def is_workday(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def add_workdays(start: date, count: int) -> date:
    """The `count`-th working day after `start`, `start` itself not counted."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        if is_workday(day):
            count -= 1
    return day


def add_calendar_days(start: date, count: int) -> date:
    """`count` calendar days after `start`, moved on to a working day if it ends on a day off."""
    day = start + timedelta(days=count)
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def add_work_hours(start: datetime, hours: float) -> datetime:
    """`hours` of working time (08:30–18:00 on working days) after the aware local `start`."""
    return add_work_time(start, timedelta(hours=hours))


def add_work_time(start: datetime, span: timedelta) -> datetime:
    """`span` of working time after the aware local `start`; no span leaves it where it is."""
    moment, left = start, span
    if left <= timedelta(0):
        return moment
    while True:
        opens, closes = _office_hours(moment)
        if is_workday(moment.date()) and moment < closes:
            moment = max(moment, opens)
            if moment + left <= closes:
                return moment + left
            left -= closes - moment
        moment = opens + timedelta(days=1)


def work_time_between(start: datetime, end: datetime) -> timedelta:
    """Working time from the aware local `start` to `end`; none where `end` comes first."""
    total = timedelta(0)
    moment = start
    while moment < end:
        opens, closes = _office_hours(moment)
        if is_workday(moment.date()):
            total += max(timedelta(0), min(end, closes) - max(moment, opens))
        moment = opens + timedelta(days=1)
    return total


def _office_hours(moment: datetime) -> tuple[datetime, datetime]:
    """When the office opens and closes on the day of `moment`."""
    day = moment.date()
    return (
        datetime.combine(day, OPENS, moment.tzinfo),
        datetime.combine(day, CLOSES, moment.tzinfo),
    )
