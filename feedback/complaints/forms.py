"""Forms of residents. They check the shape; services check the meaning."""

from copy import copy, deepcopy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.complaints.kept import buildings_of
from feedback.complaints.models import Category
from feedback.complaints.questions import MAX_WORDS, PREFIX, Question, answers_check, in_words
from feedback.complaints.services import MAX_ADDED, MAX_TEXT
from feedback.complaints.states import Verdict, Wish
from portal.common.parts import part
from portal.intake.phones import clean_phone
from portal.intake.photos import MAX_PHOTOS, photo_clean
from portal.places.models import Place


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


def phone_field() -> forms.CharField:
    return forms.CharField(
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


def household_field() -> forms.CharField:
    return forms.CharField(
        label=_("Household code"),
        help_text=_("The 16 digits on your letter. It helps us see repeated faults in one home."),
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "data-no-draft": True}
        ),
    )


class ContactMixin(forms.Form):
    """A phone number is asked for only where somebody wants to be reached."""

    household_code = household_field()
    contact_wish = forms.ChoiceField(
        label=_("How may we reach you?"),
        choices=Wish.choices,
        initial=Wish.NONE,
        widget=forms.RadioSelect,
    )
    contact = phone_field()

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


class JoinForm(ContactMixin):
    """“Me too”: nothing has to be filled in."""


class BeginForm(forms.Form):
    """Words or a photo first; what it is about comes after."""

    text = forms.CharField(
        label=_("In your own words"),
        help_text=_("A few words are enough, for example: no water, the hall light is broken."),
        required=False,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    photos = PhotosField(label=_("Photos"))

    @property
    def good_photos(self) -> list[ContentFile[bytes]]:
        return photos_of(self)


def photos_of(form: forms.Form) -> list[ContentFile[bytes]]:
    field = form.fields["photos"]
    assert isinstance(field, PhotosField)
    return field.good


class FilingForm(ContactMixin):
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
    building = forms.TypedChoiceField(
        label=_("Which building?"),
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": _("Please choose one of the answers.")},
        # Names of buildings are Chinese in every language.
        widget=forms.Select(attrs={"lang": "zh-Hans"}),
    )
    contact_shared = forms.BooleanField(
        label=_("Whoever does the repair may get my number, to make an appointment with me."),
        required=False,
    )
    may_publish = forms.BooleanField(
        label=_("When it is done, others may read about it."),
        help_text=_("Without names, numbers and rooms. You can take that back at any time."),
        required=False,
    )

    def __init__(self, *args: Any, community: Place, category: Category, **kwargs: Any) -> None:
        # The fields are worked out once for all forms of this kind; Django copies these each time.
        self.base_fields = {}  # type: ignore[misc]
        super().__init__(*args, **kwargs)
        kept = part(
            # A day in its key: no answer lies in the future.
            ("filing fields", type(self), community.pk, category.pk, timezone.localdate()),
            lambda: filing_fields(type(self), community, category),
        )
        self.fields = dict(kept)
        self.order_fields(self.field_order)
        # The one field that remembers something of a form.
        self.fields["photos"] = copy(kept["photos"])
        self.category = category
        self.questions = [PREFIX + question["key"] for question in category.questions]

    @property
    def good_photos(self) -> list[ContentFile[bytes]]:
        return photos_of(self)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        try:
            answers_check(self.category.questions, self.answers)
        except ValidationError as error:
            self.add_error(None, error)
        return cleaned

    @property
    def question_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.questions]

    @property
    def answers(self) -> dict[str, str]:
        """Key of a question → what was typed."""
        return {name[len(PREFIX) :]: self.cleaned_data.get(name) or "" for name in self.questions}


def filing_fields(
    form: type[FilingForm], community: Place, category: Category
) -> dict[str, forms.Field]:
    """The fields of a `form` about `category` in `community`, in the reader's language. They are
    shared by many forms: nobody may change them."""
    fields = deepcopy(form.base_fields)
    field, buildings = fields["building"], buildings_of(community)
    assert isinstance(field, forms.TypedChoiceField)
    names = [(str(key), building.name) for key, building in buildings.items()]
    field.choices = [("", _("The whole community, or I am not sure")), *names]
    field.coerce = lambda key: buildings[int(key)]
    if category.danger:
        fields["danger"].label = category.danger
    else:
        del fields["danger"]
    if category.is_restricted:
        # It is passed on to nobody, and never published; nor is it asked from which home it comes.
        for name in ("may_publish", "contact_shared", "household_code"):
            fields.pop(name, None)
        # Nor can the committee come and help with what it must not know of.
        wish = fields["contact_wish"]
        assert isinstance(wish, forms.ChoiceField)
        wish.choices = [choice for choice in Wish.choices if choice[0] != Wish.VISIT]
    for question in category.questions:
        fields[PREFIX + question["key"]] = question_field(question)
    return fields


def question_field(question: Question) -> forms.Field:
    """A field for a question of a category; whether the answer makes sense is the service's."""
    label = in_words(question)
    if question["kind"] == "choice":
        choices = [(option["code"], in_words(option)) for option in question["options"]]
        return forms.ChoiceField(
            label=label, choices=choices, required=False, widget=forms.RadioSelect
        )
    attrs: dict[str, Any] = {"autocomplete": "off"}
    if question["kind"] == "number":
        unit = in_words(question["unit"]) if "unit" in question else ""
        label = f"{label} ({unit})" if unit else label
        attrs |= {"inputmode": "decimal"}
    if question["kind"] == "date":
        attrs |= {"type": "date", "max": timezone.localdate().isoformat()}
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, required=False, max_length=MAX_WORDS, widget=widget)


class TrackForm(forms.Form):
    number = forms.CharField(
        label=_("Number of the complaint"),
        help_text=_("14 digits, for example 260712-4831-5721."),
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


class AddForm(forms.Form):
    """More about a case that is open."""

    text = forms.CharField(
        label=_("What else should be known?"),
        required=False,
        max_length=MAX_ADDED,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    photos = PhotosField(label=_("Photos"))


class MailForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("It is used for this one message and then deleted."),
        max_length=200,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "data-no-draft": True}),
        error_messages={"required": _("Please give an e-mail address.")},
    )
