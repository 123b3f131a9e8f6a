"""Conditions on answers, as XLSForm writes them: what is asked of whom, and what an answer must be.

    ${Q1} = 'yes' and not(selected(${Q2}, 'none')) or count-selected(${Q2}) >= 2
    regex(., '[0-9]{6}')

A condition is a `Term`, kept in a frozen questionnaire as nested lists: `["=", ["answer", "Q1"],
["text", "yes"]]`. The key `.` is the question's own answer. What a term means is what XPath 1.0 and
the ODK functions say: an answer that is missing is the empty text, a text that is no number is less
or more than nothing, `regex` must match the whole text. Values that are only shown may also be
reckoned (`+ - * div if concat`). Pure functions; `condition_text.py` reads and writes the text, and
`answer.js` says the same for the phone (`tests/feedback/surveys/condition_vectors.json`).
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

import re2
from django.utils.translation import gettext as _

OWN = "."
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
ORDER = frozenset({"<", "<=", ">", ">="})
COMPARISONS = ORDER | {"=", "!="}
#: Terms that are true or false.
TRUTHS = COMPARISONS | {"and", "or", "not", "selected", "regex", "true", "false"}

#: The last digit of what is reckoned, and how far it goes: doubles further up leave numbers out.
LAST_DIGIT = Decimal("0.000001")
LARGEST = 1e15
#: In doubles, which are the numbers of XPath, and the only ones phones have.
RECKONED: dict[str, Callable[[float, float], float | None]] = {
    "+": lambda one, two: one + two,
    "-": lambda one, two: one - two,
    "*": lambda one, two: one * two,
    "div": lambda one, two: one / two if two else None,
}
#: A calculation has so many terms, and so many inside each other: more is neither read nor reckoned
#: at every answer in good time.
MOST_TERMS = 500
DEEPEST_TERM = 60
#: Terms that are numbers, beside which another is taken for one.
NUMBERS = frozenset({"number", "count-selected", *RECKONED})


class ConditionError(ValueError):
    """The message says, to whoever wrote the condition, why it can't be held."""


@dataclass(frozen=True)
class Term:
    """`op` with its arguments: terms for `and or not`, comparisons and what is reckoned; a key and
    a text for `selected` and `regex`; a key for `answer` and `count-selected`; a text for `text`,
    `number`."""

    op: str
    args: tuple[Any, ...] = ()

    def to_json(self) -> list[Any]:
        return [self.op, *(a.to_json() if isinstance(a, Term) else a for a in self.args)]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the questions it looks at, its own left out, in the order it names them."""
        return tuple(dict.fromkeys(key for key in _keys(self) if key != OWN))


TRUE, FALSE = Term("true"), Term("false")


def term_from_json(data: Any) -> Term | None:
    if data is None:
        return None
    op, *args = data
    return Term(op, tuple(term_from_json(a) if isinstance(a, list) else a for a in args))


def walk(term: Term) -> Iterator[Term]:
    """`term` and every term in it."""
    yield term
    for argument in term.args:
        if isinstance(argument, Term):
            yield from walk(argument)


def _keys(term: Term) -> Iterator[str]:
    for part in walk(term):
        if part.op in {"answer", "selected", "regex", "count-selected"}:
            yield part.args[0]


def selected(key: str, code: str) -> Term:
    return Term("selected", (key, code))


def all_of(terms: list[Term]) -> Term | None:
    return _joined("and", terms, neutral=TRUE, deciding=FALSE)


def any_of(terms: list[Term]) -> Term | None:
    return _joined("or", terms, neutral=FALSE, deciding=TRUE)


def _joined(op: str, terms: list[Term], *, neutral: Term, deciding: Term) -> Term | None:
    """Flat, without constants: `a and (b and true)` is `a and b`. None of nothing."""
    flat: list[Term] = []
    for term in terms:
        flat += term.args if term.op == op else [term]
    if deciding in flat:
        return deciding
    kept = list(dict.fromkeys(term for term in flat if term != neutral))
    if not kept:
        return neutral if flat else None
    return kept[0] if len(kept) == 1 else Term(op, tuple(kept))


def negated(term: Term) -> Term:
    if term in (TRUE, FALSE):
        return FALSE if term == TRUE else TRUE
    return Term("not", (term,))


# --- what a term means ---


def holds(term: Term | None, answers: Mapping[str, Any], own: Any = None) -> bool:
    """Whether `term` is true of `answers`; no term is always true."""
    if term is None:
        return True
    op, args = term.op, term.args
    if op == "and":
        return all(holds(a, answers, own) for a in args)
    if op == "or":
        return any(holds(a, answers, own) for a in args)
    if op == "not":
        return not holds(args[0], answers, own)
    if op in ("true", "false"):
        return op == "true"
    if op == "selected":
        return args[1] in _chosen(_answer(args[0], answers, own))
    if op == "regex":
        return _matches(args[1], as_text(_answer(args[0], answers, own)))
    return _compares(op, args[0], args[1], answers, own)


def _answer(key: str, answers: Mapping[str, Any], own: Any) -> Any:
    return own if key == OWN else answers.get(key)


def _chosen(answer: Any) -> list[str]:
    return answer if isinstance(answer, list) else as_text(answer).split()


def as_text(answer: Any) -> str:
    """An answer as XForms keep it: several codes with spaces between, nothing as empty."""
    if answer is None:
        return ""
    return " ".join(answer) if isinstance(answer, list) else str(answer)


def as_number(text: str) -> Decimal | None:
    plain = unicodedata.normalize("NFKC", text).strip()
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def _compares(op: str, left: Term, right: Term, answers: Mapping[str, Any], own: Any) -> bool:
    texts = [_value(side, answers, own) for side in (left, right)]
    by_number = op in ORDER or any(side.op in NUMBERS for side in (left, right))
    if not by_number:
        return (texts[0] == texts[1]) is (op == "=")
    one, two = (as_number(text) for text in texts)
    if one is None or two is None:
        return op == "!="
    return {
        "=": one == two,
        "!=": one != two,
        "<": one < two,
        "<=": one <= two,
        ">": one > two,
        ">=": one >= two,
    }[op]


def _value(term: Term, answers: Mapping[str, Any], own: Any) -> str:
    op, args = term.op, term.args
    if op == "answer":
        return as_text(_answer(args[0], answers, own))
    if op == "count-selected":
        return str(len(_chosen(_answer(args[0], answers, own))))
    if op in RECKONED:
        one, two = (as_number(_value(side, answers, own)) for side in args)
        if one is None or two is None:
            return ""
        return _plain(RECKONED[op](float(one), float(two)))
    if op == "concat":
        return "".join(_value(part, answers, own) for part in args)
    if op == "if":
        return _value(args[1] if holds(args[0], answers, own) else args[2], answers, own)
    return str(args[0])


def calculated(term: Term, answers: Mapping[str, Any]) -> str:
    """The value of a calculation. What cannot be reckoned (an answer is missing or no number, a
    division by 0, more than LARGEST) is the empty text."""
    return _value(term, answers, None)


def _plain(number: float | None) -> str:
    if number is None or not abs(number) <= LARGEST:
        return ""
    rounded = float(Decimal(number).quantize(LAST_DIGIT, rounding=ROUND_HALF_UP))
    return f"{Decimal(repr(rounded)).normalize():f}" if rounded else "0"


def inlined(term: Term, values: Mapping[str, Term]) -> Term:
    """`term` with calculations before it, by key, put in: it then looks at answers alone.

    Raises ConditionError where that is too much to be reckoned at every answer.
    """
    _check_size(term, values)
    return _put_in(term, values)


def _put_in(term: Term, values: Mapping[str, Term]) -> Term:
    if term.op == "answer" and term.args[0] in values:
        return values[term.args[0]]
    args = tuple(_put_in(a, values) if isinstance(a, Term) else a for a in term.args)
    return Term(term.op, args)


def _check_size(term: Term, values: Mapping[str, Term]) -> None:
    """Of `term` with `values` put in. Raises ConditionError."""
    open_terms, number = [(term, 1)], 0
    while open_terms:
        part, depth = open_terms.pop()
        number += 1
        if number > MOST_TERMS or depth > DEEPEST_TERM:
            raise ConditionError(_("The calculation is too long with those before it put in."))
        if part.op == "answer" and part.args[0] in values:
            part = values[part.args[0]]
        open_terms += [(a, depth + 1) for a in part.args if isinstance(a, Term)]


def _matches(pattern: str, text: str) -> bool:
    return pattern_compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=512)
def pattern_compiled(pattern: str) -> Any:
    """In linear time whatever the pattern; what would need more (back references, look-around)
    is refused. Raises ConditionError."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        raise ConditionError(
            _("The pattern %(pattern)s can't be used.") % {"pattern": pattern}
        ) from None
