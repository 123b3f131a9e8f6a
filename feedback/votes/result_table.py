"""A count in words and numbers, the same on the screen, on paper and in the notice."""

from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from feedback.votes.rules import Count, Hurdle, Outcome, Weight
from feedback.votes.states import Choice


def area_shown(area: Decimal) -> str:
    return f"{area:,.2f}"


def percent_shown(percent: Decimal | None) -> str:
    """Two places, cut and not rounded: 66.666 % must not read as 66.67 % against 66.67 %."""
    if percent is None:
        return "–"
    return f"{percent.quantize(Decimal('0.01'), rounding=ROUND_DOWN)} %"


def vote_rows(counted: Count) -> list[list[str]]:
    """A heading row, then for, against, abstention, those taking part, all."""
    rows: list[tuple[str, Weight]] = [
        (str(Choice.FOR.label), counted.in_favour),
        (str(Choice.AGAINST.label), counted.against),
        (str(Choice.ABSTAIN.label), counted.abstained),
        (_("Taking part"), counted.taking_part),
        (_("All owners"), counted.total),
    ]
    head = [pgettext("column", "Votes"), _("Private floor area (㎡)"), _("Owners")]
    return [head, *([name, area_shown(w.area), f"{w.heads:,}"] for name, w in rows)]


def outcome_rows(outcome: Outcome) -> list[list[str]]:
    """A heading row, then the four conditions of Art. 278 with what was reached."""
    rows = [
        (_("Taking part, by floor area"), outcome.area_taking_part),
        (_("Taking part, by owners"), outcome.heads_taking_part),
        (_("In favour, by floor area of those taking part"), outcome.area_in_favour),
        (_("In favour, by owners taking part"), outcome.heads_in_favour),
    ]
    head = [_("Condition"), _("Needed"), _("Reached"), pgettext("column", "Met")]
    return [head, *([name, needed(h), percent_shown(h.percent), _met(h)] for name, h in rows)]


def needed(hurdle: Hurdle) -> str:
    share = _SHARES[hurdle.needed]
    return (_("at least %s") if hurdle.or_equal else _("more than %s")) % share


_SHARES = {Fraction(2, 3): "2/3", Fraction(3, 4): "3/4", Fraction(1, 2): "1/2"}


def _met(hurdle: Hurdle) -> str:
    return _("yes") if hurdle.is_met else _("no")
