"""Which rows the staff screens show to whom."""

from typing import TYPE_CHECKING

from django.db.models import Model, Q, QuerySet
from wagtail.models import AbstractPage
from wagtail.permissions import register_permission_policy

from portal.accounts.models import Organisation, User
from portal.accounts.roles import Action
from portal.places.models import (
    Building,
    Household,
    Place,
    StaffAssignment,
)
from portal.places.page_policy import PlacePagePolicy
from portal.places.permissions import can_somewhere, places_with
from portal.places.policy import PlacePolicy

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

_REGISTER = {
    "view": Action.REGISTER_VIEW,
    "add": Action.REGISTER_EDIT,
    "change": Action.REGISTER_EDIT,
}
_STAFF = dict.fromkeys(("view", "add", "change", "delete"), Action.STAFF_ASSIGN)


def policies_register() -> None:
    # Rows of the register are ended, never deleted: answers and complaints point at them.
    register_permission_policy(Place, PlacePolicy(Place, place_lookup="pk", actions=_REGISTER))
    register_permission_policy(
        Building, PlacePolicy(Building, place_lookup="place", actions=_REGISTER)
    )
    register_permission_policy(
        Household, PlacePolicy(Household, place_lookup="building__place", actions=_REGISTER)
    )
    register_permission_policy(
        StaffAssignment, PlacePolicy(StaffAssignment, place_lookup="place", actions=_STAFF)
    )
    register_permission_policy(Organisation, AnywherePolicy(Organisation))
    register_permission_policy(User, UserPolicy(User), exact_class=True)
    register_permission_policy(AbstractPage, PlacePagePolicy())


class AnywherePolicy(PlacePolicy):
    """For lists that all places share: whoever assigns staff somewhere keeps them."""

    def __init__(self, model: type[Model]) -> None:
        super().__init__(model, place_lookup="pk", actions={**_STAFF})
        del self.actions["delete"]

    def user_has_permission_for_instance(
        self, user: "User | AnonymousUser", action: str, instance: Model
    ) -> bool:
        return self.user_has_permission(user, action)

    def _within(self, places: QuerySet[Place]) -> Q:
        return ~Q(pk__in=[]) if places.exists() else Q(pk__in=[])


class UserPolicy(PlacePolicy):
    """Accounts whose every assignment lies in places where one assigns staff.

    Whoever keeps the accounts of a county must not be able to take over one that can do more than
    they can: not a superuser's, not one that is also assigned elsewhere. An account without any
    assignment can do nothing, so it may be taken up anywhere.
    """

    def __init__(self, model: type[Model]) -> None:
        super().__init__(model, place_lookup="pk", actions={**_STAFF})
        del self.actions["delete"]

    def user_has_permission_for_instance(
        self, user: "User | AnonymousUser", action: str, instance: Model
    ) -> bool:
        allowed = self.instances_user_has_any_permission_for(user, [action])
        return allowed.filter(pk=instance.pk).exists()

    def instances_user_has_any_permission_for(
        self, user: "User | AnonymousUser", actions: object
    ) -> QuerySet[User]:
        words = set(actions) if isinstance(actions, list | set | tuple | frozenset) else set()
        if not words & set(self.actions) or not can_somewhere(user, Action.STAFF_ASSIGN):
            return User.objects.none()
        return self.visible_to(user)

    def visible_to(self, user: "User | AnonymousUser") -> QuerySet[User]:
        if user.is_active and user.is_superuser:
            return User.objects.all()
        places = places_with(user, Action.STAFF_ASSIGN)
        elsewhere = StaffAssignment.objects.exclude(place__in=places.order_by().values("pk"))
        return User.objects.filter(is_superuser=False).exclude(
            pk__in=elsewhere.order_by().values("user")
        )
