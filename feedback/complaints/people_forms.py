"""Forms about who does whose cases."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.complaints.missing import NamesMissingForm
from portal.accounts.models import User
from portal.accounts.roles import Action, roles_with
from portal.places.forms import PlaceChoiceField
from portal.places.models import Place, PlaceQuerySet


def handlers_in(places: PlaceQuerySet) -> Any:
    """Those who handle or answer cases in one of `places`, wherever their assignment says so: in
    `places` or above them. By name."""
    roles = [*roles_with(Action.COMPLAINT_HANDLE), *roles_with(Action.COMPLAINT_ANSWER)]
    paths = set(places.order_by().values_list("path", flat=True))
    above = {
        path[:end] for path in paths for end in range(Place.steplen, len(path), Place.steplen)
    } - paths
    reaches = Q(staff_assignments__place__in=places.order_by().values("pk"))
    reaches |= Q(staff_assignments__place__path__in=above)
    found = User.objects.filter(reaches, is_active=True, staff_assignments__role__in=roles)
    return found.distinct().order_by("display_name", "username", "pk")


class _PeopleForm(NamesMissingForm):
    place = PlaceChoiceField(label=_("Place"), queryset=Place.objects.none())

    def __init__(self, *args: Any, places: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places.order_by("path")  # type: ignore[attr-defined]
        if len(only := places[:2]) == 1:
            self.initial.setdefault("place", only[0])
        for name in {"user", "deputy", "person", "to"} & set(self.fields):
            self.fields[name].queryset = handlers_in(places)  # type: ignore[attr-defined]


class AbsenceForm(_PeopleForm):
    user = forms.ModelChoiceField(label=_("Who is away"), queryset=User.objects.none())
    deputy = forms.ModelChoiceField(
        label=_("Deputy"),
        help_text=_("Must handle cases at the place already: standing in gives no rights."),
        queryset=User.objects.none(),
    )
    from_date = forms.DateField(label=_("First day"), widget=forms.DateInput({"type": "date"}))
    to_date = forms.DateField(label=_("Last day"), widget=forms.DateInput({"type": "date"}))
    field_order = ["user", "deputy", "place", "from_date", "to_date"]


class MoveForm(_PeopleForm):
    person = forms.ModelChoiceField(label=_("From"), queryset=User.objects.none())
    to = forms.ModelChoiceField(
        label=pgettext_lazy("recipient of cases", "To"), queryset=User.objects.none()
    )
    field_order = ["person", "to", "place"]
