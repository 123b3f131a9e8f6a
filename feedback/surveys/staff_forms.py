"""Typing in what came on paper: one box a question, the number of the answer, Enter, next."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from feedback.surveys.questionnaire import Definition, Question, Type
from feedback.surveys.screens import field_name
from feedback.surveys.states import STAFF_CHANNELS, Channel
from portal.intake.receipts import is_key, new_key
from portal.places.codes import household_find, normalise_code
from portal.places.models import Household


class EntryForm(forms.Form):
    """A household code, how the answers came, and one box a question.

    A box takes the number that stands before the answer; several with spaces or commas between.
    """

    code = forms.CharField(
        label=_("Household code"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    channel = forms.ChoiceField(
        label=_("How the answers came"),
        choices=[(c.value, c.label) for c in Channel if c in STAFF_CHANNELS],
        initial=Channel.PAPER,
    )
    key = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, definition: Definition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.definition = definition
        self.initial.setdefault("key", new_key())
        for question in self._typed():
            self.fields[field_name(question.key)] = _box(question)

    def _typed(self) -> list[Question]:
        """A photo can't be typed."""
        left_out = (Type.DWELLING, Type.PHOTO)
        return [q for q in self.definition.asked() if q.type not in left_out]

    def clean_code(self) -> str:
        return normalise_code(self.cleaned_data["code"])

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        return key if is_key(key) else new_key()

    def household(self) -> Household | None:
        """The household of the code; an error at the box when there is none."""
        try:
            return household_find(self.cleaned_data["code"])
        except ValidationError as error:
            self.add_error("code", error)
            return None

    def answers(self, household: Household) -> dict[str, Any]:
        """What was typed, as the services take it; errors stand at the boxes."""
        answers: dict[str, Any] = {}
        for question in self.definition.asked():
            if question.type is Type.DWELLING:
                answers[question.key] = f"{household.building.name} {household.unit}单元"
                continue
            text = self.cleaned_data.get(field_name(question.key), "")
            try:
                answers[question.key] = _answer(question, text)
            except ValidationError as error:
                self.add_error(field_name(question.key), error)
        return answers

    def add_answer_errors(self, errors: dict[str, str]) -> None:
        for key, text in errors.items():
            self.add_error(field_name(key), text)


def _box(question: Question) -> forms.CharField:
    language = get_language() or "zh-hans"
    options = [
        f"{number} {option.text.label(language)}"
        for number, option in zip(_numbers(question), question.options, strict=True)
    ]
    long = question.type is Type.TEXT
    return forms.CharField(
        label=f"{question.key} {question.text.label(language)}",
        help_text=" · ".join(options),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2})
        if long
        else forms.TextInput(attrs={"autocomplete": "off", "data-entry": ""}),
    )


def _numbers(question: Question) -> list[str]:
    """What stands before each answer: the step itself on a scale, otherwise 1, 2, 3, …"""
    if question.type is Type.LIKERT:
        return list(question.codes)
    return [str(index) for index in range(1, len(question.options) + 1)]


def _answer(question: Question, text: str) -> Any:
    if not question.options:
        return text
    plain = unicodedata.normalize("NFKC", text).replace("、", " ").replace(",", " ")
    code_of = dict(zip(_numbers(question), question.codes, strict=True))
    unknown = [word for word in plain.split() if word not in code_of]
    if unknown:
        raise ValidationError(
            _("There is no answer number %(number)s."), params={"number": unknown[0]}
        )
    codes = [code_of[word] for word in plain.split()]
    if question.type in (Type.MULTIPLE, Type.RANK):
        return codes
    if len(codes) > 1:
        raise ValidationError(_("Only one answer can be given here."))
    return codes[0] if codes else ""


class InvitationForm(forms.Form):
    building = forms.IntegerField(widget=forms.HiddenInput)
    households = forms.IntegerField(label=_("Letters given out"), min_value=0, required=False)
