"""A count in words and numbers, the same on the screen, on paper and in the notice."""

from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from feedback.votes.counting import standing
from feedback.votes.models import Ballot
from feedback.votes.rules import Count, Hurdle, Outcome, Weight, outcome
from feedback.votes.states import Choice, State


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


def outcome_rows(found: Outcome) -> list[list[str]]:
    """A heading row, then the four conditions of Art. 278 with what was reached."""
    rows = [
        (_("Taking part, by floor area"), found.area_taking_part),
        (_("Taking part, by owners"), found.heads_taking_part),
        (_("In favour, by floor area of those taking part"), found.area_in_favour),
        (_("In favour, by owners taking part"), found.heads_in_favour),
    ]
    head = [
        _("Condition"),
        pgettext("column of a vote", "Needed"),
        _("Reached"),
        pgettext("column", "Met"),
    ]
    return [head, *([name, needed(h), percent_shown(h.percent), _met(h)] for name, h in rows)]


def needed(hurdle: Hurdle) -> str:
    share = _SHARES[hurdle.needed]
    return (_("at least %s") if hurdle.or_equal else _("more than %s")) % share


_SHARES = {Fraction(2, 3): "2/3", Fraction(3, 4): "3/4", Fraction(1, 2): "1/2"}


def _met(hurdle: Hurdle) -> str:
    return _("yes") if hurdle.is_met else _("no")


def state_shown(ballot: Ballot, now: datetime) -> tuple[str, str]:
    """Where it stands in words, and the tone of the tag."""
    if ballot.state == State.ANNOUNCED:
        phase = ballot.phase(now)
        return str(phase.label), "info" if phase == "OPEN" else ""
    return str(State(ballot.state).label), "warn" if ballot.state == State.CANCELLED else ""


def result_tables(counted: Count, found: Outcome) -> dict[str, object]:
    return {
        "outcome": found,
        "vote_rows": vote_rows(counted),
        "outcome_rows": outcome_rows(found),
    }


def quorum_rows(ballot: Ballot) -> list[dict[str, object]]:
    """By area and by owners: how much has taken part, and whether two thirds are reached."""
    now = standing(ballot)
    part, none = now.taking_part, Weight()
    found = outcome(Count(now.total, none, none, part), strict=ballot.is_strict)
    area, heads = found.area_taking_part, found.heads_taking_part
    return [
        {
            "name": _("By floor area (㎡)"),
            "part": area_shown(part.area),
            "total": area_shown(now.total.area),
            "percent": percent_shown(area.percent),
            "value": float(area.percent or 0),
            "is_met": area.is_met,
        },
        {
            "name": _("By owners"),
            "part": f"{part.heads:,}",
            "total": f"{now.total.heads:,}",
            "percent": percent_shown(heads.percent),
            "value": float(heads.percent or 0),
            "is_met": heads.is_met,
        },
    ]
