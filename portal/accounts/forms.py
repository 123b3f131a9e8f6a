from typing import Any

from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm

from portal.accounts.models import Organisation, User

_PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class StaffUserForm(WagtailAdminModelForm):
    """An account. What it may do is said by assignments, not here."""

    password1 = forms.CharField(label=_("Password"), widget=_PASSWORD, strip=False)
    password2 = forms.CharField(
        label=_("Password again"),
        widget=_PASSWORD,
        strip=False,
        help_text=_("Hand it over in person. It can be changed after signing in."),
    )

    class Meta:
        model = User
        fields = ["username", "display_name", "organisation", "email"]
        labels = {"display_name": _("Name")}
        help_texts = {"username": _("Letters, digits and @ . + - _ only. Used to sign in.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["display_name"].required = True
        self.fields["organisation"].queryset = Organisation.objects.order_by("name", "pk")
        self.fields["password1"].help_text = password_validators_help_text_html()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("password1") != data.get("password2"):
            self.add_error("password2", _("The two passwords are not the same."))
        return data

    def _post_clean(self) -> None:
        super()._post_clean()
        if password := self.cleaned_data.get("password1"):
            try:
                validate_password(password, self.instance)
            except ValidationError as error:
                self.add_error("password1", error)

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        if password := self.cleaned_data.get("password1"):
            user.set_password(password)
        if commit:
            user.save()
            self.save_m2m()
        return user


class StaffUserEditForm(StaffUserForm):
    class Meta(StaffUserForm.Meta):
        fields = [*StaffUserForm.Meta.fields, "is_active"]
        labels = {**StaffUserForm.Meta.labels, "is_active": _("May sign in")}
        help_texts = {
            **StaffUserForm.Meta.help_texts,
            "is_active": _("Take this away instead of deleting an account: its records stay."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        editing_self = kwargs.pop("editing_self", False)
        super().__init__(*args, **kwargs)
        if editing_self:
            # One's own password is changed where the old one is asked for.
            for name in ("is_active", "password1", "password2"):
                del self.fields[name]
            return
        for name in ("password1", "password2"):
            self.fields[name].required = False
        self.fields["password1"].help_text = _("Leave blank to keep the present one.")
