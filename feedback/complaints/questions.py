"""The extra questions of a category: small, optional, data on the category.

A definition is a list of questions:

    {"key": "temperature", "kind": "number", "zh": "室内几度？", "en": "How warm?",
     "unit": {"zh": "℃", "en": "°C"}, "minimum": -30, "maximum": 40}
    {"key": "rain", "kind": "choice", "zh": …, "en": …,
     "options": [{"code": "rain", "zh": "只在下雨时", "en": "Only when it rains"}, …]}

`kind` is number, choice, date or text. What was answered is stored with its wording, so that a
later change of the category does not change what somebody said:

    {"key": "temperature", "value": "14", "label": {"zh": …, "en": …}, "shown": {"zh": "14 ℃", …}}
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from feedback.complaints.models import Complaint

Question = dict[str, Any]
Answer = dict[str, Any]

KINDS = frozenset({"number", "choice", "date", "text"})
MAX_QUESTIONS = 8
MAX_WORDS = 200
#: What the fields of a form are called: extra_temperature.
PREFIX = "extra_"
_KEY = re.compile(r"[a-z][a-z0-9_]{0,29}\Z")


def questions_check(definition: Any) -> None:
    """Raises ValidationError with what is wrong with the questions of a category."""
    if not isinstance(definition, list) or len(definition) > MAX_QUESTIONS:
        raise ValidationError(_("This must be a list of at most 8 questions."))
    seen: set[str] = set()
    for question in definition:
        problem = _problem(question, seen)
        if problem:
            key = question.get("key", "") if isinstance(question, dict) else ""
            raise ValidationError(f"{key or '?'}: {problem}")


def _problem(question: Any, seen: set[str]) -> str:
    if not isinstance(question, dict) or not _KEY.match(str(question.get("key", ""))):
        return _("A question needs a key of small letters.")
    if question["key"] in seen:
        return _("This key stands twice.")
    seen.add(question["key"])
    if question.get("kind") not in KINDS:
        return _("The kind is one of number, choice, date and text.")
    if not _worded(question):
        return _("The wording is missing in Chinese or in English.")
    if question["kind"] == "choice":
        options: Any = question.get("options")
        sound = isinstance(options, list) and len(options) >= 2 and all(map(_is_option, options))
        if not sound or len({option["code"] for option in options}) != len(options):
            return _("A choice needs two options or more, each with a code and its wording.")
    if "unit" in question and not _worded(question["unit"]):
        return _("The unit is missing in Chinese or in English.")
    return _problem_of_limits(question)


def _problem_of_limits(question: Question) -> str:
    limits = [question[name] for name in ("minimum", "maximum") if name in question]
    if any(isinstance(limit, bool) or not isinstance(limit, int | float) for limit in limits):
        return _("A limit is a number.")
    return _("The limits are the wrong way round.") if limits != sorted(limits) else ""


def _worded(part: Any) -> bool:
    return isinstance(part, dict) and all(
        isinstance(part.get(language), str) and part[language].strip() for language in ("zh", "en")
    )


def _is_option(option: Any) -> bool:
    return _worded(option) and bool(_KEY.match(str(option.get("code", ""))))


def in_words(part: Mapping[str, Any]) -> str:
    """The wording in the reader's language."""
    return str(part["en" if get_language() == "en" else "zh"])


def answer_check(question: Question, text: str) -> Answer | None:
    """What is stored of an answer; None for an empty one. Raises ValidationError."""
    value = text.strip()
    if not value:
        return None
    shown = _CHECKS[question["kind"]](question, value)
    return {
        "key": question["key"],
        "value": value,
        "label": {"zh": question["zh"], "en": question["en"]},
        "shown": shown,
    }


def _number(question: Question, value: str) -> dict[str, str]:
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValidationError(_("Please enter a number.")) from None
    low, high = question.get("minimum"), question.get("maximum")
    if not number.is_finite() or (low is not None and number < Decimal(str(low))):
        raise ValidationError(_("This number can't be right. Please check it."))
    if high is not None and number > Decimal(str(high)):
        raise ValidationError(_("This number can't be right. Please check it."))
    unit = question.get("unit", {})
    return {language: f"{value} {unit.get(language, '')}".strip() for language in ("zh", "en")}


def _choice(question: Question, value: str) -> dict[str, str]:
    for option in question["options"]:
        if option["code"] == value:
            return {"zh": option["zh"], "en": option["en"]}
    raise ValidationError(_("Please choose one of the answers."))


def _date(question: Question, value: str) -> dict[str, str]:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValidationError(_("Please enter a day.")) from None
    return {"zh": f"{day.year}年{day.month}月{day.day}日", "en": day.isoformat()}


def _text(question: Question, value: str) -> dict[str, str]:
    if len(value) > MAX_WORDS:
        raise ValidationError(_("Please write no more than 200 characters."))
    return {"zh": value, "en": value}


_CHECKS = {"number": _number, "choice": _choice, "date": _date, "text": _text}


def answers_check(definition: Iterable[Question], given: Mapping[str, str]) -> list[Answer]:
    """What is stored of `given` (key → what was typed); what was not asked is left out.

    Raises ValidationError whose messages are keyed by `extra_` and the key of the question.
    """
    answers: list[Answer] = []
    problems: dict[str, ValidationError] = {}
    for question in definition:
        try:
            answer = answer_check(question, given.get(question["key"], ""))
        except ValidationError as error:
            problems[PREFIX + question["key"]] = error
        else:
            answers += [answer] if answer else []
    if problems:
        raise ValidationError(problems)  # type: ignore[arg-type]
    return answers


def extra_rows(complaint: "Complaint") -> list[tuple[str, str]]:
    """(question, answer) in the reader's language, for whoever may read the complaint's text."""
    return [(in_words(answer["label"]), in_words(answer["shown"])) for answer in complaint.extra]
