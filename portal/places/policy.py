"""Rights on rows that belong to a place, in the form Wagtail's screens ask for them.

Register one for a model in `AppConfig.ready`, with `exact_class=True` where Wagtail registers its
own afterwards:

    register_permission_policy(Building, PlacePolicy(Building, place_lookup="place", actions={
        "view": Action.REGISTER_VIEW, "change": Action.REGISTER_EDIT}))

Every list then shows what is in the user's places, and the guard middleware answers 404 outside of
them and 403 where the role does not allow what is asked.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import Model, Q, QuerySet
from wagtail.permission_policies.base import BasePermissionPolicy

from portal.accounts.roles import Action, Role, roles_with
from portal.places.models import Place
from portal.places.permissions import actions_somewhere, can, places_visible, places_with

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class PlacePolicy(BasePermissionPolicy):
    """What an assignment allows on the rows of one model.

    `place_lookup` leads from a row to its place ("place", "building__place"; "pk" for Place
    itself). `actions` says which Action of ours each of Wagtail's words stands for; a word that is
    not there is allowed to nobody.
    """

    def __init__(
        self, model: type[Model], *, place_lookup: str, actions: Mapping[str, Action]
    ) -> None:
        super().__init__(model)
        self.place_lookup = place_lookup
        self.actions = dict(actions)

    permission_cache_name = "_actions_held_somewhere"

    def get_all_permissions_for_user(self, user: "User | AnonymousUser") -> set[Action]:
        """What `user` may do somewhere. Lists ask once a row, so it is kept for the request."""
        return actions_somewhere(user)

    def user_has_permission(self, user: "User | AnonymousUser", action: str) -> bool:
        held = self.get_cached_permissions_for_user(user)
        return action in self.actions and self.actions[action] in held

    def users_with_any_permission(self, actions: Iterable[str]) -> "QuerySet[User]":
        return self._users(self._roles(actions), Place.objects.all())

    def user_has_permission_for_instance(
        self, user: "User | AnonymousUser", action: str, instance: Model
    ) -> bool:
        if action not in self.actions:
            return False
        place = self.place_of(instance)
        return place is not None and can(user, self.actions[action], place)

    def instances_user_has_any_permission_for(
        self, user: "User | AnonymousUser", actions: Iterable[str]
    ) -> QuerySet[Any]:
        scope = Q(pk__in=[])
        for action in {self.actions[word] for word in actions if word in self.actions}:
            scope |= self._within(places_with(user, action))
        return self.model._default_manager.filter(scope)

    def users_with_any_permission_for_instance(
        self, actions: Iterable[str], instance: Model
    ) -> "QuerySet[User]":
        place = self.place_of(instance)
        above = Place.objects.none() if place is None else Place.objects.above(place)
        return self._users(self._roles(actions), above)

    def visible_to(self, user: "User | AnonymousUser") -> QuerySet[Any]:
        """The rows that exist for `user`: in a place where they hold any role."""
        return self.model._default_manager.filter(self._within(places_visible(user)))

    def place_of(self, instance: Model) -> Place | None:
        if self.place_lookup == "pk":
            return instance if isinstance(instance, Place) else None
        found: Any = instance
        for name in self.place_lookup.split("__"):
            found = getattr(found, name, None)
        return found

    def _within(self, places: QuerySet[Place]) -> Q:
        return Q(**{f"{self.place_lookup}__in": places.order_by().values("pk")})

    def _roles(self, actions: Iterable[str]) -> list[Role]:
        known = {self.actions[word] for word in actions if word in self.actions}
        return sorted({role for action in known for role in roles_with(action)})

    @staticmethod
    def _users(roles: list[Role], places: QuerySet[Place]) -> "QuerySet[User]":
        assigned = Q(staff_assignments__role__in=roles, staff_assignments__place__in=places)
        if Role.ADMINISTRATOR in roles:
            assigned |= Q(is_superuser=True)
        return get_user_model().objects.filter(assigned, is_active=True).distinct()
