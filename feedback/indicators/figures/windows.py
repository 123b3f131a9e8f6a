"""Which months are compared before and after the works (domain.md §6.2). Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from portal.common.periods import add_months, month_start, months_between

FULL_YEAR = 12
LEAST_MONTHS = 6

#: Channel → first days of the months that its ledger is known to hold.
Coverage = Mapping[str, Collection[date]]


@dataclass(frozen=True)
class Windows:
    """First days of the months on both sides, and the channels that were open in all of them."""

    before: tuple[date, ...]
    after: tuple[date, ...]
    channels: tuple[str, ...]

    @property
    def is_short(self) -> bool:
        return len(self.after) < FULL_YEAR


def windows(start: date, completed: date, last: date, coverage: Coverage) -> Windows | None:
    """The windows whose after side ends with the month of `last`; None where none can be compared.

    Before: the 12 full months ending before the month of `start`. After: up to 12 full months, the
    month after the completion being left out for settling. With fewer than 12, but at least 6, the
    same calendar months are taken on both sides. A channel counts if it is known for every month.
    """
    first_after = add_months(month_start(completed), 2)
    months_after = months_between(first_after, last) if last >= first_after else []
    base = months_between(add_months(month_start(start), -12), add_months(month_start(start), -1))
    for length in range(min(FULL_YEAR, len(months_after)), LEAST_MONTHS - 1, -1):
        after = months_after[-length:]
        calendar = {month.month for month in after}
        before = [month for month in base if month.month in calendar]
        channels = sorted(
            channel
            for channel, months in coverage.items()
            if all(month in months for month in (*before, *after))
        )
        if channels:
            return Windows(tuple(before), tuple(after), tuple(channels))
    return None


def quarter_windows(
    start: date, completed: date, quarter_end: date, today: date, coverage: Coverage
) -> Windows | None:
    """The windows of the quarter: they end with its last full month that the ledgers hold."""
    last_full = add_months(month_start(today), -1)
    for back in range(3):
        last = add_months(month_start(quarter_end), -back)
        if last <= last_full:
            found = windows(start, completed, last, coverage)
            if found and last in found.after:
                return found
    return None
