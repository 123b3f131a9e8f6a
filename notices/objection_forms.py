"""Objecting, looking one's objection up, and the answer. Forms check shape, services meaning."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from notices.models import NoticePage
from notices.services import MAX_TEXT
from notices.states import Disposition
from portal.intake.phones import clean_phone
from portal.places.models import Building


class ObjectionForm(forms.Form):
    """An objection to one notice."""

    text = forms.CharField(
        label=_("What do you object to, and why?"),
        help_text=_("In your own words. The committee answers with a reason."),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Please write what you object to.")},
    )
    building = forms.ModelChoiceField(
        label=_("Which building do you live in?"),
        help_text=_("Only for the committee. It is never shown."),
        queryset=Building.objects.none(),
        required=False,
        empty_label=_("I would rather not say"),
        # Names of buildings are Chinese in every language.
        widget=forms.Select(attrs={"lang": "zh-Hans"}),
    )
    household_code = forms.CharField(
        label=_("Household code"),
        help_text=_("The 16 digits on your letter. You can object without it."),
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "data-no-draft": True}
        ),
    )
    contact = forms.CharField(
        label=_("Your phone number"),
        help_text=_("Only if somebody may call you about it."),
        required=False,
        max_length=30,
        widget=forms.TextInput(
            attrs={
                "type": "tel",
                "inputmode": "tel",
                "autocomplete": "tel",
                "data-no-draft": True,
            }
        ),
    )

    def __init__(self, *args: Any, notice: NoticePage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if notice.place.is_community:
            buildings = Building.objects.filter(place=notice.place).order_by("name", "pk")
            self.fields["building"].queryset = buildings  # type: ignore[attr-defined]
        else:
            del self.fields["building"]

    def clean_contact(self) -> str:
        return clean_phone(self.cleaned_data["contact"])


class LookupForm(forms.Form):
    receipt = forms.CharField(
        label=_("Receipt number"),
        help_text=_("16 letters and digits from your receipt. Dashes and spaces do not matter."),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class AnswerForm(forms.Form):
    """What becomes of an objection. All of it is public."""

    disposition = forms.ChoiceField(
        label=_("What becomes of it?"),
        choices=Disposition.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please say what becomes of it.")},
    )
    summary = forms.CharField(
        label=_("What it is about, in public words"),
        help_text=_(
            "One sentence that everybody may read: no names, no home, not the resident's own words."
        ),
        max_length=300,
        widget=forms.TextInput,
    )
    reason = forms.CharField(
        label=_("Public reason"),
        help_text=_("Why, and what follows from it. It stands in the uptake notice, too."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    names_checked = forms.BooleanField(
        label=_("I have checked: no resident is named"), required=False
    )

    def offer_names_check(self) -> bool:
        """Whether the tick is worth asking for: something looked like a name."""
        data = self.errors.as_data()
        return self.is_bound and any(
            error.code == "names" for errors in data.values() for error in errors
        )
