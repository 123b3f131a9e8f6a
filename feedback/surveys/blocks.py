"""The blocks staff write a questionnaire with. What they mean is judged in `questionnaire.py`.

Keys and codes join the answers of one version to the next, so they are stable: left empty they
are filled in once, and changing the words does not change them.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.stream_block import StreamBlockValidationError

KEY_PATTERN = RegexValidator(
    r"^[A-Za-z0-9_]{1,20}\Z", _("Use up to 20 letters, digits or underscores.")
)


def _text(label: Any, *, required: bool = False, rows: int | None = None) -> blocks.Block:
    if rows:
        return blocks.TextBlock(label=label, required=required, max_length=600, rows=rows)
    return blocks.CharBlock(label=label, required=required, max_length=200)


class OptionBlock(blocks.StructBlock):
    text_zh = _text(_("Chinese"), required=True)
    text_en = _text(_("English"))
    code = blocks.CharBlock(
        label=_("code"),
        required=False,
        max_length=20,
        validators=[KEY_PATTERN],
        help_text=_("Filled in by itself. It joins the answers of all versions."),
    )
    exclusive = blocks.BooleanBlock(
        label=_("can't be chosen with others"), required=False, default=False
    )

    class Meta:
        label = _("option")
        icon = "list-ul"
        form_layout = None


class ConditionBlock(blocks.StructBlock):
    key = blocks.CharBlock(label=_("question"), max_length=20, validators=[KEY_PATTERN])
    codes = blocks.CharBlock(
        label=_("is answered with one of the codes"),
        max_length=200,
        help_text=_("Codes, with commas between them."),
    )

    class Meta:
        label = _("condition")


class QuestionBlock(blocks.StructBlock):
    key = blocks.CharBlock(
        label=_("question key"),
        required=False,
        max_length=20,
        validators=[KEY_PATTERN],
        help_text=_("Filled in by itself. Answers of all versions are joined by it."),
    )
    text_zh = _text(_("Chinese"), required=True)
    text_en = _text(_("English"))
    help_zh = _text(_("help in Chinese"))
    help_en = _text(_("help in English"))
    required = blocks.BooleanBlock(label=_("must be answered"), required=False, default=False)
    show_if = blocks.ListBlock(
        ConditionBlock(),
        label=_("ask only if"),
        required=False,
        default=[],
        collapsed=True,
    )


class OptionsBlock(blocks.ListBlock):
    """Options; those without a code get the next number that is free."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(OptionBlock(), min_num=2, **kwargs)

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        taken = {option["code"] for option in cleaned if option["code"]}
        free = (str(n) for n in range(1, 1000) if str(n) not in taken)
        for option in cleaned:
            option["code"] = option["code"] or next(free)
        return cleaned


class SingleBlock(QuestionBlock):
    options = OptionsBlock(label=_("options"))

    class Meta:
        label = _("one answer")
        icon = "radio-full"


class MultipleBlock(QuestionBlock):
    options = OptionsBlock(label=_("options"))
    minimum = blocks.IntegerBlock(label=_("at least"), required=False, min_value=1)
    maximum = blocks.IntegerBlock(label=_("at most"), required=False, min_value=1)

    class Meta:
        label = _("several answers")
        icon = "tasks"


class RankBlock(QuestionBlock):
    sources = blocks.CharBlock(
        label=_("ranks the options of"),
        max_length=200,
        help_text=_("Keys of questions with several answers, with commas between them."),
    )
    maximum = blocks.IntegerBlock(label=_("places"), default=3, min_value=1, max_value=5)

    class Meta:
        label = _("ranking")
        icon = "order"


class LikertBlock(QuestionBlock):
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


class NumberBlock(QuestionBlock):
    minimum = blocks.IntegerBlock(label=_("smallest"), required=False)
    maximum = blocks.IntegerBlock(label=_("largest"), required=False)

    class Meta:
        label = _("whole number")
        icon = "decimal"


class TextAnswerBlock(QuestionBlock):
    maximum = blocks.IntegerBlock(
        label=_("characters at most"), default=500, min_value=1, max_value=1000
    )

    class Meta:
        label = _("words")
        icon = "pilcrow"


class DateAnswerBlock(QuestionBlock):
    class Meta:
        label = _("date")
        icon = "date"


class DwellingBlock(QuestionBlock):
    class Meta:
        label = _("building and unit (from the household code)")
        icon = "home"


class InformationBlock(blocks.StructBlock):
    key = blocks.CharBlock(
        label=_("question key"), required=False, max_length=20, validators=[KEY_PATTERN]
    )
    text_zh = _text(_("Chinese"), required=True, rows=3)
    text_en = _text(_("English"), rows=3)
    show_if = blocks.ListBlock(
        ConditionBlock(), label=_("ask only if"), required=False, default=[], collapsed=True
    )

    class Meta:
        label = _("information")
        icon = "info-circle"


class SectionBlock(blocks.StructBlock):
    title_zh = _text(_("title in Chinese"), required=True)
    title_en = _text(_("title in English"))
    note_zh = _text(_("note in Chinese"))
    note_en = _text(_("note in English"))
    continuation = blocks.BooleanBlock(
        label=_("the questions before are sent first; from here on is offered as going on"),
        required=False,
        default=False,
    )

    class Meta:
        label = _("section")
        icon = "title"


class QuestionsBlock(blocks.StreamBlock):
    section = SectionBlock()
    single = SingleBlock()
    multiple = MultipleBlock()
    rank = RankBlock()
    likert = LikertBlock()
    number = NumberBlock()
    text = TextAnswerBlock()
    date = DateAnswerBlock()
    dwelling = DwellingBlock()
    information = InformationBlock()

    def clean(self, value: Any) -> Any:
        """Questions without a key get the next free one: Q1, Q2, …"""
        cleaned = super().clean(value)
        asked = [child.value for child in cleaned if child.block_type != "section"]
        taken = {question["key"] for question in asked if question["key"]}
        free = (f"Q{n}" for n in range(1, 1000) if f"Q{n}" not in taken)
        for question in asked:
            question["key"] = question["key"] or next(free)
        keys = [question["key"] for question in asked]
        if len(set(keys)) != len(keys):
            raise StreamBlockValidationError(
                non_block_errors=[ValidationError(_("Two questions have the same key."))]
            )
        return cleaned
