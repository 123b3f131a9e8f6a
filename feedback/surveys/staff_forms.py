"""Typing in what came on paper: one box a question, the number of the answer, Enter, next."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from feedback.surveys.questionnaire import Definition, Question, Type
from feedback.surveys.reach_states import BatchKind
from feedback.surveys.screens import field_name
from feedback.surveys.states import STAFF_CHANNELS, Channel
from portal.intake.photos import photo_clean
from portal.intake.receipts import is_key, new_key
from portal.places.codes import household_find, normalise_code
from portal.places.models import Household, Place, PlaceQuerySet


class SheetForm(forms.Form):
    """One box a question, as on the paper.

    A box takes the number that stands before the answer; several with spaces or commas between.
    """

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

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        return key if is_key(key) else new_key()

    def answers(self, household: Household | None = None) -> dict[str, Any]:
        """What was typed, as the services take it; errors stand at the boxes."""
        answers: dict[str, Any] = {}
        for question in self.definition.asked():
            if question.type is Type.DWELLING:
                if household:
                    name = f"{household.building.name} {household.unit}单元"
                    answers[question.key] = name
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


def _code_field() -> forms.CharField:
    return forms.CharField(
        label=_("Household code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "data-code": ""}
        ),
    )


class StubForm(forms.Form):
    """The code on a tear-off stub, and nothing else."""

    code = _code_field()

    def clean_code(self) -> str:
        return normalise_code(self.cleaned_data["code"])


class EntryForm(SheetForm):
    """A household code, how the answers came, and the boxes of a sheet.

    Paper of an anonymous survey does not come here: code and answers would be seen together.
    """

    code = _code_field()
    channel = forms.ChoiceField(label=_("How the answers came"))
    field_order = ("code", "channel")

    def __init__(self, *args: Any, named: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = [c for c in Channel if c in STAFF_CHANNELS and (named or c != Channel.PAPER)]
        field = self.fields["channel"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(c.value, c.label) for c in channels]
        field.initial = Channel.PAPER if named else Channel.PHONE
        if named:
            self.fields["scan"] = forms.FileField(
                label=_("Photo or scan of the sheet"),
                help_text=_("JPG, PNG or HEIC. Only who may enter answers here can see it."),
                required=False,
                widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
            )

    def clean_code(self) -> str:
        return normalise_code(self.cleaned_data["code"])

    def clean_scan(self) -> Any:
        """Judged before anything is stored; the service draws it anew."""
        upload = self.cleaned_data["scan"]
        if upload:
            photo_clean(upload)
        return upload

    def household(self) -> Household | None:
        """The household of the code; an error at the box when there is none."""
        try:
            return household_find(self.cleaned_data["code"])
        except ValidationError as error:
            self.add_error("code", error)
            return None


def _box(question: Question) -> forms.CharField:
    language = get_language() or "zh-hans"
    options = [
        f"{number} {option.text.label(language)}"
        for number, option in zip(option_numbers(question), question.options, strict=True)
    ]
    long = question.type is Type.TEXT
    return forms.CharField(
        label=f"{question.key} {question.text.label(language)}",
        help_text=" · ".join(options),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2})
        if long
        else forms.TextInput(attrs={"autocomplete": "off", **_numbered(question)}),
    )


def _numbered(question: Question) -> dict[str, str]:
    """For the script: the numbers a box takes, and whether it is full after the first."""
    if not question.options:
        return {"data-entry": ""}
    several = question.type in (Type.MULTIPLE, Type.RANK)
    attributes = {"data-entry": " ".join(option_numbers(question)), "inputmode": "numeric"}
    return attributes | ({"data-several": ""} if several else {})


def option_numbers(question: Question) -> list[str]:
    """What stands before each answer: the step itself on a scale, otherwise 1, 2, 3, …"""
    if question.type is Type.LIKERT:
        return list(question.codes)
    return [str(index) for index in range(1, len(question.options) + 1)]


def _answer(question: Question, text: str) -> Any:
    if not question.options:
        return text
    plain = unicodedata.normalize("NFKC", text).replace("、", " ").replace(",", " ")
    code_of = dict(zip(option_numbers(question), question.codes, strict=True))
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


class ReleaseForm(forms.Form):
    """Why single answers are taken out, and which file."""

    ANSWERS, SPSS, CODEBOOK = "answers", "spss", "codebook"
    what = forms.ChoiceField(
        label=_("File"),
        choices=[
            (ANSWERS, _("Answers (CSV)")),
            (SPSS, _("Answers with labels (SPSS .sav)")),
            (CODEBOOK, _("Codebook (CSV)")),
        ],
    )
    reason = forms.CharField(
        label=_("What it is for"),
        max_length=200,
        help_text=_("Kept with your name and the time."),
        widget=forms.TextInput(attrs={"aria-describedby": "reason-help"}),
    )


class BatchForm(forms.Form):
    """A new pile of paper."""

    community = forms.ModelChoiceField(label=_("Community"), queryset=Place.objects.none())
    kind = forms.ChoiceField(
        label=_("What lies in the pile"), choices=BatchKind.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, places: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["community"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = places
        if len(places[:2]) == 1:
            field.initial = places[0].pk


def typed_text(question: Question, answer: Any) -> str:
    """An answer as it is typed: the numbers before the options, or the words themselves."""
    if answer in (None, "", []):
        return "–"
    if not question.options:
        return str(answer)
    number_of = dict(zip(question.codes, option_numbers(question), strict=True))
    codes = answer if isinstance(answer, list) else [answer]
    return " ".join(number_of.get(code, str(code)) for code in codes)
