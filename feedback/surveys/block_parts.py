"""What the blocks of a questionnaire are made of: fields, patterns, and what stands aside."""

from typing import Any

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

KEY_LENGTH = 64
TEXT_LENGTH = 600
LANGUAGES_LENGTH = 4000
CHOICES_LENGTH = 20000
#: As XLSForm has it, so that a questionnaire can go there and come back.
KEY_PATTERN = RegexValidator(
    r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}\Z",
    _("Use up to 64 letters, digits, underscores, points or hyphens, a letter first."),
)
CODE_PATTERN = RegexValidator(
    r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\Z",
    _("Use up to 64 letters, digits, underscores, points or hyphens."),
)


def formula_field(label: Any, help_text: Any = "") -> blocks.Block:
    return blocks.CharBlock(
        label=label,
        required=False,
        max_length=2000,
        help_text=help_text or _("As in XLSForm: ${Q1} = 'yes' and not(selected(${Q2}, 'none'))"),
    )


def text_field(label: Any, *, required: bool = False, rows: int | None = None) -> blocks.Block:
    if rows:
        return blocks.TextBlock(label=label, required=required, max_length=TEXT_LENGTH, rows=rows)
    return blocks.CharBlock(label=label, required=required, max_length=TEXT_LENGTH)


#: What a clerk seldom needs: shown on demand.
SELDOM = (
    "show_if_any",
    "formula",
    "constraint",
    "constraint_message_zh",
    "constraint_message_en",
    "other_text_zh",
    "other_text_en",
    "other_required",
    "only_if",
    "times",
    "repeat_count",
    "choices_kept",
    "step",
    "choices_name",
    "name",
    "languages",
)


class TidyBlock(blocks.StructBlock):
    """Fields that are seldom needed stand behind the button for settings."""

    def get_form_layout(self) -> blocks.BlockGroup:
        seldom = [name for name in self.child_blocks if name in SELDOM]
        often = [name for name in self.child_blocks if name not in SELDOM]
        return blocks.BlockGroup(often, settings=seldom)


def name_field() -> blocks.Block:
    """What an XLSForm named something, kept for the way back."""
    return blocks.CharBlock(label=_("name in the XLSForm"), required=False, max_length=200)


def kept_choices_field() -> blocks.Block:
    """A list of choices with its filter as an XLSForm had it, kept for the way back."""
    return blocks.CharBlock(
        label=_("choice filter, kept for the XLSForm"), required=False, max_length=CHOICES_LENGTH
    )


def languages_field() -> blocks.Block:
    """Texts in further languages, which residents are not shown."""
    return blocks.CharBlock(
        label=_("other languages, kept for the XLSForm"),
        required=False,
        max_length=LANGUAGES_LENGTH,
    )
