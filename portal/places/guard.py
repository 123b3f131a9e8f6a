"""Outside one's places an object does not exist; inside, it may be forbidden."""

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import Http404

from portal.accounts.roles import Action
from portal.places.permissions import places_visible, places_with

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

M = TypeVar("M", bound=Model)


def get_visible_or_404(
    queryset: QuerySet[M],
    user: "User | AnonymousUser",
    action: Action,
    place_lookup: str = "place",
    **lookup: Any,
) -> M:
    """The one object that `lookup` names, for somebody who may do `action` at its place.

    `place_lookup` leads from the object to its place ("building__place"); for a Place it is "pk".
    Raises Http404 where `user` has no role at the place, or nothing is there, and PermissionDenied
    where they have one that does not allow `action`.
    """
    field = f"{place_lookup}__in"
    visible = queryset.filter(**lookup, **{field: places_visible(user).order_by().values("pk")})
    allowed = queryset.order_by().filter(
        pk=OuterRef("pk"), **{field: places_with(user, action).order_by().values("pk")}
    )
    found = visible.annotate(is_allowed_here=Exists(allowed)).first()
    if found is None:
        raise Http404
    if not found.is_allowed_here:  # type: ignore[attr-defined]
        raise PermissionDenied(str(action.label))
    return found
