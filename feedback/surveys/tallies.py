"""How answers are added up. Pure: it sees answers and definitions, never a row."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from feedback.surveys.questionnaire import CHOICES, NOT_APPLICABLE, Definition, Question, Type
from feedback.surveys.states import Standing

#: Types of which what was answered is counted; of the others only that something was.
COUNTED_BY_ANSWER = CHOICES | {Type.RANK, Type.NUMBER}


@dataclass(frozen=True)
class Given:
    """One answer as results may see it."""

    definition: Definition
    answers: dict[str, Any]
    channel: str
    standing: str


@dataclass(frozen=True)
class Counts:
    """Counted answers of one questionnaire and channel, counted already: how many there are, and by
    question how often each answer was given. Of other types than COUNTED_BY_ANSWER only how many
    answered matters."""

    definition: Definition
    channel: str
    number: int
    said: Mapping[str, Iterable[tuple[Any, int]]]


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
    counted, without_code = [], 0
    for one in given:
        if one.standing == Standing.COUNTED:
            said = {key: [(answer, 1)] for key, answer in one.answers.items()}
            counted.append(Counts(one.definition, one.channel, 1, said))
        else:
            without_code += 1
    return add_counts(counted, open_answers=without_code)


def add_counts(groups: Iterable[Counts], *, open_answers: int) -> Sums:
    """The sums of answers that are counted already, by whatever groups."""
    headline: Counter[str] = Counter()
    modes: dict[str, Counter[str]] = {}
    questions: dict[str, Counter[str]] = {}
    sums = Sums(open_answers=open_answers)
    for group in groups:
        sums.released += group.number
        for code, times in group.said.get(group.definition.headline, ()):
            headline[code] += times
            modes.setdefault(group.channel, Counter())[code] += times
        for question in group.definition.asked():
            for answer, times in group.said.get(question.key, ()):
                _add(questions.setdefault(question.key, Counter()), question, answer, times)
    sums.counts = _plain(headline)
    sums.valid = sum(n for code, n in headline.items() if code != NOT_APPLICABLE)
    sums.by_mode = {channel: _plain(modes[channel]) for channel in sorted(modes)}
    sums.questions = {key: _plain(questions[key]) for key in sorted(questions)}
    return sums


def _add(into: Counter[str], question: Question, answer: Any, times: int) -> None:
    into["#"] += times
    if question.type in CHOICES:
        for code in [answer] if isinstance(answer, str) else answer:
            into[code] += times
    elif question.type is Type.RANK:
        for code in [*answer, f"1:{answer[0]}"]:
            into[code] += times
    elif question.type is Type.NUMBER:
        if isinstance(answer, int):
            into["#sum"] += answer * times
        else:
            into["#millionths"] += int(Decimal(answer) * 1_000_000) * times


def _plain(counter: Counter[str]) -> dict[str, int]:
    return {code: counter[code] for code in sorted(counter)}
