"""Whether a question can be answered at all, found by trying the answers its conditions tell apart.

Of each question a condition looks at, a handful of answers is tried: every code and every pair of
codes, each number beside and on a limit, each text that is compared with, and none. Where there are
too many combinations, or a pattern decides, the question is taken to be reachable: this finds
contradictions, it does not prove there is none.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations
from typing import Any

from feedback.surveys.answers import InvalidAnswer, clean_answer, is_shown
from feedback.surveys.conditions import Term, as_number, walk
from feedback.surveys.questionnaire import CHOICES, Definition, Question, Type

TRIES = 2000


class _TooMany(Exception):
    pass


def can_be_answered(question: Question, definition: Definition) -> bool:
    """False only where no combination of earlier answers shows `question` and fits an answer."""
    if not _terms(question) and question.type is not Type.NUMBER:
        return True
    involved = _involved(question, definition)
    terms = [term for each in involved for term in _terms(each)]
    if any(part.op == "regex" for term in terms for part in walk(term)):
        return True
    literals = [str(p.args[0]) for t in terms for p in walk(t) if p.op in ("text", "number")]
    codes = {str(p.args[1]) for t in terms for p in walk(t) if p.op == "selected"}
    try:
        return any(True for _found in _ways(involved, literals, codes))
    except _TooMany:
        return True


def _terms(question: Question) -> list[Term]:
    terms = [question.show_if, question.constraint, *(o.only_if for o in question.options)]
    return [term for term in terms if term is not None]


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


def _ways(
    involved: list[Question], literals: list[str], codes: set[str]
) -> Iterator[Mapping[str, Any]]:
    """Answers with which the last of `involved` is shown and answered, depth first."""
    tries = 0

    def go(index: int, answers: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
        nonlocal tries
        if index == len(involved):
            yield answers
            return
        question, is_last = involved[index], index == len(involved) - 1
        shown = is_shown(question, answers)
        if not is_last:
            yield from go(index + 1, answers)
        for value in _candidates(question, literals, codes) if shown else ():
            tries += 1
            if tries > TRIES:
                raise _TooMany
            try:
                answer = clean_answer(question, value, answers)
            except InvalidAnswer:
                continue
            yield from go(index + 1, {**answers, question.key: answer})

    yield from go(0, {})


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
        low = as_number(limits[0]) if question.step and limits else None
        if low is not None:
            found.add(low + ((number - low) // step) * step)
    yield from (f"{number:f}" for number in sorted(found))
