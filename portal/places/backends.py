from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import BaseBackend

from portal.places.permissions import is_staff_somewhere

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class AssignmentBackend(BaseBackend):
    """Whoever is assigned to a place may open the staff screens; nobody signs in through it."""

    _cache_name = "_assignment_permissions"

    def get_user_permissions(self, user_obj: "User | AnonymousUser", obj: Any = None) -> set[str]:
        if obj is not None or not user_obj.is_active or user_obj.is_anonymous:
            return set()
        cached: set[str] | None = getattr(user_obj, self._cache_name, None)
        if cached is None:
            cached = {"wagtailadmin.access_admin"} if is_staff_somewhere(user_obj) else set()
            setattr(user_obj, self._cache_name, cached)
        return cached
