"""Which notices exist for a member of staff, and which they may remove."""

from typing import TYPE_CHECKING

from wagtail.models import Page

from notices.models import NoticePage
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.guard import get_visible_or_404
from portal.places.models import Place
from portal.places.page_policy import place_page_models
from portal.places.permissions import can, can_somewhere, places_with

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def removable_or_404(user: User, pk: int) -> NoticePage:
    """Raises Http404 outside the places of `user`, PermissionDenied without the right inside."""
    notices = NoticePage.objects.select_related("place", "notice_type")
    found: NoticePage = get_visible_or_404(notices, user, Action.PAGE_PUBLISH, pk=pk)
    return found


def places_to_write_for(user: User) -> list[tuple[Page, Place]]:
    """The pages notices of `user` can lie below, with their places, in the order of the places."""
    places = places_with(user, Action.PAGE_EDIT).order_by().values("pk")
    found = [
        (page, page.place)
        for model in place_page_models()
        for page in model.objects.filter(place__in=places).select_related("place")
        if NoticePage.can_create_at(page)
    ]
    return sorted(found, key=lambda pair: pair[1].path)


def keeps_types(user: "User | AnonymousUser") -> bool:
    """Types hold for every community, so it takes the right at each of them."""
    if not can_somewhere(user, Action.NOTICE_TYPES):
        return False
    mine = places_with(user, Action.NOTICE_TYPES).order_by().values("pk")
    return not Place.objects.communities().exclude(pk__in=mine).exists()


def postable_or_404(user: User, pk: int) -> NoticePage:
    """A notice whose photos on the board `user` keeps.

    Raises Http404 outside the places of `user`, PermissionDenied without the right inside.
    """
    notices = NoticePage.objects.select_related("place")
    found: NoticePage = get_visible_or_404(notices, user, Action.MEDIA_EDIT, pk=pk)
    return found


def can_add_posting(user: User, notice: NoticePage) -> bool:
    return bool(notice.live) and can(user, Action.MEDIA_EDIT, notice.place)


def can_remove(user: User, notice: NoticePage) -> bool:
    return can(user, Action.PAGE_PUBLISH, notice.place)
