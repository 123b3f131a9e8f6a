"""Whether a question can be answered at all, found by trying the answers its conditions tell apart.

Of each question a condition looks at, a handful of answers is tried: every code and every pair of
codes, each number beside and on a limit or a count of choices, each text that is compared with, and
none where it need not be answered. Where there are too many combinations, or a pattern decides,
nothing is said: this finds contradictions, it does not prove there is none.
"""

import re._parser as _parser  # type: ignore[import-untyped, import-not-found, unused-ignore]
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations
from typing import Any

from feedback.surveys.answers import InvalidAnswer, clean_answer, is_shown
from feedback.surveys.conditions import OWN, Term, as_number, as_text, walk
from feedback.surveys.questionnaire import CHOICES, Definition, Question, Type

TRIES = 2000
#: Of these every answer that makes a difference is tried, so that finding none means there is none.
ENUMERATED = frozenset({Type.SINGLE, Type.LIKERT, Type.NUMBER})
Answers = Mapping[str, Any]


class Undecided(Exception):
    """A pattern decides, or there are too many combinations to try."""


def can_be_answered(question: Question, definition: Definition) -> bool:
    """False only where no combination of earlier answers shows `question` and fits an answer."""
    if _has_no_room(question):
        return False
    try:
        return way_to(question, definition) is not None
    except Undecided:
        return True


def _has_no_room(question: Question) -> bool:
    """Whether the pattern of a text takes more characters than may be written."""
    rule, limit = question.constraint, question.maximum
    if question.type is not Type.TEXT or rule is None or limit is None:
        return False
    parts = rule.args if rule.op == "and" else (rule,)
    patterns = [part.args[1] for part in parts if part.op == "regex" and part.args[0] == OWN]
    return any(_least_length(pattern) > int(limit) for pattern in patterns)


def _least_length(pattern: str) -> int:
    """Of what `pattern` matches; 0 where Python reads it otherwise than RE2, as `[[:digit:]]`."""
    if "[:" in pattern:
        return 0
    try:
        return int(_parser.parse(pattern).getwidth()[0])
    except (_parser.error, OverflowError, RecursionError):
        return 0


def has_dead_end(question: Question, definition: Definition) -> bool:
    """Whether some answers lead to `question`, which must be answered, and leave no answer that
    fits: nobody who gave them could send the form."""
    looks_around = question.constraint and (
        question.constraint.keys or any(option.only_if for option in question.options)
    )
    if not question.required or question.type not in ENUMERATED or not looks_around:
        return False
    search = _Search(question, definition)
    try:
        return any(
            is_shown(question, answers) and not any(search.fitting(question, answers))
            for answers in search.before()
        )
    except Undecided:
        return False


def way_to(question: Question, definition: Definition) -> Answers | None:
    """Answers to `question` and to what it hangs on, with which it is put and answered; None where
    there are none. Raises Undecided."""
    search = _Search(question, definition)
    for answers in search.before():
        if is_shown(question, answers):
            for answer in search.fitting(question, answers):
                return {**answers, question.key: answer}
    return None


def _terms(question: Question) -> list[Term]:
    terms = [question.show_if, question.constraint, *(o.only_if for o in question.options)]
    return [term for term in terms if term is not None]


class _Search:
    """The answers that are tried on the way to one question. Raises Undecided."""

    def __init__(self, question: Question, definition: Definition) -> None:
        self.involved = _involved(question, definition)
        self.part_of = {key: p for p in definition.parts() for key in definition.keys_of(p)}
        terms = [term for each in self.involved for term in _terms(each)]
        parts = [part for term in terms for part in walk(term)]
        if any(part.op == "regex" for part in parts):
            raise Undecided
        self.literals = [str(p.args[0]) for p in parts if p.op in ("text", "number")]
        if any(part.op == "count-selected" for part in parts):
            most = max(len(each.options) for each in self.involved)
            self.literals += [str(count) for count in range(most + 1)]
        self.codes = {str(p.args[1]) for p in parts if p.op == "selected"}
        self.tries = 0

    def before(self) -> Iterator[Answers]:
        """Answers to what the question hangs on, depth first."""
        begun = frozenset({0, self.part_of[self.involved[-1].key]})
        yield from self._go(0, {}, begun, frozenset())

    def _go(
        self, index: int, answers: Answers, begun: frozenset[int], left: frozenset[int]
    ) -> Iterator[Answers]:
        """A later part may be `left` out as a whole, but not what must be answered of one that is
        `begun`."""
        if index == len(self.involved) - 1:
            yield answers
            return
        question = self.involved[index]
        shown, part = is_shown(question, answers), self.part_of[question.key]
        must = shown and question.required
        if not must or part not in begun:
            yield from self._go(index + 1, answers, begun, left | {part} if must else left)
        for answer in self.fitting(question, answers) if shown and part not in left else ():
            yield from self._go(index + 1, {**answers, question.key: answer}, begun | {part}, left)

    def fitting(self, question: Question, answers: Answers) -> Iterator[Any]:
        beside = [*self.literals, *(as_text(answer) for answer in answers.values())]
        for value in _candidates(question, beside, self.codes):
            self.tries += 1
            if self.tries > TRIES:
                raise Undecided
            try:
                yield clean_answer(question, value, answers)
            except InvalidAnswer:
                continue


def _involved(question: Question, definition: Definition) -> list[Question]:
    """`question` and what it hangs on, directly or not, in the order they are asked."""
    wanted, open_keys = {question.key}, [question]
    while open_keys:
        for term in _terms(open_keys.pop()):
            for key in term.keys:
                source = definition.question(key)
                if source and key not in wanted:
                    wanted.add(key)
                    open_keys.append(source)
    return [q for q in definition.questions if q.key in wanted and q.is_asked]


def _candidates(question: Question, literals: list[str], codes: set[str]) -> Iterator[Any]:
    if question.type in (Type.SINGLE, Type.LIKERT):
        yield from question.codes
    elif question.type in CHOICES | {Type.RANK}:
        yield from _sets(question, codes)
    elif question.type is Type.NUMBER:
        yield from _numbers(question, literals)
    elif question.type is Type.DATE:
        yield from ["2000-01-01", *literals]
    elif question.type is Type.PHOTO:
        yield "0" * 32
    else:
        yield from [text for text in [*literals, "~", "7"] if text.strip()]


def _sets(question: Question, codes: set[str]) -> Iterator[list[str]]:
    """Every small choice, and the largest ones with and without each code that is named."""
    plain = [option.code for option in question.options if not option.exclusive]
    yield from ([option.code] for option in question.options)
    sizes = {int(b) for b in (question.minimum, question.maximum) if b is not None}
    for size in sorted({2, 3, *sizes, len(plain)}):
        if size <= len(plain):
            yield from (list(chosen) for chosen in combinations(plain, size))


def _numbers(question: Question, literals: list[str]) -> Iterator[str]:
    limits = [str(b) for b in (question.minimum, question.maximum) if b is not None]
    step = Decimal(question.step or 1)
    found: set[Decimal] = set()
    for text in [*limits, *literals, "0"]:
        number = as_number(text)
        if number is None:
            continue
        found |= {number - step, number, number + step}
        if question.decimal:
            found |= {number + Decimal("0.000001"), number - Decimal("0.000001")}
        else:
            found |= {Decimal(int(number)), Decimal(int(number) + 1)}
        low = as_number(str(question.minimum)) if question.step else None
        if low is not None:
            below = low + ((number - low) // step) * step
            found |= {below, below + step}
    yield from (f"{number:f}" for number in sorted(found))
