"""Rights on pages, derived from assignments: a page belongs to the place above it in the tree.

A *place page* is a page whose model has a `place` of its own that no other page of the model has
(a community's page, a county's page). Whatever lies below it belongs to the same place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Max, Min, Q, QuerySet
from wagtail.models import Page, Site, get_page_models
from wagtail.permission_policies.pages import PagePermissionPolicy

from portal.accounts.roles import ROLE_ACTIONS, Action, Role
from portal.places.models import Place, StaffAssignment
from portal.places.permissions import places_visible

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

#: Nobody may delete whole branches ("bulk_delete"): a notice goes through its own service.
_CODENAMES = {
    Action.PAGE_EDIT: ("add_page", "change_page"),
    Action.PAGE_PUBLISH: ("publish_page", "lock_page", "unlock_page"),
}


@dataclass(frozen=True)
class Codename:
    codename: str


@dataclass(frozen=True)
class PagePermission:
    """What Wagtail expects of a GroupPagePermission, without a group or a row."""

    page: Page
    permission: Codename

    @property
    def page_id(self) -> int:
        return self.page.pk


@cache
def place_page_models() -> tuple[type[Page], ...]:
    """The models of place pages, those that stand higher in the page tree first."""
    models = [model for model in get_page_models() if _has_place_of_its_own(model)]

    def parents(model: type[Page]) -> int:
        return len(set(model.allowed_parent_page_models()) & (set(models) - {model}))

    return tuple(sorted(models, key=parents))


def is_place_page(page: Page) -> bool:
    return isinstance(page.specific_deferred, place_page_models())


def place_of_page(page: Page) -> Place | None:
    """The place of the nearest place page at or above `page`."""
    above = page.get_ancestors(inclusive=True)
    found = Place.objects.none()
    for model in place_page_models():
        pages = model.objects.filter(pk__in=above.values("pk"))
        found |= Place.objects.filter(pk__in=pages.values("place"))
    return found.order_by("path").last()


def visible_pages(user: "User | AnonymousUser") -> QuerySet[Page]:
    """The pages that exist for `user` on the staff screens: their places', and the way to them."""
    pages = Page.objects.none()
    if user.is_active and user.is_superuser:
        return Page.objects.all()
    assigned = Place.objects.filter(staff_assignments__in=_assignments(user)).distinct()
    for place in assigned:
        for page in pages_of_place(place):
            pages |= Page.objects.descendant_of(page, inclusive=True) | Page.objects.ancestor_of(
                page
            )
    return pages


def pages_of_place(place: Place) -> list[Page]:
    """The topmost pages that hold everything of `place`.

    One for a county or community; several for a sub-district, whose page stands beside those of its
    communities; the front page for a place without a page that every place page lies in (the city).
    """
    found: list[tuple[str, int]] = []
    for model in place_page_models():
        below = model.objects.filter(place__path__startswith=place.path)
        for path, _pk in found:
            below = below.exclude(path__startswith=path)
        found += below.order_by("path").values_list("path", "pk")
    everything = _common_place_path() if len(found) > 1 else ""
    if everything.startswith(place.path) and (home := _home_page()):
        return [home]
    return list(Page.objects.filter(pk__in=[pk for _path, pk in found]).order_by("path"))


class PlacePagePolicy(PagePermissionPolicy):
    """Wagtail's page rights from StaffAssignment instead of groups."""

    def get_all_permissions_for_user(self, user: "User | AnonymousUser") -> list[PagePermission]:
        if not user.is_active or user.is_anonymous or user.is_superuser:
            return []
        codenames: dict[Place, set[str]] = {}
        for assignment in _assignments(user).select_related("place").order_by("pk"):
            names = _codenames_of(Role(assignment.role))
            if names:
                codenames.setdefault(assignment.place, set()).update(names)
        return [
            PagePermission(page, Codename(name))
            for place, names in codenames.items()
            for page in pages_of_place(place)
            for name in sorted(names)
        ]

    def users_with_any_permission(
        self, actions: Iterable[str], include_superusers: bool = True
    ) -> "QuerySet[User]":
        return self._users(actions, Place.objects.all(), include_superusers)

    def users_with_any_permission_for_instance(
        self, actions: Iterable[str], instance: Page, include_superusers: bool = True
    ) -> "QuerySet[User]":
        place = place_of_page(instance)
        if place is not None:
            places = Place.objects.above(place)
        else:
            everything = _common_place_path()
            steps = range(Place.steplen, len(everything) + 1, Place.steplen)
            places = Place.objects.filter(path__in=[everything[:end] for end in steps])
        return self._users(actions, places, include_superusers)

    def _users(
        self, actions: Iterable[str], places: QuerySet[Place], include_superusers: bool
    ) -> "QuerySet[User]":
        wanted = {f"{action}_page" for action in actions}
        roles = [role for role in Role if wanted & _codenames_of(role)]
        who = Q(staff_assignments__role__in=roles, staff_assignments__place__in=places)
        if include_superusers:
            who |= Q(is_superuser=True)
        return get_user_model().objects.filter(who, is_active=True).distinct()


def places_of_reader(user: "User | AnonymousUser") -> QuerySet[Place]:
    """The user's places and everything above them: what may be chosen from, not changed."""
    mine = places_visible(user)
    above: set[str] = set()
    for path in Place.objects.filter(staff_assignments__in=_assignments(user)).values_list(
        "path", flat=True
    ):
        above.update(path[:end] for end in range(Place.steplen, len(path), Place.steplen))
    return Place.objects.filter(Q(pk__in=mine.order_by().values("pk")) | Q(path__in=above))


def _assignments(user: "User | AnonymousUser") -> QuerySet[StaffAssignment]:
    if not user.is_active or user.is_anonymous:
        return StaffAssignment.objects.none()
    return StaffAssignment.objects.filter(user_id=user.pk)


def _codenames_of(role: Role) -> set[str]:
    return {
        name
        for action, names in _CODENAMES.items()
        if action in ROLE_ACTIONS[role]
        for name in names
    }


def _common_place_path() -> str:
    """The path of the place that all place pages lie in; empty where there are none."""
    ends: list[str] = []
    for model in place_page_models():
        row = model.objects.aggregate(first=Min("place__path"), last=Max("place__path"))
        ends += [path for path in row.values() if path]
    if not ends:
        return ""
    # What the first and the last in order share, all of them share.
    first, last = min(ends), max(ends)
    shared = 0
    while first[shared : shared + Place.steplen] == last[shared : shared + Place.steplen] != "":
        shared += Place.steplen
    return first[:shared]


def _home_page() -> Page | None:
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    return site.root_page if site else None


def _has_place_of_its_own(model: Any) -> bool:
    try:
        field = model._meta.get_field("place")
    except FieldDoesNotExist:
        return False
    return field.related_model is Place and bool(field.unique)
