"""The one way a published notice leaves the public pages or its place: with a reason, on record."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.actions.delete_page import DeletePageAction
from wagtail.actions.move_page import MovePageAction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page

from notices.announcements import notice_announce, notice_withdraw
from notices.models import NoticePage, NoticeRemoval, PublishFailure
from notices.refusal import NoticeRefused
from notices.review_words import author_tell_removal
from notices.stale import coverage_stale
from notices.states import Publicity, Removal
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
    author_tell_removal(removal, notice.owner, now=now)
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

    For a public notice it is a removal here and a publication there: those who were told of it are
    told that it has moved, its period begins anew with today, and the legal checks are asked as for
    any publication. Raises PermissionDenied, and ValidationError for a missing reason, an
    unsuitable page, a notice that others hang on, or one that could not be published there.
    """
    target = to.specific
    place: Place | None = getattr(target, "place", None)
    if place is None or place == notice.place or not NoticePage.can_create_at(target):
        raise ValidationError({"to": _("A notice can only move to the page of another place.")})
    require(user, Action.PAGE_PUBLISH, notice.place)
    require(user, Action.PAGE_PUBLISH, place)
    if not Page._slug_is_available(notice.slug, target):
        raise ValidationError({"to": _("That place already has a notice with this address.")})
    if reasons := _reasons_to_stay(notice, now):
        raise ValidationError(reasons)
    if notice.live:
        notice_withdraw(notice, now=now, moved_to=place)
    removal = _record(notice, user, Removal.MOVE, reason, now, to_place=place)
    notice.removal_allowed = True
    MovePageAction(notice, target, pos="last-child", user=user).execute(skip_permission_checks=True)
    NoticePage.objects.filter(pk=notice.pk).update(place=place)
    if notice.live:
        _publish_anew(notice.pk, user, now)
    coverage_stale(removal.place, place)
    author_tell_removal(removal, notice.owner, now=now)
    notice.refresh_from_db()
    return removal


def _reasons_to_stay(notice: NoticePage, now: datetime) -> list[str]:
    """Why `notice` belongs where it is; empty where it may move."""
    reasons = []
    if notice.objections.exists():
        reasons.append(
            _("Residents have objected to this notice. It can be withdrawn, but not moved.")
        )
    if notice.about_id or notice.followed_by.exists():
        reasons.append(
            _("It belongs to a draft plan with its answers and cannot be moved away from them.")
        )
    if notice.live and notice.publicity(timezone.localdate(now)) == Publicity.ENDED:
        reasons.append(_("Its publicity is over; it stays on record where it was posted."))
    if notice.live and notice.has_unpublished_changes:
        reasons.append(_("It has changes that are not public yet. Publish them before it moves."))
    return reasons


def _publish_anew(pk: int, user: User, now: datetime) -> None:
    """Publish a public notice that has just moved as one that was never public at its new place."""
    NoticePage.objects.filter(pk=pk).update(first_published_at=None, terms={})
    notice = NoticePage.objects.get(pk=pk)
    notice.publicity_start = max(notice.publicity_start, timezone.localdate(now))
    try:
        notice.save_revision(user=user).publish(user=user)
    except NoticeRefused as refused:
        text = _("It would be published anew there, which is refused: %(reasons)s")
        raise ValidationError(text % {"reasons": str(refused)}) from None
    notice_announce(NoticePage.objects.get(pk=pk), now=now)


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
    author_tell_removal(removal, notice.owner, now=now)
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
