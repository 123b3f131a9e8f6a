from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from feedback.plans.permissions import may_see_any


class ActionsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_see_any(request.user)  # type: ignore[arg-type]


@hooks.register("register_admin_urls")
def register_action_urls() -> list[URLResolver]:
    return [path("actions/", include("feedback.plans.staff_urls"))]


@hooks.register("register_admin_menu_item")
def register_actions_menu_item() -> MenuItem:
    return ActionsMenuItem(
        _("Corrective actions"), reverse("plans_staff:list"), icon_name="tasks", order=320
    )
