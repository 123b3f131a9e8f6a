from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.pages.poster import Size
from portal.places.models import Building


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


class PosterForm(forms.Form):
    """Which posters to print. `buildings` are those of the community, in their order."""

    size = forms.ChoiceField(
        label=_("Size of the paper"),
        choices=Size.choices,
        initial=Size.A4,
        widget=forms.RadioSelect,
    )
    building = forms.TypedMultipleChoiceField(
        label=_("Buildings"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one building.")},
    )

    def __init__(self, *args: Any, buildings: list[Building], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.buildings = buildings
        field = self.fields["building"]
        field.choices = [(one.pk, one.name) for one in buildings]  # type: ignore[attr-defined]
        field.initial = [one.pk for one in buildings]

    def chosen(self) -> list[Building]:
        return [one for one in self.buildings if one.pk in self.cleaned_data["building"]]
