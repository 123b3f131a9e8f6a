from django import forms
from django.utils.translation import gettext_lazy as _


class CodeForm(forms.Form):
    """The household code as somebody types or scans it; whether it opens anything is not asked."""

    code = forms.CharField(
        label=_("Household code"),
        help_text=_("The 16 digits on the letter to your home. Spaces do not matter."),
        max_length=60,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "data-household-code": ""}
        ),
    )
