"""Which corrective action comes first (domain.md §8)."""

from decimal import ROUND_HALF_UP, Decimal

GAP, HOUSEHOLDS, COMPLAINTS, WISHES = (Decimal(w) for w in ("0.4", "0.3", "0.2", "0.1"))
_PLACES = Decimal("0.0001")


def gap_share(value: Decimal | None, target: Decimal | None, *, lower_is_better: bool) -> Decimal:
    """clip((T − x)/T, 0, 1): how far below its target a figure lies, as a share of the target.

    Where less is better it is (x − T)/T. 0 where there is no figure or no target to divide by.
    """
    if value is None or target is None or target <= 0:
        return Decimal(0)
    missing = value - target if lower_is_better else target - value
    return min(max(missing / target, Decimal(0)), Decimal(1))


def rank_of(
    *, gap: Decimal, household_share: Decimal, complaint_percentile: Decimal, wish_share: Decimal
) -> Decimal:
    """0.4·gap + 0.3·households ÷ the county's + 0.2·percentile of the complaint rate + 0.1·share
    that wishes for it in question A13. Each part and the result lie in 0…1; four places.

    Raises ValueError for a part outside.
    """
    parts = (gap, household_share, complaint_percentile, wish_share)
    if not all(0 <= part <= 1 for part in parts):
        raise ValueError("every part of a rank lies between 0 and 1")
    weighed = zip((GAP, HOUSEHOLDS, COMPLAINTS, WISHES), parts, strict=True)
    total = sum((weight * part for weight, part in weighed), Decimal(0))
    return total.quantize(_PLACES, ROUND_HALF_UP)


def percentile(value: Decimal, others: list[Decimal]) -> Decimal:
    """The share of `others` (its peers, itself included) that lie below `value`, ties counted half.

    0.5 where all are equal or it stands alone.
    """
    if not others:
        return Decimal("0.5")
    below = sum(1 for other in others if other < value)
    equal = sum(1 for other in others if other == value)
    return (Decimal(below) + Decimal(equal) / 2) / Decimal(len(others))
