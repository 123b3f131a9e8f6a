"""Which messages and alert channels the staff screens show to whom."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Model, QuerySet
from wagtail.permissions import register_permission_policy

from portal.accounts.roles import Action
from portal.messages.models import AlertChannel, Delivery
from portal.places.permissions import can_somewhere
from portal.places.policy import PlacePolicy

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

WORDS = dict.fromkeys(("view", "add", "change", "delete"), Action.MESSAGES_KEEP)


class DeliveryPolicy(PlacePolicy):
    """Messages of one's places; those of no place are for whoever assigns staff, private ones for
    nobody."""

    def __init__(self) -> None:
        # Nobody changes a row by hand; sending one again is a service of its own.
        actions = {"view": Action.MESSAGES_KEEP}
        super().__init__(Delivery, place_lookup="place", actions=actions)

    def instances_user_has_any_permission_for(
        self, user: "User | AnonymousUser", actions: Iterable[str]
    ) -> QuerySet[Any]:
        return self._shown(super().instances_user_has_any_permission_for(user, actions), user)

    def visible_to(self, user: "User | AnonymousUser") -> QuerySet[Any]:
        return self._shown(super().visible_to(user), user)

    def user_has_permission_for_instance(
        self, user: "User | AnonymousUser", action: str, instance: Model
    ) -> bool:
        if getattr(instance, "is_private", False):
            return False
        if self.place_of(instance) is None:
            return action in self.actions and can_somewhere(user, Action.STAFF_ASSIGN)
        return super().user_has_permission_for_instance(user, action, instance)

    @staticmethod
    def _shown(found: QuerySet[Any], user: "User | AnonymousUser") -> QuerySet[Any]:
        if can_somewhere(user, Action.STAFF_ASSIGN):
            found = found | Delivery.objects.filter(place=None)
        return found.filter(is_private=False)


def policies_register() -> None:
    register_permission_policy(
        AlertChannel, PlacePolicy(AlertChannel, place_lookup="place", actions=WORDS)
    )
    register_permission_policy(Delivery, DeliveryPolicy())
