"""The form that takes an XLSForm file: what is no such file is said at the box."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from feedback.surveys.xlsform import FormFileError, import_form
from feedback.surveys.xlsform.reading import MAX_BYTES


class XlsformForm(forms.Form):
    file = forms.FileField(
        label=_("XLSForm file (.xlsx)"),
        help_text=_("Up to 2 MB and 2000 rows. Nothing is saved before you have seen the report."),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": _("Choose a file.")},
    )

    def clean(self) -> dict[str, Any]:
        """Adds `imported`, what was read."""
        cleaned: dict[str, Any] = super().clean() or {}
        file = cleaned.get("file")
        if file is None:
            return cleaned
        try:
            if file.size > MAX_BYTES:
                raise FormFileError(_("The file is larger than 2 MB."))
            cleaned["imported"] = import_form(file.read())
        except FormFileError as error:
            raise ValidationError({"file": str(error)}) from None
        return cleaned
