"""The register on the staff screens: places, buildings, homes."""

from typing import Any

import django_filters
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSetGroup
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from portal.accounts.roles import Action
from portal.places import forms, services
from portal.places.models import Building, Household, Place, PlaceLevel
from portal.places.permissions import can, can_somewhere
from portal.places.scoped_views import (
    ScopedFilterSet,
    ScopedIndexView,
    ServiceCreateView,
    ServiceEditView,
)


class InspectView(generic.InspectView):
    def get_field_display_value(self, field_name: str, field: Any) -> Any:
        value = super().get_field_display_value(field_name, field)
        return "–" if value in (None, "") else value


def counted(queryset: QuerySet[Any]) -> Coalesce:
    """How many rows a correlated `queryset` has, as one column."""
    total = queryset.order_by().values(total=Count("pk")).annotate(one=Count("pk"))
    total.query.group_by = None
    return Coalesce(Subquery(total.values("total")[:1]), 0)


class PlaceFilterSet(ScopedFilterSet):
    under = django_filters.ModelChoiceFilter(
        label=_("Below"), queryset=Place.objects.order_by("path"), method="filter_under"
    )
    scoped = {"under": ""}

    class Meta:
        model = Place
        fields = ["level"]

    def filter_under(self, queryset: QuerySet[Place], name: str, value: Place) -> QuerySet[Place]:
        return queryset.filter(path__startswith=value.path)


class PlaceColumn(TitleColumn):
    """The name in the reader's language, as far in as the place lies deep."""

    def get_value(self, instance: Place) -> str:
        return "\u3000" * (instance.depth - 1) + instance.label


class PlaceIndexView(ScopedIndexView):
    def get_base_queryset(self) -> QuerySet[Any]:
        homes = Household.objects.filter(
            valid_to=None, building__place__path__startswith=OuterRef("path")
        )
        buildings = Building.objects.filter(place__path__startswith=OuterRef("path"))
        return (
            super()
            .get_base_queryset()
            .select_related("level")
            .annotate(buildings_count=counted(buildings), households_count=counted(homes))
        )

    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("name", column_class=PlaceColumn),
            Column("code", label=_("Division code"), sort_key="code"),
            Column("level", label=_("Level"), sort_key="level__rank"),
            Column("buildings_count", label=_("Buildings")),
            Column("households_count", label=_("Households today")),
        ]


class PlaceAddView(ServiceCreateView):
    def service(self, form: Any) -> Place:
        data = dict(form.cleaned_data)
        return services.place_create(by=self.request.user, **data)


class PlaceEditView(ServiceEditView):
    def service(self, form: Any) -> Place:
        return services.place_update(
            by=self.request.user, place=form.instance, fields=list(form.cleaned_data)
        )


class PlaceViewSet(ModelViewSet):
    model = Place
    name = "places"
    icon = "site"
    menu_label = pgettext_lazy("of the register", "Places")
    ordering = "path"
    inspect_view_enabled = True
    inspect_view_class = InspectView
    inspect_view_fields = [
        "name",
        "name_en",
        "code",
        "level",
        "address",
        "phone",
        "valid_from",
        "valid_to",
    ]
    search_fields = ["name", "name_en", "code", "initials", "pinyin"]
    filterset_class = PlaceFilterSet
    copy_view_enabled = False
    add_to_reference_index = False
    index_view_class = PlaceIndexView
    add_view_class = PlaceAddView
    edit_view_class = PlaceEditView

    def get_form_class(self, for_update: bool = False) -> type[forms.PlaceForm]:
        return forms.PlaceForm if for_update else forms.NewPlaceForm


class BuildingFilterSet(ScopedFilterSet):
    place = django_filters.ModelChoiceFilter(
        label=_("Community"),
        queryset=Place.objects.filter(level=PlaceLevel.COMMUNITY).order_by("path"),
    )
    scoped = {"place": ""}

    class Meta:
        model = Building
        fields = ["place"]


class BuildingIndexView(ScopedIndexView):
    def get_base_queryset(self) -> QuerySet[Any]:
        present = Count("households", filter=Q(households__valid_to=None))
        return super().get_base_queryset().select_related("place").annotate(homes=present)

    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("name"),
            Column("place", label=_("Community"), accessor="place.label", sort_key="place__path"),
            Column("homes", label=_("Households today"), sort_key="homes"),
            Column("units", label=_("Units"), sort_key="units"),
            Column("floors", label=_("Floors"), sort_key="floors"),
            Column("built_year", label=_("Year built"), sort_key="built_year"),
        ]

    @cached_property
    def may_print(self) -> bool:
        return can_somewhere(self.request.user, Action.CODE_PRINT)

    def get_list_more_buttons(self, instance: Building) -> list[Any]:
        buttons = super().get_list_more_buttons(instance)
        return [*building_buttons(instance), *buttons] if self.may_print else buttons


class BuildingEditView(ServiceEditView):
    def service(self, form: Any) -> Building:
        return services.building_save(
            by=self.request.user, building=form.instance, fields=list(form.cleaned_data)
        )

    @cached_property
    def header_more_buttons(self) -> list[Any]:
        buttons = super().header_more_buttons
        may_print = can(self.request.user, Action.CODE_PRINT, self.object.place)
        return [*building_buttons(self.object), *buttons] if may_print else buttons


class BuildingAddView(ServiceCreateView):
    service = BuildingEditView.service


class BuildingViewSet(ModelViewSet):
    model = Building
    name = "buildings"
    icon = "home"
    menu_label = _("Buildings")
    ordering = ["place__path", "name"]
    inspect_view_enabled = True
    inspect_view_class = InspectView
    inspect_view_fields = ["place", "name", "units", "floors", "built_year"]
    search_fields = ["name", "place__name", "place__initials"]
    filterset_class = BuildingFilterSet
    copy_view_enabled = False
    add_to_reference_index = False
    index_view_class = BuildingIndexView
    add_view_class = BuildingAddView
    edit_view_class = BuildingEditView

    def get_form_class(self, for_update: bool = False) -> type[forms.BuildingForm]:
        return forms.BuildingForm if for_update else forms.NewBuildingForm


class HouseholdFilterSet(ScopedFilterSet):
    place = django_filters.ModelChoiceFilter(
        label=_("Community"),
        field_name="building__place",
        queryset=Place.objects.filter(level=PlaceLevel.COMMUNITY).order_by("path"),
    )
    present = django_filters.ChoiceFilter(
        label=_("Register"),
        method="filter_present",
        choices=[("yes", _("Present homes")), ("no", _("Ended homes"))],
    )
    scoped = {"place": ""}

    class Meta:
        model = Household
        fields = ["place", "occupancy", "tenure"]

    def filter_present(
        self, queryset: QuerySet[Household], name: str, value: str
    ) -> QuerySet[Household]:
        return queryset.filter(valid_to__isnull=value == "yes")


class HouseholdIndexView(ScopedIndexView):
    def get_base_queryset(self) -> QuerySet[Any]:
        return super().get_base_queryset().select_related("building__place")

    @cached_property
    def may_print(self) -> bool:
        return can_somewhere(self.request.user, Action.CODE_PRINT)

    def get_list_more_buttons(self, instance: Household) -> list[Any]:
        buttons = super().get_list_more_buttons(instance)
        return [*household_buttons(instance), *buttons] if self.may_print else buttons

    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("__str__"),
            Column(
                "place",
                label=_("Community"),
                accessor="building.place.label",
                sort_key="building__place__path",
            ),
            Column("floor_area", label=_("Floor area (㎡)"), sort_key="floor_area"),
            Column("tenure", label=_("Tenure"), accessor="get_tenure_display"),
            Column("occupancy", label=_("Occupancy"), accessor="get_occupancy_display"),
            Column("valid_from", label=_("Valid from"), sort_key="valid_from"),
            Column("valid_to", label=_("Valid to"), sort_key="valid_to"),
        ]


class HouseholdEditView(ServiceEditView):
    def service(self, form: Any) -> Household:
        return services.household_save(
            by=self.request.user, household=form.instance, fields=list(form.cleaned_data)
        )

    @cached_property
    def header_more_buttons(self) -> list[Any]:
        buttons = super().header_more_buttons
        may_print = can(self.request.user, Action.CODE_PRINT, self.object.building.place)
        return [*household_buttons(self.object), *buttons] if may_print else buttons


class HouseholdAddView(ServiceCreateView):
    service = HouseholdEditView.service


class HouseholdViewSet(ModelViewSet):
    model = Household
    name = "households"
    icon = "key"
    menu_label = pgettext_lazy("of the register", "Households")
    ordering = ["building__place__path", "building__name", "unit", "room"]
    inspect_view_enabled = True
    inspect_view_class = InspectView
    inspect_view_fields = [
        "building",
        "unit",
        "room",
        "floor_area",
        "tenure",
        "occupancy",
        "occupancy_date",
        "valid_from",
        "valid_to",
    ]
    search_fields = ["room", "building__name", "building__place__name"]
    filterset_class = HouseholdFilterSet
    copy_view_enabled = False
    add_to_reference_index = False
    index_view_class = HouseholdIndexView
    add_view_class = HouseholdAddView
    edit_view_class = HouseholdEditView

    def get_form_class(self, for_update: bool = False) -> type[forms.HouseholdForm]:
        return forms.HouseholdForm if for_update else forms.NewHouseholdForm


class RegisterGroup(ViewSetGroup):
    menu_label = _("Register")
    menu_icon = "list-ul"
    menu_order = 600
    items = (PlaceViewSet(), BuildingViewSet(), HouseholdViewSet())


def building_buttons(building: Building) -> list[Button]:
    url = reverse("places_letters:building", args=[building.pk])
    return [Button(_("Letters with codes"), url=url, icon_name="mail", priority=5)]


def household_buttons(household: Household) -> list[Button]:
    return [
        Button(label, url=reverse(name, args=[household.pk]), icon_name=icon, priority=5)
        for label, name, icon in (
            (_("Letter with the code"), "places_letters:household", "mail"),
            (_("Make the code invalid"), "places_letters:reissue", "rotate"),
        )
    ]
