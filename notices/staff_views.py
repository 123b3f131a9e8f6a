"""Staff screens beyond Wagtail's own: removing a notice, with a reason."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from notices.forms import RemovalForm
from notices.models import NoticePage
from notices.permissions import removable_or_404
from notices.services import notice_delete, notice_move, notice_unpublish
from notices.states import Removal


class RemovalView(WagtailAdminTemplateMixin, FormView):  # type: ignore[type-arg]
    form_class = RemovalForm
    template_name = "notices/staff/removal.html"
    page_title = gettext_lazy("Remove a notice")
    header_icon = "bin"
    notice: NoticePage

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.notice = removable_or_404(request.user, kwargs["pk"])  # type: ignore[arg-type]
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        edit = reverse("wagtailadmin_pages:edit", args=[self.notice.pk])
        title = {"url": edit, "label": self.notice.get_admin_display_title()}
        return [*super().get_breadcrumbs_items(), title, {"url": "", "label": self.page_title}]

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"notice": self.notice}

    def get_initial(self) -> dict[str, Any]:
        return {"action": self.request.GET.get("action", "")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "notice": self.notice,
            "action_url": self.request.path,
            "submit_button_label": _("Confirm"),
            "submit_button_active_label": _("Saving"),
            "page_subtitle": self.notice.get_admin_display_title(),
            "media": context["form"].media,
        }

    def form_valid(self, form: RemovalForm) -> HttpResponse:
        parent_id = self.notice.get_parent().pk
        try:
            text = self._remove(form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
            return self.form_invalid(form)
        messages.success(self.request, text)
        return redirect(reverse("wagtailadmin_explore", args=[parent_id]))

    def _remove(self, data: dict[str, Any]) -> str:
        title = self.notice.get_admin_display_title()
        common = {
            "notice": self.notice,
            "user": self.request.user,
            "reason": data["reason"],
            "now": timezone.now(),
        }
        if data["action"] == Removal.MOVE:
            notice_move(to=data["to"], **common)
            return _("“%(title)s” was moved.") % {"title": title}
        if data["action"] == Removal.DELETE:
            notice_delete(**common)
            return _("“%(title)s” was deleted.") % {"title": title}
        notice_unpublish(**common)
        return _("“%(title)s” was withdrawn from the public pages.") % {"title": title}
