"""Results question by question, of one place or of all together. Pure.

What is hidden of one place depends on the others, see `hiding`.
"""

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from feedback.surveys.questionnaire import CHOICES, NOT_APPLICABLE, Definition, Question, Type
from portal.common.hiding import Hidden, hidden_of
from portal.common.samples import Z95, wilson_bounds
from portal.common.strata import Stratum, share_total, total_share
from portal.common.suppression import hidden_counts

#: With fewer answers nothing is told of a place, nor the mean of a number.
FEW = 10
BEST = ("5", "4")
#: So many places must hide a share before the weighted sum of all says nothing of one.
MANY = 3
MILLION = 1_000_000


def percent(part: int, whole: int) -> Decimal | None:
    """`part` of `whole` in percent with one digit, half up; None of nothing."""
    if not whole:
        return None
    share = Decimal(part) * 100 / Decimal(whole)
    return share.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class PlaceAnswers:
    """`questions` as in `tallies.Sums`; `population` is the number of households."""

    place: int
    population: int
    questions: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Cell:
    """A count is None where it is hidden. `first`: how often it was ranked first; rankings only."""

    label: str
    count: int | None
    share: Decimal | None
    first: int | None = None
    code: str = ""

    @property
    def is_hidden(self) -> bool:
        return self.count is None


@dataclass(frozen=True)
class Scale:
    """The two best steps of all valid answers, and their 95 % interval, in percent; the index is
    the mean × 20 (§6.1.4), None where it would tell hidden cells."""

    valid: int
    best: Decimal
    low: Decimal
    high: Decimal
    index: Decimal | None


@dataclass(frozen=True)
class QuestionResult:
    """`answered` is None where even that is hidden. `mean` is of a number question, in `unit`.

    `heading` is that of the matrix it is a row of; `is_conditional`: it was not put to everybody.
    """

    key: str
    label: str
    answered: int | None
    cells: list[Cell] = field(default_factory=list)
    is_ranking: bool = False
    scale: Scale | None = None
    mean: Decimal | None = None
    unit: str = ""
    is_number: bool = False
    type: Type = Type.SINGLE
    heading: str = ""
    is_conditional: bool = False


def hiding(
    question: Question,
    answers: Sequence[PlaceAnswers],
    *,
    first: bool = False,
    is_headline: bool = False,
) -> Hidden:
    """What is hidden of a question with options; of who came first in a ranking with `first`.

    Of the headline question it is always told how many said that it does not apply: nobody's
    opinion is in it, and the share (I38) of the community, its county and its city stands on how
    many answers are valid. What is hidden is worked out for these.
    """
    prefix = "1:" if first else ""
    codes = [c for c in question.codes if not (is_headline and c == NOT_APPLICABLE)]
    table = {
        one.place: {c: _of(one, question.key).get(prefix + c, 0) for c in codes} for one in answers
    }
    answered = {one.place: _of(one, question.key).get("#", 0) for one in answers}
    if is_headline:
        for one in answers:
            answered[one.place] -= _of(one, question.key).get(NOT_APPLICABLE, 0)
    adds_up = first or question.type in (Type.SINGLE, Type.LIKERT)
    together = BEST if question.type is Type.LIKERT else ()
    return hidden_of(table, answered, adds_up=adds_up, together=together)


def hiding_of(definition: Definition, answers: Sequence[PlaceAnswers]) -> dict[str, Hidden]:
    """Key of each question with options → what is hidden of it."""
    return {
        question.key: hiding(question, answers, is_headline=question.key == definition.headline)
        for question in definition.asked()
        if question.type in CHOICES | {Type.RANK}
    }


def _of(one: PlaceAnswers, key: str) -> Mapping[str, int]:
    return one.questions.get(key, {})


def question_results(
    definition: Definition,
    answers: Sequence[PlaceAnswers],
    place: int | None,
    language: str,
    hidden: Mapping[str, Hidden] | None = None,
) -> list[QuestionResult]:
    """Every question in the order it was asked, at `place` or (None) in all `answers` together.

    `answers` are all places the reader may look at: what is hidden in one depends on the others.
    `hidden` as from `hiding_of`, where somebody needs it, too.
    """
    if hidden is None:
        hidden = hiding_of(definition, answers)
    return [
        replace(
            _result(question, answers, place, language, hidden.get(question.key)),
            type=question.type,
            heading=_heading(definition, question, language),
            is_conditional=question.show_if is not None,
        )
        for question in definition.asked()
    ]


def _heading(definition: Definition, question: Question, language: str) -> str:
    matrix = definition.question(question.matrix)
    return matrix.text.label(language) if matrix else ""


def _result(
    question: Question,
    answers: Sequence[PlaceAnswers],
    place: int | None,
    language: str,
    hidden: Hidden | None,
) -> QuestionResult:
    label = question.text.label(language)
    counts = _counts(question.key, answers, place)
    if hidden is None:
        return _without_options(question, label, answers, place, language)
    codes, ranked = hidden.codes(place), question.type is Type.RANK
    first_codes = hiding(question, answers, first=True).codes(place) if ranked else set()
    answered = None if place in hidden.places else counts.get("#", 0)
    cells = []
    for option in question.options:
        number = None if option.code in codes else counts.get(option.code, 0)
        first = counts.get(f"1:{option.code}", 0)
        cells.append(
            Cell(
                option.text.label(language),
                number,
                percent(number, answered) if number is not None and answered else None,
                first if ranked and option.code not in first_codes else None,
                option.code,
            )
        )
    scale = _scale(question, answers, place, hidden) if question.type is Type.LIKERT else None
    return QuestionResult(question.key, label, answered, cells, is_ranking=ranked, scale=scale)


def _without_options(
    question: Question,
    label: str,
    answers: Sequence[PlaceAnswers],
    place: int | None,
    language: str,
) -> QuestionResult:
    """How many answered, and the mean of numbers."""
    by_place = {one.place: _of(one, question.key).get("#", 0) for one in answers}
    hidden = hidden_counts(by_place, least=FEW)
    counts = _counts(question.key, answers, place)
    answered = counts.get("#", 0)
    is_told = place not in hidden and answered >= FEW
    mean = None
    if question.type is Type.NUMBER and is_told:
        total = counts.get("#sum", 0) + Decimal(counts.get("#millionths", 0)) / MILLION
        mean = (total / answered).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return QuestionResult(
        question.key,
        label,
        answered if is_told or not answered else None,
        mean=mean,
        unit=question.unit.label(language),
        is_number=question.type is Type.NUMBER,
    )


def _counts(key: str, answers: Sequence[PlaceAnswers], place: int | None) -> dict[str, int]:
    return counts_of(key, answers, None if place is None else {place})


def counts_of(
    key: str, answers: Sequence[PlaceAnswers], places: Container[int] | None
) -> dict[str, int]:
    """What was answered to `key` at `places`, or (None) at all of them."""
    total: dict[str, int] = {}
    for one in answers:
        if places is None or one.place in places:
            for code, count in _of(one, key).items():
                total[code] = total.get(code, 0) + count
    return total


def _scale(
    question: Question, answers: Sequence[PlaceAnswers], place: int | None, hidden: Hidden
) -> Scale | None:
    places = {one.place for one in answers} if place is None else {place}
    return scale_of(question, answers, places, hidden, is_all=place is None)


def scale_of(
    question: Question,
    answers: Sequence[PlaceAnswers],
    places: Collection[int],
    hidden: Hidden,
    *,
    is_all: bool,
) -> Scale | None:
    """Of `places` together. None where how many answers are valid would tell a hidden cell. The two
    best steps never do: `hiding` counts on it that they are told.

    Of all places (`is_all`) it is told where enough of them keep silent; of some, as a county, only
    where none does.
    """
    silent = sum(not best_is_told(place, hidden) for place in places)
    if silent and not (is_all and silent >= MANY):
        return None
    if is_all and not best_is_told(None, hidden):
        return None
    shown = [one for one in answers if one.place in places]
    strata = [_stratum(one, question.key) for one in shown]
    estimate = total_share(share_total(strata), one_stratum=len(strata) == 1)
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    counts = counts_of(question.key, shown, None)
    asked_of = None if is_all else next(iter(places), None)
    has_hidden = bool(hidden.codes(asked_of)) or (not is_all and len(places) > 1)
    points = sum(int(code) * counts.get(code, 0) for code in question.codes)
    index = Decimal(points) * 20 / estimate.n
    return Scale(
        estimate.n,
        tenth(100 * estimate.value),
        tenth(100 * estimate.low),
        tenth(100 * estimate.high),
        None if has_hidden else index.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP),
    )


def best_is_told(place: int | None, hidden: Hidden) -> bool:
    """Whether the share of the best two steps can stand beside what is hidden."""
    return place not in hidden.places and NOT_APPLICABLE not in hidden.codes(place)


def _stratum(one: PlaceAnswers, key: str) -> Stratum:
    counts = _of(one, key)
    valid = counts.get("#", 0) - counts.get(NOT_APPLICABLE, 0)
    # A register that shrank meanwhile can't make more answers than homes.
    return Stratum(max(one.population, valid), valid, sum(counts.get(code, 0) for code in BEST))


def tenth(number: float) -> Decimal:
    """One digit after the point, half up."""
    return Decimal(repr(number)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Difference:
    """Percentage points by which the first share is above the second, with its 95 % interval."""

    points: Decimal
    low: Decimal
    high: Decimal
    is_striking: bool


def difference(first: tuple[int, int], second: tuple[int, int]) -> Difference:
    """Of two shares, each (part, whole): Newcombe's interval from Wilson's bounds.

    Striking are more than 10 points whose interval leaves 0 out (§6.1.1). Raises ZeroDivisionError
    where nothing was answered.
    """
    p, q = first[0] / first[1], second[0] / second[1]
    return _apart((p, *wilson_bounds(p, first[1], Z95)), (q, *wilson_bounds(q, second[1], Z95)))


def difference_of(first: Scale, second: Scale) -> Difference:
    """Of the two best steps of two results, from their own intervals by the same formula."""
    p, q = [
        (float(one.best) / 100, float(one.low) / 100, float(one.high) / 100)
        for one in (first, second)
    ]
    return _apart(p, q)


def _apart(first: tuple[float, float, float], second: tuple[float, float, float]) -> Difference:
    """Each (share, low, high): the squares of the half-widths add up (Newcombe 1998, method 10)."""
    (p, p_low, p_high), (q, q_low, q_high) = first, second
    low = p - q - ((p - p_low) ** 2 + (q_high - q) ** 2) ** 0.5
    high = p - q + ((p_high - p) ** 2 + (q - q_low) ** 2) ** 0.5
    striking = abs(p - q) > 0.1 and not low <= 0 <= high
    return Difference(tenth(100 * (p - q)), tenth(100 * low), tenth(100 * high), striking)
