"""The blocks staff write a questionnaire with. What they mean is judged in `questionnaire.py`.

Keys and codes join the answers of one version to the next, so they are stable: left empty they
are filled in once, and changing the words does not change them.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import blocks
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError

from feedback.surveys.block_parts import (
    CODE_PATTERN,
    KEY_LENGTH,
    KEY_PATTERN,
    TidyBlock,
    formula_field,
    kept_choices_field,
    languages_field,
    name_field,
    text_field,
)
from feedback.surveys.repeating import COUNT, MOST_TIMES


class OptionBlock(TidyBlock):
    text_zh = text_field(_("Chinese"), required=True)
    text_en = text_field(_("English"))
    code = blocks.CharBlock(
        label=_("code"),
        required=False,
        max_length=KEY_LENGTH,
        validators=[CODE_PATTERN],
        help_text=_("Filled in by itself. It joins the answers of all versions."),
    )
    exclusive = blocks.BooleanBlock(
        label=_("can't be chosen with others"), required=False, default=False
    )

    only_if = formula_field(_("offered only if"))
    languages = languages_field()

    class Meta:
        label = _("option")
        icon = "list-ul"


class ChoiceBlock(OptionBlock):
    """An option of a question somebody ticks: it may ask for words of one's own."""

    other = blocks.BooleanBlock(
        label=_("“other”: asks what, in words"), required=False, default=False
    )

    class Meta:
        label = _("option")
        icon = "list-ul"


class RowBlock(TidyBlock):
    text_zh = text_field(_("Chinese"), required=True)
    text_en = text_field(_("English"))
    code = blocks.CharBlock(
        label=_("code"),
        required=False,
        max_length=KEY_LENGTH,
        validators=[CODE_PATTERN],
        help_text=_("Filled in by itself. It joins the answers of all versions."),
    )

    languages = languages_field()

    class Meta:
        label = _("row")
        icon = "list-ul"


class ConditionBlock(blocks.StructBlock):
    key = blocks.CharBlock(label=_("question"), max_length=KEY_LENGTH, validators=[KEY_PATTERN])
    codes = blocks.CharBlock(
        label=_("is answered with one of the codes"),
        max_length=200,
        help_text=_("Codes, with commas between them."),
    )
    negated = blocks.BooleanBlock(
        label=_("the other way round: with none of them"), required=False, default=False
    )

    class Meta:
        label = _("condition")


class QuestionBlock(TidyBlock):
    key = blocks.CharBlock(
        label=_("question key"),
        required=False,
        max_length=KEY_LENGTH,
        validators=[KEY_PATTERN],
        help_text=_("Filled in by itself. Answers of all versions are joined by it."),
    )
    text_zh = text_field(_("Chinese"), required=True)
    text_en = text_field(_("English"))
    help_zh = text_field(_("help in Chinese"))
    help_en = text_field(_("help in English"))
    required = blocks.BooleanBlock(label=_("must be answered"), required=False, default=False)
    show_if = blocks.ListBlock(
        ConditionBlock(),
        label=_("ask only if"),
        required=False,
        default=[],
        collapsed=True,
    )
    show_if_any = blocks.BooleanBlock(
        label=_("one of these conditions is enough"), required=False, default=False
    )
    formula = formula_field(_("ask only if (formula)"))
    languages = languages_field()


class CheckedBlock(QuestionBlock):
    """A question whose answer can be held to a rule of its own."""

    constraint = formula_field(
        _("the answer must be (formula)"),
        _("As in XLSForm, with a point for the answer: . >= 5, or regex(., '[0-9]{6}')"),
    )
    constraint_message_zh = text_field(_("what to say otherwise, in Chinese"))
    constraint_message_en = text_field(_("what to say otherwise, in English"))


class OptionsBlock(blocks.ListBlock):
    """Options; those without a code get the next number that is free."""

    def __init__(self, child: blocks.Block | None = None, min_num: int = 2, **kwargs: Any) -> None:
        super().__init__(child or OptionBlock(), min_num=min_num, **kwargs)

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        taken = {option["code"] for option in cleaned if option["code"]}
        free = (str(n) for n in range(1, 1000) if str(n) not in taken)
        for option in cleaned:
            option["code"] = option["code"] or next(free)
        return cleaned


class ChosenBlock(CheckedBlock):
    """A question answered by ticking."""

    options = OptionsBlock(ChoiceBlock(), label=_("options"))
    other_text_zh = text_field(_("what “other” asks, in Chinese"))
    other_text_en = text_field(_("what “other” asks, in English"))
    other_required = blocks.BooleanBlock(
        label=_("whoever ticks “other” must say what"), required=False, default=False
    )
    choices_name = name_field()
    choices_kept = kept_choices_field()


class SingleBlock(ChosenBlock):
    class Meta:
        label = _("one answer")
        icon = "radio-full"


class MultipleBlock(ChosenBlock):
    minimum = blocks.IntegerBlock(label=_("at least"), required=False, min_value=1)
    maximum = blocks.IntegerBlock(label=_("at most"), required=False, min_value=1)

    class Meta:
        label = _("several answers")
        icon = "tasks"


class RankBlock(CheckedBlock):
    sources = blocks.CharBlock(
        label=_("ranks the options of"),
        required=False,
        max_length=200,
        help_text=_("Keys of questions with several answers, with commas between them."),
    )
    only_chosen = blocks.BooleanBlock(
        label=_("only those that were chosen there"), required=False, default=False
    )
    options = OptionsBlock(
        min_num=0, label=_("or its own options"), required=False, default=[], collapsed=True
    )
    maximum = blocks.IntegerBlock(label=_("places"), default=3, min_value=1, max_value=50)
    minimum = blocks.IntegerBlock(label=_("at least"), required=False, min_value=1)
    choices_name = name_field()
    choices_kept = kept_choices_field()

    class Meta:
        label = _("ranking")
        icon = "order"


class LikertBlock(CheckedBlock):
    choices_name = name_field()
    scale = blocks.ChoiceBlock(
        label=_("scale"),
        choices=[("SATISFACTION", _("satisfied")), ("AGREEMENT", _("agree"))],
        default="SATISFACTION",
    )
    not_applicable = blocks.BooleanBlock(
        label=_("with “does not apply”"), required=False, default=True
    )

    class Meta:
        label = _("five steps")
        icon = "pick"


class MatrixBlock(QuestionBlock):
    rows = OptionsBlock(RowBlock(), label=pgettext_lazy("matrix", "rows"))
    scale = blocks.ChoiceBlock(
        label=_("answered on"),
        choices=[
            ("SATISFACTION", _("satisfied")),
            ("AGREEMENT", _("agree")),
            ("OPTIONS", _("options of its own")),
        ],
        default="SATISFACTION",
    )
    not_applicable = blocks.BooleanBlock(
        label=_("with “does not apply”"), required=False, default=True
    )
    options = OptionsBlock(
        min_num=0, label=_("options of its own"), required=False, default=[], collapsed=True
    )
    choices_name = name_field()

    class Meta:
        label = _("matrix: several rows, one scale")
        icon = "table"


class NumberBlock(CheckedBlock):
    minimum = blocks.DecimalBlock(label=_("smallest"), required=False, default=0)
    maximum = blocks.DecimalBlock(label=_("largest"), required=False)
    decimal = blocks.BooleanBlock(label=_("with a decimal point"), required=False, default=False)
    step = blocks.DecimalBlock(
        label=_("in steps of"), required=False, help_text=_("Counted from the smallest.")
    )
    unit_zh = text_field(_("unit in Chinese"))
    unit_en = text_field(_("unit in English"))

    class Meta:
        label = pgettext_lazy("question", "number")
        icon = "decimal"


class TextAnswerBlock(CheckedBlock):
    short = blocks.BooleanBlock(label=_("one line is enough"), required=False, default=False)
    maximum = blocks.IntegerBlock(
        label=_("characters at most"), default=500, min_value=1, max_value=1000
    )

    class Meta:
        label = _("words")
        icon = "pilcrow"


class DateAnswerBlock(CheckedBlock):
    class Meta:
        label = _("date")
        icon = "date"


class PhotoBlock(QuestionBlock):
    class Meta:
        label = _("photo")
        icon = "image"


class DwellingBlock(QuestionBlock):
    class Meta:
        label = _("building and unit (from the household code)")
        icon = "home"


class InformationBlock(TidyBlock):
    key = blocks.CharBlock(
        label=_("question key"), required=False, max_length=KEY_LENGTH, validators=[KEY_PATTERN]
    )
    text_zh = text_field(_("Chinese"), required=True, rows=3)
    text_en = text_field(_("English"), rows=3)
    show_if = blocks.ListBlock(
        ConditionBlock(), label=_("ask only if"), required=False, default=[], collapsed=True
    )
    show_if_any = blocks.BooleanBlock(
        label=_("one of these conditions is enough"), required=False, default=False
    )
    formula = formula_field(_("ask only if (formula)"))
    languages = languages_field()
    help_zh = text_field(_("help in Chinese"))
    help_en = text_field(_("help in English"))

    class Meta:
        label = _("information")
        icon = "info-circle"


class CalculationBlock(TidyBlock):
    key = blocks.CharBlock(
        label=_("question key"), required=False, max_length=KEY_LENGTH, validators=[KEY_PATTERN]
    )
    calculation = formula_field(
        _("the value (formula)"),
        _("It is only shown: where a text says ${key}. Like ${Q1} * 12 or if(${Q2} > 3, 'a', 'b')"),
    )
    formula = formula_field(_("only if (formula)"))

    class Meta:
        label = _("calculated value, shown in texts")
        icon = "superscript"


class SectionBlock(TidyBlock):
    title_zh = text_field(_("title in Chinese"), required=True)
    title_en = text_field(_("title in English"))
    note_zh = text_field(_("note in Chinese"))
    note_en = text_field(_("note in English"))
    continuation = blocks.BooleanBlock(
        label=_("the questions before are sent first; from here on is offered as going on"),
        required=False,
        default=False,
    )
    formula = formula_field(_("ask only if (formula)"))
    times = blocks.IntegerBlock(
        label=_("ask it several times, at most"),
        required=False,
        min_value=1,
        max_value=MOST_TIMES,
        help_text=_("For each member of a household, say. Up to the next section."),
    )
    repeat_count = blocks.CharBlock(
        label=_("how many times"),
        required=False,
        max_length=80,
        validators=[RegexValidator(rf"^({COUNT.pattern})\Z", _("A number, or ${Q1}."))],
        help_text=_("A number, or ${Q1} for the answer to it; empty: residents are asked first."),
    )
    languages = languages_field()
    name = name_field()

    class Meta:
        label = _("section")
        icon = "title"


class QuestionsBlock(blocks.StreamBlock):
    section = SectionBlock()
    single = SingleBlock()
    multiple = MultipleBlock()
    rank = RankBlock()
    likert = LikertBlock()
    matrix = MatrixBlock()
    number = NumberBlock()
    text = TextAnswerBlock()
    date = DateAnswerBlock()
    photo = PhotoBlock()
    dwelling = DwellingBlock()
    information = InformationBlock()
    calculation = CalculationBlock()

    def clean(self, value: Any) -> Any:
        """Questions without a key get the next free one: Q1, Q2, …"""
        cleaned = super().clean(value)
        asked = [child.value for child in cleaned if child.block_type != "section"]
        taken = {question["key"] for question in asked if question["key"]}
        free = (f"Q{n}" for n in range(1, 1000) if f"Q{n}" not in taken)
        for question in asked:
            question["key"] = question["key"] or next(free)
        _refuse_twice(cleaned)
        return cleaned


def _refuse_twice(value: Any) -> None:
    """A key used before is an error at the second block that has it."""
    seen: set[str] = set()
    errors = {}
    for number, child in enumerate(value):
        key = "" if child.block_type == "section" else child.value["key"]
        if key and key in seen:
            twice = ValidationError(_("Another question before has this key."))
            errors[number] = StructBlockValidationError(block_errors={"key": twice})
        seen.add(key)
    if errors:
        raise StreamBlockValidationError(block_errors=errors)
