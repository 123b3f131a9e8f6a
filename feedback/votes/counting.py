"""What has been cast so far, read from the rows and added up exactly."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from feedback.votes.models import Ballot, Vote, VoterHome
from feedback.votes.rules import Count, Outcome, Weight, outcome
from feedback.votes.states import Channel, Choice, State


@dataclass(frozen=True)
class Standing:
    """Who has taken part; nothing of how. What everybody may see while a vote is open."""

    total: Weight
    taking_part: Weight
    on_paper: int
    online: int


def weights(rows: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """(voter, area of one home) → area of each voter, added here: SQLite would round."""
    areas: dict[int, Decimal] = {}
    for voter, area in rows:
        areas[voter] = areas.get(voter, Decimal(0)) + area
    return areas


def weight_of(voters: Iterable[int], areas: dict[int, Decimal]) -> Weight:
    chosen = list(voters)
    return Weight(sum((areas[voter] for voter in chosen), Decimal(0)), len(chosen))


def count(ballot: Ballot) -> Count:
    """All current votes of `ballot`. Three queries, whatever its size."""
    areas = _areas(ballot)
    votes = dict(_current(ballot).values_list("voter", "choice"))
    voters = {choice: [v for v, c in votes.items() if c == choice] for choice in Choice}
    return Count(
        total=weight_of(areas, areas),
        in_favour=weight_of(voters[Choice.FOR], areas),
        against=weight_of(voters[Choice.AGAINST], areas),
        abstained=weight_of(voters[Choice.ABSTAIN], areas),
    )


def standing(ballot: Ballot) -> Standing:
    """How many have voted and with how much area, without what they voted."""
    areas = _areas(ballot)
    channels = dict(_current(ballot).values_list("voter", "channel"))
    return Standing(
        total=weight_of(areas, areas),
        taking_part=weight_of(channels, areas),
        on_paper=sum(1 for channel in channels.values() if channel == Channel.PAPER),
        online=sum(1 for channel in channels.values() if channel == Channel.ONLINE),
    )


def may_count(ballot: Ballot, now: datetime) -> bool:
    """Whether the time to vote is over, or nobody is left to wait for."""
    if now >= ballot.closes_at:
        return True
    heads = ballot.voters.count()
    return 0 < heads == _current(ballot).count()


def result_of(ballot: Ballot) -> tuple[Count, Outcome] | None:
    """The frozen count of a counted ballot and what it means; None for any other."""
    if ballot.state != State.CLOSED:
        return None
    parts = {name: _weight(ballot.result[name]) for name in PARTS}
    counted = Count(**parts)
    return counted, outcome(counted, strict=ballot.is_strict)


PARTS = ("total", "in_favour", "against", "abstained")


def frozen(counted: Count) -> dict[str, dict[str, str | int]]:
    """`counted` as JSON holds it: areas as texts."""
    return {
        name: {"area": str(getattr(counted, name).area), "heads": getattr(counted, name).heads}
        for name in PARTS
    }


def _weight(part: dict[str, str | int]) -> Weight:
    return Weight(Decimal(part["area"]), int(part["heads"]))


def _areas(ballot: Ballot) -> dict[int, Decimal]:
    homes = VoterHome.objects.filter(ballot=ballot).order_by()
    return weights(homes.values_list("voter", "area").iterator())


def _current(ballot: Ballot) -> "QuerySet[Vote]":
    return Vote.objects.filter(voter__ballot=ballot, superseded_at=None).order_by()
