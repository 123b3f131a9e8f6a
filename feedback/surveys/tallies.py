"""How answers are added up. Pure: it sees answers and definitions, never a row."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from feedback.surveys.questionnaire import CHOICES, NOT_APPLICABLE, Definition, Question, Type
from feedback.surveys.states import Standing


@dataclass(frozen=True)
class Given:
    """One answer as results may see it."""

    definition: Definition
    answers: dict[str, Any]
    channel: str
    standing: str


@dataclass
class Sums:
    """`counts`: headline code → answers, 0 (does not apply) included. `valid` leaves 0 out.

    `questions`: key → code → answers; `#` is how many answered, `#sum` the sum of whole numbers,
    `#millionths` that of decimal numbers in millionths, so that it is exact and whole; for rankings
    how often each item was ranked, and `1:CODE` how often it came first.
    """

    released: int = 0
    valid: int = 0
    open_answers: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    by_mode: dict[str, dict[str, int]] = field(default_factory=dict)
    questions: dict[str, dict[str, int]] = field(default_factory=dict)


def add_up(given: Iterable[Given]) -> Sums:
    """The sums of the counted answers; those without a code are only numbered."""
    headline: Counter[str] = Counter()
    modes: dict[str, Counter[str]] = {}
    questions: dict[str, Counter[str]] = {}
    sums = Sums()
    for one in given:
        if one.standing != Standing.COUNTED:
            sums.open_answers += 1
            continue
        sums.released += 1
        code = one.answers.get(one.definition.headline)
        if code is not None:
            headline[code] += 1
            modes.setdefault(one.channel, Counter())[code] += 1
        for question in one.definition.asked():
            if question.key in one.answers:
                into = questions.setdefault(question.key, Counter())
                _add(into, question, one.answers[question.key])
    sums.counts = _plain(headline)
    sums.valid = sum(n for code, n in headline.items() if code != NOT_APPLICABLE)
    sums.by_mode = {channel: _plain(modes[channel]) for channel in sorted(modes)}
    sums.questions = {key: _plain(questions[key]) for key in sorted(questions)}
    return sums


def _add(into: Counter[str], question: Question, answer: Any) -> None:
    if question.type in CHOICES:
        into.update([answer] if isinstance(answer, str) else answer)
        into["#"] += 1
    elif question.type is Type.RANK:
        into.update([*answer, f"1:{answer[0]}"])
        into["#"] += 1
    else:
        into["#"] += 1
        if question.type is Type.NUMBER:
            if isinstance(answer, int):
                into["#sum"] += answer
            else:
                into["#millionths"] += int(Decimal(answer) * 1_000_000)


def _plain(counter: Counter[str]) -> dict[str, int]:
    return {code: counter[code] for code in sorted(counter)}
