"""A form that says by name what is missing, where “This field is required” says it of nothing."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class NamesMissingForm(forms.Form):
    """Fields that bring a text of their own keep it."""

    def add_error(self, field: str | None, error: Any) -> None:
        if field is not None and _is_bare(error):
            error = ValidationError(
                _missing(self.fields[field], str(self[field].label)), "required"
            )
        super().add_error(field, error)


def _is_bare(error: Any) -> bool:
    text = getattr(error, "message", None)
    return text is not None and text == forms.Field.default_error_messages["required"]


def _missing(field: forms.Field, label: str) -> str:
    is_chosen = isinstance(field, forms.ChoiceField | forms.DateField | forms.FileField)
    text = _("Please choose: %(label)s") if is_chosen else _("Please fill in: %(label)s")
    return text % {"label": label}
