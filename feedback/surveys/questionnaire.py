"""What a survey asks, frozen: a `Definition` is compiled once (`compiling.py`) and never changes.

Pure: no database, no request. Its JSON is what `Questionnaire` keeps. A matrix is a heading and one
question a row; “other, please say” is a question of its own behind the one it belongs to: so every
question that is asked has one answer, and every reader of answers knows all types.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from feedback.surveys.conditions import Term, all_of, any_of, selected, term_from_json

#: Format 1 knew one kind of condition, no matrix, photo, constraint or "other"; it is still read.
FORMAT = 2
RANK_LIMIT = 50


class Type(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    RANK = "rank"
    LIKERT = "likert"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    PHOTO = "photo"
    DWELLING = "dwelling"
    #: Not asked: the heading of the questions whose `matrix` is its key.
    MATRIX = "matrix"
    INFORMATION = "information"
    #: Not asked and on no screen: a `value` that texts show.
    CALCULATION = "calculation"


NOT_ASKED = frozenset({Type.INFORMATION, Type.MATRIX, Type.CALCULATION})
#: In a text: the answer to an earlier question, or a calculated value.
SHOWN = re.compile(r"\$\{\s*([^{}\s]+)\s*\}")
CHOICES = frozenset({Type.SINGLE, Type.MULTIPLE, Type.LIKERT})
NOT_APPLICABLE = "0"
#: Scale → (code, Chinese, English), best first; 0 is left out of every share.
SCALES: dict[str, list[tuple[str, str, str]]] = {
    "SATISFACTION": [
        ("5", "非常满意", "Very satisfied"),
        ("4", "满意", "Satisfied"),
        ("3", "一般", "Neither"),
        ("2", "不满意", "Dissatisfied"),
        ("1", "非常不满意", "Very dissatisfied"),
        ("0", "不涉及或不了解", "Does not apply"),
    ],
    "AGREEMENT": [
        ("5", "非常同意", "Strongly agree"),
        ("4", "同意", "Agree"),
        ("3", "一般", "Neither"),
        ("2", "不同意", "Disagree"),
        ("1", "非常不同意", "Strongly disagree"),
        ("0", "不涉及或不了解", "Does not apply"),
    ],
}


@dataclass(frozen=True)
class Text:
    zh: str = ""
    en: str = ""

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)

    def label(self, language: str) -> str:
        """The text in `language` ("en" or Chinese), or in the other one where it is missing; with
        dots where it shows somebody's answer."""
        return SHOWN.sub("……", self.raw(language))

    def raw(self, language: str) -> str:
        """As it was written: `${Q1}` stands for an answer."""
        return (self.en or self.zh) if language == "en" else (self.zh or self.en)

    @property
    def shown_keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(SHOWN.findall(f"{self.zh} {self.en}")))


@dataclass(frozen=True)
class Option:
    code: str
    text: Text
    #: Chosen with nothing else ("none of these").
    exclusive: bool = False
    #: Offered only where this holds of earlier answers (a choice filter).
    only_if: Term | None = None


@dataclass(frozen=True)
class Question:
    key: str
    type: Type
    text: Text
    help: Text = Text()
    required: bool = False
    options: tuple[Option, ...] = ()
    #: Choices for MULTIPLE and RANK, the number itself for NUMBER, characters for TEXT (maximum).
    #: Whole for choices and characters; a plain decimal text ("0.5") for NUMBER.
    minimum: int | str | None = None
    maximum: int | str | None = None
    show_if: Term | None = None
    #: What an answer must be, besides; `.` in it is the answer.
    constraint: Term | None = None
    constraint_message: Text = Text()
    #: For RANK: the questions whose options are ranked.
    sources: tuple[str, ...] = ()
    #: For NUMBER: whether parts of a whole may be answered, and the steps counted from `minimum`.
    decimal: bool = False
    step: str = ""
    unit: Text = Text()
    #: For TEXT: whether one line is enough.
    short: bool = False
    #: The key of the MATRIX this is a row of.
    matrix: str = ""
    #: The question, and its option, that this TEXT says more about ("other, please say").
    other_of: str = ""
    #: The name its list of choices came with from an XLSForm.
    choices_name: str = ""
    #: For CALCULATION: what it is, of answers alone.
    value: Term | None = None

    @property
    def is_asked(self) -> bool:
        return self.type not in NOT_ASKED

    @property
    def shown_keys(self) -> tuple[str, ...]:
        """Keys of what its text and help show."""
        return tuple(dict.fromkeys((*self.text.shown_keys, *self.help.shown_keys)))

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(option.code for option in self.options)

    def option(self, code: str) -> Option | None:
        return next((option for option in self.options if option.code == code), None)


@dataclass(frozen=True)
class Group:
    """What stands on one screen. Part 0 is sent first; later parts are offered as going on."""

    part: int
    title: Text
    note: Text
    keys: tuple[str, ...]
    #: The name of the section (an XLSForm's group), and the condition all its questions share.
    name: str = ""
    show_if: Term | None = None


@dataclass(frozen=True)
class Definition:
    headline: str
    questions: tuple[Question, ...]
    groups: tuple[Group, ...]
    _index: dict[str, Question] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )

    _asked: list[Question] = field(
        default_factory=list, init=False, repr=False, compare=False, hash=False
    )
    _keys: dict[int, frozenset[str]] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )

    def __post_init__(self) -> None:
        self._index.update({question.key: question for question in self.questions})
        self._asked.extend(question for question in self.questions if question.is_asked)
        for part in sorted({group.part for group in self.groups}):
            groups = self.groups_of(part)
            self._keys[part] = frozenset(key for group in groups for key in group.keys)

    def question(self, key: str) -> Question | None:
        return self._index.get(key)

    def asked(self) -> list[Question]:
        """Kept, as every answer goes through them: nobody may change the list."""
        return self._asked

    def parts(self) -> list[int]:
        return list(self._keys)

    def groups_of(self, part: int) -> list[Group]:
        return [group for group in self.groups if group.part == part]

    def keys_of(self, part: int) -> frozenset[str]:
        return self._keys.get(part, frozenset())

    def length_of(self, part: int) -> int:
        """How many questions residents meet; what asks more about “other” is part of its own."""
        keys = self.keys_of(part)
        return sum(q.key in keys and not q.other_of for q in self._asked)

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "headline": self.headline,
            "questions": [_question_to_json(question) for question in self.questions],
            "groups": [_group_to_json(group) for group in self.groups],
        }


@dataclass(frozen=True)
class Problem:
    """What is wrong, for the person who wrote it, and the number of the block (from 0) it is in;
    None where it is no single block's."""

    text: str
    block: int | None = None


class QuestionnaireError(ValueError):
    """The blocks can't be asked. `problems` are sentences for the person who wrote them."""

    def __init__(self, found: Sequence[Problem]) -> None:
        self.found = list(found)
        self.problems = [problem.text for problem in found]
        super().__init__("; ".join(self.problems))


def from_json(data: Mapping[str, Any]) -> Definition:
    """The Definition that `to_json` wrote, or an earlier format. Raises ValueError for others."""
    if data.get("format") not in (1, FORMAT):
        raise ValueError("unknown questionnaire format")
    read = _question_from_json if data["format"] == FORMAT else _question_from_format_1
    return Definition(
        headline=data["headline"],
        questions=tuple(read(item) for item in data["questions"]),
        groups=tuple(_group_from_json(item) for item in data["groups"]),
    )


def _group_to_json(group: Group) -> dict[str, Any]:
    return {
        "part": group.part,
        "title": asdict(group.title),
        "note": asdict(group.note),
        "keys": list(group.keys),
        "name": group.name,
        "show_if": _term_to_json(group.show_if),
    }


def _group_from_json(item: Mapping[str, Any]) -> Group:
    return Group(
        part=item["part"],
        title=Text(**item["title"]),
        note=Text(**item["note"]),
        keys=tuple(item["keys"]),
        name=item.get("name", ""),
        show_if=term_from_json(item.get("show_if")),
    )


def _term_to_json(term: Term | None) -> list[Any] | None:
    return None if term is None else term.to_json()


def _question_to_json(question: Question) -> dict[str, Any]:
    """All that differs from an empty question, so that a definition stays short."""
    plain = {
        name: value
        for name, value in vars(question).items()
        if value != getattr(_EMPTY, name) or name in ("key", "type")
    }
    for name in ("show_if", "constraint", "value"):
        if name in plain:
            plain[name] = _term_to_json(plain[name])
    for name in _TEXTS:
        if name in plain:
            plain[name] = asdict(plain[name])
    if question.options:
        plain["options"] = [
            {
                "code": option.code,
                "text": asdict(option.text),
                "exclusive": option.exclusive,
                "only_if": _term_to_json(option.only_if),
            }
            for option in question.options
        ]
    if question.sources:
        plain["sources"] = list(question.sources)
    return {**plain, "type": str(question.type)}


def _question_from_json(item: Mapping[str, Any]) -> Question:
    fields = dict(item)
    fields["type"] = Type(item["type"])
    fields["show_if"] = term_from_json(item.get("show_if"))
    fields["constraint"] = term_from_json(item.get("constraint"))
    fields["value"] = term_from_json(item.get("value"))
    fields["sources"] = tuple(item.get("sources", ()))
    fields["options"] = tuple(
        Option(o["code"], Text(**o["text"]), o["exclusive"], term_from_json(o.get("only_if")))
        for o in item.get("options", ())
    )
    for name in _TEXTS:
        fields[name] = Text(**item.get(name, {}))
    return Question(**fields)


def _question_from_format_1(item: Mapping[str, Any]) -> Question:
    """`show_if` was a list that must all hold, each of a question and codes of which one is given;
    a number without a minimum began at 0; words were always many."""
    fields = dict(item)
    fields["show_if"] = _term_to_json(_all_selected(item["show_if"]))
    if item["type"] == Type.NUMBER and item["minimum"] is None:
        fields["minimum"] = 0
    return _question_from_json(fields)


def _all_selected(conditions: Sequence[Mapping[str, Any]]) -> Term | None:
    one_of = [any_of([selected(c["key"], code) for code in c["codes"]]) for c in conditions]
    return all_of([term for term in one_of if term is not None])


_EMPTY = Question(key="", type=Type.TEXT, text=Text())
_TEXTS = ("text", "help", "unit", "constraint_message")
