from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.common.keys import EncryptedTextField
from portal.messages.addresses import address_masked
from portal.messages.models.alerts import AlertChannel
from portal.messages.models.subscribers import Subscriber
from portal.messages.states import FINISHED, KEPT, SENDING_LIMIT, Channel, State
from portal.places.models import Place


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> Self:
        """What is to be sent, urgent messages first and then by age."""
        return self.filter(state=State.QUEUED, next_attempt_at__lte=now).order_by(
            "-urgent", "next_attempt_at", "pk"
        )

    def abandoned(self, now: datetime) -> Self:
        """What a sender took and never finished."""
        return self.filter(state=State.SENDING, claimed_at__lt=now - SENDING_LIMIT)

    def outdated(self, now: datetime) -> Self:
        return self.filter(state__in=FINISHED, created_at__lt=now - KEPT)


class Delivery(models.Model):
    """One message to one address, through one channel.

    It is queued in the transaction of what it tells about, so that neither exists without the
    other, and sent by the sweep, at least once. The database holds address and text encrypted.
    """

    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    to = EncryptedTextField(_("address"))
    to_index = models.CharField(max_length=64, editable=False)
    subject = EncryptedTextField(_("subject"))
    body = EncryptedTextField(_("text"))
    #: Whose staff may see what became of it; without one only administrators do.
    place = models.ForeignKey(
        Place,
        verbose_name=_("place"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    alert_channel = models.ForeignKey(
        AlertChannel,
        verbose_name=_("alert channel"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="deliveries",
    )
    #: Whose wish to be told it comes from; gone with them.
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    dedupe_key = models.CharField(_("key against sending twice"), max_length=120, unique=True)
    urgent = models.BooleanField(_("urgent"), default=False)
    #: That there was a message is a secret too: no screen of the staff shows it.
    is_private = models.BooleanField(default=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("queued at"))
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    claimed_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=State.SENT, sent_at__isnull=False)
                | (~models.Q(state=State.SENT) & models.Q(sent_at=None)),
                name="delivery_sent_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "next_attempt_at"], name="delivery_due"),
            models.Index(fields=["to_index"], name="delivery_address"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk} {self.state}"

    @property
    def masked(self) -> str:
        return address_masked(Channel(self.channel), self.to)
