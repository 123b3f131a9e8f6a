"""The double quorum of Civil Code Art. 278, as pure functions on exact numbers.

Owners of at least two thirds of the private floor area, and at least two thirds of the owners, must
take part. Items 6–8 then need at least three quarters of the area and of the owners *taking part*,
every other item more than half of both. “At least” includes the number itself, “more than” does not
(Art. 1259). A vote that was not cast takes no part; an abstention does, and is no consent.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

TAKING_PART = Fraction(2, 3)
STRICT_CONSENT = Fraction(3, 4)
PLAIN_CONSENT = Fraction(1, 2)


@dataclass(frozen=True)
class Weight:
    """Private floor area in ㎡, and owners by the head: one who owns several homes is one."""

    area: Decimal = Decimal(0)
    heads: int = 0

    def __add__(self, other: "Weight") -> "Weight":
        return Weight(self.area + other.area, self.heads + other.heads)


@dataclass(frozen=True)
class Count:
    """All who may vote, and the votes cast. Raises ValueError for what cannot be a count."""

    total: Weight
    in_favour: Weight
    against: Weight
    abstained: Weight

    def __post_init__(self) -> None:
        parts = (self.total, self.in_favour, self.against, self.abstained)
        if any(part.area < 0 or part.heads < 0 for part in parts):
            raise ValueError("an area or a number of owners is negative")
        cast = self.taking_part
        if cast.area > self.total.area or cast.heads > self.total.heads:
            raise ValueError("more votes than may be cast")

    @property
    def taking_part(self) -> Weight:
        return self.in_favour + self.against + self.abstained


@dataclass(frozen=True)
class Hurdle:
    """One of the four conditions: `part` of `whole` against the share that the law asks."""

    part: Fraction
    whole: Fraction
    needed: Fraction
    or_equal: bool

    @property
    def is_met(self) -> bool:
        """Nothing of nothing meets no hurdle."""
        if not self.whole:
            return False
        share = self.part / self.whole
        return share >= self.needed if self.or_equal else share > self.needed

    @property
    def percent(self) -> Decimal | None:
        """The share in per cent, exact to ten places, for showing; None of nothing."""
        if not self.whole:
            return None
        share = 100 * self.part / self.whole
        return (Decimal(share.numerator) / Decimal(share.denominator)).quantize(Decimal("1e-10"))


@dataclass(frozen=True)
class Outcome:
    area_taking_part: Hurdle
    heads_taking_part: Hurdle
    area_in_favour: Hurdle
    heads_in_favour: Hurdle

    @property
    def has_quorum(self) -> bool:
        return self.area_taking_part.is_met and self.heads_taking_part.is_met

    @property
    def is_passed(self) -> bool:
        return self.has_quorum and self.area_in_favour.is_met and self.heads_in_favour.is_met


def outcome(count: Count, *, strict: bool) -> Outcome:
    """What `count` means for a matter; `strict` for items 6–8 of Art. 278."""
    needed = STRICT_CONSENT if strict else PLAIN_CONSENT
    cast, total, consent = count.taking_part, count.total, count.in_favour
    return Outcome(
        Hurdle(Fraction(cast.area), Fraction(total.area), TAKING_PART, or_equal=True),
        Hurdle(Fraction(cast.heads), Fraction(total.heads), TAKING_PART, or_equal=True),
        Hurdle(Fraction(consent.area), Fraction(cast.area), needed, or_equal=strict),
        Hurdle(Fraction(consent.heads), Fraction(cast.heads), needed, or_equal=strict),
    )
