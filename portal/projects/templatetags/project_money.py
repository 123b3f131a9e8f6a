"""Amounts are kept in 元 and read in 万元."""

from decimal import ROUND_HALF_UP, Decimal

from django import template

register = template.Library()


@register.filter
def wan(amount: Decimal | None) -> str:
    """元 as 万元 with two decimal places, half up; a dash for None."""
    if amount is None:
        return "–"
    return f"{(amount / 10000).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
