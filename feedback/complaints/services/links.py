"""Ways to take a case along: a link that opens it once on another phone, the receipt by e-mail."""

import hashlib
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.complaints.models import Complaint, TrackingLink
from portal.common.keys import blind_index
from portal.intake.receipts import new_key
from portal.messages.models import Delivery
from portal.messages.services import delivery_queue
from portal.messages.states import Channel

LINK_LASTS = timedelta(hours=24)
MAILS_A_DAY = 3


def link_issue(*, complaint: Complaint, now: datetime) -> str:
    """The token of a new link. It goes behind the # of an address and is stored nowhere."""
    token = new_key()
    TrackingLink.objects.filter(expires_at__lt=now).delete()
    TrackingLink.objects.create(
        complaint=complaint, token_hash=_hash(token), expires_at=now + LINK_LASTS
    )
    return token


def link_open(*, token: str, now: datetime) -> Complaint | None:
    """The case behind a token, once; None for one that was used, is too old or never was."""
    links = TrackingLink.objects.usable(now).filter(token_hash=_hash(token))
    # Compare and swap: of two phones that open it at once, one does.
    if not links.update(used_at=now):
        return None
    used = TrackingLink.objects.select_related(
        "complaint__community", "complaint__category", "complaint__building"
    )
    return used.get(token_hash=_hash(token)).complaint


def receipt_mail(*, number: str, secret: str, to: str, address: str, now: datetime) -> None:
    """Queue number and secret as an e-mail, once a day and address. `address` is where to look.

    The e-mail address is kept nowhere but in the delivery, which is purged. Raises ValidationError
    for what is no address, and for a fourth address on one day.
    """
    day = timezone.localtime(now).date()
    prefix = f"complaint-receipt-{number}-{day:%y%m%d}-"
    key = prefix + blind_index(to.strip().lower())[:24]
    with transaction.atomic():
        sent = Delivery.objects.filter(dedupe_key__startswith=prefix).exclude(dedupe_key=key)
        if sent.count() >= MAILS_A_DAY:
            raise ValidationError(
                {"email": _("This receipt was sent three times today. Please try tomorrow.")}
            )
        delivery_queue(
            channel=Channel.EMAIL,
            to=to.strip(),
            subject=_("Receipt of complaint %(number)s") % {"number": number},
            body=_(
                "Number: %(number)s\nSecret: %(secret)s\n\nWith these two you can see what becomes "
                "of it: %(address)s\nWhoever has both can see it, so please do not forward them."
            )
            % {"number": number, "secret": secret, "address": address},
            dedupe_key=key,
            now=now,
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token[:64].encode()).hexdigest()
