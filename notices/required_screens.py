"""The staff screen of the notices that every renovated community owes its residents."""

from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.model import ModelViewSet

from notices.models import RequiredNotice
from notices.services import required_notice_save
from portal.places.scoped_views import ScopedIndexView, ServiceCreateView, ServiceEditView


class RequiredIndexView(ScopedIndexView):
    def get_base_queryset(self) -> QuerySet[Any]:
        return super().get_base_queryset().select_related("notice_type")

    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("notice_type"),
            Column("code", label=_("Code")),
            Column("get_phase_display", label=_("Phase")),
            Column("rule_shown", label=_("Rule")),
            Column("valid_from", label=_("In force from")),
            Column("valid_to", label=_("In force until")),
        ]


class RequiredAddView(ServiceCreateView):
    def service(self, form: Any) -> RequiredNotice:
        return required_notice_save(by=self.request.user, required=form.save(commit=False))


class RequiredEditView(ServiceEditView):
    def service(self, form: Any) -> RequiredNotice:
        return required_notice_save(by=self.request.user, required=form.instance)


class RequiredNoticeViewSet(ModelViewSet):
    model = RequiredNotice
    name = "required-notices"
    icon = "list-ul"
    menu_label = _("Required notices")
    add_to_settings_menu = True
    ordering = "notice_type__code"
    copy_view_enabled = False
    form_fields = [
        "notice_type",
        "phase",
        "clock",
        "amount",
        "unit",
        "every",
        "until",
        "valid_from",
        "valid_to",
    ]
    index_view_class = RequiredIndexView
    add_view_class = RequiredAddView
    edit_view_class = RequiredEditView
