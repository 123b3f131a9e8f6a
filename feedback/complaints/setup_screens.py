"""Categories, deadline classes, routes and ready-made replies on the staff screens."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.viewsets.base import ViewSetGroup
from wagtail.admin.viewsets.model import ModelViewSet

from feedback.complaints import services
from feedback.complaints.models import (
    Category,
    DeadlineRule,
    EmergencyNumber,
    ReplyTemplate,
    Route,
)
from portal.accounts.models import Organisation
from portal.accounts.roles import Action
from portal.places.permissions import places_with
from portal.places.scoped_views import ScopedIndexView, ServiceCreateView, ServiceEditView


class RuleEditView(ServiceEditView):
    def service(self, form: Any) -> Any:
        return services.rule_save(by=self.request.user, rule=form.instance)


class RuleAddView(ServiceCreateView):
    service = RuleEditView.service


class SetupViewSet(ModelViewSet):
    copy_view_enabled = False
    add_to_reference_index = False
    index_view_class = ScopedIndexView
    add_view_class = RuleAddView
    edit_view_class = RuleEditView


class CategoryIndexView(ScopedIndexView):
    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("__str__"),
            Column("group", label=_("Group"), accessor="get_group_display", sort_key="group"),
            Column(
                "due", label=capfirst(_("deadline")), accessor="get_due_display", sort_key="due"
            ),
            Column("counted", label=capfirst(_("counts in")), accessor="get_counted_display"),
            Column("lead", label=_("Who leads")),
            BooleanColumn("is_active", label=capfirst(_("in use"))),
        ]


class CategoryViewSet(SetupViewSet):
    model = Category
    name = "complaint_categories"
    icon = "tag"
    menu_label = _("Categories")
    ordering = "position"
    search_fields = ["code", "name_zh", "name_en", "plain_zh"]
    index_view_class = CategoryIndexView
    exclude_form_fields = ["is_restricted", "questions"]

    def get_form_class(self, for_update: bool = False) -> Any:
        """The code is what cases point to: another one would make a second category."""
        form = super().get_form_class(for_update)
        if for_update:
            form.base_fields["code"].disabled = True
        return form


class RuleIndexView(ScopedIndexView):
    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("__str__"),
            BooleanColumn("around_the_clock", label=capfirst(_("around the clock"))),
            Column("contact", label=_("First contact")),
            Column("site", label=_("On site")),
            Column("done", label=pgettext_lazy("of a complaint", "Solution")),
        ]


class RuleViewSet(SetupViewSet):
    model = DeadlineRule
    name = "complaint_deadlines"
    icon = "history"
    menu_label = _("Deadline classes")
    ordering = "code"
    index_view_class = RuleIndexView
    form_fields = [
        "around_the_clock",
        "contact_minutes",
        "contact_workdays",
        "site_minutes",
        "done_minutes",
        "done_workdays",
        "escalate_minutes",
    ]


class RouteIndexView(ScopedIndexView):
    def get_base_queryset(self) -> QuerySet[Any]:
        queryset = super().get_base_queryset()
        return queryset.select_related("place", "category", "organisation")

    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("__str__"),
            Column("place", label=_("Place"), accessor="place.label", sort_key="place__path"),
            BooleanColumn("is_automatic", label=capfirst(_("pass on at once"))),
        ]


class RouteForm(forms.ModelForm[Route]):
    """The places offered are those where the writer sets complaints up."""

    class Meta:
        model = Route
        fields = ["place", "category", "group", "organisation", "role", "is_automatic"]

    def __init__(self, *args: Any, for_user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["place"].queryset = places_with(for_user, Action.COMPLAINT_SETUP).order_by("path")
        fields["category"].queryset = Category.objects.for_staff()
        fields["organisation"].queryset = Organisation.objects.order_by("name", "pk")


class _RouteFormMixin:
    request: Any

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "for_user": self.request.user}  # type: ignore[misc]

    def service(self, form: Any) -> Any:
        return services.route_save(by=self.request.user, route=form.instance)


class RouteAddView(_RouteFormMixin, ServiceCreateView):
    pass


class RouteEditView(_RouteFormMixin, ServiceEditView):
    pass


class RouteViewSet(SetupViewSet):
    model = Route
    name = "complaint_routes"
    icon = "arrow-right"
    menu_label = pgettext_lazy("complaint", "Routes")
    ordering = ["place__path", "pk"]
    index_view_class = RouteIndexView
    add_view_class = RouteAddView
    edit_view_class = RouteEditView

    def get_form_class(self, for_update: bool = False) -> type[RouteForm]:
        return RouteForm


class EmergencyIndexView(ScopedIndexView):
    def get_base_queryset(self) -> QuerySet[Any]:
        return super().get_base_queryset().select_related("place")

    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("__str__"),
            Column("place", label=_("Place"), accessor="place.label", sort_key="place__path"),
        ]


class EmergencyForm(forms.ModelForm[EmergencyNumber]):
    class Meta:
        model = EmergencyNumber
        fields = ["place", "service", "number"]

    def __init__(self, *args: Any, for_user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["place"].queryset = places_with(for_user, Action.COMPLAINT_SETUP).order_by("path")


class _EmergencyFormMixin(_RouteFormMixin):
    def service(self, form: Any) -> Any:
        return services.emergency_save(by=self.request.user, number=form.instance)


class EmergencyAddView(_EmergencyFormMixin, ServiceCreateView):
    pass


class EmergencyEditView(_EmergencyFormMixin, ServiceEditView):
    pass


class EmergencyViewSet(SetupViewSet):
    model = EmergencyNumber
    name = "emergency_numbers"
    icon = "warning"
    menu_label = _("Emergency numbers")
    ordering = ["place__path", "service"]
    index_view_class = EmergencyIndexView
    add_view_class = EmergencyAddView
    edit_view_class = EmergencyEditView

    def get_form_class(self, for_update: bool = False) -> type[EmergencyForm]:
        return EmergencyForm


class ReplyIndexView(ScopedIndexView):
    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("title"),
            Column("use", label=capfirst(_("for")), accessor="get_use_display", sort_key="use"),
            Column("group", label=capfirst(_("only for the group")), accessor="get_group_display"),
            BooleanColumn("is_active", label=capfirst(_("in use"))),
        ]


class ReplyViewSet(SetupViewSet):
    model = ReplyTemplate
    name = "complaint_replies"
    icon = "pilcrow"
    menu_label = _("Ready-made replies")
    ordering = ["use", "title"]
    index_view_class = ReplyIndexView
    form_fields = ["use", "title", "group", "body", "is_active"]


class ComplaintSetupGroup(ViewSetGroup):
    menu_label = _("Complaint rules")
    menu_icon = "sliders"
    menu_order = 820
    items = (CategoryViewSet, RuleViewSet, RouteViewSet, EmergencyViewSet, ReplyViewSet)
