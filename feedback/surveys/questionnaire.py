"""What a survey asks, frozen: the blocks staff edit are compiled once into a `Definition`.

Pure: no database, no request. Blocks are `{"type": …, "value": {…}}` as a StreamField stores them
and as the library files have them. The JSON of a Definition is what `Questionnaire` keeps.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

FORMAT = 1
#: Questions on one screen, unless a section or a condition begins a new one before.
GROUP_SIZE = 3
RANK_LIMIT = 5


class Type(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    RANK = "rank"
    LIKERT = "likert"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    DWELLING = "dwelling"
    INFORMATION = "information"


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
        """The text in `language` ("en" or Chinese), or in the other one where it is missing."""
        return (self.en or self.zh) if language == "en" else (self.zh or self.en)


@dataclass(frozen=True)
class Option:
    code: str
    text: Text
    #: Chosen with nothing else ("none of these").
    exclusive: bool = False


@dataclass(frozen=True)
class Condition:
    """Holds when the answer to `key` is, or contains, one of `codes`."""

    key: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    key: str
    type: Type
    text: Text
    help: Text = Text()
    required: bool = False
    options: tuple[Option, ...] = ()
    #: Choices for MULTIPLE and RANK, the number itself for NUMBER, characters for TEXT.
    minimum: int | None = None
    maximum: int | None = None
    show_if: tuple[Condition, ...] = ()
    #: For RANK: the questions whose options are ranked.
    sources: tuple[str, ...] = ()

    @property
    def is_asked(self) -> bool:
        return self.type is not Type.INFORMATION

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


@dataclass(frozen=True)
class Definition:
    headline: str
    questions: tuple[Question, ...]
    groups: tuple[Group, ...]
    _index: dict[str, Question] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )

    def __post_init__(self) -> None:
        self._index.update({question.key: question for question in self.questions})

    def question(self, key: str) -> Question | None:
        return self._index.get(key)

    def asked(self) -> list[Question]:
        return [question for question in self.questions if question.is_asked]

    def parts(self) -> list[int]:
        return sorted({group.part for group in self.groups})

    def groups_of(self, part: int) -> list[Group]:
        return [group for group in self.groups if group.part == part]

    def keys_of(self, part: int) -> set[str]:
        return {key for group in self.groups_of(part) for key in group.keys}

    def to_json(self) -> dict[str, Any]:
        data = {
            "headline": self.headline,
            "questions": [asdict(question) for question in self.questions],
            "groups": [asdict(group) for group in self.groups],
        }
        return {"format": FORMAT, **data}


class QuestionnaireError(ValueError):
    """The blocks can't be asked. `problems` are sentences for the person who wrote them."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


def from_json(data: Mapping[str, Any]) -> Definition:
    """The Definition that `to_json` wrote. Raises ValueError for a format it does not know."""
    if data.get("format") != FORMAT:
        raise ValueError("unknown questionnaire format")
    return Definition(
        headline=data["headline"],
        questions=tuple(_question_from_json(item) for item in data["questions"]),
        groups=tuple(
            Group(g["part"], Text(**g["title"]), Text(**g["note"]), tuple(g["keys"]))
            for g in data["groups"]
        ),
    )


def _question_from_json(item: Mapping[str, Any]) -> Question:
    return Question(
        key=item["key"],
        type=Type(item["type"]),
        text=Text(**item["text"]),
        help=Text(**item["help"]),
        required=item["required"],
        options=tuple(
            Option(o["code"], Text(**o["text"]), o["exclusive"]) for o in item["options"]
        ),
        minimum=item["minimum"],
        maximum=item["maximum"],
        show_if=tuple(Condition(c["key"], tuple(c["codes"])) for c in item["show_if"]),
        sources=tuple(item["sources"]),
    )


def compile_definition(
    blocks: Iterable[Mapping[str, Any]], *, headline: str, named: bool
) -> Definition:
    """Compile the blocks of an editor or a library file.

    A `dwelling` question is left out unless `named`. Raises QuestionnaireError with every problem.
    """
    questions: list[Question] = []
    groups: list[_OpenGroup] = [_OpenGroup(part=0)]
    for block in blocks:
        value = block["value"]
        if block["type"] == "section":
            groups.append(_OpenGroup.of_section(value, groups[-1]))
            continue
        question = _question(block["type"], value, questions)
        if question.type is Type.DWELLING and not named:
            continue
        questions.append(question)
        if groups[-1].is_full_for(question):
            groups.append(_OpenGroup(groups[-1].part, groups[-1].title, groups[-1].note))
        groups[-1].add(question)
    definition = Definition(
        headline=headline,
        questions=tuple(questions),
        groups=tuple(group.closed() for group in groups if group.questions),
    )
    if problems := _problems(definition):
        raise QuestionnaireError(problems)
    return definition


@dataclass
class _OpenGroup:
    part: int
    title: Text = Text()
    note: Text = Text()
    questions: list[Question] = field(default_factory=list)

    @classmethod
    def of_section(cls, value: Mapping[str, Any], before: "_OpenGroup") -> "_OpenGroup":
        part = before.part + (1 if value.get("continuation") and before.questions else 0)
        return cls(part, _text(value, "title"), _text(value, "note"))

    def is_full_for(self, question: Question) -> bool:
        """Whether `question` goes to the next screen: this one is full or decides about it."""
        asked = [q for q in self.questions if q.is_asked]
        decides = {c.key for c in question.show_if} | set(question.sources)
        return len(asked) >= GROUP_SIZE or any(q.key in decides for q in asked)

    def add(self, question: Question) -> None:
        self.questions.append(question)

    def closed(self) -> Group:
        return Group(self.part, self.title, self.note, tuple(q.key for q in self.questions))


def _text(value: Mapping[str, Any], name: str) -> Text:
    return Text(
        (value.get(f"{name}_zh") or "").strip(),
        (value.get(f"{name}_en") or "").strip(),
    )


def _question(kind: str, value: Mapping[str, Any], before: Sequence[Question]) -> Question:
    question_type = Type(kind)
    return Question(
        key=value.get("key") or "",
        type=question_type,
        text=_text(value, "text"),
        help=_text(value, "help"),
        required=bool(value.get("required")),
        options=_options(question_type, value, before),
        minimum=value.get("minimum"),
        maximum=value.get("maximum"),
        show_if=tuple(
            Condition(item["key"], tuple(split_codes(item["codes"])))
            for item in _items(value, "show_if")
        ),
        sources=tuple(split_codes(value.get("sources") or "")),
    )


def _items(value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The items of a list, plain as in the library or wrapped as a StreamField keeps them."""
    listed = value.get(name) or []
    return [item["value"] if item.get("type") == "item" else item for item in listed]


def split_codes(text: str | Sequence[str]) -> list[str]:
    """`"A10, A11，A12"` → `["A10", "A11", "A12"]`; a list is taken as it is."""
    if not isinstance(text, str):
        return list(text)
    for separator in "，、;；":
        text = text.replace(separator, ",")
    return [part.strip() for part in text.split(",") if part.strip()]


def _options(
    kind: Type, value: Mapping[str, Any], before: Sequence[Question]
) -> tuple[Option, ...]:
    if kind is Type.LIKERT:
        scale = SCALES[value.get("scale") or "SATISFACTION"]
        allowed = scale if value.get("not_applicable", True) else scale[:-1]
        return tuple(Option(code, Text(zh, en)) for code, zh, en in allowed)
    if kind is Type.RANK:
        sources = split_codes(value.get("sources") or "")
        taken = [o for q in before if q.key in sources for o in q.options if not o.exclusive]
        return tuple({o.code: o for o in taken}.values())
    return tuple(
        Option(item["code"], _text(item, "text"), bool(item.get("exclusive")))
        for item in _items(value, "options")
    )


def _problems(definition: Definition) -> list[str]:
    problems: list[str] = []
    seen: dict[str, Question] = {}
    for question in definition.questions:
        if question.key in seen:
            problems.append(_("The key %(key)s is used twice.") % {"key": question.key})
        problems += _question_problems(question, seen)
        seen[question.key] = question
    headline = seen.get(definition.headline)
    if headline is None or headline.type not in (Type.SINGLE, Type.LIKERT):
        problems.append(
            _("The headline question %(key)s must be one of the questions, with one answer.")
            % {"key": definition.headline}
        )
    elif definition.headline not in definition.keys_of(0):
        problems.append(_("The headline question must be in the part that is sent first."))
    return problems


def _question_problems(question: Question, before: Mapping[str, Question]) -> list[str]:
    problems: list[str] = []
    names = {"key": question.key}
    if not question.key or not question.text.zh:
        problems.append(_("Question %(key)s has no key or no Chinese text.") % names)
    if question.type in CHOICES | {Type.RANK} and len(question.options) < 2:
        problems.append(_("Question %(key)s needs at least two options.") % names)
    if len(set(question.codes)) != len(question.codes):
        problems.append(_("Question %(key)s has two options with the same code.") % names)
    low, high = question.minimum, question.maximum
    if low is not None and high is not None and low > high:
        problems.append(_("Question %(key)s has a minimum above its maximum.") % names)
    if question.type is Type.RANK and not 1 <= (high or 0) <= RANK_LIMIT:
        problems.append(_("Question %(key)s ranks between 1 and 5 places.") % names)
    problems += _condition_problems(question, before)
    return problems


def _condition_problems(question: Question, before: Mapping[str, Question]) -> list[str]:
    problems: list[str] = []
    for condition in question.show_if:
        source = before.get(condition.key)
        known = source is not None and source.type in CHOICES
        if not known or not condition.codes or set(condition.codes) - set(source.codes):  # type: ignore[union-attr]
            problems.append(
                _("Question %(key)s depends on %(source)s, which has no such answer before it.")
                % {"key": question.key, "source": condition.key}
            )
    for key in question.sources:
        source = before.get(key)
        if source is None or source.type is not Type.MULTIPLE:
            problems.append(
                _("Question %(key)s ranks the options of %(source)s, which do not come before it.")
                % {"key": question.key, "source": key}
            )
    return problems
