"""Forms of the staff screens: they check shape; services check meaning and rights."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.widgets import AdminDateInput

from portal.accounts.models import Organisation, User
from portal.accounts.roles import Action
from portal.common.sheets.files import MAX_BYTES
from portal.places.models import Building, Household, Place, PlaceLevel, StaffAssignment
from portal.places.permissions import places_with
from portal.places.policies import UserPolicy


class PlaceChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Places in the order of the tree, each as far in as it lies deep."""

    def label_from_instance(self, place: Any) -> str:
        indent = "\u3000" * (place.depth - 1)
        return f"{indent}{place.label} {place.code}"


def _editable_places(user: Any, **only: Any) -> Any:
    return places_with(user, Action.REGISTER_EDIT).filter(**only).order_by("path")


class PlaceForm(WagtailAdminModelForm):
    class Meta:
        model = Place
        fields = ["name", "name_en", "address", "phone", "valid_from", "valid_to"]
        widgets = {"valid_from": AdminDateInput, "valid_to": AdminDateInput}
        help_texts = {
            "phone": _("Shown to residents as the number to call."),
            "name_en": _("For the English pages. Empty: the Chinese name is shown there, too."),
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        _check_dates(data)
        return data


class NewPlaceForm(PlaceForm):
    parent = PlaceChoiceField(label=_("Below"), queryset=Place.objects.none())

    class Meta(PlaceForm.Meta):
        fields = ["level", "code", *PlaceForm.Meta.fields]

    field_order = ("parent", "level", "code", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parents = _editable_places(self.for_user).exclude(level=PlaceLevel.COMMUNITY)
        self.fields["parent"].queryset = parents
        self.fields["parent"].required = not self.for_user.is_superuser
        self.fields["level"].queryset = PlaceLevel.objects.order_by("rank")


class BuildingForm(WagtailAdminModelForm):
    class Meta:
        model = Building
        fields = ["name", "units", "floors", "built_year"]


class NewBuildingForm(BuildingForm):
    place = PlaceChoiceField(label=_("Community"), queryset=Place.objects.none())

    class Meta(BuildingForm.Meta):
        fields = ["place", *BuildingForm.Meta.fields]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        communities = _editable_places(self.for_user, level=PlaceLevel.COMMUNITY)
        self.fields["place"].queryset = communities


class HouseholdForm(WagtailAdminModelForm):
    class Meta:
        model = Household
        fields = [
            "floor_area",
            "tenure",
            "occupancy",
            "occupancy_date",
            "valid_from",
            "valid_to",
        ]
        widgets = dict.fromkeys(("occupancy_date", "valid_from", "valid_to"), AdminDateInput)
        help_texts = {
            "valid_to": _("The first day the home no longer exists. A home is ended, not deleted.")
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        _check_dates(data)
        return data


class NewHouseholdForm(HouseholdForm):
    class Meta(HouseholdForm.Meta):
        fields = ["building", "unit", "room", *HouseholdForm.Meta.fields]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = places_with(self.for_user, Action.REGISTER_EDIT).order_by().values("pk")
        buildings = Building.objects.filter(place__in=places).select_related("place")
        field = self.fields["building"]
        field.queryset = buildings.order_by("place__path", "name", "pk")
        field.label_from_instance = lambda building: f"{building.place.label} {building.name}"


class AssignmentForm(WagtailAdminModelForm):
    place = PlaceChoiceField(label=_("Place"), queryset=Place.objects.none())

    class Meta:
        model = StaffAssignment
        fields = ["user", "role", "place", "organisation"]
        help_texts = {
            "place": _("The role counts at this place and everywhere below it."),
            "organisation": _("For contractors and property companies."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        users = UserPolicy(User).visible_to(self.for_user).filter(is_active=True)
        field = self.fields["user"]
        field.queryset = users.order_by("display_name", "username", "pk")
        field.label_from_instance = lambda user: f"{user} ({user.username})"
        places = places_with(self.for_user, Action.STAFF_ASSIGN)
        self.fields["place"].queryset = places.order_by("path")
        self.fields["organisation"].queryset = Organisation.objects.order_by("name", "pk")


class OrganisationForm(WagtailAdminModelForm):
    class Meta:
        model = Organisation
        fields = ["name", "kind", "phone"]


class RegisterUploadForm(forms.Form):
    file = forms.FileField(
        label=_("Register file"),
        help_text=_("Excel (.xlsx) or CSV, up to 20 MB. The first row has the column names."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise ValidationError(_("The file is larger than 20 MB."))
        return file


def _check_dates(data: dict[str, Any]) -> None:
    first, last = data.get("valid_from"), data.get("valid_to")
    if first and last and last <= first:
        raise ValidationError({"valid_to": _("It must end after the day it begins.")})
