"""Which notices exist for a member of staff, and which they may remove."""

from notices.models import NoticePage
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.guard import get_visible_or_404
from portal.places.permissions import can


def removable_or_404(user: User, pk: int) -> NoticePage:
    """Raises Http404 outside the places of `user`, PermissionDenied without the right inside."""
    notices = NoticePage.objects.select_related("place", "notice_type")
    found: NoticePage = get_visible_or_404(notices, user, Action.PAGE_PUBLISH, pk=pk)
    return found


def can_remove(user: User, notice: NoticePage) -> bool:
    return can(user, Action.PAGE_PUBLISH, notice.place)
