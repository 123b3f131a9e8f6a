"""Telling the discipline office that there is something to read, and nobody else anything."""

from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from feedback.complaints.models import Complaint
from feedback.complaints.permissions import restricted_readers
from portal.messages.links import site_url
from portal.messages.services import delivery_queue
from portal.messages.states import Channel


def discipline_tell(complaint: Complaint, *, now: datetime) -> int:
    """Queue an e-mail to everybody of the office who has an address. Returns how many.

    It says neither what about nor where from, not even a number: mail is read by others on its
    way, and alert channels by whole groups. Call it in the transaction of the filing.
    """
    told = 0
    with override(settings.LANGUAGE_CODE):
        subject = _("Something new waits for you on the portal")
        body = _("Only you can read it. Please sign in: %(address)s") % {
            "address": site_url(reverse("complaints_staff:today"))
        }
    for reader in restricted_readers(complaint.community).exclude(email=""):
        # An address nobody can be written to: the first screen tells them all the same.
        with suppress(ValidationError):
            delivery_queue(
                channel=Channel.EMAIL,
                to=reader.email,
                subject=subject,
                body=body,
                dedupe_key=f"discipline-{complaint.pk}-{reader.pk}",
                private=True,
                now=now,
            )
            told += 1
    return told
