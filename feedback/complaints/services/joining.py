"""A neighbour joins an open case: one more signatory of the same event, never a second one."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import Complaint, ComplaintEvent, Follower
from feedback.complaints.numbers import FOLLOWER_DIGITS, number_candidates
from feedback.complaints.services.filing import PRIVACY_VERSION
from feedback.complaints.services.log import event_add
from feedback.complaints.states import ASSISTED, OPEN, Channel, Wish
from portal.accounts.roles import Action
from portal.common.keys import blind_index, current_key, keyed_digest
from portal.intake.receipts import is_key, receipt, receipt_hash, receipt_hashes, receipts
from portal.places.models import Household, StaleMark
from portal.places.permissions import require
from portal.places.services import stale_mark

if TYPE_CHECKING:
    from portal.accounts.models import User


@dataclass(frozen=True)
class Joined:
    """`receipt` is the secret to track with; `duplicate` says the form had arrived before,
    `again_here` that this device had joined the case before."""

    follower: Follower
    receipt: str
    duplicate: bool
    again_here: bool = False


@dataclass(frozen=True)
class Told:
    """What whoever joins says of themselves, and how they came."""

    household: Household | None
    contact: str
    contact_wish: str
    channel: Channel


def complaint_join(
    *,
    key: str,
    complaint: Complaint,
    now: datetime,
    household: Household | None = None,
    contact: str = "",
    contact_wish: str = Wish.NONE,
    device_key: str = "",
    channel: str = Channel.PORTAL,
    staff: "User | None" = None,
) -> Joined:
    """“Me too”. The same key gives the same receipt again; a home or a phone number that is in the
    case already is counted once, and whoever joins cannot tell whether it was. A device counts
    once, too (and is told so), unless a home that is new to the case joins on it. `staff` is who
    takes it down at the counter, on the phone or at the door; `channel` says which.

    Raises ValidationError for a case that is closed or restricted, or a wish without a number.
    """
    if contact_wish != Wish.NONE and not contact:
        text = _("Please give a phone number so that we can reach you.")
        raise ValidationError({"contact": text})
    if (staff is not None) != (channel in ASSISTED):
        raise ValidationError({"channel": _("Please choose one of the answers.")})
    with transaction.atomic():
        row = (
            Complaint.objects.select_for_update(of=("self",))
            .select_related("community", "category")
            .get(pk=complaint.pk)
        )
        if staff is not None:
            require(staff, Action.COMPLAINT_HANDLE, row.community)
        known = _known(key)
        if known:
            return known
        if row.state not in OPEN or row.category.is_restricted:
            raise ValidationError(_("This case is closed. Please file a complaint of your own."))
        if household is not None and household.building.place_id != row.community_id:
            raise ValidationError({"household_code": _("This code belongs to another community.")})
        device = device_of(row, device_key)
        again_here = device != "" and row.followers.filter(device_index=device).exists()
        # Who gives a home's code is that home, whoever's phone it is.
        is_known = again_here and household is None
        if again_here:
            device = ""
        told = Told(household, contact, contact_wish, Channel(channel))
        follower = _insert(key, row, told, now, device=device, is_known=is_known)
        if follower.is_counted:
            Complaint.objects.filter(pk=row.pk).update(signatories=F("signatories") + 1)
            how = {} if staff is None else {"channel": channel}
            event_add(row, ComplaintEvent.Kind.JOINED, now=now, actor=staff, public=True, data=how)
            stale_mark(kind=StaleMark.Kind.COMPLAINTS, place=row.community)
    return Joined(follower, receipt(key), duplicate=False, again_here=is_known)


def device_of(complaint: Complaint, device_key: str) -> str:
    """What a device is known by in this one case; empty where its browser gave no key."""
    if not is_key(device_key):
        return ""
    secret = current_key("BLIND_INDEX_KEY")[1]
    return keyed_digest(secret, "joined-device", str(complaint.pk), device_key).hex()


def _known(key: str) -> Joined | None:
    hashes = receipt_hashes(key)
    follower = Follower.objects.filter(receipt_hash__in=hashes).first()
    if follower is None:
        return None
    printed = next(text for text in receipts(key) if receipt_hash(text) == follower.receipt_hash)
    return Joined(follower, printed, duplicate=True)


def _insert(
    key: str,
    row: Complaint,
    about: Told,
    now: datetime,
    *,
    device: str,
    is_known: bool,
) -> Follower:
    """The row of the case is locked, so nobody joins it between our look and our insert."""
    household, contact = about.household, about.contact
    index = blind_index(contact)
    others = row.followers.filter(is_counted=True)
    is_again = (
        is_known
        or (
            household is not None
            and (row.household_id == household.pk or others.filter(household=household).exists())
        )
        or (
            index != ""
            and (row.contact_index == index or others.filter(contact_index=index).exists())
        )
    )
    told = {} if is_again else {"household": household, "contact": contact, "contact_index": index}
    seed = keyed_digest(current_key("RECEIPT_KEY")[1], "follower-number", key).hex()
    for number in number_candidates(now.astimezone(LOCAL).date(), seed, FOLLOWER_DIGITS):
        try:
            with transaction.atomic():
                return Follower.objects.create(
                    complaint=row,
                    number=number,
                    channel=about.channel,
                    contact_wish=Wish.NONE if is_again else about.contact_wish,
                    privacy_version=PRIVACY_VERSION if contact and not is_again else "",
                    receipt_hash=receipt_hash(receipt(key)),
                    is_counted=not is_again,
                    device_index=device,
                    joined_at=now,
                    **told,
                )
        except IntegrityError:
            if not Follower.objects.filter(number=number).exists():
                raise
    raise RuntimeError("No free number is left for the day")
