from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.menu import MenuItem


@hooks.register("insert_global_admin_css")
def staff_colours() -> SafeString:
    return format_html('<link rel="stylesheet" href="{}">', static("linli/staff.css"))


@hooks.register("construct_help_menu")
def help_from_here_only(request: HttpRequest, items: list[MenuItem]) -> None:
    """Wagtail's release notes and guide are in English, elsewhere, and not about this work."""
    items[:] = [item for item in items if item.name == "keyboard-shortcuts-trigger"]
