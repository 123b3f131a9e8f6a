"""Who may use which picture or file: it belongs to a place, and collections are not used."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q, QuerySet
from wagtail.models import Collection

from portal.accounts.roles import Action
from portal.places.page_policy import places_of_reader
from portal.places.permissions import can_somewhere
from portal.places.policy import PlacePolicy

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class MediaPolicy(PlacePolicy):
    """Changed in one's own places; chosen from them and from the places above, the county's too."""

    def __init__(self, model: type[Model]) -> None:
        edit = Action.MEDIA_EDIT
        super().__init__(
            model,
            place_lookup="place",
            actions={"add": edit, "change": edit, "delete": edit, "choose": edit},
        )

    def user_has_permission_for_instance(
        self, user: "User | AnonymousUser", action: str, instance: Model
    ) -> bool:
        if action == "choose":
            chosen = self.instances_user_has_any_permission_for(user, ["choose"])
            return chosen.filter(pk=instance.pk).exists()
        return super().user_has_permission_for_instance(user, action, instance)

    def instances_user_has_any_permission_for(
        self, user: "User | AnonymousUser", actions: Iterable[str]
    ) -> QuerySet[Any]:
        words = set(actions)
        found = super().instances_user_has_any_permission_for(user, words)
        if "choose" in words and can_somewhere(user, Action.MEDIA_EDIT):
            near = Q(place__in=places_of_reader(user).order_by().values("pk"))
            found = self.model._default_manager.filter(Q(pk__in=found.values("pk")) | near)
        return found

    def visible_to(self, user: "User | AnonymousUser") -> QuerySet[Any]:
        """What may be chosen exists, too: its address answers 403 to a change, not 404."""
        near = places_of_reader(user).order_by().values("pk")
        return self.model._default_manager.filter(place__in=near)

    def collections_user_has_any_permission_for(
        self, user: "User | AnonymousUser", actions: Iterable[str]
    ) -> QuerySet[Collection]:
        """The root collection alone: with one collection Wagtail shows none."""
        allowed = any(self.user_has_permission(user, word) for word in actions)
        return Collection.objects.filter(depth=1) if allowed else Collection.objects.none()

    def collections_user_has_permission_for(
        self, user: "User | AnonymousUser", action: str
    ) -> QuerySet[Collection]:
        return self.collections_user_has_any_permission_for(user, [action])
