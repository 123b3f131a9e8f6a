"""Rules that hold for every place: whoever keeps the types of notice somewhere keeps them."""

from typing import TYPE_CHECKING

from django.db.models import Model, Q, QuerySet

from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.policy import PlacePolicy

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class RulesPolicy(PlacePolicy):
    """Rules are ended, never deleted: figures of earlier months stand on them."""

    def __init__(self, model: type[Model]) -> None:
        words = ("view", "add", "change")
        actions = dict.fromkeys(words, Action.NOTICE_TYPES)
        super().__init__(model, place_lookup="pk", actions=actions)

    def user_has_permission_for_instance(
        self, user: "User | AnonymousUser", action: str, instance: Model
    ) -> bool:
        return self.user_has_permission(user, action)

    def _within(self, places: QuerySet[Place]) -> Q:
        return ~Q(pk__in=[]) if places.exists() else Q(pk__in=[])
