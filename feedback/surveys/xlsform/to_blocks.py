"""From the rows of an XLSForm to the blocks of a survey, or to a reason why not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from feedback.surveys.compiling import compile_definition
from feedback.surveys.questionnaire import Problem, QuestionnaireError, Type
from feedback.surveys.xlsform.choices import Choices
from feedback.surveys.xlsform.languages import Languages
from feedback.surveys.xlsform.reading import SHEETS, Book, Row, pyxform_issues, read_book
from feedback.surveys.xlsform.report import Issue
from feedback.surveys.xlsform.survey_rows import SurveyRows
from feedback.surveys.xlsform.types import row_type

TITLE_LENGTH = {"zh": 80, "en": 120}


@dataclass
class Imported:
    """`fields`: titles and headline of a new survey; `blocks` as a StreamField takes them.

    `is_valid`: pyxform takes the form and there is something to ask.
    """

    fields: dict[str, str]
    blocks: list[dict[str, Any]]
    issues: list[Issue] = field(default_factory=list)
    is_valid: bool = True

    @property
    def questions(self) -> int:
        return sum(block["type"] not in ("section", "calculation") for block in self.blocks)


def import_form(content: bytes) -> Imported:
    """Read an XLSForm. Nothing is saved. Raises FormFileError where there is nothing to read."""
    book = read_book(content)
    broken = pyxform_issues(content)
    settings = book["settings"][0] if book.get("settings") else Row("settings", 0)
    languages = Languages(
        [*book["survey"], *book.get("choices", [])], settings.text("default_language")
    )
    choices = Choices(book.get("choices", []), languages)
    rows = SurveyRows(book["survey"], languages, choices)
    blocks, left_out = _without_problems(rows)
    issues = [*broken, *rows.issues, *left_out, *languages.issues(), *_settings_issues(book)]
    filters = " ".join(row.text("choice_filter") for row in book["survey"])
    used = {row_type(row.text("type")).list_name for row in book["survey"]}
    issues += choices.issues(filters, used)
    issues += _sheet_issues(book)
    languages.keep_names(blocks)
    imported = Imported(_fields(settings, languages, blocks), blocks, _sorted(issues))
    imported.is_valid = not broken and imported.questions > 0
    return imported


def _without_problems(rows: SurveyRows) -> tuple[list[dict[str, Any]], list[Issue]]:
    """Leave out what can't be asked, and then what hung on it, until the rest can."""
    kept, issues = list(rows.made), []
    while problems := _problems([block for block, _row in kept]):
        gone = {problem.block: problem.text for problem in problems if problem.block is not None}
        for number, text in gone.items():
            issues.append(kept[number][1].issue(text))
        kept = [made for number, made in enumerate(kept) if number not in gone]
        if not gone:
            issues.append(Issue("survey", 0, "", problems[0].text))
            break
    return [block for block, _row in kept], issues


def _problems(blocks: list[dict[str, Any]]) -> list[Problem]:
    try:
        compile_definition(blocks, headline=None, named=True)
    except QuestionnaireError as error:
        return error.found
    return []


def _fields(settings: Row, languages: Languages, blocks: list[dict[str, Any]]) -> dict[str, str]:
    title = settings.text("form_title") or settings.text("title")
    one_answer = _one_answer(blocks)
    wanted = settings.text("linli_headline")
    fields = {"headline": wanted if wanted in one_answer else (one_answer or [""])[0]}
    for code, length in TITLE_LENGTH.items():
        fields[f"title_{code}"] = title[:length] if code in languages.column_of else ""
    fields["title_zh"] = fields["title_zh"] or title[: TITLE_LENGTH["zh"]]
    return fields


def _one_answer(blocks: list[dict[str, Any]]) -> list[str]:
    """Keys of what can be the headline question."""
    try:
        definition = compile_definition(blocks, headline=None, named=True)
    except QuestionnaireError:
        return []
    first = definition.keys_of(0)
    kinds = (Type.SINGLE, Type.LIKERT)
    return [q.key for q in definition.asked() if q.type in kinds and q.key in first]


def _settings_issues(book: Book) -> Iterator[Issue]:
    known = {"form_title", "title", "form_id", "id_string", "default_language"}
    known |= {"linli_headline", "allow_choice_duplicates", "set_form_id", "set_form_title"}
    for row in book.get("settings", []):
        for name in row.cells:
            if name not in known:
                said = name if isinstance(name, str) else name[0]
                text = _("The setting “%(name)s” is not kept.") % {"name": said}
                yield row.issue(text, name, left_out=False)

        if len(row.text("form_title") or row.text("title")) > TITLE_LENGTH["zh"]:
            text = _("The title is cut at %(count)s characters.") % {"count": TITLE_LENGTH["zh"]}
            name = "form_title" if row.text("form_title") else "title"
            yield row.issue(text, name, left_out=False)


def _sheet_issues(book: Book) -> Iterator[Issue]:
    for name, rows in book.items():
        for row in rows if name not in SHEETS else ():
            yield row.issue(_("This sheet is not kept."), left_out=row.number > 0)


def _sorted(issues: list[Issue]) -> list[Issue]:
    order = {"survey": 0, "choices": 1, "settings": 2}
    unique = dict.fromkeys(issues)
    return sorted(unique, key=lambda i: (order.get(i.sheet, 3), i.row, i.column))
