"""What cases say of the month they were filed in, seen at one moment (I25, I32, I33 staff claim).

A deadline may move long after a month is final: extended, promised, waited for, reopened. What
moved a clock after the moment is taken back by the log, so that the same moment gives the same
counts for ever.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from django.db.models import OuterRef, QuerySet, Subquery

from feedback.complaints.models import Complaint, ComplaintEvent, ComplaintQuerySet
from feedback.complaints.states import IMPORTED, State

Kind = ComplaintEvent.Kind
#: What moves, stops or starts a clock of a case.
MOVES = (
    Kind.EXTENDED,
    Kind.PROMISED,
    Kind.WAITING,
    Kind.RESUMED,
    Kind.RECLASSIFIED,
    Kind.REOPENED,
    Kind.TRANSFERRED,
    Kind.PETITION,
)
_COLUMNS = (
    "pk",
    "community_id",
    "filed_at",
    "first_contact_at",
    "resolved_at",
    "channel",
    "claimed_at",
    "contact_due_at",
    "due_at",
    "waiting_since",
    "state",
)


@dataclass(frozen=True)
class Move:
    at: datetime
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Clocks:
    """By when the first contact and the end are due, and whether that clock stands still."""

    contact_due_at: datetime
    due_at: datetime
    waiting_since: datetime | None
    with_office: bool

    def before(self, moves: Sequence[Move], moment: datetime) -> Self:
        """As they stood at `moment`; `moves` in the order of the log."""
        found = self
        for number in range(len(moves) - 1, -1, -1):
            if moves[number].at <= moment:
                break
            found = found._without(moves, number)
        return found

    def is_over(self, moment: datetime) -> bool:
        """Whether the end has come; while a case waits for the resident it has not, and what the
        petition office has follows another clock."""
        waiting = self.waiting_since
        if waiting is not None and waiting <= moment and waiting < self.due_at:
            return False
        return self.due_at <= moment and not self.with_office

    def _without(self, moves: Sequence[Move], number: int) -> Self:
        move = moves[number]
        if move.kind == Kind.TRANSFERRED:
            return replace(self, with_office=False)
        if move.kind == Kind.PETITION:
            return replace(self, with_office=True)
        if move.kind == Kind.WAITING:
            return replace(self, waiting_since=None)
        found = replace(self, due_at=_told(move, "due" if move.kind in _ANEW else "from", self))
        if move.kind == Kind.RECLASSIFIED and "contact_due" in move.data:
            due = datetime.fromisoformat(move.data["contact_due"])
            return replace(found, contact_due_at=due)
        if move.kind == Kind.RESUMED:
            began = [one.at for one in moves[:number] if one.kind == Kind.WAITING]
            return replace(found, waiting_since=began[-1] if began else None)
        return found


#: Their “from” is something else than a time, or nothing: the old end is kept under “due”.
_ANEW = (Kind.RECLASSIFIED, Kind.REOPENED)


def _told(move: Move, name: str, clocks: Clocks) -> datetime:
    text = move.data.get(name)
    return datetime.fromisoformat(text) if text else clocks.due_at


@dataclass(frozen=True)
class FiledCase:
    """The times of one complaint, aware; `claimed_at` stays when the case opens again."""

    pk: int
    community: int
    filed_at: datetime
    first_contact_at: datetime | None
    resolved_at: datetime | None
    channel: str
    claimed_at: datetime | None
    clocks: Clocks
    moves: Sequence[Move]

    def counts(self, moment: datetime) -> dict[str, bool]:
        """Field of `CaseRates` → whether the case counts in it, seen at `moment`; every False for
        one that was filed later."""
        then = self.clocks.before(self.moves, moment)
        is_filed = self.filed_at <= moment
        contacted = _is_past(self.first_contact_at, moment)
        claimed = _is_past(self.claimed_at, moment)
        late = then.contact_due_at <= moment and self._tells_contact
        on_time = self.first_contact_at is not None and self.first_contact_at <= then.contact_due_at
        return {
            "filed": is_filed,
            "due": is_filed and (contacted or late),
            "on_time": is_filed and contacted and on_time,
            "staff_claimed": is_filed and (claimed or then.is_over(moment)),
            "staff_resolved": is_filed and claimed,
        }

    @property
    def _tells_contact(self) -> bool:
        """Whether it can be late: a ledger that keeps no contacts says nothing about them."""
        ended_elsewhere = self.channel in IMPORTED and self.resolved_at is not None
        return self.first_contact_at is not None or not ended_elsewhere


def filed_cases(rows: ComplaintQuerySet) -> Iterator[FiledCase]:
    """`rows` with what their counts need. Two queries."""
    moves = moves_of(rows.order_by().values("pk"))
    found = rows.annotate(claimed_at=_claimed_at()).order_by("pk").values_list(*_COLUMNS)
    for row in found.iterator(chunk_size=2000):
        pk, community, filed, contacted, resolved, channel, claimed, *clock = row
        contact_due, due, waiting, state = clock
        clocks = Clocks(contact_due, due, waiting, state == State.TRANSFERRED)
        yield FiledCase(
            pk, community, filed, contacted, resolved, channel, claimed, clocks, moves[pk]
        )


def moves_of(cases: "QuerySet[Complaint, Any]") -> dict[int, list[Move]]:
    """Complaint pk → what moved its clocks, in order. One query."""
    found: dict[int, list[Move]] = defaultdict(list)
    events = ComplaintEvent.objects.filter(complaint__in=cases, kind__in=MOVES)
    for pk, at, kind, data in events.order_by("at", "pk").values_list(
        "complaint_id", "at", "kind", "data"
    ):
        # Of what the petition office does, only its “no” brings the case back to its own clock.
        if kind != Kind.PETITION or data.get("step") == "returned":
            found[pk].append(Move(at, kind, data))
    return found


def _claimed_at() -> Subquery:
    """When staff first reported a case as solved, by its log: `resolved_at` is empty again once the
    resident is not content."""
    reports = ComplaintEvent.objects.filter(complaint=OuterRef("pk"), kind=Kind.RESOLVED)
    return Subquery(reports.order_by("at").values("at")[:1])


def _is_past(at: datetime | None, moment: datetime) -> bool:
    return at is not None and at <= moment
