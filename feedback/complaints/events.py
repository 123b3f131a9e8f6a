"""Which complaints are one event (domain.md §6.2.4). Pure: no database, no clock.

Same household, same category, filed within 30 days of the event's first filing (no chaining) or
while the event is open: one event. Household unknown: one row, one event. A joint complaint is one
event with a count of signatories.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

WINDOW = timedelta(days=30)


@dataclass(frozen=True)
class Case:
    """One complaint as the rule sees it. `filed_at` and `closed_at` are aware local times;
    `closed_at` is None while it is open."""

    id: int
    household: int | None
    category: str
    channel: str
    filed_at: datetime
    closed_at: datetime | None = None
    signatories: int = 1


@dataclass
class Event:
    """`cases[0]` is the first filing: the event has its month and its channel."""

    cases: list[Case] = field(default_factory=list)

    @property
    def first(self) -> Case:
        return self.cases[0]

    @property
    def month(self) -> date:
        return self.first.filed_at.date().replace(day=1)

    @property
    def signatories(self) -> int:
        """How many signed the largest joint complaint of the event."""
        return max(case.signatories for case in self.cases)

    def takes(self, case: Case) -> bool:
        """Whether a later `case` of the same household and category belongs to this event."""
        in_window = case.filed_at.date() - self.first.filed_at.date() <= WINDOW
        return in_window or any(_open_at(own, case.filed_at) for own in self.cases)


def _open_at(case: Case, moment: datetime) -> bool:
    return case.closed_at is None or case.closed_at > moment


def group_events(cases: Iterable[Case]) -> list[Event]:
    """The events of `cases`, in the order of their first filings."""
    events: list[Event] = []
    latest: dict[tuple[int, str], Event] = {}
    for case in sorted(cases, key=lambda case: (case.filed_at, case.id)):
        known = None if case.household is None else latest.get((case.household, case.category))
        if known is not None and known.takes(case):
            known.cases.append(case)
            continue
        event = Event([case])
        events.append(event)
        if case.household is not None:
            latest[(case.household, case.category)] = event
    return events


def repeats(cases: Iterable[Case], within: timedelta = timedelta(days=90)) -> list[Case]:
    """The filings that came after the same household's case of the category was closed, within
    `within` of the closing: they count as repeats (I35) whatever their event."""
    closed: dict[tuple[int, str], list[datetime]] = {}
    found = []
    for case in sorted(cases, key=lambda case: (case.filed_at, case.id)):
        if case.household is None:
            continue
        key = (case.household, case.category)
        if any(end <= case.filed_at <= end + within for end in closed.get(key, [])):
            found.append(case)
        if case.closed_at is not None:
            closed.setdefault(key, []).append(case.closed_at)
    return found
