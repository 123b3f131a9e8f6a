"""Photos of a case: kept with a small copy, looked over, and hidden in part for good."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from feedback.complaints.models import ComplaintEvent, ComplaintPhoto
from feedback.complaints.permissions import require_handle
from feedback.complaints.services.log import SEALED_ENDING, event_add, photo_store
from portal.common.generation import generation_bump
from portal.intake.redaction import MAX_BOXES, Box, photo_redact
from portal.intake.storage import private_storage

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = logging.getLogger(__name__)


def photo_hide(
    *, photo: ComplaintPhoto, by: "User", boxes: Sequence[Box], now: datetime
) -> ComplaintPhoto:
    """Draw over faces, plates and numbers; with no box at all, say that there are none.

    What was drawn over is gone: the file and its small copy are replaced and destroyed. Raises
    ValidationError for too many boxes or one that is not inside the photo.
    """
    _check(boxes)
    with transaction.atomic():
        row = (
            ComplaintPhoto.objects.select_for_update(of=("self",))
            .select_related("complaint__community", "complaint__category")
            .get(pk=photo.pk)
        )
        require_handle(by, row.complaint)
        if boxes:
            row.doomed = [*row.doomed, row.file.name, *filter(None, [row.thumbnail.name])]
            photo_store(row, photo_redact(row.opened(), boxes).read())
        row.screened_at = now
        row.save(update_fields=["file", "thumbnail", "doomed", "screened_at"])
        data = {"photo": row.sha256[:12], "boxes": len(boxes)}
        event_add(row.complaint, ComplaintEvent.Kind.PHOTO_HIDDEN, now=now, actor=by, data=data)
        generation_bump()
        # After the commit: before it, a transaction that fails would leave a row without a file.
        transaction.on_commit(photos_destroy)
    photo.refresh_from_db()
    return photo


def photos_seal() -> int:
    """Encrypt photos of restricted cases that were stored before photos were encrypted; how many.
    Twice is safe: what is sealed is passed over."""
    plain = ComplaintPhoto.objects.filter(complaint__category__is_restricted=True).exclude(
        file__endswith=SEALED_ENDING
    )
    sealed = 0
    for pk in list(plain.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = plain.select_for_update(of=("self",)).filter(pk=pk).first()
            if row is None:
                continue
            row.doomed = [*row.doomed, row.file.name, *filter(None, [row.thumbnail.name])]
            photo_store(row, row.opened().read())
            row.save(update_fields=["file", "thumbnail", "doomed"])
            transaction.on_commit(photos_destroy)
        sealed += 1
    return sealed


def photos_destroy() -> int:
    """Delete the files that redacted ones replaced; how many. A killed process leaves the names in
    the row, so the next run finds them. Twice is safe: what is gone is gone."""
    gone = 0
    for row in ComplaintPhoto.objects.exclude(doomed=[]).order_by("pk").iterator():
        try:
            for name in row.doomed:
                private_storage().delete(name)
                gone += 1
        except OSError:
            logger.exception("Files that photo %s replaced could not be destroyed", row.pk)
            continue
        ComplaintPhoto.objects.filter(pk=row.pk, doomed=row.doomed).update(doomed=[])
    return gone


def _check(boxes: Sequence[Box]) -> None:
    if len(boxes) > MAX_BOXES:
        raise ValidationError(_("No more than 8 boxes at a time."))
    for box in boxes:
        inside = 0 <= box.left < 100 and 0 <= box.top < 100
        if not inside or box.width <= 0 or box.height <= 0:
            raise ValidationError(_("A box must lie inside the photo and have a size."))
