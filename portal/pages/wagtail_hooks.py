from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLResolver, include, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from portal.accounts.roles import Action
from portal.places.permissions import can_somewhere


class PostersMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return can_somewhere(request.user, Action.REGISTER_VIEW)


@hooks.register("register_admin_urls")
def register_poster_urls() -> list[URLResolver]:
    return [path("posters/", include("portal.pages.staff_urls"))]


@hooks.register("register_admin_menu_item")
def register_posters_menu_item() -> MenuItem:
    return PostersMenuItem(
        _("Stairwell posters"), reverse("posters:places"), icon_name="doc-full", order=605
    )


@hooks.register("insert_global_admin_css")
def staff_colours() -> SafeString:
    return format_html(
        '<link rel="stylesheet" href="{}"><noscript><link rel="stylesheet" href="{}"></noscript>',
        static("linli/staff.css"),
        static("linli/staff-without-script.css"),
    )


@hooks.register("construct_help_menu")
def help_from_here_only(request: HttpRequest, items: list[MenuItem]) -> None:
    """Wagtail's release notes and guide are in English, elsewhere, and not about this work."""
    items[:] = [item for item in items if item.name == "keyboard-shortcuts-trigger"]
