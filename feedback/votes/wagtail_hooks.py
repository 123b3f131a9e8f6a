from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from feedback.votes.permissions import may_keep_any


class VotesMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_keep_any(request.user)  # type: ignore[arg-type]


@hooks.register("register_admin_urls")
def register_vote_urls() -> list[URLResolver]:
    return [path("votes/", include("feedback.votes.staff_urls"))]


@hooks.register("register_admin_menu_item")
def register_votes_menu_item() -> MenuItem:
    return VotesMenuItem(
        _("Owners' votes"), reverse("votes_staff:list"), icon_name="group", order=315
    )
