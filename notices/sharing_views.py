"""Passing a notice on from the staff screens."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from notices.group_message import group_message
from notices.models import NoticePage
from notices.permissions import removable_or_404


class GroupMessageView(WagtailAdminTemplateMixin, TemplateView):
    """The message for the residents' group, to be copied; without script, to be selected."""

    template_name = "notices/staff/group_message.html"
    page_title = _("Message for the residents' group")
    header_icon = "copy"
    notice: NoticePage

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.notice = removable_or_404(request.user, kwargs["pk"])  # type: ignore[arg-type]
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        edit = reverse("wagtailadmin_pages:edit", args=[self.notice.pk])
        title = {"url": edit, "label": self.notice.get_admin_display_title()}
        return [*super().get_breadcrumbs_items(), title, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"notice": self.notice, "message": group_message(self.notice)}
