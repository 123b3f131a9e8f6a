"""Rights on the types of notice: they hold for every place, so it takes the right at each."""

from typing import TYPE_CHECKING, Any

from django.db.models import Model, QuerySet

from notices.permissions import keeps_types
from portal.accounts.roles import Action
from portal.places.policy import PlacePolicy

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class TypesPolicy(PlacePolicy):
    """For the staff screens. A type is never deleted, since notices have it; it goes out of use."""

    def __init__(self, model: type[Model]) -> None:
        actions = dict.fromkeys(("view", "add", "change"), Action.NOTICE_TYPES)
        super().__init__(model, place_lookup="pk", actions=actions)

    def user_has_permission(self, user: "User | AnonymousUser", action: str) -> bool:
        return action in self.actions and keeps_types(user)

    def user_has_permission_for_instance(
        self, user: "User | AnonymousUser", action: str, instance: Model
    ) -> bool:
        return self.user_has_permission(user, action)

    def instances_user_has_any_permission_for(
        self, user: "User | AnonymousUser", actions: Any
    ) -> QuerySet[Any]:
        return self.visible_to(user)

    def visible_to(self, user: "User | AnonymousUser") -> QuerySet[Any]:
        types = self.model._default_manager
        return types.all() if keeps_types(user) else types.none()
