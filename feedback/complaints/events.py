"""Which complaints are one event (domain.md §6.2.4). Pure: no database, no clock.

Same household, same category, filed within 30 days of the event's first filing (no chaining) or
while the event is open: one event. Household unknown: one row, one event. A joint complaint is one
event with a count of signatories. What staff joined to another report is one event with it.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

WINDOW = timedelta(days=30)
#: A filing so soon after the closing says that it was not solved (I35).
REPEATED_WITHIN = timedelta(days=90)


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
    #: The case that staff joined this one to.
    merged_into: int | None = None

    @property
    def root(self) -> int:
        return self.merged_into or self.id


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
    def closed_at(self) -> datetime | None:
        """When nothing of it was open any more for the first time; None while something is."""
        closed: datetime | None = None
        for case in self.cases:
            if closed is not None and case.filed_at >= closed:
                break
            if case.closed_at is None:
                return None
            closed = max(closed or case.closed_at, case.closed_at)
        return closed

    @property
    def signatories(self) -> int:
        """How many signed the largest joint complaint of the event."""
        return max(case.signatories for case in self.cases)

    def has_any(self, channels: Container[str]) -> bool:
        return any(case.channel in channels for case in self.cases)

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
    joined: dict[int, Event] = {}
    for case in sorted(cases, key=lambda case: (case.filed_at, case.id)):
        event = joined.get(case.root)
        if event is None and case.household is not None:
            known = latest.get((case.household, case.category))
            event = known if known is not None and known.takes(case) else None
        if event is None:
            event = Event()
            events.append(event)
        event.cases.append(case)
        joined[case.root] = event
        if case.household is not None:
            latest[(case.household, case.category)] = event
    return events


@dataclass(frozen=True)
class Closing:
    """An event that was closed, and the filing after it that says it was not solved (I35)."""

    at: datetime
    has_household: bool
    repeated_at: datetime | None
    event: Event


def closings(cases: Iterable[Case], within: timedelta = REPEATED_WITHIN) -> list[Closing]:
    """The closed events of `cases`, in the order of their first filings.

    A filing of the same household and category after the closing, at most `within` later, makes
    the event a repeated one, whatever event the filing itself belongs to.
    """
    cases = list(cases)
    filings: dict[tuple[int, str], list[datetime]] = {}
    for case in cases:
        if case.household is not None:
            filings.setdefault((case.household, case.category), []).append(case.filed_at)
    found = []
    for event in group_events(cases):
        end = event.closed_at
        if end is None:
            continue
        homes = {(c.household, c.category) for c in event.cases if c.household is not None}
        later = [filed for home in homes for filed in filings[home] if end <= filed <= end + within]
        found.append(Closing(end, bool(homes), min(later, default=None), event))
    return found
