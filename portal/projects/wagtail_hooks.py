from typing import Any

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from portal.accounts.roles import Action
from portal.places.permissions import can_somewhere


class ProjectsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return can_somewhere(request.user, Action.PROJECT_VIEW)


@hooks.register("register_admin_urls")
def register_projects_urls() -> list[URLResolver]:
    return [path("projects/", include("portal.projects.urls"))]


@hooks.register("register_admin_menu_item")
def register_projects_menu_item() -> MenuItem:
    return ProjectsMenuItem(
        _("Renovation projects"), reverse("projects:list"), icon_name="cogs", order=500
    )


@hooks.register("register_log_actions")
def register_project_actions(actions: Any) -> None:
    actions.register_action(
        "projects.entry_remove", _("Remove a ledger entry"), _("Ledger entry removed")
    )
