"""A questionnaire as templates show it: screens of a few fields, filled with what was answered."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from feedback.surveys.answers import check_answers, is_shown, offered, spoken_answer
from feedback.surveys.conditions import Term, calculated
from feedback.surveys.questionnaire import SHOWN, Definition, Group, Question, Text, Type
from portal.intake.held import held_thumbnails
from portal.intake.receipts import is_key
from portal.intake.review import ReviewRow

PREFIX = "q-"


def field_name(key: str) -> str:
    return f"{PREFIX}{key}"


def _term_json(term: Term | None) -> str:
    return _json(term.to_json()) if term else ""


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def read_answers(definition: Definition, data: QueryDict) -> dict[str, Any]:
    """What a form sent, as `check_answers` takes it. Nothing is judged here."""
    raw: dict[str, Any] = {}
    for question in definition.asked():
        values = [value for value in data.getlist(field_name(question.key)) if value.strip()]
        if values:
            several = question.type in (Type.MULTIPLE, Type.RANK)
            raw[question.key] = values if several else values[-1]
    return raw


@dataclass(frozen=True)
class Choice:
    code: str
    label: str
    chosen: bool
    exclusive: bool = False
    #: For a ranking: whether the item was chosen in an earlier question.
    wanted: bool = False
    number: int = 0
    #: For the script: JSON of when it is offered.
    only_if: str = ""


@dataclass(frozen=True)
class Place:
    """One place of a ranking."""

    number: int
    chosen: list[Choice]
    others: list[Choice]


@dataclass
class Field:
    """One question on a screen."""

    question: Question
    answers: Mapping[str, Any]
    error: str = ""
    #: What a `dwelling` question shows, filled in from the household code.
    dwelling: str = ""
    #: With script every option is on the page, which shows and hides them by itself.
    offers_all: bool = False
    #: What texts show, by key: words, and JSON of how the script finds them.
    shown: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @cached_property
    def language(self) -> str:
        return get_language() or "zh-hans"

    @property
    def key(self) -> str:
        return self.question.key

    @property
    def type(self) -> str:
        return str(self.question.type)

    @property
    def name(self) -> str:
        return field_name(self.question.key)

    @property
    def label(self) -> str:
        return self._filled(self.question.text)

    @property
    def help(self) -> str:
        return self._filled(self.question.help)

    def _filled(self, text: Text) -> str:
        """With the answers it shows, each in an element that the script keeps up to date."""
        parts = SHOWN.split(text.raw(self.language))
        if len(parts) == 1:
            return parts[0]
        return format_html_join(
            "", "{}", ((self._shown(p) if n % 2 else p,) for n, p in enumerate(parts))
        )

    def _shown(self, key: str) -> str:
        words, source = self.shown.get(key, ("", "{}"))
        return format_html('<span data-shows="{}">{}</span>', source, words or "……")

    @property
    def error_target(self) -> str:
        """The id of the first control, where a link in the error summary leads."""
        return f"{self.name}-1"

    @property
    def value(self) -> str:
        answer = self.answers.get(self.key, "")
        return str(answer[-1] if isinstance(answer, list) and answer else answer or "")

    @property
    def is_choice(self) -> bool:
        return self.question.type in (Type.SINGLE, Type.LIKERT, Type.MULTIPLE)

    @property
    def is_multiple(self) -> bool:
        return self.question.type is Type.MULTIPLE

    @property
    def has_short_options(self) -> bool:
        """Whether two options fit side by side on a phone."""
        longest = 8 if self.language != "en" else 17
        labels = [option.text.label(self.language) for option in self.question.options]
        return len(labels) >= 4 and all(len(label) <= longest for label in labels)

    @property
    def conditions(self) -> str:
        """For the script: JSON of what must be answered for this to be asked."""
        return _term_json(self.question.show_if)

    @property
    def unit(self) -> str:
        return self.question.unit.label(self.language)

    @property
    def is_short(self) -> bool:
        return self.question.short

    @property
    def numbers(self) -> str:
        """For the keypad: `decimal` where a point may be typed; a minus needs all keys."""
        low = self.question.minimum
        if low is None or float(low) < 0:
            return "text"
        return "decimal" if self.question.decimal else "numeric"

    @property
    def limits(self) -> tuple[str, str] | None:
        """For the script: the smallest and the largest number, where there are both."""
        low, high = self.question.minimum, self.question.maximum
        if low is None or high is None:
            return None
        return f"{Decimal(low):f}", f"{Decimal(high):f}"

    @property
    def photo(self) -> str:
        """The photo that was added, small, to look at."""
        name = self.value
        return held_thumbnails(name)[0] if is_key(name) and held_thumbnails(name) else ""

    @property
    def sources(self) -> str:
        return " ".join(field_name(key) for key in self.question.sources)

    @cached_property
    def _given(self) -> list[str]:
        answer = self.answers.get(self.key)
        return [str(a) for a in answer] if isinstance(answer, list) else [str(answer)]

    @property
    def choices(self) -> list[Choice]:
        return [self._choice(code, code in self._given) for code in self._codes]

    @cached_property
    def _codes(self) -> list[str]:
        if self.offers_all:
            return list(self.question.codes)
        return [option.code for option in offered(self.question, self.answers)]

    def _choice(self, code: str, chosen: bool, wanted: bool = False) -> Choice:
        option = self.question.option(code)
        label = option.text.label(self.language) if option else code
        number = self.question.codes.index(code)
        exclusive = bool(option and option.exclusive)
        only_if = _term_json(option.only_if) if option else ""
        return Choice(code, label, chosen, exclusive, wanted, number, only_if)

    @property
    def places(self) -> list[Place]:
        """The places of a ranking, each with what was chosen before offered first."""
        wanted = {
            code for key in self.question.sources for code in self._codes_of(self.answers.get(key))
        }
        given = self._given if isinstance(self.answers.get(self.key), list) else []
        places = []
        for index in range(min(int(self.question.maximum or 0), len(self._codes))):
            now = given[index] if index < len(given) else ""
            items = [self._choice(c, c == now, c in wanted) for c in self._codes]
            places.append(
                Place(
                    index + 1,
                    [item for item in items if item.wanted],
                    [item for item in items if not item.wanted],
                )
            )
        return places

    @staticmethod
    def _codes_of(answer: Any) -> list[str]:
        return answer if isinstance(answer, list) else []


@dataclass
class Screen:
    """What stands on one page, or in one step of a page."""

    index: int
    number: int
    of: int
    group: Group
    fields: list[Field] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.group.title.label(get_language() or "zh-hans")

    @property
    def note(self) -> str:
        return self.group.note.label(get_language() or "zh-hans")

    @property
    def is_last(self) -> bool:
        return self.number == self.of

    @property
    def errors(self) -> list[Field]:
        return [f for f in self.fields if f.error]


@dataclass
class Form:
    """The questions of one part with what was answered so far, in all its screens."""

    definition: Definition
    raw: dict[str, Any]
    part: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    dwelling: str = ""

    @property
    def has_photos(self) -> bool:
        return any(question.type is Type.PHOTO for question in self.definition.asked())

    @cached_property
    def groups(self) -> list[Group]:
        return self.definition.groups_of(self.part)

    @cached_property
    def _shown(self) -> dict[str, tuple[str, str]]:
        """Of everything that some text shows: the words now, and JSON of where they come from."""
        keys = {key for q in self.definition.questions for key in q.shown_keys}
        return {key: self._words(key) for key in keys}

    def _words(self, key: str) -> tuple[str, str]:
        question = self.definition.question(key)
        if question is None:
            return "", "{}"
        if question.value:
            source: dict[str, Any] = {"term": question.value.to_json()}
            return calculated(question.value, self._answers), _json(source)
        language = get_language() or "zh-hans"
        source = {
            "term": Term("answer", (key,)).to_json(),
            "labels": {option.code: option.text.label(language) for option in question.options},
            "unit": question.unit.label(language),
        }
        return spoken_answer(question, self._answers.get(key), language), _json(source)

    @cached_property
    def _answers(self) -> dict[str, Any]:
        return check_answers(self.definition, self.raw, require=False).answers

    def is_shown(self, key: str) -> bool:
        """What asks more about “other” stands beside it: without script nothing shows it later."""
        question = self.definition.question(key)
        if question is not None and question.other_of:
            return self.is_shown(question.other_of)
        return question is not None and is_shown(question, self._answers)

    def visible(self) -> list[int]:
        """Indexes of the screens on which something is asked of this person."""
        return [i for i, g in enumerate(self.groups) if any(self.is_shown(k) for k in g.keys)]

    def after(self, index: int) -> int | None:
        return next((i for i in self.visible() if i > index), None)

    def before(self, index: int) -> int | None:
        return next((i for i in reversed(self.visible()) if i < index), None)

    def screen(self, index: int, *, hidden_too: bool = False) -> Screen:
        """One screen; `hidden_too` for the script, which shows and hides by itself."""
        shown = self.visible() if not hidden_too else list(range(len(self.groups)))
        group = self.groups[index]
        keys = [key for key in group.keys if hidden_too or self.is_shown(key)]
        number = shown.index(index) + 1 if index in shown else 1
        fields = [self._field(key, offers_all=hidden_too) for key in keys]
        return Screen(index, number, len(shown), group, fields)

    def screens(self) -> list[Screen]:
        return [self.screen(i, hidden_too=True) for i in range(len(self.groups))]

    def screen_with_error(self) -> int | None:
        wrong = [i for i, g in enumerate(self.groups) if set(g.keys) & set(self.errors)]
        return wrong[0] if wrong else None

    def _field(self, key: str, *, offers_all: bool = False) -> Field:
        question = self.definition.question(key)
        if question is None:
            raise KeyError(key)
        error = self.errors.get(key, "")
        return Field(question, self.raw, error, self.dwelling, offers_all, self._shown)

    def error_fields(self) -> list[Field]:
        known = [q.key for q in self.definition.asked() if q.key in self.errors]
        return [self._field(key) for key in known]

    def carried(self, *, without: Collection[str] = ()) -> list[tuple[str, str]]:
        """What was answered, as hidden fields, but for the questions that stand on the page."""
        pairs = []
        for key, value in self.raw.items():
            if key not in without:
                values = value if isinstance(value, list) else [value]
                pairs += [(field_name(key), str(v)) for v in values]
        return pairs

    def review_rows(self) -> list[ReviewRow]:
        language = get_language() or "zh-hans"
        rows = []
        for key in (key for group in self.groups for key in group.keys):
            question = self.definition.question(key)
            if question and question.is_asked and self.is_shown(key):
                if question.other_of and key not in self._answers:
                    continue
                words = spoken_answer(question, self._answers.get(key), language)
                text = question.text.raw(language)
                label = SHOWN.sub(lambda m: self._shown.get(m[1], ("",))[0] or "……", text)
                rows.append(ReviewRow(label, words or _("Not answered")))
        return rows
