from django import forms
from django.utils.translation import gettext_lazy as _

from feedback.votes.states import Choice
from portal.intake.receipts import normalise_receipt
from portal.places.codes import normalise_code


class VoteForm(forms.Form):
    """A vote online: the home by its code, the owner by name, and the vote itself."""

    choice = forms.ChoiceField(
        label=_("Your vote"),
        choices=Choice.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one of the answers.")},
    )
    code = forms.CharField(
        label=_("Household code"),
        max_length=40,
        error_messages={"required": _("Please enter the 16 digits.")},
        help_text=_("The 16 digits on the letter to your home. Spaces do not matter."),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "data-no-draft": ""}
        ),
    )
    name = forms.CharField(
        label=_("Name of the owner"),
        max_length=60,
        error_messages={"required": _("Please enter the name of the owner.")},
        help_text=_("As on the property certificate. Of co-owners, the one named on the list."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "data-no-draft": ""}),
    )
    proxy = forms.CharField(
        label=_("Who votes on a written proxy of the owner"),
        max_length=60,
        required=False,
        help_text=_("Leave it empty if you are an owner. Keep the proxy; you may be asked for it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-no-draft": ""}),
    )

    def clean_code(self) -> str:
        return normalise_code(self.cleaned_data["code"])[:32]


class ReceiptForm(forms.Form):
    receipt = forms.CharField(
        label=_("Receipt number"),
        max_length=40,
        error_messages={"required": _("Please enter the receipt number.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-no-draft": ""}),
    )

    def clean_receipt(self) -> str:
        return normalise_receipt(self.cleaned_data["receipt"])
