from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput

from portal.places.models import Place, PlaceQuerySet
from portal.projects.models import (
    FundReceipt,
    Payment,
    ProjectCommunity,
    PropertyTakeover,
    RenovationProject,
)


class FactsForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that only checks shapes: the service it hands its facts to saves them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.DateField):
                field.widget = AdminDateInput()

    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}


class ProjectForm(FactsForm):
    class Meta:
        model = RenovationProject
        fields = [
            "code",
            "name",
            "size_class",
            "investment",
            "budget",
            "contract_total",
            "completed_date",
            "accepted_date",
            "accounts_date",
            "extension_approved",
        ]


class NewProjectForm(ProjectForm):
    county: forms.ModelChoiceField[Place] = forms.ModelChoiceField(
        label=_("county"), queryset=Place.objects.none()
    )

    field_order = ["county"]

    def __init__(self, *args: Any, counties: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["county"].queryset = counties  # type: ignore[attr-defined]


class ProjectCommunityForm(FactsForm):
    class Meta:
        model = ProjectCommunity
        fields = ["start_date", "completed_date", "area", "residual_item", "residual_area"]


class ReceiptForm(FactsForm):
    class Meta:
        model = FundReceipt
        fields = ["entry_date", "source", "amount", "eligible", "document", "note"]


class PaymentForm(FactsForm):
    class Meta:
        model = Payment
        fields = ["entry_date", "source", "amount", "eligible", "payee", "document", "note"]


class RemoveEntryForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Kept in the log of the project together with the entry"),
    )


class TakeoverForm(FactsForm):
    class Meta:
        model = PropertyTakeover
        fields = ["kind", "manager", "from_date", "to_date", "newly"]


class EndTakeoverForm(forms.Form):
    to_date = forms.DateField(label=_("in force until"), widget=AdminDateInput)
