"""Schemes: what an indicator is worth and which grade a total has (domain.md §2 and §7). Pure.

A scheme is dated like a definition: another weight or band is a new version with its own
`valid_from`, and the years before keep theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

from feedback.indicators.definitions import Definition, Text, current, definition_on
from feedback.indicators.definitions.base import EFFECT, OUTPUT, SATISFACTION

FULL = Decimal(100)
_CENT = Decimal("0.01")


class SchemeCode(StrEnum):
    EVALUATION = "EVALUATION"
    SELF = "SELF"


@dataclass(frozen=True)
class Band:
    """A grade and the points from which on it is given."""

    name: Text
    floor: Decimal


@dataclass(frozen=True)
class Block:
    """Points that are shared out over indicators, in proportion to their own weights."""

    name: Text
    points: Decimal
    #: A level of the definitions, and what of it is not in this block; or codes.
    level1: Text | None = None
    without: Text | None = None
    codes: tuple[str, ...] = ()

    def holds(self, known: Definition) -> bool:
        if self.codes:
            return known.code in self.codes
        return known.level1 == self.level1 and known.level2 != self.without


@dataclass(frozen=True)
class Part:
    """One indicator in a scheme: where it stands and the points it can bring."""

    definition: Definition
    level1: Text
    level2: Text
    weight: Decimal


@dataclass(frozen=True)
class Scheme:
    code: SchemeCode
    version: str
    valid_from: date
    name: Text
    bands: tuple[Band, ...]
    basis: Text
    #: None: the weights and levels of the definitions themselves.
    blocks: tuple[Block, ...] | None = None

    def parts(self, day: date) -> list[Part]:
        """What is scored on `day`, in the order of the form; the weights add up to 100.00."""
        known = [definition_on(item.code, day) for item in current() if item.weight]
        if self.blocks is None:
            return [Part(item, item.level1, item.level2, item.weight) for item in known]
        parts = []
        for block in self.blocks:
            chosen = [item for item in known if block.holds(item)]
            weights = shared_out(block.points, [item.weight for item in chosen])
            parts += [
                Part(item, block.name, item.level2, weight)
                for item, weight in zip(chosen, weights, strict=True)
            ]
        return parts

    def parts_shared_by(self, day: date, weights: Mapping[str, Decimal]) -> list[Part]:
        """The parts with the points that a target form gives them (indicator → points). What it
        gives none is not scored; a block of one indicator has its points in any case.

        The schemes' own parts where the points of a block do not add up.
        """
        parts = self.parts(day)
        if not weights or self.misfits(weights):
            return parts
        given = {item.codes[0]: item.points for item in self.blocks or () if len(item.codes) == 1}
        given |= weights
        return [
            replace(part, weight=given[part.definition.code])
            for part in parts
            if part.definition.code in given
        ]

    def misfits(self, weights: Mapping[str, Decimal]) -> list[tuple[Block, Decimal]]:
        """The blocks whose points a target form does not share out exactly, and what it gives."""
        found = []
        for block in self.blocks or ():
            own = [
                weights[item.code]
                for item in current()
                if item.code in weights and block.holds(item)
            ]
            if sum(own, Decimal(0)) != block.points and (own or len(block.codes) != 1):
                found.append((block, sum(own, Decimal(0))))
        return found

    def takes(self, code: str, day: date) -> bool:
        """Whether `code` is scored on `day`, so that a target form may give it points."""
        return any(part.definition.code == code for part in self.parts(day))

    def grade(self, total: Decimal) -> Band:
        """The band of a total. Raises ValueError below the lowest floor."""
        for band in self.bands:
            if total >= band.floor:
                return band
        raise ValueError(f"no grade for {total}")


def shared_out(points: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`points` in proportion to `weights`, in hundredths that add up to `points` exactly.

    What is left over goes to those cut off most; the first of equals comes first.
    """
    total = sum(weights, Decimal(0))
    if not total:
        return [Decimal(0)] * len(weights)
    exact = [points * weight / total for weight in weights]
    found = [share.quantize(_CENT, rounding=ROUND_FLOOR) for share in exact]
    left = int((points - sum(found, Decimal(0))) / _CENT)
    order = sorted(range(len(exact)), key=lambda index: (found[index] - exact[index], index))
    for index in order[:left]:
        found[index] += _CENT
    return found


_BANDS = (
    Band(Text("优", "Excellent"), Decimal(90)),
    Band(Text("良", "Good"), Decimal(80)),
    Band(Text("中", "Fair"), Decimal(60)),
    Band(Text("差", "Poor"), Decimal(0)),
)
_BANDS_BASIS = Text(
    "等级依据财预〔2020〕10号", "Grades by Ministry of Finance, Cai Yu [2020] No. 10"
)

#: A code with several versions has the newest last.
SCHEMES = (
    Scheme(
        code=SchemeCode.EVALUATION,
        version="1",
        valid_from=date(2019, 1, 1),
        name=Text("绩效评价", "Evaluation"),
        bands=_BANDS,
        basis=_BANDS_BASIS,
    ),
    Scheme(
        code=SchemeCode.SELF,
        version="1",
        valid_from=date(2019, 1, 1),
        name=Text("绩效自评", "Self-assessment"),
        bands=_BANDS,
        basis=_BANDS_BASIS,
        blocks=(
            Block(Text("预算执行率", "Budget execution"), Decimal(10), codes=("I09",)),
            Block(Text("产出指标", "Output"), Decimal(50), level1=OUTPUT),
            Block(Text("效益指标", "Effect"), Decimal(30), level1=EFFECT, without=SATISFACTION),
            Block(Text("满意度指标", "Satisfaction"), Decimal(10), codes=("I38",)),
        ),
    ),
)


def scheme_on(code: str, day: date) -> Scheme:
    """The scheme in force on `day`; what lies before the first one is scored by that. Raises
    KeyError for an unknown code."""
    known = [item for item in SCHEMES if item.code == code]
    if not known:
        raise KeyError(f"no scheme {code}")
    return [known[0], *(item for item in known if item.valid_from <= day)][-1]
