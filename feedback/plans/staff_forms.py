from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput

from feedback.complaints.models import Category
from feedback.plans.models import CorrectiveAction
from feedback.plans.services import FIELDS, Cause
from feedback.plans.states import State, Trigger
from feedback.surveys.wishes import Wish, wish_of, wishes_asked
from portal.accounts.models import Organisation, User
from portal.intake.photos import photo_clean
from portal.places.models import Place, PlaceQuerySet, StaffAssignment


class FilterForm(forms.Form):
    """What the list shows; an unknown value shows everything."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("all in work")), ("OVERDUE", _("Overdue")), *State.choices],
    )
    place = forms.ModelChoiceField(
        label=_("Place"),
        required=False,
        queryset=Place.objects.none(),
        empty_label=_("all"),
        to_field_name="code",
    )

    def __init__(self, *args: Any, places: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.fields["place"].queryset = places  # type: ignore[attr-defined]


class OpenForm(forms.Form):
    """An action that a person opens."""

    #: The wish, once it is known that its share is public.
    chosen: Wish | None = None

    place = forms.ModelChoiceField(label=_("Place"), queryset=Place.objects.none())
    category = forms.ModelChoiceField(
        label=_("Category of the complaints that show it"),
        queryset=Category.objects.for_staff(),
        required=False,
        empty_label=_("not from complaints"),
    )
    wish = forms.ChoiceField(
        label=_("Wish of the households that it answers to"),
        required=False,
        help_text=_(
            "From the ranking of the latest closed survey of what should be renovated. The more "
            "households of the community put it among the most urgent, the higher the rank."
        ),
    )
    title = forms.CharField(label=_("What is wrong"), max_length=120)
    is_danger = forms.BooleanField(
        label=_("Danger to people (P0)"), required=False, help_text=_("Comes before all others.")
    )

    def __init__(self, *args: Any, places: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places.order_by("path")  # type: ignore[attr-defined]
        if len(few := places.order_by("path")[:2]) == 1:
            self.fields["place"].initial = few[0].pk
        wishes = wishes_asked(places, get_language() or "")
        self.fields["wish"].choices = [("", _("not from a survey")), *wishes.items()]  # type: ignore[attr-defined]
        if not wishes:
            del self.fields["wish"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        code, place = data.get("wish"), data.get("place")
        self.chosen = wish_of(place, code, timezone.now()) if code and place else None
        if code and place and self.chosen is None:
            refusal = _("How many households of %(place)s wish for it is not published.")
            self.add_error("wish", refusal % {"place": place.label})
        return data

    def cause(self, today: date) -> Cause:
        """What was chosen. Complaints of a category open one action a day, a wish one for its
        survey."""
        data, wish = self.cleaned_data, self.chosen
        category: Category | None = data["category"]
        trigger, code, end = Trigger.OTHER, "", None
        if category is not None:
            trigger, code, end = Trigger.CATEGORY, category.code, today
        elif wish is not None:
            trigger, code, end = Trigger.SURVEY_ITEM, wish.code, wish.closed_on
        return Cause(
            trigger,
            code,
            data["title"],
            period_end=end,
            wish_share=wish.share if wish else Decimal(0),
            is_danger=data["is_danger"],
        )

    def evidence(self) -> dict[str, str]:
        """What the action keeps of the survey."""
        if self.chosen is None:
            return {}
        return {
            "wish_zh": self.chosen.zh,
            "wish_en": self.chosen.en,
            "wish_share": f"{100 * self.chosen.share:.1f}",
            "wished_by": f"{self.chosen.closed_on}",
        }


class PlanForm(forms.ModelForm[CorrectiveAction]):
    class Meta:
        model = CorrectiveAction
        fields = FIELDS
        widgets = {
            "measure": forms.Textarea(attrs={"rows": 4}),
            "resident_text_zh": forms.Textarea(attrs={"rows": 3}),
            "resident_text_en": forms.Textarea(attrs={"rows": 3}),
            "due_on": AdminDateInput,
        }
        labels = {"budget": pgettext_lazy("of a corrective action", "Budget (yuan)")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.instance.place
        above = Place.objects.above(place).order_by().values("pk")
        here = StaffAssignment.objects.filter(place__in=above)
        people, organisations = User.objects.filter(is_active=True), Organisation.objects.all()
        self.fields["owner"].queryset = people.filter(  # type: ignore[attr-defined]
            pk__in=here.values("user")
        ).order_by("username")
        self.fields["organisation"].queryset = organisations.order_by("name")  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """The service judges; the instance stays as it is until then."""


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"), max_length=600, required=False, widget=forms.Textarea({"rows": 2})
    )


class PostponeForm(ReasonForm):
    due_on = forms.DateField(label=_("New date"), widget=AdminDateInput)
    field_order = ("due_on", "reason")


class NoteForm(forms.Form):
    text = forms.CharField(label=_("Progress"), max_length=600, widget=forms.Textarea({"rows": 2}))
    is_public = forms.BooleanField(label=_("residents see it"), required=False, initial=True)


class DoneForm(forms.Form):
    text = forms.CharField(
        label=_("What was done"), max_length=600, widget=forms.Textarea({"rows": 2})
    )
    photo = forms.FileField(
        label=_("Photo of the result"), widget=forms.FileInput(attrs={"accept": "image/*"})
    )

    def clean_photo(self) -> ContentFile[bytes]:
        try:
            return photo_clean(self.cleaned_data["photo"])
        except ValidationError as error:
            raise ValidationError(error.messages) from error


#: Step of the address → its form.
STEP_FORMS: dict[str, type[forms.Form]] = {
    "promise": forms.Form,
    "return": ReasonForm,
    "note": NoteForm,
    "postpone": PostponeForm,
    "done": DoneForm,
    "reopen": ReasonForm,
    "close": ReasonForm,
    "drop": ReasonForm,
}
