"""What the resident who filed a case does later: add something, take it back, delete the number."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from feedback.complaints.models import Complaint, ComplaintEvent
from feedback.complaints.services.changing import clock_start, complaint_lock, move
from feedback.complaints.services.log import event_add, photos_add
from feedback.complaints.states import OPEN, WITHDRAWABLE, State, Wish
from portal.common.keys import current_key, keyed_digest
from portal.places.models import StaleMark
from portal.places.services import stale_mark

Kind = ComplaintEvent.Kind
MAX_ADDED = 1000


def complaint_add(
    *,
    complaint: Complaint,
    key: str,
    now: datetime,
    text: str = "",
    photos: Sequence[ContentFile[bytes]] = (),
) -> bool:
    """More about an open case, in words or photos or both. The same key adds once: False then.

    Raises ValidationError for nothing at all, too much, or a case nobody works on any more.
    """
    if not text.strip() and not photos:
        raise ValidationError({"text": _("Please write something, or add a photo.")})
    if len(text) > MAX_ADDED:
        raise ValidationError({"text": _("Please write no more than 1000 characters.")})
    # Not the key itself: with it, photos can be added and the receipt shown again.
    mark = keyed_digest(current_key("RECEIPT_KEY")[1], "addition", key).hex()[:32]
    with transaction.atomic():
        row = complaint_lock(complaint)
        if row.events.filter(kind=Kind.ADDED, data__key=mark).exists():
            return False
        if row.state not in OPEN | {State.RESOLVED}:
            raise ValidationError(_("This complaint is not being handled any more."))
        added = photos_add(row, photos, now=now)
        data = {"key": mark, "photos": added}
        event_add(row, Kind.ADDED, now=now, text=text, public=True, data=data)
        # What staff were waiting for has come.
        clock_start(row, now=now)
    complaint.refresh_from_db()
    return True


def complaint_withdraw(*, complaint: Complaint, now: datetime, reason: str = "") -> Complaint:
    """The resident takes it back; twice is once. It leaves every rate and event (states.py).

    Raises ValidationError once it was reported as solved, and where neighbours have joined: their
    trouble goes on.
    """
    if len(reason) > MAX_ADDED:
        raise ValidationError({"reason": _("Please write no more than 1000 characters.")})
    with transaction.atomic():
        row = complaint_lock(complaint)
        if row.state != State.WITHDRAWN:
            _withdraw(row, reason, now)
    complaint.refresh_from_db()
    return complaint


def _withdraw(row: Complaint, reason: str, now: datetime) -> None:
    if row.state not in WITHDRAWABLE:
        raise ValidationError(_("It is too late to withdraw this complaint."))
    if row.followers.filter(is_counted=True).exists():
        raise ValidationError(
            _("Neighbours have joined this case, so it stays open for them."), code="has_followers"
        )
    move(row, State.WITHDRAWN, now=now)
    _forget(row)
    row.save(update_fields=["state", "contact", "contact_index", "contact_wish", "contact_shared"])
    event_add(row, Kind.WITHDRAWN, now=now, text=reason, public=True)
    stale_mark(kind=StaleMark.Kind.COMPLAINTS, place=row.community)


def complaint_contact_forget(*, complaint: Complaint, now: datetime) -> Complaint:
    """Delete the phone number at the resident's wish (PIPL Art. 47); the case goes on."""
    with transaction.atomic():
        row = complaint_lock(complaint)
        if row.contact:
            _forget(row)
            row.save(update_fields=["contact", "contact_index", "contact_wish", "contact_shared"])
            event_add(row, Kind.CONTACT_DELETED, now=now, public=True)
    complaint.refresh_from_db()
    return complaint


def _forget(row: Complaint) -> None:
    row.contact, row.contact_index = "", ""
    row.contact_wish, row.contact_shared = Wish.NONE, False
