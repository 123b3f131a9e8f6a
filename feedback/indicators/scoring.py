"""Points of one indicator by its rule (domain.md §7). Pure; `scorecards` adds them up."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from feedback.indicators.definitions import Definition, Direction, Rule
from feedback.indicators.states import MEASURED, Status

#: S4: full points up to a deviation of 10 %, none from 30 %, linear between.
DEVIATION_FULL, DEVIATION_NONE = Decimal(10), Decimal(30)
#: OV: a value so far above its target says that the target was too low.
OVERSHOOT = Decimal("1.3")
_ONE, _NOTHING = Decimal(1), Decimal(0)


@dataclass(frozen=True)
class Score:
    """`points` is None where the indicator does not apply and its weight is spread (E0, E1)."""

    points: Decimal | None
    weight: Decimal
    is_provisional: bool = False
    is_overshot: bool = False


def score(
    definition: Definition,
    *,
    value: Decimal | None,
    target: Decimal,
    status: str,
    weight: Decimal | None = None,
) -> Score:
    """Points of the `main` variant, of `weight` or of the definition's own weight.

    Too few answers score 0 and stay listed (E2); a data error is capped at 100 % (E5).
    """
    weight = definition.weight if weight is None else weight
    if status == Status.NOT_APPLICABLE:
        return Score(None, weight)
    if status == Status.INSUFFICIENT or value is None:
        return Score(_NOTHING, weight)
    counted = min(value, Decimal(100)) if status == Status.DATA_ERROR else value
    return Score(
        points=weight * share(definition.rule, counted, target),
        weight=weight,
        is_provisional=status == Status.PROVISIONAL,
        is_overshot=definition.direction == Direction.UP and value > target * OVERSHOOT,
    )


def share(rule: Rule, value: Decimal, target: Decimal) -> Decimal:
    """The share of the points, 0 to 1. Raises ValueError for a qualitative rule."""
    if rule == Rule.S1:
        return _clip(value / target) if target else _ONE
    if rule == Rule.S2:
        return _ONE if not value else _clip(target / value)
    if rule == Rule.S3:
        return _clip(value / target) if target else _ONE
    if rule == Rule.S4:
        return _clip((DEVIATION_NONE - value) / (DEVIATION_NONE - DEVIATION_FULL))
    raise ValueError(f"{rule} is for people to score")


def attainment(
    definition: Definition,
    variant: str,
    *,
    value: Decimal | None,
    target: Decimal | None,
    status: str,
) -> Decimal | None:
    """How much of the target is reached, in percent; over 100 where it is exceeded.

    Lower is better: target ÷ value. None without a measured value or a target.
    """
    if value is None or target is None or status not in MEASURED | {Status.DATA_ERROR}:
        return None
    if definition.direction_of(variant) == Direction.DOWN:
        return Decimal(100) * target / value if value else Decimal(100)
    return max(_NOTHING, Decimal(100) * value / target) if target else Decimal(100)


def shown(number: Decimal | None, digits: int = 2) -> Decimal | None:
    """Half-up, as every rate and money is shown."""
    if number is None:
        return None
    return number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def _clip(number: Decimal) -> Decimal:
    return max(_NOTHING, min(_ONE, number))
