"""Any questionnaire as a form on paper: the numbers before the answers are those a clerk keys."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from feedback.surveys.conditions import Term
from feedback.surveys.questionnaire import Definition, Question, Type
from feedback.surveys.staff_forms import option_numbers

#: What can't be filled in with a pen, or would tell whose form it is.
_NOT_ON_PAPER = frozenset({Type.PHOTO, Type.DWELLING})


@dataclass(frozen=True)
class PaperQuestion:
    """One question as printed; `lines`: rows to write on, `places`: boxes of a ranking."""

    key: str
    type: str
    label: str
    help: str
    only_if: str
    options: list[tuple[str, str]] = field(default_factory=list)
    how: str = ""
    lines: int = 0
    places: list[int] = field(default_factory=list)
    unit: str = ""
    is_row: bool = False


@dataclass(frozen=True)
class PaperGroup:
    title: str
    note: str
    questions: list[PaperQuestion]


def paper_groups(definition: Definition, language: str) -> list[PaperGroup]:
    """All parts one after the other, in the order they are keyed; a section is whole again."""
    groups: list[PaperGroup] = []
    for group in definition.groups:
        listed = [definition.question(key) for key in group.keys]
        shown = [q for q in listed if q is not None and q.type not in _NOT_ON_PAPER]
        if shown:
            questions = [_question(definition, q, language) for q in shown]
            title, note = group.title.label(language), group.note.label(language)
            if groups and title == groups[-1].title and note in ("", groups[-1].note):
                groups[-1].questions.extend(questions)
            else:
                groups.append(PaperGroup(title, note, questions))
    return groups


def _question(definition: Definition, question: Question, language: str) -> PaperQuestion:
    numbers = option_numbers(question)
    labels = [option.text.label(language) for option in question.options]
    is_rank = question.type is Type.RANK
    places = min(int(question.maximum or 0), len(labels)) if is_rank else 0
    return PaperQuestion(
        key=question.key,
        type=str(question.type),
        label=question.text.label(language),
        help=question.help.label(language),
        only_if=_only_if(definition, question.show_if),
        options=list(zip(numbers, labels, strict=True)),
        how=_how(question),
        lines=_lines(question),
        places=list(range(1, places + 1)),
        unit=question.unit.label(language),
        is_row=bool(question.matrix),
    )


def _lines(question: Question) -> int:
    if question.type is Type.TEXT:
        return 1 if question.short or question.other_of else 3
    return 1 if question.type in (Type.NUMBER, Type.DATE) else 0


def _how(question: Question) -> str:
    if question.type is Type.MULTIPLE:
        if question.maximum:
            return _("Tick at most %(count)s.") % {"count": question.maximum}
        return _("Tick all that apply.")
    if question.type is Type.RANK:
        return _("Write the numbers, the most important first.")
    if question.type is Type.DATE:
        return _("Year, month, day")
    return ""


def _only_if(definition: Definition, term: Term | None) -> str:
    """When a question is to be answered, as somebody with a pen can follow it."""
    if term is None:
        return ""
    spoken = _spoken(definition, term)
    if spoken:
        return _("Only if %(condition)s") % {"condition": spoken}
    return _("Only if it fits what you answered to %(keys)s") % {"keys": ", ".join(term.keys)}


def _spoken(definition: Definition, term: Term) -> str:
    """`"A8 is 3 or A8 is 4"`; empty for what has no short words."""
    if term.op == "selected":
        key, code = str(term.args[0]), str(term.args[1])
        question = definition.question(key)
        if question is None or code not in question.codes:
            return ""
        number = option_numbers(question)[question.codes.index(code)]
        return _("%(key)s is %(number)s") % {"key": key, "number": number}
    if term.op in ("and", "or"):
        parts = [_spoken(definition, part) for part in term.args if isinstance(part, Term)]
        if not all(parts):
            return ""
        return (_(" and ") if term.op == "and" else _(" or ")).join(parts)
    return ""
