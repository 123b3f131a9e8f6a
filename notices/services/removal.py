"""The one way a published notice leaves the public pages or its place: with a reason, on record."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.actions.delete_page import DeletePageAction
from wagtail.actions.move_page import MovePageAction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page

from notices.announcements import notice_withdraw
from notices.models import NoticePage, NoticeRemoval, PublishFailure
from notices.stale import coverage_stale
from notices.states import Removal
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.permissions import require


@transaction.atomic
def notice_unpublish(
    *, notice: NoticePage, user: User, reason: str, now: datetime
) -> NoticeRemoval:
    """Take `notice` off the public pages. Published again, its legal period begins anew.

    Raises PermissionDenied, and ValidationError for a missing reason or a notice not public.
    """
    require(user, Action.PAGE_PUBLISH, notice.place)
    if not notice.live:
        raise ValidationError(_("This notice is not public."))
    notice_withdraw(notice, now=now)
    removal = _record(notice, user, Removal.UNPUBLISH, reason, now)
    notice.removal_allowed = True
    notice.first_published_at = None
    notice.terms = {}
    UnpublishPageAction(notice, user=user).execute(skip_permission_checks=True)
    return removal


@transaction.atomic
def notice_move(
    *, notice: NoticePage, to: Page, user: User, reason: str, now: datetime
) -> NoticeRemoval:
    """Move `notice` below `to`, the page of another place. The right is needed at both.

    Raises PermissionDenied, and ValidationError for a missing reason or an unsuitable page.
    """
    target = to.specific
    place: Place | None = getattr(target, "place", None)
    if place is None or place == notice.place or not NoticePage.can_create_at(target):
        raise ValidationError({"to": _("A notice can only move to the page of another place.")})
    require(user, Action.PAGE_PUBLISH, notice.place)
    require(user, Action.PAGE_PUBLISH, place)
    if not Page._slug_is_available(notice.slug, target):
        raise ValidationError({"to": _("That place already has a notice with this address.")})
    removal = _record(notice, user, Removal.MOVE, reason, now, to_place=place)
    MovePageAction(notice, target, pos="last-child", user=user).execute(skip_permission_checks=True)
    NoticePage.objects.filter(pk=notice.pk).update(place=place)
    coverage_stale(removal.place, place)
    notice.refresh_from_db()
    return removal


@transaction.atomic
def notice_delete(*, notice: NoticePage, user: User, reason: str, now: datetime) -> NoticeRemoval:
    """Delete `notice` for good; the record of it stays.

    Raises PermissionDenied, and ValidationError for a missing reason or with objections to it.
    """
    require(user, Action.PAGE_PUBLISH, notice.place)
    if notice.objections.exists():
        raise ValidationError(
            _("Residents have objected to this notice. It can be withdrawn, but not deleted.")
        )
    notice_withdraw(notice, now=now)
    removal = _record(notice, user, Removal.DELETE, reason, now)
    PublishFailure.objects.filter(object_id=str(notice.pk), place=notice.place).delete()
    coverage_stale(notice.place)
    notice.removal_allowed = True
    DeletePageAction(notice, user=user).execute(skip_permission_checks=True)
    return removal


def _record(
    notice: NoticePage,
    user: User,
    action: Removal,
    reason: str,
    now: datetime,
    to_place: Place | None = None,
) -> NoticeRemoval:
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason; it is kept on record.")})
    return NoticeRemoval.objects.create(
        notice_id=notice.pk,
        title=notice.title,
        notice_type=notice.notice_type,
        place=notice.place,
        to_place=to_place,
        action=action,
        reason=reason.strip(),
        user=user,
        removed_at=now,
        published_at=notice.first_published_at,
        publicity_start=notice.publicity_start,
        publicity_end=notice.publicity_end,
    )
