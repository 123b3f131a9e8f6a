"""Amounts are kept in 元 and read in 万元."""

from decimal import Decimal

from django import template

from portal.projects.money import wan_text

register = template.Library()


@register.filter
def wan(amount: Decimal | None) -> str:
    """元 as 万元 with two decimal places, half up; a dash for None."""
    return "–" if amount is None else wan_text(amount)
