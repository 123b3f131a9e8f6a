"""Reading and writing conditions in the part of XLSForm's expressions that can be held exactly.

    or and not() = != < <= > >= selected() count-selected() regex() ${key} . 'text' 12.5 ( )

and, where a value is only shown, + - * div concat() if(). Everything else is refused with a reason,
never read as something near to it.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from feedback.surveys.conditions import (
    COMPARISONS,
    DEEPEST_TERM,
    FALSE,
    OWN,
    RECKONED,
    TRUE,
    TRUTHS,
    ConditionError,
    Term,
    all_of,
    any_of,
    holds,
    negated,
    pattern_compiled,
)

FUNCTIONS = {"selected": 2, "count-selected": 1, "regex": 2, "not": 1}
#: Beside them in a calculation; concat takes any number of values.
CALCULATING = {"if": 3, "concat": 0}
LONGEST = 2000
DEEPEST = 30

_TOKEN = re.compile(
    r"""\s*(?:(?P<key>\$\{\s*[^{}\s]+\s*\})|(?P<number>\d+(?:\.\d+)?|\.\d+)"""
    r"""|(?P<text>'[^']*'|"[^"]*")|(?P<sign><=|>=|!=|[=<>(),+*-])"""
    r"""|(?P<name>[A-Za-z_][\w-]*(?:[.:][\w-]+)*)|(?P<own>\.))""",
    re.ASCII,
)


def parse(text: str, columns: Mapping[str, str] | None = None) -> Term:
    """The term `text` writes. Raises ConditionError naming what is outside the grammar.

    `columns` are names that stand for a text: the columns of a row of choices.
    """
    if len(text) > LONGEST:
        raise ConditionError(_("The condition is too long."))
    return _whole(_Parser(_tokens(text), columns or {}))


def parse_calculation(text: str) -> Term:
    """The term of a value that is shown, such as `${a} * 12` or `concat('Flat ', ${b})`.

    Raises ConditionError.
    """
    if len(text) > LONGEST:
        raise ConditionError(_("The condition is too long."))
    tokens = _tokens(text)
    if sum(found in RECKONED for _kind, found in tokens) > DEEPEST_TERM:
        raise ConditionError(_("The calculation is too long."))
    return _shown(_whole(_Parser(tokens, {}, calculates=True)))


def _whole(parser: "_Parser") -> Term:
    term = parser.either()
    if parser.token[0] != "end":
        raise ConditionError(_("“%(text)s” is not understood.") % {"text": parser.token[1]})
    return term


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at, text = [], 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise ConditionError(_("“%(text)s” is not understood.") % {"text": text[at:].strip()})
        tokens.append((found.lastgroup, found.group(found.lastgroup)))
        at = found.end()
    return [*tokens, ("end", "")]


class _Parser:
    """Recursive descent: or < and < comparison < value, as in XPath."""

    def __init__(
        self,
        tokens: list[tuple[str, str]],
        columns: Mapping[str, str],
        *,
        calculates: bool = False,
    ) -> None:
        self.tokens, self.columns, self.at, self.depth = tokens, columns, 0, 0
        self.calculates = calculates

    @property
    def token(self) -> tuple[str, str]:
        return self.tokens[self.at]

    def _next(self) -> tuple[str, str]:
        token = self.token
        self.at += token[0] != "end"
        return token

    def _takes(self, text: str) -> bool:
        kind, found = self.token
        matches = found == text and kind in ("sign", "name")
        self.at += matches
        return matches

    def _needs(self, text: str) -> None:
        if not self._takes(text):
            raise ConditionError(
                _("“%(missing)s” is missing before “%(text)s”.")
                % {"missing": text, "text": self.token[1]}
            )

    def either(self) -> Term:
        terms = [self._both()]
        while self._takes("or"):
            terms.append(self._both())
        return terms[0] if len(terms) == 1 else _of(any_of([_truth(t) for t in terms]))

    def _both(self) -> Term:
        terms = [self._comparison()]
        while self._takes("and"):
            terms.append(self._comparison())
        return terms[0] if len(terms) == 1 else _of(all_of([_truth(t) for t in terms]))

    def _comparison(self) -> Term:
        left = self._sum()
        if self.token[1] not in COMPARISONS or self.token[0] != "sign":
            return left
        op = self._next()[1]
        right = self._sum()
        if self.token[0] == "sign" and self.token[1] in COMPARISONS:
            raise ConditionError(_("Comparisons of comparisons can't be held."))
        if left.op in TRUTHS or right.op in TRUTHS:
            raise ConditionError(_("Comparisons of comparisons can't be held."))
        return _folded(Term(op, (left, right)))

    def _sum(self) -> Term:
        term = self._product()
        while self.calculates and self.token in (("sign", "+"), ("sign", "-")):
            op = self._next()[1]
            term = Term(op, (_shown(term), _shown(self._product())))
        return term

    def _product(self) -> Term:
        term = self._operand()
        while self.calculates and self.token in (("sign", "*"), ("name", "div")):
            op = self._next()[1]
            term = Term(op, (_shown(term), _shown(self._operand())))
        return term

    def _operand(self) -> Term:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ConditionError(_("The condition is nested too deeply."))
        term = self._plain_operand()
        self.depth -= 1
        return term

    def _plain_operand(self) -> Term:
        kind, text = self._next()
        if kind == "key":
            return Term("answer", (text[2:-1].strip(),))
        if kind == "own":
            return Term("answer", (OWN,))
        if kind == "text":
            return Term("text", (text[1:-1],))
        if kind == "number":
            return Term("number", (_plain_number(text),))
        if (kind, text) == ("sign", "-") and self.token[0] == "number":
            return Term("number", (_plain_number("-" + self._next()[1]),))
        if (kind, text) == ("sign", "("):
            inner = self.either()
            self._needs(")")
            return inner
        if kind == "name":
            return self._named(text)
        raise ConditionError(_("“%(text)s” is not understood.") % {"text": text or "…"})

    def _named(self, name: str) -> Term:
        if self.token != ("sign", "("):
            if name in self.columns:
                return Term("text", (self.columns[name],))
            raise ConditionError(_("“%(text)s” is not understood.") % {"text": name})
        known = FUNCTIONS | CALCULATING if self.calculates else FUNCTIONS
        if name not in known:
            raise ConditionError(_("The function %(name)s can't be used here.") % {"name": name})
        self._needs("(")
        args = [self.either()]
        while self._takes(","):
            args.append(self.either())
        self._needs(")")
        if known[name] and len(args) != known[name]:
            raise ConditionError(
                _("The function %(name)s takes %(count)s values.")
                % {"name": name, "count": known[name]}
            )
        if name == "if":
            return Term("if", (_truth(args[0]), _shown(args[1]), _shown(args[2])))
        if name == "concat":
            return Term("concat", tuple(_shown(each) for each in args))
        if name == "not":
            return negated(_truth(args[0]))
        return _looking_at(name, args)


def _looking_at(name: str, args: list[Term]) -> Term:
    if args[0].op != "answer" or any(a.op not in ("text", "number") for a in args[1:]):
        raise ConditionError(
            _("%(name)s must look at one question and, where it takes two, at a fixed text.")
            % {"name": name}
        )
    term = Term(name, tuple(a.args[0] for a in args))
    if name == "regex":
        pattern_compiled(term.args[1])
    return term


def _of(term: Term | None) -> Term:
    return TRUE if term is None else term


def _truth(term: Term) -> Term:
    if term.op not in TRUTHS:
        raise ConditionError(_("A value alone is neither true nor false; compare it."))
    return term


def _shown(term: Term) -> Term:
    if term.op in TRUTHS:
        raise ConditionError(_("Whether something is so can't be shown; use if()."))
    return term


def _plain_number(text: str) -> str:
    number = Decimal(text).normalize()
    return f"{number:f}" if number else "0"


def _folded(term: Term) -> Term:
    """A comparison of two fixed values (a choice filter on a row's own column) is decided now."""
    if all(side.op in ("text", "number") for side in term.args):
        return TRUE if holds(term, {}) else FALSE
    return term


def parse_condition(text: str, columns: Mapping[str, str] | None = None) -> Term:
    """Like `parse`, of a text that must be true or false."""
    return _truth(parse(text, columns))


def to_text(term: Term) -> str:
    """`term` in the grammar `parse` reads."""
    op, args = term.op, term.args
    if op in ("and", "or"):
        return f" {op} ".join(_inside(a, op) for a in args)
    if op == "not":
        return f"not({to_text(args[0])})"
    if op in ("true", "false"):
        return "1 = 1" if op == "true" else "1 = 0"
    if op in ("selected", "regex"):
        return f"{op}({_key(args[0])}, {_quoted(args[1])})"
    if op == "count-selected":
        return f"count-selected({_key(args[0])})"
    if op == "answer":
        return _key(args[0])
    if op in ("text", "number"):
        return str(args[0]) if op == "number" else _quoted(args[0])
    return f"{to_text(args[0])} {op} {to_text(args[1])}"


def _inside(term: Term, op: str) -> str:
    return f"({to_text(term)})" if term.op in ("and", "or") and term.op != op else to_text(term)


def _key(key: str) -> str:
    return OWN if key == OWN else f"${{{key}}}"


def _quoted(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"
