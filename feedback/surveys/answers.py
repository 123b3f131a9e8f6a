"""Whether answers fit a questionnaire: one judgement for every channel. Pure functions.

An answer is JSON: a code for SINGLE and LIKERT, a list of codes for MULTIPLE (in the order of the
options) and RANK (the first place first), a whole number for NUMBER, a plain decimal text ("2.5")
for a decimal NUMBER, text for TEXT and DWELLING, an ISO date for DATE, the name of a kept photo for
PHOTO. A question that is not shown, or of whose options none is offered, has no answer, whatever
was sent.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from feedback.surveys.conditions import as_number, holds
from feedback.surveys.questionnaire import Definition, Option, Question, Type

TEXT_LENGTH = 1000
NUMBER_LIMIT = 10**9
DECIMAL_PLACES = 6
PHOTO_NAME = re.compile(r"[0-9a-f]{32}")
Answers = dict[str, Any]


class InvalidAnswer(ValueError):
    """The message says, to the person answering, what is wrong."""


@dataclass
class Checked:
    answers: Answers = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def is_shown(question: Question, answers: Mapping[str, Any]) -> bool:
    """Whether `question` is asked of somebody who answered `answers` so far."""
    if not holds(question.show_if, answers):
        return False
    return not question.options or any(
        option.only_if is None or holds(option.only_if, answers) for option in question.options
    )


def offered(question: Question, answers: Mapping[str, Any]) -> list[Option]:
    """The options somebody who answered `answers` can choose from."""
    return [option for option in question.options if holds(option.only_if, answers)]


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
        checked.answers[question.key] = clean_answer(question, value, checked.answers)
    except InvalidAnswer as error:
        checked.errors[question.key] = str(error)


def _is_blank(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or value == []


def clean_answer(question: Question, value: Any, before: Mapping[str, Any] | None = None) -> Any:
    """The answer in its one stored form; `before` are the answers to earlier questions.

    Raises InvalidAnswer.
    """
    earlier = before or {}
    options = {option.code: option for option in offered(question, earlier)}
    answer = _cleaned(question, value, options)
    if not holds(question.constraint, earlier, answer):
        said = question.constraint_message.label(get_language() or "zh-hans")
        raise InvalidAnswer(said or _("This answer does not fit. Please check it."))
    return answer


def _cleaned(question: Question, value: Any, options: Mapping[str, Option]) -> Any:
    if question.type in (Type.SINGLE, Type.LIKERT):
        return _one_code(options, value)
    if question.type is Type.MULTIPLE:
        return _codes(question, options, value)
    if question.type is Type.RANK:
        return _ranking(question, options, value)
    if question.type is Type.NUMBER:
        return _number(question, value)
    if question.type is Type.DATE:
        return _date(value)
    if question.type is Type.PHOTO:
        return _photo(value)
    return _words(question, value)


def _one_code(options: Mapping[str, Option], value: Any) -> str:
    if not isinstance(value, str) or value not in options:
        raise InvalidAnswer(_("Please choose one of the answers."))
    return value


def _known_codes(options: Mapping[str, Option], value: Any) -> list[str]:
    codes = [value] if isinstance(value, str) else value
    if not isinstance(codes, list) or any(
        not isinstance(code, str) or code not in options for code in codes
    ):
        raise InvalidAnswer(_("Please choose from the answers given."))
    return codes


def _codes(question: Question, options: Mapping[str, Option], value: Any) -> list[str]:
    chosen = set(_known_codes(options, value))
    alone = {code for code in chosen if options[code].exclusive}
    if alone and len(chosen) > 1:
        raise InvalidAnswer(_("“None of these” can't be chosen together with another answer."))
    if not alone:
        _check_number_of(question, options, len(chosen))
    return [code for code in options if code in chosen]


def _check_number_of(question: Question, options: Mapping[str, Option], number: int) -> None:
    """At least and at most; never more than there are to choose from."""
    there_are = sum(not option.exclusive for option in options.values())
    low, high = question.minimum, question.maximum
    if low is not None and number < min(int(low), there_are):
        raise InvalidAnswer(
            _("Please choose at least %(count)s.") % {"count": min(int(low), there_are)}
        )
    if high is not None and number > int(high):
        raise InvalidAnswer(_("Please choose at most %(count)s.") % {"count": high})


def _ranking(question: Question, options: Mapping[str, Option], value: Any) -> list[str]:
    ranked = _known_codes(options, [v for v in value if v] if isinstance(value, list) else value)
    if len(set(ranked)) != len(ranked):
        raise InvalidAnswer(_("Please choose each item only once."))
    _check_number_of(question, options, len(ranked))
    return ranked


def _number(question: Question, value: Any) -> int | str:
    plain = unicodedata.normalize("NFKC", str(value)).strip().replace("。", ".")[:20]
    number = as_number(plain) if re.fullmatch(r"[+-]?\d*\.?\d*", plain) else None
    if number is None:
        raise InvalidAnswer(
            _("Please enter a number.") if question.decimal else _("Please enter a whole number.")
        )
    if not question.decimal and number != number.to_integral_value():
        raise InvalidAnswer(_("Please enter a whole number."))
    if question.decimal and number != round(number, DECIMAL_PLACES):
        raise InvalidAnswer(
            _("Please enter at most %(count)s digits after the point.") % {"count": DECIMAL_PLACES}
        )
    _check_range(question, number)
    if not question.decimal:
        return int(number)
    return f"{number.normalize():f}" if number else "0"


def _check_range(question: Question, number: Decimal) -> None:
    low = Decimal(-NUMBER_LIMIT if question.minimum is None else question.minimum)
    high = Decimal(NUMBER_LIMIT if question.maximum is None else question.maximum)
    if not low <= number <= high:
        raise InvalidAnswer(
            _("Please enter a number from %(low)s to %(high)s.")
            % {"low": f"{low:f}", "high": f"{high:f}"}
        )
    if question.step and (number - low) % Decimal(question.step):
        raise InvalidAnswer(
            _("Please enter %(low)s or a number %(step)s, or several times %(step)s, above it.")
            % {"low": f"{low:f}", "step": question.step}
        )


def _photo(value: Any) -> str:
    if not isinstance(value, str) or not PHOTO_NAME.fullmatch(value):
        raise InvalidAnswer(_("Please add the photo again."))
    return value


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        raise InvalidAnswer(_("Please enter a date.")) from None


def _words(question: Question, value: Any) -> str:
    words = str(value).replace("\x00", "").replace("\r\n", "\n").strip()
    if question.short:
        words = " ".join(words.split())
    limit = min(int(question.maximum or TEXT_LENGTH), TEXT_LENGTH)
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
    if question.type is Type.PHOTO:
        return _("1 photo")
    if not question.options:
        unit = question.unit.label(language)
        return f"{answer} {unit}" if unit else str(answer)
    codes = answer if isinstance(answer, list) else [answer]
    options = [option for code in codes if (option := question.option(code))]
    words = [option.text.label(language) for option in options]
    return ("; " if language == "en" else "、").join(words)
