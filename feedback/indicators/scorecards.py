"""The score of one place or project: points, levels, total, grade; what would change it. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from feedback.indicators.definitions import Rule, Text
from feedback.indicators.schemes import FULL, Band, Part, Scheme, shared_out
from feedback.indicators.scoring import score, shown
from feedback.indicators.states import Status

#: From this total on the grade is good (domain.md §2).
GOAL = Decimal(80)
_NOTHING = Decimal(0)


@dataclass(frozen=True)
class Given:
    """What is known of one indicator: its figure, and what the evaluator said of it.

    `band` is in percent of the points and of a qualitative indicator only; `deduction` in points.
    """

    value: Decimal | None = None
    target: Decimal | None = None
    status: str = Status.NOT_APPLICABLE
    why: str = ""
    measurement: int | None = None
    band: Decimal | None = None
    deduction: Decimal = _NOTHING
    remark: str = ""
    by: str = ""
    #: Measured, but not told to this reader: the card is made without it.
    is_withheld: bool = False


@dataclass(frozen=True)
class Line:
    """One indicator as scored. `points` is None where it does not apply and `weight` is spread.

    `weight` is what it counts for here: its own and what it took over from others of its group.
    """

    part: Part
    given: Given
    weight: Decimal
    earned: Decimal | None
    is_provisional: bool = False
    is_overshot: bool = False

    @property
    def points(self) -> Decimal | None:
        if self.earned is None:
            return None
        return max(_NOTHING, self.earned - self.given.deduction)

    @property
    def lost(self) -> Decimal:
        return self.weight - self.points if self.points is not None else _NOTHING

    @property
    def gain(self) -> Decimal:
        """Points there are to win at the target; a deduction stays."""
        if self.points is None:
            return _NOTHING
        return max(_NOTHING, self.weight - self.given.deduction - self.points)

    @property
    def needs_reason(self) -> bool:
        """§2: what is under its target or flagged OV is not filed without a reason."""
        return self.is_overshot or (self.points is not None and self.points < self.weight)


@dataclass(frozen=True)
class Sum:
    """A level: the points it got of those it could."""

    name: Text
    level1: Text
    weight: Decimal
    points: Decimal

    @property
    def percent(self) -> Decimal | None:
        return shown(FULL * self.points / self.weight) if self.weight else None


@dataclass(frozen=True)
class Card:
    scheme: Scheme
    lines: list[Line]
    total: Decimal | None
    grade: Band | None
    #: What is still waited for: qualitative indicators nobody has judged.
    unjudged: list[Line] = field(default_factory=list)

    @property
    def is_provisional(self) -> bool:
        return bool(self.unjudged) or any(line.is_provisional for line in self.lines)

    @property
    def overshot(self) -> list[Line]:
        return [line for line in self.lines if line.is_overshot]

    @property
    def withheld(self) -> list[Line]:
        return [line for line in self.lines if line.given.is_withheld]

    @property
    def spread(self) -> list[Line]:
        return [line for line in self.lines if line.points is None]

    @property
    def insufficient(self) -> list[Line]:
        return [line for line in self.lines if line.given.status == Status.INSUFFICIENT]

    def level1(self) -> list[Sum]:
        return self._sums(by_group=False)

    def grouped(self) -> list[Line]:
        """The lines; those of one level-2 group stand together."""
        order: dict[tuple[str, str], int] = {}
        for line in self.lines:
            order.setdefault((line.part.level1.zh, line.part.level2.zh), len(order))
        first: dict[str, int] = {}
        for (level1, _level2), number in order.items():
            first.setdefault(level1, number)

        def place(line: Line) -> tuple[int, int]:
            level1, level2 = line.part.level1.zh, line.part.level2.zh
            return first[level1], order[level1, level2]

        return sorted(self.lines, key=place)

    def level2(self) -> list[Sum]:
        return self._sums(by_group=True)

    def _sums(self, *, by_group: bool) -> list[Sum]:
        keys: dict[tuple[str, str], list[Line]] = {}
        for line in self.lines:
            group = line.part.level2.zh if by_group else ""
            keys.setdefault((line.part.level1.zh, group), []).append(line)
        return [
            Sum(
                name=rows[0].part.level2 if by_group else rows[0].part.level1,
                level1=rows[0].part.level1,
                weight=sum((row.weight for row in rows), _NOTHING),
                points=sum((row.points or _NOTHING for row in rows), _NOTHING),
            )
            for rows in keys.values()
        ]

    # --- what if ---

    def gains(self) -> list[Line]:
        """The lines with points to win, the most first."""
        found = [line for line in self.lines if line.gain > 0]
        return sorted(found, key=lambda line: (-line.gain, line.part.definition.code))

    def total_with(self, codes: Collection[str]) -> Decimal | None:
        """The total if the indicators in `codes` reached their targets."""
        if self.total is None:
            return None
        won = (line.gain for line in self.lines if line.part.definition.code in codes)
        return self.total + sum(won, _NOTHING)

    def smallest_set(self, goal: Decimal = GOAL) -> list[Line] | None:
        """The fewest improvements that reach `goal`; none are needed: []; out of reach: None.

        Points add up, so the largest gains first are the fewest there can be.
        """
        if self.total is None:
            return None
        total, chosen = self.total, list[Line]()
        for line in self.gains():
            if total >= goal:
                break
            total += line.gain
            chosen.append(line)
        return chosen if total >= goal else None


def card(scheme: Scheme, parts: Sequence[Part], given: Iterable[Given]) -> Card:
    """Score `parts` with what is known of each, in the same order."""
    rows = list(zip(parts, given, strict=True))
    applies = [_applies(part, one) for part, one in rows]
    weights = spread_weights(parts, applies)
    lines = [_line(part, one, weight) for (part, one), weight in zip(rows, weights, strict=True)]
    counted = [line.points for line in lines if line.points is not None]
    total = sum(counted, _NOTHING) if counted else None
    return Card(
        scheme=scheme,
        lines=lines,
        total=total,
        grade=None if total is None else scheme.grade(total),
        unjudged=[
            line
            for line in lines
            if line.part.definition.rule == Rule.S5 and line.given.band is None
        ],
    )


def spread_weights(parts: Sequence[Part], applies: Sequence[bool]) -> list[Decimal]:
    """E0: the weight of what does not apply goes to the rest of its level-2 group; if none is left
    there, to the rest of its level 1; then to all. In hundredths; the sum stays what it was."""
    weights = [part.weight if ok else _NOTHING for part, ok in zip(parts, applies, strict=True)]
    everything = [index for index, ok in enumerate(applies) if ok and parts[index].weight]
    if not everything:
        return [_NOTHING] * len(parts)
    for keys in (
        [(part.level1.zh, part.level2.zh) for part in parts],
        [(part.level1.zh,) for part in parts],
        [()] * len(parts),
    ):
        for key in dict.fromkeys(keys):
            members = [index for index, one in enumerate(keys) if one == key]
            left = [index for index in members if index in everything]
            if left:
                whole = sum((parts[index].weight for index in members), _NOTHING)
                shares = shared_out(whole, [weights[index] for index in left])
                for index, share in zip(left, shares, strict=True):
                    weights[index] = share
    return weights


def _applies(part: Part, given: Given) -> bool:
    if part.definition.rule == Rule.S5:
        return given.band is not None
    return given.status != Status.NOT_APPLICABLE and given.target is not None


def _line(part: Part, given: Given, weight: Decimal) -> Line:
    if not _applies(part, given):
        return Line(part, given, _NOTHING, None)
    if part.definition.rule == Rule.S5:
        return Line(part, given, weight, shown(weight * (given.band or _NOTHING) / FULL))
    found = score(
        part.definition,
        value=given.value,
        target=given.target or _NOTHING,
        status=given.status,
        weight=weight,
    )
    return Line(part, given, weight, shown(found.points), found.is_provisional, found.is_overshot)
