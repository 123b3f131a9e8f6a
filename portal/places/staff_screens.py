"""Who works where, on the staff screens: assignments and the organisations people belong to."""

from typing import Any

import django_filters
from django.db.models import Count, QuerySet
from django.forms import BaseForm
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from portal.accounts.models import Organisation
from portal.accounts.roles import Role
from portal.places import forms, services
from portal.places.models import Place, StaffAssignment
from portal.places.scoped_views import ScopedFilterSet, ScopedIndexView, ServiceCreateView


class AssignmentFilterSet(ScopedFilterSet):
    place = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Place"), queryset=Place.objects.order_by("path"), method="filter_place"
    )
    scoped = {"place": ""}

    class Meta:
        model = StaffAssignment
        fields = ["role"]

    def filter_place(self, queryset: QuerySet[Any], name: str, value: Place) -> QuerySet[Any]:
        """At the place or below it."""
        return queryset.filter(place__path__startswith=value.path)


class AssignmentIndexView(ScopedIndexView):
    def get_base_queryset(self) -> QuerySet[Any]:
        queryset = super().get_base_queryset()
        return queryset.select_related("user", "place", "organisation")

    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("user"),
            Column("username", label=gettext_lazy("Sign-in name"), accessor="user.username"),
            Column("role", label=gettext_lazy("Role"), accessor="get_role_display"),
            Column(
                "place",
                label=gettext_lazy("Place"),
                accessor="place.label",
                sort_key="place__path",
            ),
            Column("organisation", label=gettext_lazy("Organisation")),
        ]

    def get_edit_url(self, instance: StaffAssignment) -> None:
        """An assignment is taken back and given anew, never changed."""


class AssignmentAddView(ServiceCreateView):
    def service(self, form: BaseForm) -> StaffAssignment:
        data = form.cleaned_data
        return services.staff_assign(
            by=self.request.user,
            user=data["user"],
            role=Role(data["role"]),
            place=data["place"],
            organisation=data["organisation"],
        )

    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), "user": self.request.GET.get("user")}

    def get_success_buttons(self) -> list[Any]:
        return []


class AssignmentDeleteView(generic.DeleteView):
    def delete_action(self) -> None:
        services.staff_unassign(by=self.request.user, assignment=self.object)


class AssignmentViewSet(ModelViewSet):
    model = StaffAssignment
    name = "staff_assignments"
    icon = "group"
    menu_label = gettext_lazy("Assignments")
    menu_order = 810
    add_to_admin_menu = True
    ordering = ["place__path", "role"]
    search_fields = ["user__username", "user__display_name", "place__name"]
    filterset_class = AssignmentFilterSet
    copy_view_enabled = False
    add_to_reference_index = False
    index_view_class = AssignmentIndexView
    add_view_class = AssignmentAddView
    delete_view_class = AssignmentDeleteView

    def get_form_class(self, for_update: bool = False) -> type[forms.AssignmentForm]:
        return forms.AssignmentForm


class OrganisationIndexView(ScopedIndexView):
    def get_base_queryset(self) -> QuerySet[Any]:
        return super().get_base_queryset().annotate(people=Count("members"))

    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("name"),
            Column("kind", label=gettext_lazy("Kind"), accessor="get_kind_display"),
            Column("phone", label=gettext_lazy("Phone")),
            Column("people", label=gettext_lazy("Accounts"), sort_key="people"),
        ]


class OrganisationViewSet(ModelViewSet):
    model = Organisation
    name = "organisations"
    icon = "clipboard-list"
    menu_label = gettext_lazy("Organisations")
    menu_order = 830
    add_to_admin_menu = True
    ordering = "name"
    search_fields = ["name"]
    list_filter = ["kind"]
    copy_view_enabled = False
    add_to_reference_index = False
    index_view_class = OrganisationIndexView

    def get_form_class(self, for_update: bool = False) -> type[forms.OrganisationForm]:
        return forms.OrganisationForm
