"""The shares of a community beside those of the county and the city it lies in. Pure.

A figure of several communities is told only where it is the sum of figures that are told of each
of them, or where the page of all communities tells it already: so it adds nothing to what a reader
can reckon.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from feedback.surveys.questionnaire import CHOICES, Definition, Question, Type
from feedback.surveys.tables import (
    BEST,
    PlaceAnswers,
    Scale,
    counts_of,
    percent,
    scale_of,
    tenth,
)
from portal.common.hiding import Hidden
from portal.common.samples import wilson_interval


@dataclass(frozen=True)
class Level:
    """A county or city and its communities in the survey; `is_all` where there are no others."""

    label: str
    places: frozenset[int]
    is_all: bool


@dataclass(frozen=True)
class Share:
    """In percent, with the 95 % interval."""

    value: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Line:
    """The share of one option, or of the two best steps, at the community and at each level."""

    label: str
    shares: list[Share | None]


@dataclass(frozen=True)
class Beside:
    """`columns`: the names of the places, the community first."""

    columns: list[str]
    lines: list[Line]

    @property
    def rows(self) -> list[tuple[str, list[tuple[str, Share | None]]]]:
        """Each line with the name of the place beside each of its shares."""
        return [(one.label, list(zip(self.columns, one.shares, strict=True))) for one in self.lines]


def beside(
    definition: Definition,
    answers: Sequence[PlaceAnswers],
    levels: Sequence[Level],
    language: str,
    hidden: Mapping[str, Hidden],
) -> dict[str, Beside]:
    """Question key → its shares at the first of `levels`, the community, and at the others, where
    there is one to compare.

    `answers`: of all communities of the survey, whatever the levels; `hidden` as from `hiding_of`.
    """
    found = {}
    for question in definition.asked() if len(levels) > 1 else ():
        if question.type in CHOICES:
            lines = _lines(question, answers, levels, language, hidden[question.key])
            told = [line for line in lines if line.shares[0] and any(line.shares[1:])]
            if told:
                found[question.key] = Beside([level.label for level in levels], told)
    return found


def _lines(
    question: Question,
    answers: Sequence[PlaceAnswers],
    columns: Sequence[Level],
    language: str,
    hidden: Hidden,
) -> list[Line]:
    if question.type is Type.LIKERT:
        labels = [o.text.label(language) for o in question.options if o.code in BEST]
        shares = [_best(question, answers, level, hidden) for level in columns]
        return [Line(" / ".join(labels), shares)]
    return [
        Line(
            option.text.label(language),
            [_share(question.key, option.code, answers, level, hidden) for level in columns],
        )
        for option in question.options
    ]


def _best(
    question: Question, answers: Sequence[PlaceAnswers], level: Level, hidden: Hidden
) -> Share | None:
    scale: Scale | None = scale_of(question, answers, level.places, hidden, is_all=level.is_all)
    return Share(scale.best, scale.low, scale.high) if scale else None


def _share(
    key: str, code: str, answers: Sequence[PlaceAnswers], level: Level, hidden: Hidden
) -> Share | None:
    """All answers alike, as in the table of the question."""
    if not _is_told(code, level, hidden):
        return None
    counts = counts_of(key, answers, level.places)
    number, n = counts.get(code, 0), counts.get("#", 0)
    value = percent(number, n)
    homes = sum(one.population for one in answers if one.place in level.places)
    estimate = wilson_interval(number, n, max(homes, n))
    if value is None or estimate.low is None or estimate.high is None:
        return None
    return Share(value, tenth(100 * estimate.low), tenth(100 * estimate.high))


def _is_told(code: str, level: Level, hidden: Hidden) -> bool:
    if level.is_all:
        return code not in hidden.codes(None)
    return not level.places & hidden.places and all(
        code not in hidden.codes(place) for place in level.places
    )


def is_worth(level: Level, others: Collection[Level]) -> bool:
    """Whether `level` is more than each of `others`: a county with one community says nothing."""
    return all(level.places > other.places for other in others)
