"""What is wrong with a questionnaire, said to the person who writes it. Pure.

A condition looks at earlier questions only, and every required question can be reached: for what
its condition names, some answers exist with which it is shown and has an answer that fits.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from feedback.surveys.conditions import OWN, Term, walk
from feedback.surveys.questionnaire import (
    CHOICES,
    RANK_LIMIT,
    Definition,
    Question,
    Type,
)
from feedback.surveys.reachability import can_be_answered, has_dead_end

ANSWERED_BY_CODES = CHOICES | {Type.RANK}
#: What `=` and `<` may look at; of photos only whether there is one.
COMPARED = ANSWERED_BY_CODES | {Type.NUMBER, Type.TEXT, Type.DATE, Type.PHOTO}
#: Which of the questions it is, None where it is no single one, and what is wrong with it.
Found = Iterator[tuple[int | None, str]]


def definition_problems(definition: Definition, *, has_headline: bool = True) -> Found:
    """Of two questions with one key the later is wrong: what names the key looks at the first."""
    seen: dict[str, Question] = {}
    sound = True
    for number, question in enumerate(definition.questions):
        if question.key in seen:
            sound = False
            text = _("The key %(key)s is used twice.") % {"key": question.key}
            yield number, text
        for problem in question_problems(question, seen):
            sound = False
            yield number, problem
        seen.setdefault(question.key, question)
        if sound and question.is_asked and not can_be_answered(question, definition):
            text = _("Question %(key)s can never be answered: what it depends on excludes itself.")
            yield number, text % {"key": question.key}
        elif sound and question.is_asked and has_dead_end(question, definition):
            text = _("Question %(key)s must be answered, but after some answers no answer fits.")
            yield number, text % {"key": question.key}
    headline = seen.get(definition.headline)
    if not has_headline:
        return
    if headline is None or headline.type not in (Type.SINGLE, Type.LIKERT):
        text = _("The headline question %(key)s must be one of the questions, with one answer.")
        yield None, text % {"key": definition.headline}
    elif definition.headline not in definition.keys_of(0):
        text = _("The headline question must be in the part that is sent first.")
        yield definition.questions.index(headline), text


def question_problems(question: Question, before: Mapping[str, Question]) -> Iterator[str]:
    names = {"key": question.key}
    if not question.key or not (question.text or question.type is Type.CALCULATION):
        yield _("Question %(key)s has no key or no text.") % names
    needs_options = ANSWERED_BY_CODES | {Type.MATRIX}
    if question.type in needs_options and len(question.options) < 2:
        yield _("Question %(key)s needs at least two options.") % names
    if len(set(question.codes)) != len(question.codes):
        yield _("Question %(key)s has two options with the same code.") % names
    yield from _bound_problems(question)
    for term in _terms(question):
        yield from _term_problems(question, term, before)
    yield from _shown_problems(question, before)
    for key in question.sources:
        source = before.get(key)
        if source is None or source.type is not Type.MULTIPLE:
            yield _(
                "Question %(key)s ranks the options of %(source)s, which do not come before it."
            ) % {"key": question.key, "source": key}


def _bound_problems(question: Question) -> Iterator[str]:
    names = {"key": question.key}
    try:
        low, high = (
            None if b is None else Decimal(b) for b in (question.minimum, question.maximum)
        )
        step = Decimal(question.step) if question.step else None
    except InvalidOperation:
        yield _("Question %(key)s has a limit that is no number.") % names
        return
    if low is not None and high is not None and low > high:
        yield _("Question %(key)s has a minimum above its maximum.") % names
    if step is not None and (step <= 0 or low is None):
        yield _("Question %(key)s needs a first number and steps above zero.") % names
    whole = question.type is Type.NUMBER and not question.decimal
    if whole and any(b is not None and b != b.to_integral_value() for b in (low, high, step)):
        yield _("Question %(key)s asks for whole numbers but has a limit with a fraction.") % names
    if question.type is Type.RANK and not 1 <= (high or 0) <= RANK_LIMIT:
        yield _("Question %(key)s ranks between 1 and %(limit)s places.") % {
            **names,
            "limit": RANK_LIMIT,
        }
    if question.type is Type.MULTIPLE and low is not None and low > len(question.options):
        yield _("Question %(key)s has a minimum above the number of its options.") % names


def _terms(question: Question) -> Iterator[Term]:
    if question.show_if:
        yield question.show_if
    if question.constraint:
        yield question.constraint
    if question.value:
        yield question.value
    for option in question.options:
        if option.only_if:
            yield option.only_if


def _term_problems(question: Question, term: Term, before: Mapping[str, Question]) -> Iterator[str]:
    may_look_at_itself = term is question.constraint
    for part in walk(term):
        if part.op not in ("answer", "selected", "regex", "count-selected"):
            continue
        key = part.args[0]
        source = question if key == OWN and may_look_at_itself else before.get(key)
        names = {"key": question.key, "source": key}
        if (
            source is None
            or source.type not in COMPARED
            or (part.op == "selected" and not _can_be_chosen(source, part.args[1]))
        ):
            text = _("Question %(key)s depends on %(source)s, which has no such answer before it.")
            yield text % names
        elif part.op == "count-selected" and source.type not in ANSWERED_BY_CODES:
            text = _("Question %(key)s counts the choices of %(source)s, which has none.")
            yield text % names
    yield from _photo_problems(question, term, before)


def _shown_problems(question: Question, before: Mapping[str, Question]) -> Iterator[str]:
    """A text and its help show earlier answers and calculated values; nothing else does."""
    for key in question.shown_keys:
        source = before.get(key)
        if source is None or source.type not in COMPARED - {Type.PHOTO} | {Type.CALCULATION}:
            text = _("Question %(key)s shows %(source)s, which has no such answer before it.")
            yield text % {"key": question.key, "source": key}
    if question.value and any(_is_photo(before.get(key)) for key in question.value.keys):
        text = _("Question %(key)s can only ask whether a photo was added, not what it is.")
        yield text % {"key": question.key}
    silent = [question.unit, question.constraint_message, *(o.text for o in question.options)]
    if any(text.shown_keys for text in silent):
        said = _("An option, unit or message of question %(key)s can't show another answer.")
        yield said % {"key": question.key}
    if question.type is Type.CALCULATION and question.value is None:
        yield _("Question %(key)s has nothing to calculate.") % {"key": question.key}


def _is_photo(question: Question | None) -> bool:
    return question is not None and question.type is Type.PHOTO


def _can_be_chosen(source: Question, code: str) -> bool:
    return source.type in ANSWERED_BY_CODES and code in source.codes


def _photo_problems(
    question: Question, term: Term, before: Mapping[str, Question]
) -> Iterator[str]:
    """Of a photo a condition can ask only whether it was added; dates have no order in XPath."""
    for part in walk(term):
        sides = [side for side in part.args if isinstance(side, Term)]
        looked_at = [
            question if s.args[0] == OWN else before.get(s.args[0])
            for s in sides
            if s.op == "answer"
        ]
        kinds = {source.type for source in looked_at if source}
        empty = any(side == Term("text", ("",)) for side in sides)
        if Type.PHOTO in kinds and not (part.op in ("=", "!=") and empty):
            text = _("Question %(key)s can only ask whether a photo was added, not what it is.")
            yield text % {"key": question.key}
        if Type.DATE in kinds and part.op in ("<", "<=", ">", ">="):
            text = _("Question %(key)s compares dates by order, which can't be held.")
            yield text % {"key": question.key}
