"""Values that are only shown: reckoned from answers, on the server as in `answer.js`. Pure.

A value is a text. What cannot be reckoned (an answer is missing or no number, a division by 0) is
the empty text, as is nothing.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from feedback.surveys.conditions import Term, as_number, as_text, holds

#: Digits after the point.
PLACES = 6
_RECKON = {
    "+": lambda one, two: one + two,
    "-": lambda one, two: one - two,
    "*": lambda one, two: one * two,
    "div": lambda one, two: one / two if two else None,
}


def calculated(term: Term, answers: Mapping[str, Any]) -> str:
    op, args = term.op, term.args
    if op in _RECKON:
        one, two = (as_number(calculated(side, answers)) for side in args)
        result = None if one is None or two is None else _RECKON[op](one, two)
        return "" if result is None else _plain(result)
    if op == "concat":
        return "".join(calculated(part, answers) for part in args)
    if op == "if":
        return calculated(args[1] if holds(args[0], answers) else args[2], answers)
    if op == "answer":
        return as_text(answers.get(args[0]))
    if op == "count-selected":
        answer = answers.get(args[0])
        return str(len(answer if isinstance(answer, list) else as_text(answer).split()))
    return str(args[0])


def _plain(number: Decimal) -> str:
    rounded = round(number, PLACES)
    return f"{rounded.normalize():f}" if rounded else "0"


def inlined(term: Term, values: Mapping[str, Term]) -> Term:
    """`term` with calculations before it, by key, put in: it then looks at answers alone."""
    if term.op == "answer" and term.args[0] in values:
        return values[term.args[0]]
    args = tuple(inlined(a, values) if isinstance(a, Term) else a for a in term.args)
    return Term(term.op, args)
