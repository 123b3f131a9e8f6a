"""Whether answers fit a questionnaire: one judgement for every channel. Pure functions.

An answer is JSON: a code for SINGLE and LIKERT, a list of codes for MULTIPLE (in the order of the
options) and RANK (the first place first), a whole number for NUMBER, text for TEXT and DWELLING, an
ISO date for DATE. A question that is not shown has no answer, whatever was sent.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from feedback.surveys.questionnaire import Condition, Definition, Question, Type

TEXT_LENGTH = 1000
NUMBER_LIMIT = 10**9
Answers = dict[str, Any]


class InvalidAnswer(ValueError):
    """The message says, to the person answering, what is wrong."""


@dataclass
class Checked:
    answers: Answers = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def is_shown(question: Question, answers: Mapping[str, Any]) -> bool:
    """Whether `question` is asked of somebody who answered `answers` so far."""
    return all(_holds(condition, answers) for condition in question.show_if)


def _holds(condition: Condition, answers: Mapping[str, Any]) -> bool:
    answer = answers.get(condition.key)
    given = answer if isinstance(answer, list) else [answer]
    return any(code in condition.codes for code in given)


def check_answers(
    definition: Definition, raw: Mapping[str, Any], *, require: bool = True
) -> Checked:
    """Check everything that was sent.

    Required questions must be answered in the part that is sent first, and in a later part as soon
    as anything in it is answered; on paper (`require=False`) they may be left out.
    """
    checked = Checked()
    begun = _parts_begun(definition, raw)
    part_of = {key: group.part for group in definition.groups for key in group.keys}
    for question in definition.asked():
        required = require and part_of[question.key] in begun
        _check_one(question, raw, checked, required=required)
    return checked


def check_group(
    definition: Definition, raw: Mapping[str, Any], keys: tuple[str, ...]
) -> dict[str, str]:
    """Errors of the questions on one screen, by key; what lies behind it is not judged yet."""
    checked = Checked()
    for question in definition.asked():
        _check_one(question, raw, checked, required=question.key in keys)
    return {key: text for key, text in checked.errors.items() if key in keys}


def _parts_begun(definition: Definition, raw: Mapping[str, Any]) -> set[int]:
    given = {key for key, value in raw.items() if not _is_blank(value)}
    return {0} | {part for part in definition.parts() if definition.keys_of(part) & given}


def _check_one(
    question: Question, raw: Mapping[str, Any], checked: Checked, *, required: bool
) -> None:
    if not is_shown(question, checked.answers):
        return
    value = raw.get(question.key)
    if _is_blank(value):
        if required and question.required:
            checked.errors[question.key] = _("Please answer this question.")
        return
    try:
        checked.answers[question.key] = clean_answer(question, value)
    except InvalidAnswer as error:
        checked.errors[question.key] = str(error)


def _is_blank(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or value == []


def clean_answer(question: Question, value: Any) -> Any:
    """The answer in its one stored form. Raises InvalidAnswer."""
    if question.type in (Type.SINGLE, Type.LIKERT):
        return _one_code(question, value)
    if question.type is Type.MULTIPLE:
        return _codes(question, value)
    if question.type is Type.RANK:
        return _ranking(question, value)
    if question.type is Type.NUMBER:
        return _number(question, value)
    if question.type is Type.DATE:
        return _date(value)
    return _words(question, value)


def _one_code(question: Question, value: Any) -> str:
    if not isinstance(value, str) or question.option(value) is None:
        raise InvalidAnswer(_("Please choose one of the answers."))
    return value


def _known_codes(question: Question, value: Any) -> list[str]:
    codes = [value] if isinstance(value, str) else value
    if not isinstance(codes, list) or any(
        not isinstance(code, str) or question.option(code) is None for code in codes
    ):
        raise InvalidAnswer(_("Please choose from the answers given."))
    return codes


def _codes(question: Question, value: Any) -> list[str]:
    chosen = set(_known_codes(question, value))
    if len(chosen) > 1 and any(o.exclusive for o in question.options if o.code in chosen):
        raise InvalidAnswer(_("“None of these” can't be chosen together with another answer."))
    low, high = question.minimum, question.maximum
    if low is not None and len(chosen) < low:
        raise InvalidAnswer(_("Please choose at least %(count)s.") % {"count": low})
    if high is not None and len(chosen) > high:
        raise InvalidAnswer(_("Please choose at most %(count)s.") % {"count": high})
    return [code for code in question.codes if code in chosen]


def _ranking(question: Question, value: Any) -> list[str]:
    ranked = _known_codes(question, [v for v in value if v] if isinstance(value, list) else value)
    if len(set(ranked)) != len(ranked):
        raise InvalidAnswer(_("Please choose each item only once."))
    if question.maximum is not None and len(ranked) > question.maximum:
        raise InvalidAnswer(_("Please choose at most %(count)s.") % {"count": question.maximum})
    if question.minimum is not None and len(ranked) < question.minimum:
        raise InvalidAnswer(_("Please choose at least %(count)s.") % {"count": question.minimum})
    return ranked


def _number(question: Question, value: Any) -> int:
    try:
        number = int(unicodedata.normalize("NFKC", str(value)).strip()[:20])
    except ValueError:
        raise InvalidAnswer(_("Please enter a whole number.")) from None
    low = 0 if question.minimum is None else question.minimum
    high = NUMBER_LIMIT if question.maximum is None else question.maximum
    if not low <= number <= high:
        raise InvalidAnswer(
            _("Please enter a number from %(low)s to %(high)s.") % {"low": low, "high": high}
        )
    return number


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        raise InvalidAnswer(_("Please enter a date.")) from None


def _words(question: Question, value: Any) -> str:
    words = str(value).replace("\x00", "").strip()
    limit = min(question.maximum or TEXT_LENGTH, TEXT_LENGTH)
    if len(words) > limit:
        raise InvalidAnswer(_("Please write at most %(count)s characters.") % {"count": limit})
    return words


def extends(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    """Whether `new` says all that `old` said, and more."""
    return len(new) > len(old) and all(key in new and new[key] == old[key] for key in old)


def spoken_answer(question: Question, answer: Any, language: str) -> str:
    """The answer in words, for the person who gave it to look over; empty when there is none."""
    if answer is None:
        return ""
    if not question.options:
        return str(answer)
    codes = answer if isinstance(answer, list) else [answer]
    options = [option for code in codes if (option := question.option(code))]
    words = [option.text.label(language) for option in options]
    return ("; " if language == "en" else "、").join(words)
