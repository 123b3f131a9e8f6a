"""Messages on the staff screens: what became of them, and the channels that alert staff."""

from typing import Any

import django_filters
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn, StatusTagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSetGroup
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets import HeaderButton
from wagtail.admin.widgets.button import Button

from portal.messages.models import AlertChannel, Delivery
from portal.messages.services import alert_channel_delete, alert_channel_save
from portal.messages.staff_forms import AlertChannelForm
from portal.messages.states import State
from portal.places.models import Place
from portal.places.scoped_views import (
    ScopedFilterSet,
    ScopedIndexView,
    ServiceCreateView,
    ServiceEditView,
)


class DeliveryFilterSet(ScopedFilterSet):
    place = django_filters.ModelChoiceFilter(
        label=_("Place"), queryset=Place.objects.order_by("path"), method="filter_place"
    )
    scoped = {"place": ""}

    class Meta:
        model = Delivery
        fields = ["state", "channel"]

    def filter_place(self, queryset: QuerySet[Any], name: str, value: Place) -> QuerySet[Any]:
        """At the place or below it."""
        return queryset.filter(place__path__startswith=value.path)


class DeliveryIndexView(ScopedIndexView):
    template_name = "outbox/staff/deliveries.html"

    def get_base_queryset(self) -> QuerySet[Any]:
        return super().get_base_queryset().select_related("place").defer("subject", "body")

    @cached_property
    def columns(self) -> list[Column]:
        return [
            # The column that carries the buttons; it leads nowhere, there is nothing to change.
            self._get_title_column_class(TitleColumn)("masked", label=_("To")),
            Column("channel", label=_("Way"), accessor="get_channel_display"),
            Column("place", label=_("Place"), accessor="place.label", sort_key="place__path"),
            StatusTagColumn(
                "state",
                label=_("State"),
                accessor="get_state_display",
                primary=lambda delivery: delivery.state == State.FAILED,
            ),
            Column("attempts", label=_("Attempts"), sort_key="attempts"),
            Column("last_error", label=_("Last error")),
            DateColumn("created_at", label=_("Queued at"), sort_key="created_at"),
            DateColumn("sent_at", label=_("Sent at"), sort_key="sent_at"),
        ]

    @cached_property
    def counts(self) -> list[tuple[str, int]]:
        """How many of the reader's messages are in each state, whatever the filters say."""
        found = self.get_base_queryset().order_by().values_list("state").annotate(Count("pk"))
        numbers = dict(found)
        return [(str(state.label), numbers.get(state.value, 0)) for state in State]

    @cached_property
    def header_buttons(self) -> list[Any]:
        if not dict(self.counts).get(str(State.FAILED.label)):
            return []
        url = reverse("outbox_staff:retry_all")
        return [HeaderButton(_("Send all failed ones again"), url=url, icon_name="rotate")]

    def get_list_more_buttons(self, instance: Delivery) -> list[Any]:
        if instance.state != State.FAILED:
            return []
        url = reverse("outbox_staff:retry", args=[instance.pk])
        return [Button(_("Send again"), url=url, icon_name="rotate", priority=5)]

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        return context | {"counts": self.counts}


class DeliveryViewSet(ModelViewSet):
    model = Delivery
    name = "deliveries"
    icon = "mail"
    menu_label = _("Sent and waiting")
    ordering = "-created_at"
    filterset_class = DeliveryFilterSet
    # Rows are looked at, never written by hand.
    form_fields = ["state"]
    copy_view_enabled = False
    add_to_reference_index = False
    index_view_class = DeliveryIndexView


class AlertChannelIndexView(ScopedIndexView):
    def get_base_queryset(self) -> QuerySet[Any]:
        last = Delivery.objects.filter(alert_channel=OuterRef("pk")).order_by("-created_at", "-pk")
        return (
            super()
            .get_base_queryset()
            .select_related("place")
            .annotate(
                last_state=Subquery(last.values("state")[:1]),
                last_error=Subquery(last.values("last_error")[:1]),
                last_at=Subquery(last.values("created_at")[:1]),
            )
        )

    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("name"),
            Column("place", label=_("Place"), accessor="place.label", sort_key="place__path"),
            Column("channel", label=_("Way"), accessor="get_channel_display"),
            Column("masked", label=_("To")),
            Column("topics", label=_("What it is told"), accessor="topics_label"),
            BooleanColumn("is_active", label=_("In use")),
            DateColumn("last_at", label=_("Last message")),
            Column("last_error", label=_("Last error")),
        ]


class AlertChannelAddView(ServiceCreateView):
    template_name = "outbox/staff/alert_channel_form.html"

    def service(self, form: Any) -> AlertChannel:
        return alert_channel_save(by=self.request.user, channel=form.instance, to=form.typed)


class AlertChannelEditView(ServiceEditView):
    template_name = "outbox/staff/alert_channel_form.html"

    def service(self, form: Any) -> AlertChannel:
        return alert_channel_save(by=self.request.user, channel=form.instance, to=form.typed)

    @cached_property
    def header_more_buttons(self) -> list[Any]:
        url = reverse("outbox_staff:test", args=[self.object.pk])
        test = Button(_("Send a test"), url=url, icon_name="mail", priority=5)
        return [test, *super().header_more_buttons]


class AlertChannelDeleteView(generic.DeleteView):
    def delete_action(self) -> None:
        alert_channel_delete(by=self.request.user, channel=self.object)


class AlertChannelViewSet(ModelViewSet):
    model = AlertChannel
    name = "alert_channels"
    icon = "warning"
    menu_label = _("Alert channels")
    ordering = ["place__path", "name"]
    search_fields = ["name", "place__name"]
    list_filter = ["channel", "is_active"]
    copy_view_enabled = False
    add_to_reference_index = False
    index_view_class = AlertChannelIndexView
    add_view_class = AlertChannelAddView
    edit_view_class = AlertChannelEditView
    delete_view_class = AlertChannelDeleteView

    def get_form_class(self, for_update: bool = False) -> type[AlertChannelForm]:
        return AlertChannelForm


class MessagesGroup(ViewSetGroup):
    menu_label = _("Messages")
    menu_icon = "mail"
    menu_order = 650
    items = (DeliveryViewSet(), AlertChannelViewSet())
