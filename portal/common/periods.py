"""Periods of measurement: closed intervals of local dates."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Self

Kind = Literal["MONTH", "QUARTER", "YEAR", "WAVE", "ONCE"]


@dataclass(frozen=True, order=True)
class Period:
    """`start` and `end` are both in the period."""

    start: date
    end: date
    kind: Kind

    @classmethod
    def containing(cls, kind: Kind, day: date) -> Self:
        """The MONTH, QUARTER or YEAR that `day` lies in. Raises ValueError for other kinds."""
        if kind == "MONTH":
            first, months = day.month, 1
        elif kind == "QUARTER":
            first, months = 3 * ((day.month - 1) // 3) + 1, 3
        elif kind == "YEAR":
            first, months = 1, 12
        else:
            raise ValueError(f"{kind} has no calendar")
        start = date(day.year, first, 1)
        return cls(start, add_months(start, months) - timedelta(days=1), kind)

    def previous(self) -> Self:
        """The period of the same kind just before."""
        return type(self).containing(self.kind, self.start - timedelta(days=1))

    def next(self) -> Self:
        """The period of the same kind just after."""
        return type(self).containing(self.kind, self.end + timedelta(days=1))

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_start(day: date) -> date:
    return day.replace(day=1)


def months_between(first: date, last: date) -> list[date]:
    """The first days of the months from `first`'s to `last`'s, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [add_months(month_start(first), i) for i in range(count + 1)]
