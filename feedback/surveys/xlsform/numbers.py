"""What an XLSForm says of numbers: limits, steps, and how often a repeat may be asked."""

import re
from typing import Any

from django.utils.translation import gettext as _

from feedback.surveys.condition_text import parse_condition
from feedback.surveys.conditions import holds
from feedback.surveys.repeating import MOST_TIMES
from feedback.surveys.xlsform.choices import Refused
from feedback.surveys.xlsform.matrices import Block
from feedback.surveys.xlsform.reading import Row

#: What pyxform takes where `parameters` does not say it.
RANGE = {"start": "1", "end": "10", "step": "1"}
_PARAMETER = re.compile(r"(\w+)\s*=\s*([^\s,;]*)")


def range_of(row: Row) -> tuple[Block, str]:
    """The settings of a number in steps, and what else its parameters say. Raises Refused."""
    given = dict(_PARAMETER.findall(row.text("parameters")))
    start, end, step = (given.pop(name, default) for name, default in RANGE.items())
    for text in (start, end, step):
        if not re.fullmatch(r"-?\d+(\.\d+)?", text):
            raise Refused(_("“%(text)s” is not understood.") % {"text": text}, "parameters")
    is_decimal = any("." in text for text in (start, end, step))
    rest = " ".join(f"{name}={text}" for name, text in given.items())
    return {"minimum": start, "maximum": end, "step": step, "decimal": is_decimal}, rest


def limits_of(row: Row, value: Block) -> dict[str, Any]:
    """Limits that our own export wrote twice: as a constraint, which is taken out, and apart."""
    limits = {}
    for name, sign in (("minimum", ">="), ("maximum", "<=")):
        text = row.text(f"linli_{name}")
        if re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", text):
            subject = "." if value.get("options") is None else "count-selected(.)"
            limits[name] = text
            value["constraint"] = _taken_out(value["constraint"], f"{subject} {sign} {text}")
    if value.get("options") is not None:
        return {name: int(float(text)) for name, text in limits.items()}
    return limits


def most_times(value: Block) -> int:
    """The largest number up to MOST_TIMES + 1 that a number question takes; 0 where that is more
    than a repeat can be asked, or another answer decides."""
    rule = parse_condition(value["constraint"]) if value.get("constraint") else None
    if rule is not None and rule.keys:
        return 0
    limit = value.get("maximum")
    fits = [
        number
        for number in range(1, MOST_TIMES + 2)
        if holds(rule, {}, number) and (limit in (None, "") or number <= float(limit))
    ]
    return fits[-1] if fits and fits[-1] <= MOST_TIMES else 0


def _taken_out(constraint: str, part: str) -> str:
    """`constraint` without `part`, where that is all of it or joined to the rest by "and"."""
    if constraint == part:
        return ""
    return constraint.removeprefix(f"{part} and ") if constraint.startswith(part) else constraint
