"""What staff may send: shape only, meaning is checked by the services."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.indicators.definitions import current
from feedback.indicators.word import MAX_BYTES
from portal.places.models import Place, PlaceQuerySet

FIRST_YEAR, LAST_YEAR = 2015, 2100


class TargetForm(forms.Form):
    """A person's proposal for a target."""

    place: "forms.ModelChoiceField[Place]" = forms.ModelChoiceField(label=_("Place"), queryset=None)
    indicator = forms.ChoiceField(label=_("Indicator"), choices=[])
    year = forms.IntegerField(label=_("Year"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    value = forms.DecimalField(
        label=pgettext_lazy("of an indicator", "Target"), max_digits=12, decimal_places=2
    )
    reason = forms.CharField(
        label=_("Reason and evidence"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )

    def __init__(self, *args: Any, places: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places.order_by("path")  # type: ignore[attr-defined]
        self.fields["indicator"].choices = [  # type: ignore[attr-defined]
            (item.code, f"{item.code} {item.name}") for item in current() if item.target is not None
        ]


class AdvanceForm(forms.Form):
    reason = forms.CharField(
        label=_("Remark"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )


class RejectForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is rejected"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )


class ExportForm(forms.Form):
    """Which figures to download. An unknown value is the same as none."""

    year = forms.IntegerField(label=_("Year"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    format = forms.ChoiceField(
        label=_("File format"), choices=[("csv", "CSV"), ("xlsx", "XLSX"), ("json", "JSON")]
    )


class ReportTemplateForm(forms.Form):
    """A Word file to make the evaluation report from."""

    file = forms.FileField(
        label=_("Template (DOCX)"),
        validators=[FileExtensionValidator(["docx"])],
        widget=forms.FileInput(attrs={"accept": ".docx"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 2 MB."))
        return file


class AssessmentForm(forms.Form):
    """An evaluator's band (percent of the points) or deduction (points)."""

    value = forms.DecimalField(max_digits=5, decimal_places=2, min_value=0)
    reason = forms.CharField(
        label=_("Reason and evidence"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )

    def __init__(self, *args: Any, is_band: bool, most: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        value = self.fields["value"]
        value.label = _("Percent of the points") if is_band else _("Points to deduct")
        value.help_text = (
            _("100–80, 80–60 or 60–0, as the bands of the scheme say.")
            if is_band
            else _("From 0 to %(most)s; 0 takes an earlier deduction back.") % {"most": most}
        )


class DeviationForm(forms.Form):
    """A text for each indicator that needs a reason; what is left empty is written later."""

    def __init__(
        self, *args: Any, names: dict[str, str], known: dict[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for code, name in names.items():
            self.fields[code] = forms.CharField(
                label=name,
                required=False,
                max_length=2000,
                initial=known.get(code, ""),
                widget=forms.Textarea(attrs={"rows": 2}),
            )
