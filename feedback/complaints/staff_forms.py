"""Forms of the staff screens: one small form a step."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.complaints.deadlines import MAX_EXTENSION
from feedback.complaints.forms import ContactMixin, FilingForm, PhotosField, VerdictForm
from feedback.complaints.missing import NamesMissingForm
from feedback.complaints.models import Category, Complaint
from feedback.complaints.permissions import organisations_for
from feedback.complaints.routes import route_of
from feedback.complaints.states import ASSISTED, Channel, Nature
from feedback.complaints.suggestions import suggest
from portal.accounts.models import Organisation, User
from portal.places.models import Building, Place

SHORT, LONG = 500, 2000


def text_field(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


PUBLIC = _("The resident can read this. Leave out names and phone numbers.")


class StepForm(NamesMissingForm):
    """`arguments()` is what the service of the step takes beside the complaint, who, and when."""

    def __init__(self, *args: Any, complaint: Complaint, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.complaint, self.by = complaint, by

    def arguments(self) -> dict[str, Any]:
        return self.cleaned_data

    def for_different_cases(self) -> None:
        """Nothing is proposed that fits only one of them."""


class EmptyForm(StepForm):
    pass


class AcceptForm(StepForm):
    reply = text_field(
        _("Message to the resident"),
        _("Who comes, and when. The resident can read it; it counts as the first contact."),
        required=False,
    )


class RefuseForm(StepForm):
    #: None is chosen beforehand: what it is decides which figures it counts in.
    nature = forms.ChoiceField(
        label=_("What it is"),
        choices=[("", "---------"), *(c for c in Nature.choices if c[0] != Nature.COMPLAINT)],
    )
    reason = text_field(_("Reason"), PUBLIC)


class AssignForm(StepForm):
    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.none()
    )
    note = text_field(_("Internal note"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = organisations_for(self.complaint.community)
        field: Any = self.fields["organisation"]
        field.queryset = known
        routed = route_of(self.complaint)
        if routed and routed.organisation:
            self.initial.setdefault("organisation", routed.organisation)
            field.help_text = _("The route of this place proposes it.")

    def for_different_cases(self) -> None:
        self.initial.pop("organisation", None)
        self.fields["organisation"].help_text = ""


class ReplyForm(StepForm):
    text = text_field(_("Reply"), PUBLIC)


class WaitForm(StepForm):
    text = text_field(
        _("What is needed"),
        _("The resident can read this. The clock stands still until they answer."),
    )


class ContactForm(StepForm):
    note = text_field(_("What was said (internal)"))


class NoteForm(StepForm):
    text = text_field(_("Internal note"))


class ExtendForm(StepForm):
    workdays = forms.IntegerField(
        label=_("Working days"), min_value=1, max_value=MAX_EXTENSION, initial=5
    )
    reason = text_field(_("Reason"), PUBLIC)


class PromiseForm(StepForm):
    day = forms.DateField(
        label=_("Repair by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    text = text_field(_("How it was made safe"), PUBLIC)


class ReclassifyForm(StepForm):
    category = forms.ModelChoiceField(label=_("Category"), queryset=Category.objects.for_staff())
    danger = forms.BooleanField(
        label=_("There is danger now (only where the category knows one)"), required=False
    )


class ResolveForm(StepForm):
    text = text_field(_("What was done"), PUBLIC)
    photos_before = PhotosField(label=_("Photos before the repair"))
    photos = PhotosField(label=_("Photos after the repair"))


class AnswerForm(StepForm):
    text = text_field(_("Your answer"), _("The staff of the community read this and decide."))
    photos_before = PhotosField(label=_("Photos before the repair"))
    photos = PhotosField(label=_("Photos after the repair"))


class CallbackForm(StepForm, VerdictForm):
    """The verdict is needed only when somebody answered."""

    answered = forms.TypedChoiceField(
        label=_("Did somebody answer?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    field_order = ["answered", "verdict", "rating", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["verdict"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("answered") and not cleaned.get("verdict"):
            raise ValidationError({"verdict": _("Please say whether it is solved.")})
        return cleaned


class StartForm(NamesMissingForm):
    """Which community and category a complaint taken down by staff is about."""

    place = forms.ModelChoiceField(
        label=_("Community"), queryset=Place.objects.none(), to_field_name="code"
    )
    words = forms.CharField(
        label=_("What is it about?"),
        help_text=_("In everyday words, for example: no heating. Fitting categories are offered."),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    category = forms.ModelChoiceField(
        label=_("Or choose the category"),
        queryset=Category.objects.for_staff(),
        required=False,
    )

    def __init__(self, *args: Any, places: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]
        first = "place"
        if places.count() == 1:
            self.initial["place"] = places[0].code
        if self.initial.get("place"):
            # Where the community is known, what it is about is typed at once.
            first = "words"
        self.fields[first].widget.attrs["autofocus"] = True

    @property
    def found(self) -> list[Category]:
        """Categories that the words lead to, best first; once one is chosen, none."""
        given = getattr(self, "cleaned_data", {})
        if not given.get("place") or given.get("category") or not given.get("words"):
            return []
        return suggest(given["words"], Category.objects.for_staff())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("category") or self.has_error("category"):
            return cleaned
        if not cleaned.get("words"):
            self.add_error("category", _("Please say what it is about, or choose a category."))
        elif cleaned.get("place") and not self.found:
            self.add_error("words", _("No category fits these words. Please choose one below."))
        return cleaned


class HomeMixin(NamesMissingForm):
    """How somebody came, and their home by building, unit and room: `home` of what is cleaned."""

    unit = forms.CharField(
        label=capfirst(pgettext_lazy("of a building", "unit")), required=False, max_length=20
    )
    room = forms.CharField(label=_("Room"), required=False, max_length=20)
    channel = forms.ChoiceField(
        label=_("How it came in"),
        choices=[(channel.value, channel.label) for channel in ASSISTED],
        initial=Channel.COUNTER,
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        unit, room = cleaned.pop("unit", ""), cleaned.pop("room", "")
        building = cleaned.get("building")
        if room and not building and not self.has_error("building"):
            self.add_error("building", _("Which building is the room in?"))
        elif room and building:
            homes = building.households.on(timezone.localdate()).filter(room=room)
            found = list(homes.filter(unit=unit) if unit else homes.order_by("pk")[:2])
            if len(found) != 1:
                self.add_error(
                    "room", _("The register has no such home, or several: add the unit.")
                )
            else:
                cleaned["home"] = found[0]
        return cleaned


class CounterForm(HomeMixin, FilingForm):
    """A complaint that staff take down for somebody at the counter, on the phone, at the door.

    The home is told by its code, or by building, unit and room.
    """

    #: Only the resident says yes to that, with the receipt in hand.
    may_publish = None  # type: ignore[assignment]
    signatories = forms.IntegerField(
        label=_("How many people sign it"), min_value=1, max_value=9999, initial=1
    )
    field_order = ["channel", "danger", "text", "building", "unit", "room", "household_code"]


class CounterJoinForm(HomeMixin, ContactMixin):
    """A neighbour who calls or comes about a case that is open already."""

    building = forms.ModelChoiceField(
        label=_("Which building?"),
        queryset=Building.objects.none(),
        required=False,
        widget=forms.Select(attrs={"lang": "zh-Hans"}),
    )
    field_order = ["channel", "building", "unit", "room", "household_code"]

    def __init__(self, *args: Any, complaint: Complaint, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        buildings = complaint.community.buildings.order_by("name", "pk")
        self.fields["building"].queryset = buildings  # type: ignore[attr-defined]
        self.initial.setdefault("building", complaint.building_id)
