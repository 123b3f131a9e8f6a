from django import forms
from django.utils.translation import gettext_lazy as _

from feedback.plans.states import Verdict
from portal.places.codes import normalise_code


class VerdictForm(forms.Form):
    """Whether it was done, as a household sees it."""

    verdict = forms.ChoiceField(
        label=_("Has it been done?"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one of the answers.")},
    )
    code = forms.CharField(
        label=_("Household code"),
        required=False,
        max_length=40,
        help_text=_(
            "The 16 digits on the letter to your home. Without it your answer is shown apart."
        ),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "data-no-draft": ""}
        ),
    )

    def clean_code(self) -> str:
        return normalise_code(self.cleaned_data["code"])[:32]
