"""Photos of the paper on the board: added to a notice later, without a new version of it."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.images import get_image_model
from wagtail.log_actions import log

from notices.models import NoticePage, NoticePosting
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.common.generation import generation_bump
from portal.intake.photos import photo_clean
from portal.places.models import Building
from portal.places.permissions import require

MAX_POSTINGS = 30


@transaction.atomic
def posting_add(
    *,
    notice: NoticePage,
    photo: UploadedFile[Any],
    taken_on: date,
    building: Building | None = None,
    user: User,
    now: datetime,
) -> NoticePosting:
    """Keep `photo`, drawn anew without what the camera wrote into it.

    Raises PermissionDenied, and ValidationError at the field for a notice that is not public, a day
    to come, a building elsewhere or what is no photo.
    """
    require(user, Action.MEDIA_EDIT, notice.place)
    if not notice.live:
        raise ValidationError(_("This notice is not public."))
    if taken_on > timezone.localdate(now):
        raise ValidationError({"taken_on": _("This day is still to come.")})
    if building is not None and building.place_id != notice.place_id:
        raise ValidationError({"building": _("This building is elsewhere.")})
    if notice.postings.count() >= MAX_POSTINGS:
        text = _("There are %(count)s photos already.") % {"count": MAX_POSTINGS}
        raise ValidationError({"photo": text})
    try:
        file = photo_clean(photo)
    except ValidationError as unreadable:
        raise ValidationError({"photo": unreadable}) from None
    title = _("On the board: %(title)s") % {"title": notice.title}
    image = get_image_model().objects.create(
        title=title[:255], file=file, place=notice.place, uploaded_by_user=user
    )
    posting = NoticePosting.objects.create(
        notice=notice,
        image=image,
        taken_on=taken_on,
        building=building,
        added_by=user,
        added_at=now,
    )
    log(notice, "notices.posting_add", user=user, data={"posting": posting.pk})
    generation_bump()
    return posting


@transaction.atomic
def posting_delete(*, posting: NoticePosting, user: User) -> None:
    """Take a photo away that shows the wrong thing. Raises PermissionDenied."""
    require(user, Action.MEDIA_EDIT, posting.notice.place)
    log(posting.notice, "notices.posting_delete", user=user, data={"posting": posting.pk})
    image = posting.image
    posting.delete()
    image.delete()
    generation_bump()
