"""What a resident types to be told. Forms check the shape; services check the meaning."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.messages.addresses import email_clean, phone_clean
from portal.messages.sms import sms_is_offered
from portal.messages.states import CODE_DIGITS, Channel
from portal.places.models import Place


class SubscribeForm(forms.Form):
    """One address: an e-mail address, or a mobile number where text messages are offered."""

    to = forms.CharField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Please write where the news should go.")},
    )
    agreed = forms.BooleanField(
        label=_("I agree that my address is kept and used to send me this news"),
        error_messages={"required": _("Without your consent we may not keep your address.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if sms_is_offered():
            self.fields["to"].label = _("Your e-mail address or mobile number")
            self.fields["to"].widget = forms.TextInput(attrs={"autocomplete": "email"})
            self.fields["to"].help_text = _("A mobile number gets text messages.")

    def clean_to(self) -> str:
        """The address in its one spelling; which channel it is for stands in `channel`."""
        text = self.cleaned_data["to"].strip()
        if self.channel_of(text) == Channel.SMS:
            return phone_clean(text)
        try:
            return email_clean(text)
        except ValidationError:
            raise ValidationError(
                _("This is not an e-mail address. Please check it, for example name@163.com."),
                code="email_unreadable",
            ) from None

    @property
    def channel(self) -> Channel:
        return self.channel_of(self.cleaned_data["to"])

    @staticmethod
    def channel_of(text: str) -> Channel:
        is_number = "@" not in text and any(c.isdecimal() for c in text)
        return Channel.SMS if is_number and sms_is_offered() else Channel.EMAIL


class CodeForm(forms.Form):
    """The code of a text message, typed back."""

    to = forms.CharField(max_length=40, widget=forms.HiddenInput)
    code = forms.CharField(
        label=_("The code in the text message"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"required": _("Please type the code of the text message.")},
    )

    def clean_to(self) -> str:
        return phone_clean(self.cleaned_data["to"])

    def clean_code(self) -> str:
        digits = "".join(c for c in self.cleaned_data["code"] if c.isdecimal())
        if len(digits) != CODE_DIGITS:
            raise ValidationError(
                _("The code has %(count)d digits.") % {"count": CODE_DIGITS}, code="code_length"
            )
        # Full-width digits are digits, too.
        return "".join(str(int(c)) for c in digits)


class StopForm(forms.Form):
    """Which places to hear no more of."""

    places: forms.ModelMultipleChoiceField[Place] = forms.ModelMultipleChoiceField(
        label=_("No more news of"),
        queryset=Place.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one place.")},
    )

    def __init__(self, *args: Any, places: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["places"].queryset = places  # type: ignore[attr-defined]
        self.fields["places"].initial = places
