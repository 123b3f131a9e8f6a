from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.models import Page

from portal.accounts.roles import Action
from portal.places.page_policy import is_place_page
from portal.places.permissions import can_somewhere
from portal.places.screens import RegisterGroup
from portal.places.staff_screens import AssignmentViewSet, OrganisationViewSet


class ImportMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return can_somewhere(request.user, Action.REGISTER_EDIT)


@hooks.register("register_admin_urls")
def register_places_urls() -> list[URLResolver]:
    return [path("", include("portal.places.urls"))]


@hooks.register("register_admin_viewset")
def register_places_viewsets() -> list[Any]:
    return [RegisterGroup(), AssignmentViewSet(), OrganisationViewSet()]


@hooks.register("register_admin_menu_item")
def register_import_menu_item() -> MenuItem:
    return ImportMenuItem(
        _("Register import"), reverse("places_imports:list"), icon_name="upload", order=610
    )


@hooks.register("register_log_actions")
def register_place_actions(actions: Any) -> None:
    actions.register_action(
        "places.code_reissue", _("Make a household code invalid"), _("Household code made invalid")
    )


@hooks.register("before_delete_page")
@hooks.register("before_move_page")
@hooks.register("before_unpublish_page")
def keep_place_page(request: HttpRequest, page: Page, *args: Any) -> None:
    """A community's or county's own page carries its notices: it goes with the place only."""
    if is_place_page(page) and not request.user.is_superuser:  # type: ignore[union-attr]
        raise PermissionDenied


@hooks.register("register_account_menu_item")
def register_password_item(request: HttpRequest) -> dict[str, Any]:
    return {
        "url": reverse("account_change_password"),
        "label": _("Change the password"),
        "help_text": _("Asks for the present one first."),
    }


@hooks.register("register_account_menu_item")
def register_two_step_item(request: HttpRequest) -> dict[str, Any]:
    return {
        "url": reverse("mfa_index"),
        "label": _("Two-step sign-in"),
        "help_text": _("A code from an app on your phone, besides the password."),
    }
