from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from feedback.surveys.models import Response
from portal.intake.receipts import normalise_receipt, receipt_hash


class ReceiptForm(forms.Form):
    """A receipt as somebody typed it, and what they want to do with it."""

    receipt = forms.CharField(
        label=_("Receipt"),
        help_text=_("Four groups of four letters and digits."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    action = forms.ChoiceField(
        choices=[("check", ""), ("withdraw", "")], required=False, widget=forms.HiddenInput
    )
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean_receipt(self) -> str:
        return normalise_receipt(self.cleaned_data["receipt"])

    def found(self) -> Response | None:
        """The answer it belongs to; an error at the field when there is none."""
        text: Any = self.cleaned_data["receipt"]
        rows = Response.objects.select_related("survey", "community")
        response = rows.filter(receipt_hash=receipt_hash(text)).order_by("pk").first()
        if response is None:
            self.add_error("receipt", _("No answer is stored under this receipt."))
        return response
