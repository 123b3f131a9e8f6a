"""Where the staff of a place want to be told."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.common.keys import EncryptedTextField
from portal.messages.addresses import address_masked
from portal.messages.states import ALERT_WAYS, Channel, Topic
from portal.places.models import Place


class AlertChannelQuerySet(models.QuerySet["AlertChannel"]):
    def telling(self, place: Place) -> Self:
        """Those in use at `place` and at every place above it."""
        above = Place.objects.above(place).order_by().values("pk")
        return self.filter(is_active=True, place__in=above).order_by("pk")


class AlertChannel(models.Model):
    """A group, a mailbox or a telephone that is told what concerns a place or one below it.

    The address of a messenger carries its secret, so the database holds it encrypted.
    """

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="alert_channels"
    )
    name = models.CharField(_("name"), max_length=60, help_text=_("Who reads it, for example."))
    channel = models.CharField(_("way"), max_length=10, choices=ALERT_WAYS)
    to = EncryptedTextField(_("address"))
    to_index = models.CharField(max_length=64, editable=False)
    #: Values of `Topic`; never empty.
    topics = models.JSONField(_("what it is told"), default=list)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = AlertChannelQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("alert channel")
        verbose_name_plural = _("alert channels")
        constraints = [
            models.UniqueConstraint(
                fields=["place", "to_index"],
                name="alert_channel_once_a_place",
                violation_error_message=_("This address is told at this place already."),
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[way for way, _label in ALERT_WAYS]),
                name="alert_channel_way_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def masked(self) -> str:
        return address_masked(Channel(self.channel), self.to)

    @property
    def topics_label(self) -> str:
        return "、".join(str(topic.label) for topic in Topic if topic in self.topics)

    def wants(self, topic: Topic) -> bool:
        return topic in self.topics
