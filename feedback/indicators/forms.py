"""What staff may send: shape only, meaning is checked by the services."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import FileExtensionValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.indicators.definitions import Rule, current
from feedback.indicators.models import Export
from feedback.indicators.sheets import SheetRow
from feedback.indicators.states import Operator
from feedback.indicators.word import MAX_BYTES
from portal.places.models import Place, PlaceQuerySet

FIRST_YEAR, LAST_YEAR = 2015, 2100


class TargetForm(forms.Form):
    """A person's proposal for a target."""

    place: "forms.ModelChoiceField[Place]" = forms.ModelChoiceField(label=_("Place"), queryset=None)
    indicator = forms.ChoiceField(label=_("Indicator"), choices=[])
    year = forms.IntegerField(label=_("Year"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    operator = forms.ChoiceField(
        label=pgettext_lazy("of a target", "Operator"),
        choices=[("", _("As the indicator has it")), *Operator.choices],
        required=False,
    )
    value = forms.DecimalField(
        label=pgettext_lazy("of an indicator", "Target"),
        max_digits=12,
        decimal_places=2,
        required=False,
        help_text=_("Of a range the lower end. Leave it empty for a qualitative target."),
    )
    upper = forms.DecimalField(
        label=_("Upper end of a range"), max_digits=12, decimal_places=2, required=False
    )
    wording = forms.CharField(
        label=_("Qualitative target, in words"), max_length=300, required=False
    )
    reason = forms.CharField(
        label=_("Reason and evidence"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )

    def __init__(self, *args: Any, places: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places.order_by("path")  # type: ignore[attr-defined]
        if len(few := places.order_by("path")[:2]) == 1:
            self.fields["place"].initial = few[0].pk
        self.fields["indicator"].choices = [  # type: ignore[attr-defined]
            (item.code, f"{item.code} {item.name}")
            for item in current()
            if item.target is not None or item.rule == Rule.S5
        ]


class AdvanceForm(forms.Form):
    reason = forms.CharField(
        label=_("Remark"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )


class RejectForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is rejected"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )


class ExportRequestForm(forms.Form):
    """A file that a worker makes."""

    place: "forms.ModelChoiceField[Place]" = forms.ModelChoiceField(label=_("Place"), queryset=None)
    year = forms.IntegerField(label=_("Year"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    what = forms.ChoiceField(
        label=_("What"),
        choices=[
            ("FIGURES.xlsx", _("Figures (XLSX)")),
            ("FIGURES.csv", _("Figures (CSV)")),
            ("FIGURES.json", _("Figures (JSON)")),
            ("FIGURES.sdmx", _("Figures (SDMX-CSV)")),
            ("EVIDENCE.xlsx", _("Index of evidence (XLSX)")),
            ("BUNDLE.zip", _("Evidence bundle (ZIP)")),
            ("PUBLIC.zip", _("Evidence bundle for the public (ZIP)")),
        ],
        help_text=_("A bundle for the public is listed in the public API as soon as it is ready."),
    )
    reason = forms.CharField(
        label=_("What is it for?"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500
    )

    def __init__(self, *args: Any, places: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]


class CompareForm(forms.Form):
    """Two exports of one's own; the service asks for the reason."""

    first = forms.ModelChoiceField(queryset=Export.objects.none())
    second = forms.ModelChoiceField(queryset=Export.objects.none())
    reason = forms.CharField(max_length=500, required=False)

    def __init__(self, *args: Any, own: QuerySet[Export], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for side in ("first", "second"):
            self.fields[side].queryset = own  # type: ignore[attr-defined]


class ExportForm(forms.Form):
    """Which figures to download, and why. An unknown value is the same as none."""

    year = forms.IntegerField(label=_("Year"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    format = forms.ChoiceField(
        label=_("File format"), choices=[("csv", "CSV"), ("xlsx", "XLSX"), ("json", "JSON")]
    )
    reason = forms.CharField(label=_("What is it for?"), max_length=500)


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
        self,
        *args: Any,
        names: dict[str, tuple[str, str]],
        known: dict[str, str],
        **kwargs: Any,
    ) -> None:
        """`names` is indicator → (its name, what it came to)."""
        super().__init__(*args, **kwargs)
        for code, (name, result) in names.items():
            self.fields[code] = forms.CharField(
                label=name,
                help_text=result,
                required=False,
                max_length=2000,
                initial=known.get(code, ""),
                widget=forms.Textarea(attrs={"rows": 2}),
            )


class ChangeForm(forms.Form):
    """Another value in the place of a proposal."""

    value = forms.DecimalField(
        label=pgettext_lazy("of an indicator", "Target"), max_digits=12, decimal_places=2
    )
    upper = forms.DecimalField(label=_("Upper end of a range"), max_digits=12, decimal_places=2)
    reason = forms.CharField(
        label=_("Why it is changed"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )

    def __init__(self, *args: Any, is_range: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_range:
            del self.fields["upper"]


class SheetFileForm(forms.Form):
    file = forms.FileField(
        label=_("Workbook (XLSX) or CSV file"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=_("The layout of the download; columns may stand in another order."),
    )


class SheetHeadForm(forms.Form):
    """What stands above the lines of a target form, and why they are proposed."""

    department = forms.CharField(label=_("Department in charge"), max_length=200, required=False)
    unit = forms.CharField(label=_("Carrying unit"), max_length=200, required=False)
    period = forms.CharField(label=_("Period"), max_length=100, required=False)
    total = forms.DecimalField(
        label=_("Total funds (10,000 yuan)"), max_digits=14, decimal_places=2, required=False
    )
    fiscal = forms.DecimalField(
        label=_("Of which fiscal"), max_digits=14, decimal_places=2, required=False
    )
    other = forms.DecimalField(
        label=_("Other funds"), max_digits=14, decimal_places=2, required=False
    )
    goal = forms.CharField(
        label=_("Overall goal"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reason = forms.CharField(
        label=_("Reason and evidence"), widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        total, fiscal, other = (data.get(name) for name in ("total", "fiscal", "other"))
        if total is None or fiscal is None or other is None:
            return data
        if total != fiscal + other:
            self.add_error("total", _("The total is not the sum of fiscal and other funds."))
        return data


class SheetRowForm(forms.Form):
    """A line as typed; the service says what is wrong with it."""

    indicator = forms.CharField(max_length=100, required=False)
    operator = forms.CharField(max_length=20, required=False)
    value = forms.CharField(max_length=300, required=False)
    weight = forms.CharField(max_length=10, required=False)
    line = forms.IntegerField(required=False, widget=forms.HiddenInput)


SheetRowFormSet = forms.formset_factory(SheetRowForm, extra=0, absolute_max=300, max_num=300)


def typed_rows(formset: Any) -> list[SheetRow]:
    """The lines of the report as they stand in the browser. What is too long is cut, and a NUL,
    which no database keeps, left out."""
    rows = []
    for number, form in enumerate(formset.forms, start=1):
        form.is_valid()
        indicator, operator, value, weight = (
            str(form[name].value() or "").replace("\0", "").strip()
            for name in ("indicator", "operator", "value", "weight")
        )
        line = form.cleaned_data.get("line") or number
        rows.append(SheetRow(indicator[:100], operator[:20], value[:300], line, weight[:10]))
    return rows
