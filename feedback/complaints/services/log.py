"""Writing the event log and the photos: what every other service does on the way."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from feedback.complaints.models import Complaint, ComplaintEvent, ComplaintPhoto
from feedback.complaints.states import PhotoKind
from portal.accounts.models import Organisation
from portal.common.keys import seal_bytes
from portal.intake.photos import MAX_PHOTOS, thumbnail_bytes

if TYPE_CHECKING:
    from portal.accounts.models import User

#: Photos of the repair come on top of those of the resident.
MAX_STAFF_PHOTOS = 6
#: How the name of an encrypted photo ends.
SEALED_ENDING = ".sealed"


def event_add(
    complaint: Complaint,
    kind: str,
    *,
    now: datetime,
    actor: "User | None" = None,
    organisation: Organisation | None = None,
    text: str = "",
    public: bool = False,
    data: dict[str, Any] | None = None,
) -> ComplaintEvent:
    return ComplaintEvent.objects.create(
        complaint=complaint,
        kind=kind,
        at=now,
        actor=actor,
        organisation=organisation,
        text=text.strip(),
        is_public=public,
        data=data or {},
    )


def photos_add(
    complaint: Complaint,
    photos: Sequence[ContentFile[bytes]],
    *,
    now: datetime,
    staff: "User | None" = None,
    kind: str = PhotoKind.PROBLEM,
) -> int:
    """Store cleaned photos, each once. Returns how many are new; raises ValidationError at the
    limit."""
    known = list(complaint.photos.values_list("sha256", "added_by"))
    hashes = {sha256 for sha256, _by in known}
    room = MAX_STAFF_PHOTOS if staff else MAX_PHOTOS
    room -= sum(1 for _sha256, by in known if bool(by) == bool(staff))
    added = 0
    for photo in photos:
        photo.seek(0)
        content = photo.read()
        digest = hashlib.sha256(content).hexdigest()
        if digest in hashes:
            continue
        if added >= room:
            raise ValidationError(_("No more than 6 photos can be added."), code="photo_limit")
        hashes.add(digest)
        row = ComplaintPhoto(
            complaint=complaint, sha256=digest, added_at=now, added_by=staff, kind=kind
        )
        photo_store(row, content)
        row.save(force_insert=True)
        added += 1
    return added


def photo_store(row: ComplaintPhoto, content: bytes) -> None:
    """Write the photo and its small copy, under a name that tells nothing and can't be guessed;
    those of a restricted case encrypted."""
    name = secrets.token_hex(16)
    small = thumbnail_bytes(ContentFile(content))
    if row.is_sealed:
        content, small, ending = seal_bytes(content), seal_bytes(small), SEALED_ENDING
    else:
        ending = ".jpg"
    row.file.save(f"{name}{ending}", ContentFile(content), save=False)
    row.thumbnail.save(f"{name}-small{ending}", ContentFile(small), save=False)
