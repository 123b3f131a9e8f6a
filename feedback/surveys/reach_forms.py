"""At the door, and asking somebody to come there."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.surveys.reach_states import DoorState, NextStep, Purpose
from portal.intake.phones import clean_phone
from portal.places.models import Building, Place


class DoorForm(forms.Form):
    """What came of going to one home."""

    household = forms.IntegerField(widget=forms.HiddenInput)
    state = forms.ChoiceField(label=_("At the door"), choices=DoorState.choices)
    next_step = forms.ChoiceField(
        label=_("Next step"), choices=NextStep.choices, required=False, initial=NextStep.NONE
    )
    next_date = forms.DateField(
        label=pgettext_lazy("next step", "On"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_next_step(self) -> str:
        return self.cleaned_data["next_step"] or NextStep.NONE


class HelpForm(forms.Form):
    """Where somebody is to come, and what for."""

    purpose = forms.ChoiceField(
        label=_("What do you need help with?"),
        choices=Purpose.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one of the answers.")},
    )
    building = forms.ModelChoiceField(
        label=_("Which building do you live in?"),
        queryset=Building.objects.none(),
        empty_label=_("please choose"),
        error_messages={"required": _("Please choose your building.")},
        # Names of buildings are Chinese in every language.
        widget=forms.Select(attrs={"lang": "zh-Hans"}),
    )
    unit = forms.CharField(
        label=pgettext_lazy("entrance", "Unit"),
        required=False,
        max_length=20,
        help_text=_("The number of the entrance, if there are several."),
    )
    room = forms.CharField(
        label=_("Room"),
        max_length=20,
        error_messages={"required": _("Please write the number of your room.")},
    )
    phone = forms.CharField(
        label=_("Your phone number"),
        required=False,
        max_length=30,
        help_text=_("If somebody may call before coming. It is erased when they have been."),
        widget=forms.TextInput(
            attrs={
                "type": "tel",
                "inputmode": "tel",
                "autocomplete": "tel",
                "data-no-draft": True,
            }
        ),
    )

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        buildings = Building.objects.filter(place=place).order_by("name", "pk")
        field = self.fields["building"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = buildings
        if not buildings.exists():
            del self.fields["building"]

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])
