"""Sums of money that are exact on both databases.

SQLite keeps decimals as floating-point numbers, so their sum may be off by a fen. Each amount is
turned into whole fen first; whole numbers add up exactly.
"""

from decimal import ROUND_HALF_UP, Decimal

from django.db.models import BigIntegerField, DecimalField, F, Q, Sum
from django.db.models.functions import Cast, Coalesce, Round

FEN = Decimal(100)


def fen_sum(field: str, *, where: Q | None = None) -> Coalesce:
    """An aggregate: the sum of `field` (元) in whole fen, 0 for no rows."""
    fen = Round(F(field) * FEN, output_field=DecimalField(max_digits=20, decimal_places=0))
    return Coalesce(Sum(Cast(fen, BigIntegerField()), filter=where), 0)


def yuan(fen: int) -> Decimal:
    """Whole fen as 元 with two decimal places."""
    return (Decimal(fen) / FEN).quantize(Decimal("0.01"))


def wan_text(amount: Decimal) -> str:
    """元 as 万元 with two decimal places, half up, as people read it."""
    return f"{(amount / 10000).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
