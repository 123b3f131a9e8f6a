"""Forms of the supervisors' log."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from feedback.complaints.forms import PhotosField
from feedback.complaints.looked_over import LookedOverForm
from feedback.complaints.missing import NamesMissingForm
from feedback.complaints.models import Category, SupervisionVisit, Supervisor, VisitPhoto
from feedback.complaints.services import Seen
from feedback.complaints.states import WorkItem
from portal.accounts.models import Organisation
from portal.places.models import Building, Place
from portal.projects.models import RenovationProject

#: Lines for findings on the screen; more go into a second record.
FINDINGS = 4


def _day(label: Any, *, required: bool = True) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget)


class SupervisorForm(NamesMissingForm):
    community = forms.ModelChoiceField(label=_("Community"), queryset=Place.objects.none())
    name = forms.CharField(
        label=_("Name"), max_length=40, help_text=_("Encrypted; only the committee sees it.")
    )
    alias = forms.CharField(
        label=_("Name in public"),
        max_length=20,
        required=False,
        help_text=_("A surname and a form of address, as neighbours say it."),
    )
    shows_alias = forms.BooleanField(
        label=_("The supervisor agreed that this name is public"), required=False
    )
    from_date = _day(_("Serves from"))
    to_date = _day(_("Serves until"), required=False)

    def __init__(self, *args: Any, places: "QuerySet[Place]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["community"].queryset = places  # type: ignore[attr-defined]
        if len(places) == 1:
            self.initial.setdefault("community", places[0])


class VisitForm(LookedOverForm):
    """A visit to `community`; each finding has a line and, if it is at one, a building."""

    everybody_reads = ("seen", *(f"finding_{number}" for number in range(FINDINGS)))

    visit_date = _day(_("Day of the visit"))
    supervisors = forms.ModelMultipleChoiceField(
        label=_("Who went"),
        queryset=Supervisor.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )
    seen = forms.CharField(
        label=_("What was looked at"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody can read it: no names, no rooms."),
    )
    photos = PhotosField(
        label=_("Photos"), help_text=_("Everybody can see them: no faces, no number plates.")
    )

    def __init__(self, *args: Any, community: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Those who serve now come first: visits are mostly entered the same week.
        serving = Supervisor.objects.filter(community=community).order_by("-from_date", "pk")
        self.fields["supervisors"].queryset = serving  # type: ignore[attr-defined]
        self.fields["supervisors"].label_from_instance = _who  # type: ignore[attr-defined]
        buildings = Building.objects.filter(place=community).order_by("name", "pk")
        for number in range(FINDINGS):
            self.fields[f"finding_{number}"] = forms.CharField(
                label=_("Finding"), max_length=300, required=False
            )
            self.fields[f"building_{number}"] = forms.ModelChoiceField(
                label=_("Building"),
                queryset=buildings,
                required=False,
                empty_label=_("Elsewhere in the community"),
            )

    @property
    def main(self) -> list[forms.BoundField]:
        return [self[name] for name in ("visit_date", "supervisors", "seen")]

    @property
    def lines(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"finding_{n}"], self[f"building_{n}"]) for n in range(FINDINGS)]

    def arguments(self) -> dict[str, Any]:
        """What `visit_record` takes."""
        given = self.cleaned_data
        findings = [
            Seen(text.strip(), given[f"building_{n}"])
            for n in range(FINDINGS)
            if (text := given[f"finding_{n}"]).strip()
        ]
        main = {name: given[name] for name in ("visit_date", "seen", "photos")}
        return {**main, "supervisors": list(given["supervisors"]), "findings": findings}


def _who(supervisor: Supervisor) -> str:
    until = f" {supervisor.to_date:%Y-%m-%d}" if supervisor.to_date else ""
    return f"{supervisor.name} ({supervisor.from_date:%Y-%m-%d} –{until})"


class CaseForm(NamesMissingForm):
    """What kind of case a finding is, which works are at fault, and which photos show it."""

    category = forms.ModelChoiceField(label=_("Category"), queryset=Category.objects.none())
    project = forms.ModelChoiceField(
        label=_("Renovation project"), queryset=RenovationProject.objects.none()
    )
    work_item = forms.ChoiceField(
        label=_("Part of the works"),
        choices=[("", _("That of the category")), *WorkItem.choices],
        required=False,
    )
    contractor = forms.ModelChoiceField(
        label=_("Contractor"),
        queryset=Organisation.objects.filter(kind=Organisation.Kind.CONTRACTOR).order_by(
            "name", "pk"
        ),
        required=False,
        empty_label=_("Not known yet"),
    )
    photos = forms.ModelMultipleChoiceField(
        label=_("Photos that show it"),
        queryset=VisitPhoto.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, visit: SupervisionVisit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["category"].queryset = Category.objects.for_staff()
        projects = RenovationProject.objects.filter(communities__community=visit.community_id)
        here = list(projects.order_by("code", "pk"))
        if here:
            fields["project"].queryset = projects.order_by("code", "pk")
            self.initial.setdefault("project", here[0])
        else:
            # No works, so nothing of them can be at fault: an ordinary case.
            for name in ("project", "work_item", "contractor"):
                del fields[name]
        photos = VisitPhoto.objects.filter(visit=visit).order_by("pk")
        numbers = {pk: number for number, pk in enumerate(photos.values_list("pk", flat=True), 1)}
        if numbers:
            fields["photos"].queryset = photos
            fields["photos"].label_from_instance = lambda photo: (
                _("Photo %(number)s") % {"number": numbers[photo.pk]}
            )
            self.initial.setdefault("photos", list(numbers))
        else:
            del fields["photos"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        category = given.get("category")
        if "work_item" in given and not given["work_item"] and category is not None:
            given["work_item"] = category.work_item or WorkItem.OTHER
        return given
