"""Neighbours who joined a case, and links that open a case on another phone."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from feedback.complaints.models.cases import Complaint
from feedback.complaints.states import Channel, Wish
from portal.common.keys import EncryptedTextField
from portal.places.models import Household


class Follower(models.Model):
    """Somebody with the same trouble: one more signatory of the same event, never a second event.

    A number and a secret of its own let a follower see where the case stands, and nothing that
    others wrote. One a household, one a phone number, one a device, one a form that was sent: who
    joins again gets a receipt like everybody else, so that nobody learns who joined, but counts
    once. A neighbour with a household code may join on somebody else's phone.
    """

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="followers")
    number = models.CharField(_("number"), max_length=20, unique=True)
    channel = models.CharField(
        _("channel"), max_length=20, choices=Channel.choices, default=Channel.PORTAL
    )
    household = models.ForeignKey(
        Household, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    contact_wish = models.CharField(
        _("how to be reached"), max_length=8, choices=Wish.choices, default=Wish.NONE
    )
    contact = EncryptedTextField(_("phone"), blank=True, default="")
    contact_index = models.CharField(max_length=64, blank=True, default="")
    #: A keyed hash of a word the browser keeps, and of the case: no two cases can be put together.
    device_index = models.CharField(max_length=64, blank=True, default="")
    privacy_version = models.CharField(_("privacy notice"), max_length=12, blank=True)
    receipt_hash = models.CharField(max_length=64, unique=True)
    is_counted = models.BooleanField(
        _("counted as a signatory"),
        default=True,
        help_text=_("Not where this home, phone number or device is in the case already."),
    )
    joined_at = models.DateTimeField(_("joined"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("follower of a complaint")
        verbose_name_plural = _("followers of complaints")
        constraints = [
            models.UniqueConstraint(
                fields=["complaint", "household"],
                condition=~Q(household=None),
                name="follower_once_a_household",
            ),
            models.UniqueConstraint(
                fields=["complaint", "contact_index"],
                condition=~Q(contact_index=""),
                name="follower_once_a_contact",
            ),
            models.UniqueConstraint(
                fields=["complaint", "device_index"],
                condition=~Q(device_index=""),
                name="follower_once_a_device",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class TrackingLinkQuerySet(models.QuerySet["TrackingLink"]):
    def usable(self, now: datetime) -> Self:
        return self.filter(used_at=None, expires_at__gt=now)


class TrackingLink(models.Model):
    """A link to a case that works once, within a day. Only the hash of its token is kept."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = TrackingLinkQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("link to a complaint")
        verbose_name_plural = _("links to complaints")

    def __str__(self) -> str:
        return f"{self.complaint_id}/{self.pk}"
