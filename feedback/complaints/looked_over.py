"""A form of what everybody will read: what screening finds is looked at before it is saved."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from feedback.complaints.missing import NamesMissingForm
from portal.intake.screening import personal_data


class LookedOverForm(NamesMissingForm):
    """`checked` is asked for where something in the fields `everybody_reads` may point to a
    person; whoever types it in knows better than a machine."""

    checked = forms.BooleanField(
        label=_("I have looked: nothing in it points to a person."), required=False
    )
    everybody_reads: Sequence[str] = ()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        texts = [cleaned.get(name) or "" for name in self.everybody_reads]
        suspect = [finding.text for text in texts for finding in personal_data(text)]
        if suspect and not cleaned.get("checked"):
            text = _("Please look at this again; it may point to a person: %(names)s")
            self.add_error("checked", text % {"names": "、".join(suspect)})
        return cleaned
