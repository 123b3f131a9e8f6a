"""Which rules and routes the staff screens show to whom."""

from typing import TYPE_CHECKING

from django.db.models import Model, Q, QuerySet
from wagtail.permissions import register_permission_policy

from feedback.complaints.models import (
    Category,
    DeadlineRule,
    EmergencyNumber,
    ReplyTemplate,
    Route,
)
from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.policy import PlacePolicy

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


def policies_register() -> None:
    # The classes are P0–P3 and cases point to categories: neither is ever deleted.
    register_permission_policy(DeadlineRule, SetupPolicy(DeadlineRule, ("view", "change")))
    register_permission_policy(Category, SetupPolicy(Category, ("view", "add", "change")))
    every = ("view", "add", "change", "delete")
    register_permission_policy(ReplyTemplate, SetupPolicy(ReplyTemplate, every))
    actions = dict.fromkeys(every, Action.COMPLAINT_SETUP)
    for model in (Route, EmergencyNumber):
        register_permission_policy(model, PlacePolicy(model, place_lookup="place", actions=actions))


class SetupPolicy(PlacePolicy):
    """For what all places share: whoever sets complaints up somewhere keeps it."""

    def __init__(self, model: type[Model], words: tuple[str, ...]) -> None:
        actions = dict.fromkeys(words, Action.COMPLAINT_SETUP)
        super().__init__(model, place_lookup="pk", actions=actions)

    def user_has_permission_for_instance(
        self, user: "User | AnonymousUser", action: str, instance: Model
    ) -> bool:
        return self.user_has_permission(user, action)

    def _within(self, places: QuerySet[Place]) -> Q:
        return ~Q(pk__in=[]) if places.exists() else Q(pk__in=[])
