"""Forms of residents. They check the shape; services check the meaning."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.complaints.models import Category
from feedback.complaints.services import MAX_TEXT
from feedback.complaints.states import Verdict, Wish
from portal.intake.photos import MAX_PHOTOS, photo_clean
from portal.places.models import Building, Place

_PHONE = re.compile(r"\+?\d{7,15}\Z")


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class PhotosField(forms.FileField):
    """Several photos. `good` keeps the ones that could be read when others could not, so that
    nobody has to choose them again."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"accept": "image/*", "data-intake-photos": True, "multiple": True}
        super().__init__(widget=PhotosInput(attrs=attrs), required=False, **kwargs)
        self.good: list[ContentFile[bytes]] = []

    def clean(self, data: Any, initial: Any = None) -> list[ContentFile[bytes]]:
        uploads = [upload for upload in data or [] if upload]
        problems: list[ValidationError] = []
        self.good = []
        for upload in uploads[:MAX_PHOTOS]:
            try:
                self.good.append(photo_clean(upload))
            except ValidationError as error:
                problems.append(error)
        if len(uploads) > MAX_PHOTOS:
            problems.append(ValidationError(_("No more than 6 photos can be added.")))
        if problems:
            raise ValidationError(problems)
        return self.good


class FilingForm(forms.Form):
    """A complaint of one category in one community."""

    danger = forms.BooleanField(required=False)
    text = forms.CharField(
        label=_("What is wrong?"),
        help_text=_("In your own words: what, where exactly, since when."),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Please write what is wrong.")},
    )
    photos = PhotosField(
        label=_("Photos"),
        help_text=_("Up to 6. The place and time stored in a photo are removed."),
    )
    building = forms.ModelChoiceField(
        label=_("Which building?"),
        queryset=Building.objects.none(),
        required=False,
        empty_label=_("The whole community, or I am not sure"),
        # Names of buildings are Chinese in every language.
        widget=forms.Select(attrs={"lang": "zh-Hans"}),
    )
    household_code = forms.CharField(
        label=_("Household code"),
        help_text=_("The 16 digits on your letter. It helps us see repeated faults in one home."),
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "data-no-draft": True}
        ),
    )
    contact_wish = forms.ChoiceField(
        label=_("How may we reach you?"),
        choices=Wish.choices,
        initial=Wish.NONE,
        widget=forms.RadioSelect,
    )
    contact = forms.CharField(
        label=_("Your phone number"),
        required=False,
        max_length=30,
        widget=forms.TextInput(
            attrs={
                "type": "tel",
                "inputmode": "tel",
                "autocomplete": "tel",
                "data-no-draft": True,
            }
        ),
    )

    def __init__(self, *args: Any, community: Place, category: Category, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        buildings = Building.objects.filter(place=community).order_by("name", "pk")
        self.fields["building"].queryset = buildings  # type: ignore[attr-defined]
        if category.danger:
            self.fields["danger"].label = category.danger
        else:
            del self.fields["danger"]

    @property
    def good_photos(self) -> list[ContentFile[bytes]]:
        field = self.fields["photos"]
        assert isinstance(field, PhotosField)
        return field.good

    def clean_contact(self) -> str:
        return clean_phone(self.cleaned_data["contact"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        wish = cleaned.get("contact_wish", Wish.NONE)
        if wish != Wish.NONE and not cleaned.get("contact") and not self.has_error("contact"):
            self.add_error("contact", _("Please give a phone number so that we can reach you."))
        if wish == Wish.NONE:
            # Not asked for, so not kept (PIPL Art. 6).
            cleaned["contact"] = ""
        return cleaned


def clean_phone(text: str) -> str:
    """Digits alone, with an optional plus. Raises ValidationError for what is no number."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text) if c.isdigit() or c in "+")
    if text.strip() and not _PHONE.match(plain):
        raise ValidationError(_("This is not a phone number. Please check the digits."))
    return plain


class TrackForm(forms.Form):
    number = forms.CharField(
        label=_("Number of the complaint"),
        help_text=_("11 digits, for example 260712-48315."),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    secret = forms.CharField(
        label=_("Secret"),
        help_text=_("16 letters and digits from your receipt. Dashes and spaces do not matter."),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class VerdictForm(forms.Form):
    """The resident's answer; number and secret come along hidden."""

    verdict = forms.ChoiceField(
        label=_("Is it solved?"),
        choices=Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please say whether it is solved.")},
    )
    rating = forms.TypedChoiceField(
        label=_("How well was your complaint handled?"),
        choices=[
            (5, pgettext_lazy("rating", "5 – very well")),
            (4, pgettext_lazy("rating", "4 – well")),
            (3, pgettext_lazy("rating", "3 – so-so")),
            (2, pgettext_lazy("rating", "2 – badly")),
            (1, pgettext_lazy("rating", "1 – very badly")),
        ],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("Anything to add?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
