"""From the blocks staff edit to the `Definition` that is frozen.

Pure. Blocks are `{"type": …, "value": {…}}` as a StreamField stores them, as the library files have
them and as an XLSForm is read into.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from feedback.surveys.block_values import item_list, split_codes
from feedback.surveys.condition_text import parse_calculation, parse_condition
from feedback.surveys.conditions import (
    ConditionError,
    Term,
    all_of,
    any_of,
    inlined,
    negated,
    selected,
)
from feedback.surveys.problems import definition_problems
from feedback.surveys.questionnaire import (
    NOT_ASKED,
    SCALES,
    Definition,
    Group,
    Option,
    Problem,
    Question,
    QuestionnaireError,
    Text,
    Type,
)
from feedback.surveys.repeating import repeat_problems, written_out

#: Questions on one screen, unless a section or a condition begins a new one before.
GROUP_SIZE = 3
OTHER_TEXT = Text("其他，请说明", "Other, please say")
OTHER_SUFFIX = "_other"


def compile_definition(
    blocks: Iterable[Mapping[str, Any]], *, headline: str | None, named: bool
) -> Definition:
    """Compile the blocks of an editor, a library file or an XLSForm.

    A `dwelling` question is left out unless `named`. Raises QuestionnaireError with every problem
    and the block each is in. Without a headline (None) it can be checked but not be frozen.
    """
    compiler, listed = _Compiler(), list(blocks)
    repeats = repeat_problems(listed)
    for number, kind, value in written_out(listed, but=repeats):
        compiler.add(number, kind, value, named=named)
    definition = Definition(
        headline=headline or "",
        questions=tuple(compiler.questions),
        groups=tuple(group.closed() for group in compiler.groups if group.questions),
    )
    problems = [Problem(text, number) for number, text in repeats.items()] + compiler.problems
    problems += [
        Problem(text, None if number is None else compiler.blocks[number])
        for number, text in definition_problems(definition, has_headline=headline is not None)
    ]
    if problems:
        raise QuestionnaireError(list(dict.fromkeys(problems)))
    return definition


@dataclass
class _OpenGroup:
    part: int
    title: Text = field(default_factory=Text)
    note: Text = field(default_factory=Text)
    name: str = ""
    show_if: Term | None = None
    questions: list[Question] = field(default_factory=list)

    def is_full_for(self, question: Question, decides: Collection[str]) -> bool:
        """Whether `question` goes to the next screen: this one is full or `decides` about it."""
        if question.other_of or (question.matrix and question.is_asked):
            return False
        asked = [q for q in self.questions if q.is_asked and not q.other_of]
        if question.type is Type.MATRIX:
            return bool(asked)
        return len(asked) >= GROUP_SIZE or any(q.key in decides for q in self.questions)

    def next_screen(self) -> "_OpenGroup":
        return _OpenGroup(self.part, self.title, self.note, self.name, self.show_if)

    def closed(self) -> Group:
        keys = tuple(q.key for q in self.questions)
        return Group(self.part, self.title, self.note, keys, self.name, self.show_if)


def decisive_keys(question: Question) -> Iterator[str]:
    """Keys of the questions that must be answered before this one can be put."""
    if question.show_if:
        yield from question.show_if.keys
    yield from question.sources
    for option in question.options:
        if option.only_if:
            yield from option.only_if.keys


class _Compiler:
    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.groups: list[_OpenGroup] = [_OpenGroup(part=0)]
        self.problems: list[Problem] = []
        #: Of each question the number of its block.
        self.blocks: list[int] = []
        self.values: dict[str, Term] = {}
        self.number = 0

    def add(self, number: int, kind: str, value: Mapping[str, Any], *, named: bool) -> None:
        self.number = number
        if kind == "section":
            self._open_section(value)
            return
        question_type = Type(kind)
        if question_type is Type.DWELLING and not named:
            return
        question = self._question(question_type, value)
        self._put(question)
        if question_type is Type.MATRIX:
            self._put_rows(question, value)
        self._put_other(question, value)

    def _open_section(self, value: Mapping[str, Any]) -> None:
        before = self.groups[-1]
        begins = value.get("continuation") and any(group.questions for group in self.groups)
        title = _text(value, "title")
        name = value.get("name") or (f"section_{len(self.groups)}" if title else "")
        show_if = self._condition(value.get("formula"), name)
        note = _text(value, "note")
        if title.shown_keys or note.shown_keys:
            said = _("The title and the note of a section can't show an answer.")
            self.problems.append(Problem(said, self.number))
        self.groups.append(_OpenGroup(before.part + bool(begins), title, note, name, show_if))

    def _put(self, question: Question) -> None:
        self.questions.append(question)
        self.blocks.append(self.number)
        if question.type is Type.CALCULATION:
            return
        if self.groups[-1].is_full_for(question, set(self._decisive(question))):
            self.groups.append(self.groups[-1].next_screen())
        self.groups[-1].questions.append(question)

    def _decisive(self, question: Question) -> Iterator[str]:
        """Without script a page can't show what is answered on it."""
        yield from decisive_keys(question)
        for key in question.shown_keys:
            yield from self.values[key].keys if key in self.values else [key]

    def _put_rows(self, heading: Question, value: Mapping[str, Any]) -> None:
        for row in item_list(value, "rows"):
            self._put(
                Question(
                    key=f"{heading.key}_{row['code']}",
                    type=Type.LIKERT if _scale(value) else Type.SINGLE,
                    text=_text(row, "text"),
                    required=bool(value.get("required")),
                    options=heading.options,
                    show_if=heading.show_if,
                    matrix=heading.key,
                    choices_name=heading.choices_name,
                )
            )

    def _put_other(self, question: Question, value: Mapping[str, Any]) -> None:
        other = next((item for item in item_list(value, "options") if item.get("other")), None)
        if other is None or question.type not in (Type.SINGLE, Type.MULTIPLE):
            return
        self._put(
            Question(
                key=question.key + OTHER_SUFFIX,
                type=Type.TEXT,
                text=_text(value, "other_text") or OTHER_TEXT,
                required=bool(value.get("other_required")),
                maximum=200,
                short=True,
                show_if=all_of(
                    [selected(question.key, other["code"])]
                    + ([question.show_if] if question.show_if else [])
                ),
                other_of=question.key,
            )
        )

    def _question(self, kind: Type, value: Mapping[str, Any]) -> Question:
        key = value.get("key") or ""
        number = kind is Type.NUMBER
        is_decimal = bool(value.get("decimal"))
        show_if = self._show_if(value, key)
        return Question(
            key=key,
            type=kind,
            text=_text(value, "text"),
            help=_text(value, "help"),
            required=bool(value.get("required")) and kind not in NOT_ASKED,
            options=self._options(kind, value),
            minimum=_bound(value.get("minimum"), number, is_decimal),
            maximum=_bound(value.get("maximum"), number, is_decimal),
            show_if=show_if,
            constraint=self._condition(value.get("constraint"), key),
            constraint_message=_text(value, "constraint_message"),
            sources=tuple(split_codes(value.get("sources") or "")),
            decimal=is_decimal,
            step=_plain(value.get("step")) if number else "",
            unit=_text(value, "unit"),
            short=bool(value.get("short")),
            choices_name=value.get("choices_name") or "",
            value=self._value(value.get("calculation"), key, show_if),
        )

    def _value(self, text: Any, key: str, show_if: Term | None) -> Term | None:
        """Of a calculation, with those before it put in: it looks at answers alone."""
        if not str(text or "").strip():
            return None
        try:
            term = inlined(parse_calculation(str(text)), self.values)
        except ConditionError as error:
            sentence = _("The condition of %(key)s can't be used: %(reason)s")
            self.problems.append(Problem(sentence % {"key": key, "reason": error}, self.number))
            return None
        self.values[key] = Term("if", (show_if, term, Term("text", ("",)))) if show_if else term
        return self.values[key]

    def _show_if(self, value: Mapping[str, Any], key: str) -> Term | None:
        """The section's condition, the listed ones (all, or any of them) and the formula."""
        formula = self._condition(value.get("formula"), key)
        return all_of([t for t in (self.groups[-1].show_if, listed_condition(value), formula) if t])

    def _condition(self, text: Any, key: str) -> Term | None:
        if not str(text or "").strip():
            return None
        try:
            return parse_condition(str(text))
        except ConditionError as error:
            sentence = _("The condition of %(key)s can't be used: %(reason)s")
            self.problems.append(Problem(sentence % {"key": key, "reason": error}, self.number))
            return None

    def _options(self, kind: Type, value: Mapping[str, Any]) -> tuple[Option, ...]:
        if kind is Type.LIKERT or (kind is Type.MATRIX and _scale(value)):
            scale = SCALES[_scale(value) or "SATISFACTION"]
            allowed = scale if value.get("not_applicable", True) else scale[:-1]
            return tuple(Option(code, Text(zh, en)) for code, zh, en in allowed)
        sources = split_codes(value.get("sources") or "")
        if kind is Type.RANK and sources:
            return tuple(self._ranked(sources, only_chosen=bool(value.get("only_chosen"))))
        return tuple(
            Option(
                item["code"],
                _text(item, "text"),
                bool(item.get("exclusive")),
                self._condition(item.get("only_if"), value.get("key") or ""),
            )
            for item in item_list(value, "options")
        )

    def _ranked(self, sources: Sequence[str], *, only_chosen: bool) -> Iterator[Option]:
        """The options of earlier questions; with `only_chosen` those somebody chose there."""
        found: dict[str, Option] = {}
        chosen: dict[str, list[Term]] = {}
        for question in self.questions:
            if question.key in sources:
                for option in question.options:
                    if not option.exclusive:
                        found.setdefault(option.code, option)
                        chosen.setdefault(option.code, []).append(
                            selected(question.key, option.code)
                        )
        for code, option in found.items():
            yield Option(code, option.text, only_if=any_of(chosen[code]) if only_chosen else None)


def _scale(value: Mapping[str, Any]) -> str:
    scale = value.get("scale") or ""
    return "" if scale == "OPTIONS" else scale


def listed_condition(value: Mapping[str, Any]) -> Term | None:
    """What the editor's list says: all of its lines, or any of them."""
    listed = [term for item in item_list(value, "show_if") if (term := _listed(item))]
    return any_of(listed) if value.get("show_if_any") else all_of(listed)


def _listed(item: Mapping[str, Any]) -> Term | None:
    """One line of the editor's list: a question, and the codes of which one (or none) is given."""
    term = any_of([selected(item["key"], code) for code in split_codes(item["codes"])])
    return negated(term) if term and item.get("negated") else term


def _text(value: Mapping[str, Any], name: str) -> Text:
    return Text(
        (value.get(f"{name}_zh") or "").strip(),
        (value.get(f"{name}_en") or "").strip(),
    )


def _plain(value: Any) -> str:
    """A number as plain text without needless zeros; empty for none. What is no number stays."""
    if value in (None, ""):
        return ""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return f"{number.normalize():f}" if number else "0"


def _bound(value: Any, number: bool, is_decimal: bool) -> int | str | None:
    text = _plain(value)
    if not text:
        return None
    if number and is_decimal:
        return text
    try:
        return int(text)
    except ValueError:
        return text
