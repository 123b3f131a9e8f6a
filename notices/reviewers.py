"""Who reviews what is published at the place of a page."""

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from wagtail.models import Page

from portal.accounts.roles import Action, roles_with
from portal.places.models import Place
from portal.places.page_policy import pages_of_place, place_of_page
from portal.places.permissions import can, places_assigned, reaches_everywhere

if TYPE_CHECKING:
    from portal.accounts.models import User


def reviews(user: "User", page: Page) -> bool:
    """Whether `user` reviews what is published at the place of `page`."""
    place = getattr(page, "place", None) or place_of_page(page)
    return isinstance(place, Place) and can(user, Action.NOTICE_REVIEW, place)


def reviewed_pages(user: "User") -> "QuerySet[Page]":
    """The pages whose publication `user` reviews."""
    if reaches_everywhere(user, Action.NOTICE_REVIEW):
        return Page.objects.all()
    pages = Page.objects.none()
    for place in places_assigned(user, Action.NOTICE_REVIEW):
        for page in pages_of_place(place):
            pages |= Page.objects.descendant_of(page, inclusive=True)
    return pages


def reviewers_of(page: Page) -> "QuerySet[User]":
    """Everybody who reviews what is published at the place of `page`."""
    place = getattr(page, "place", None) or place_of_page(page)
    above = Place.objects.above(place) if isinstance(place, Place) else Place.objects.none()
    return (
        get_user_model()
        .objects.filter(
            staff_assignments__role__in=roles_with(Action.NOTICE_REVIEW),
            staff_assignments__place__in=above.order_by().values("pk"),
            is_active=True,
        )
        .distinct()
        .order_by("pk")
    )
