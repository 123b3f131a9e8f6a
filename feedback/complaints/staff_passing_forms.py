"""Forms of the steps that join, split, pass on and inspect a case."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.complaints.forms import PhotosField
from feedback.complaints.models import Category, Complaint
from feedback.complaints.numbers import normalise_number
from feedback.complaints.permissions import complaints_visible_to, persons_for
from feedback.complaints.routes import route_of
from feedback.complaints.services.passing import MORE_DAYS
from feedback.complaints.staff_forms import PUBLIC, StepForm, text_field
from feedback.complaints.states import OPEN, Outcome, WorkItem
from portal.accounts.models import Organisation, User
from portal.projects.models import RenovationProject

#: Reports of the same matter that are offered to join to.
SIMILAR_AT_MOST = 8


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class HandOverForm(StepForm):
    person = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.none())
    note = text_field(_("Internal note"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = persons_for(self.complaint, self.by)
        self.fields["person"].queryset = known  # type: ignore[attr-defined]


class MergeForm(StepForm):
    similar = forms.ModelChoiceField(
        label=_("Open reports of the same kind here"),
        queryset=Complaint.objects.none(),
        widget=forms.RadioSelect,
        empty_label=_("Another one, by its number:"),
        required=False,
        # Or there would be no way back from a report to the number.
        blank=True,
    )
    number = forms.CharField(
        label=pgettext_lazy("of a complaint", "Number"), max_length=20, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        case = self.complaint
        here = complaints_visible_to(self.by).filter(
            community=case.community, category=case.category, state__in=OPEN
        )
        keys = here.exclude(pk=case.pk).order_by("filed_at", "pk").values("pk")[:SIMILAR_AT_MOST]
        field: Any = self.fields["similar"]
        field.queryset = Complaint.objects.filter(pk__in=keys).order_by("filed_at", "pk")
        field.label_from_instance = lambda one: f"{one.number} · {one.text[:40]}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        number = normalise_number(cleaned.get("number", ""))
        chosen = cleaned.get("similar")
        if chosen is not None and cleaned.get("number") and chosen.number != number:
            # Nobody can part them again.
            told = _("Choose a report above or give a number, not both.")
            raise ValidationError({"number": told})
        if chosen is None:
            found = complaints_visible_to(self.by).filter(number=number or "-").first()
            if found is None:
                raise ValidationError({"number": _("There is no case of this number here.")})
            cleaned["similar"] = found
        return cleaned

    def arguments(self) -> dict[str, Any]:
        return {"main": self.cleaned_data["similar"]}


class SplitForm(StepForm):
    category = forms.ModelChoiceField(
        label=_("Category of the second matter"), queryset=Category.objects.for_staff()
    )
    text = text_field(_("The second matter"), _("In the words of the resident."))
    danger = forms.BooleanField(
        label=_("There is danger now (only where the category knows one)"), required=False
    )


class TransferForm(StepForm):
    office = forms.CharField(label=_("Petition office"), max_length=80)
    reason = text_field(_("Reason"), PUBLIC)


class PetitionAcceptForm(StepForm):
    day = _day(_("Accepted on"))


class PetitionExtendForm(StepForm):
    days = forms.IntegerField(label=_("Calendar days"), min_value=1, max_value=MORE_DAYS)
    reason = text_field(_("Reason"), PUBLIC)


class PetitionFinishForm(StepForm):
    day = _day(_("Decided on"))
    result = text_field(_("Result"), PUBLIC)


class PetitionReturnForm(StepForm):
    reason = text_field(_("Reason"), PUBLIC)


class ConcludeForm(StepForm):
    outcome = forms.ChoiceField(label=_("What was found"), choices=Outcome.choices)
    text = text_field(
        _("What the person who reported it is told"), _("Only they can read it, with their secret.")
    )


class QualityForm(StepForm):
    project = forms.ModelChoiceField(
        label=_("Renovation project"), queryset=RenovationProject.objects.none()
    )
    work_item = forms.ChoiceField(label=_("Part of the works"), choices=WorkItem.choices)
    contractor = forms.ModelChoiceField(
        label=_("Contractor"),
        queryset=Organisation.objects.filter(kind=Organisation.Kind.CONTRACTOR).order_by(
            "name", "pk"
        ),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        case = self.complaint
        here = RenovationProject.objects.filter(communities__community=case.community)
        projects: Any = self.fields["project"]
        projects.queryset = here.order_by("code", "pk")
        known = getattr(case, "quality", None)
        self.initial.setdefault("project", known.project_id if known else here.first())
        item = known.work_item if known else case.category.work_item
        self.initial.setdefault("work_item", item)
        if known is not None:
            self.initial.setdefault("contractor", known.contractor_id)
        elif routed := route_of(case):
            self.initial.setdefault("contractor", routed.organisation)


class ReinspectForm(StepForm):
    passed = forms.TypedChoiceField(
        label=_("Is the repair good?"),
        choices=[("yes", _("Yes, it passed")), ("no", _("No, it must be done again"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = text_field(_("What was seen"), PUBLIC)
    photo = PhotosField(label=_("Photo of the repair"))

    def clean_photo(self) -> Any:
        photos = self.cleaned_data["photo"]
        if not photos:
            raise ValidationError(_("A photo is needed as proof."))
        return photos[0]
