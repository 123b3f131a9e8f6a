"""Filing: one key is one complaint, however often it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from feedback.complaints.deadlines import LOCAL, deadlines
from feedback.complaints.kept import deadline_rules
from feedback.complaints.models import Category, Complaint, ComplaintEvent
from feedback.complaints.numbers import number_candidates
from feedback.complaints.permissions import restricted_taken
from feedback.complaints.questions import Answer, answers_check
from feedback.complaints.services.alarms import alarms_raise
from feedback.complaints.services.discipline import discipline_tell
from feedback.complaints.services.log import photos_add
from feedback.complaints.states import BY_STAFF, Channel, Due, State, Wish
from portal.accounts.roles import Action
from portal.common.canonical import canonical_json
from portal.common.inserting import insert_together, sent_again
from portal.common.keys import blind_index, current_key, keyed_digest, keyring
from portal.common.parts import parts_forget
from portal.intake.receipts import receipt, receipt_hash, receipt_hashes, receipts
from portal.places.models import Building, Household, Place, StaleMark
from portal.places.permissions import require

if TYPE_CHECKING:
    from portal.accounts.models import User

PRIVACY_VERSION = "2026-2"
MAX_TEXT = 2000


@dataclass(frozen=True)
class Filed:
    """`receipt` is the secret to track with; `duplicate` says it had been filed before."""

    complaint: Complaint
    receipt: str
    duplicate: bool


class FilingConflict(Exception):
    """The key has been used for other content. `complaint` is what is stored under it."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__("The same key was sent with other content")
        self.complaint = complaint


def complaint_file(
    *,
    key: str,
    community: Place,
    category: Category,
    text: str,
    now: datetime,
    building: Building | None = None,
    household: Household | None = None,
    danger: bool = False,
    channel: str = Channel.PORTAL,
    contact: str = "",
    contact_wish: str = Wish.NONE,
    contact_shared: bool = False,
    answers: Mapping[str, str] | None = None,
    signatories: int = 1,
    photos: Sequence[ContentFile[bytes]] = (),
    staff: "User | None" = None,
) -> Filed:
    """File a complaint. The same key with the same content gives the same receipt again.

    `answers` are those to the category's questions, key → what was typed; `contact_shared` is the
    consent to hand the number to whoever does the repair. `key` is an intake key, `photos` are
    cleaned by intake, `staff` is who takes it down at the counter or the phone.

    Raises FilingConflict for the same key with other content, ValidationError for what does not fit
    together, PermissionDenied for staff without the right.
    """
    building = household.building if household else building
    _check(community, category, text, building, channel, contact, contact_wish)
    _check_staff(staff, channel, community)
    shared = contact_shared and bool(contact)
    extra = answers_check(category.questions, answers or {})
    digest = content_digest(
        community=community,
        category=category,
        text=text,
        building=building,
        household=household,
        danger=danger,
        contact=contact,
        contact_wish=contact_wish,
        contact_shared=shared,
        extra=extra,
    )
    fields = {
        "community": community,
        "category": category,
        "text": text,
        "building": building,
        "household": household,
        "is_danger": danger and bool(category.danger_zh),
        "channel": channel,
        "contact": contact,
        "contact_index": blind_index(contact),
        "contact_wish": contact_wish,
        "contact_shared": shared,
        "extra": extra,
        "privacy_version": PRIVACY_VERSION if contact else "",
        "signatories": signatories,
        "content_hash": digest,
    }
    # An older receipt key leaves no trace that the insert could run into.
    known = _known(key, digest) if len(keyring("RECEIPT_KEY")) > 1 else None
    return known or _store(key, digest, fields, photos=photos, staff=staff, now=now)


def due_class(category: Category, danger: bool) -> str:
    """P0 where the danger that the category names is there now. A restricted report has no class of
    its own: the longest, and nobody is promised it."""
    return Due.P0 if danger and category.danger_zh else category.due or Due.P3


def content_digest(
    *,
    community: Place,
    category: Category,
    text: str,
    building: Building | None,
    household: Household | None,
    danger: bool,
    contact: str,
    contact_wish: str,
    contact_shared: bool = False,
    extra: Sequence[Answer] = (),
) -> str:
    """Keyed, because a plain hash over a text that is known and a phone number that is not would
    give the number away. Photos are left out: they may follow."""
    content = {
        "community": community.code,
        "category": category.code,
        "text": "".join(text.split()),
        "building": building.pk if building else None,
        "household": household.pk if household else None,
        "danger": danger,
        "contact": contact,
        "wish": str(contact_wish),
        "shared": contact_shared,
        "extra": {answer["key"]: answer["value"] for answer in extra},
    }
    secret = current_key("BLIND_INDEX_KEY")[1]
    return keyed_digest(secret, "complaint", canonical_json(content).decode()).hex()


def _store(
    key: str,
    digest: str,
    fields: dict[str, object],
    *,
    photos: Sequence[ContentFile[bytes]],
    staff: "User | None",
    now: datetime,
) -> Filed:
    """The new rows in one transaction. That the key was used, or that a number is taken, is said by
    the insert itself: both are rare, and asking first costs every filing a query."""
    category, community = fields["category"], fields["community"]
    assert isinstance(category, Category)
    assert isinstance(community, Place)
    due = due_class(category, bool(fields["is_danger"]))
    limits = deadlines(due, now, deadline_rules())
    secret = receipt(key)
    seed = keyed_digest(current_key("RECEIPT_KEY")[1], "complaint-number", key).hex()
    for number in number_candidates(now.astimezone(LOCAL).date(), seed):
        try:
            complaint = Complaint(
                number=number,
                state=State.RECEIVED,
                due=due,
                filed_at=now,
                contact_due_at=limits.contact,
                site_due_at=limits.site,
                due_at=limits.done,
                receipt_hash=receipt_hash(secret),
                **fields,
            )
            kind = ComplaintEvent.Kind.FILED
            event = ComplaintEvent(kind=kind, at=now, actor=staff, is_public=True)
            mark = StaleMark(kind=StaleMark.Kind.COMPLAINTS, place=community)
            insert = partial(insert_together, complaint, event, mark, first="complaint")
            if not photos and due != Due.P0 and not category.is_restricted:
                # The key finds out whether it had been stored before the connection broke.
                sent_again(insert)
                return Filed(complaint, secret, duplicate=False)
            with transaction.atomic():
                insert()
                if photos:
                    photos_add(complaint, photos, now=now)
                if due == Due.P0:
                    alarms_raise(complaint, now=now)
                if category.is_restricted:
                    discipline_tell(complaint, now=now)
            return Filed(complaint, secret, duplicate=False)
        except IntegrityError:
            known = _known(key, digest)
            if known:
                return known
            if not Complaint.objects.filter(number=number).exists():
                _check_still_there(fields)
                raise
    raise RuntimeError("No free complaint number is left for the day")


def _check_still_there(fields: Mapping[str, object]) -> None:
    """Raises ValidationError where the insert failed because the register has changed since this
    process read it (kept.py)."""
    gone = {
        "building": _("This building is not in the register any more. Please choose another one."),
        "category": _("This kind of report is not taken any more. Please choose another one."),
    }
    for name, text in gone.items():
        row = fields[name]
        if isinstance(row, Model) and not type(row)._default_manager.filter(pk=row.pk).exists():
            parts_forget()
            raise ValidationError({name: text})


def _known(key: str, digest: str) -> Filed | None:
    known = (
        Complaint.objects.filter(receipt_hash__in=receipt_hashes(key))
        .select_related("community", "category", "building")
        .first()
    )
    if known is None:
        return None
    if known.content_hash != digest:
        raise FilingConflict(known)
    return Filed(known, receipt_of(key, known), duplicate=True)


def receipt_of(key: str, complaint: Complaint) -> str:
    """The receipt that opens `complaint`, also when the receipt key was changed since."""
    return next(text for text in receipts(key) if receipt_hash(text) == complaint.receipt_hash)


def _check(
    community: Place,
    category: Category,
    text: str,
    building: Building | None,
    channel: str,
    contact: str,
    contact_wish: str,
) -> None:
    problems: dict[str, str] = {}
    if not community.is_community:
        problems["community"] = _("Please choose a residential community.")
    if building is not None and building.place_id != community.pk:
        problems["building"] = _("This building does not belong to the community.")
    if not category.is_active or (
        # Nobody writes it down for the resident, and nobody gets it where no office reads it.
        category.is_restricted and (channel != Channel.PORTAL or not restricted_taken(community))
    ):
        problems["category"] = _("This kind of report is not taken here.")
    if not text.strip():
        problems["text"] = _("Please write what is wrong.")
    elif len(text) > MAX_TEXT:
        problems["text"] = _("Please write no more than 2000 characters.")
    if contact_wish != Wish.NONE and not contact:
        problems["contact"] = _("Please give a phone number so that we can reach you.")
    if channel not in (Channel.PORTAL, *BY_STAFF):
        problems["channel"] = _("Complaints of this channel are imported, not filed.")
    if problems:
        raise ValidationError(problems)


def _check_staff(staff: "User | None", channel: str, community: Place) -> None:
    if staff is not None:
        require(staff, Action.COMPLAINT_HANDLE, community)
    elif channel in BY_STAFF:
        raise PermissionDenied("Only staff take complaints down")


def complaint_photo_add(
    *,
    complaint: Complaint,
    photo: ContentFile[bytes],
    now: datetime,
    staff: "User | None" = None,
) -> bool:
    """Add one cleaned photo; False where it is there already. Raises ValidationError at the
    limit."""
    with transaction.atomic():
        locked = Complaint.objects.select_for_update().get(pk=complaint.pk)
        return photos_add(locked, [photo], now=now, staff=staff) == 1
