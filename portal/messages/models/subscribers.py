"""Who asked to be told what happens at a place. There is no account: an address, and that it is
theirs, is all that is known of them."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.common.keys import EncryptedTextField
from portal.messages.addresses import address_masked
from portal.messages.states import CONFIRM_WITHIN, SUBSCRIBER_WAYS, Channel
from portal.places.models import Place


class Subscriber(models.Model):
    """One address. Deleted with all that was sent to it when it wants nothing any more."""

    channel = models.CharField(_("way"), max_length=10, choices=SUBSCRIBER_WAYS)
    to = EncryptedTextField(_("address"))
    to_index = models.CharField(max_length=64, editable=False)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    created_at = models.DateTimeField(_("known since"))
    #: The day of its last digest: there is at most one a day.
    digest_date = models.DateField(_("last digest"), null=True, blank=True)
    #: How often somebody asked on `asked_date` to write to this address without proof that it is
    #: theirs.
    asked_date = models.DateField(null=True, blank=True)
    asked_count = models.PositiveSmallIntegerField(default=0)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        constraints = [
            models.UniqueConstraint(fields=["channel", "to_index"], name="subscriber_once"),
            models.CheckConstraint(
                condition=Q(channel__in=[way for way, _label in SUBSCRIBER_WAYS]),
                name="subscriber_way_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        return address_masked(Channel(self.channel), self.to)


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def confirmed(self) -> Self:
        return self.exclude(confirmed_at=None)

    def expired(self, now: datetime) -> Self:
        """Those that nobody confirmed in time."""
        return self.filter(confirmed_at=None, requested_at__lt=now - CONFIRM_WITHIN)


class Subscription(models.Model):
    """That an address wants the news of a place. It counts once its owner has confirmed it."""

    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.CASCADE, related_name="subscriptions"
    )
    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.CASCADE, related_name="subscriptions"
    )
    privacy_version = models.CharField(_("privacy notice"), max_length=12)
    requested_at = models.DateTimeField(_("asked for at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    #: A keyed digest of the code sent by text message, and how often a wrong one was typed.
    code_digest = models.CharField(max_length=64, blank=True, editable=False)
    code_tries = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = SubscriptionQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "place"], name="subscription_once"),
            models.CheckConstraint(
                condition=~Q(privacy_version=""), name="subscription_privacy_was_shown"
            ),
        ]
        indexes = [
            models.Index(fields=["place", "confirmed_at"], name="subscription_of_place"),
        ]

    def __str__(self) -> str:
        return f"{self.place_id}: {self.subscriber_id}"
