"""News for subscribers, and who is still to be told. Both are queues of rows: whatever was not
told yet is found by the next sweep, however long nobody swept."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.messages.models.deliveries import Delivery
from portal.messages.models.subscribers import Subscriber
from portal.messages.states import KEPT
from portal.places.models import Place


class BulletinQuerySet(models.QuerySet["Bulletin"]):
    def unspread(self) -> Self:
        """Those whose subscribers are not all noted yet, the urgent ones first."""
        return self.filter(spread_at=None, withdrawn_at=None).order_by("-urgent", "pk")


class Bulletin(models.Model):
    """One piece of news, queued in the transaction of what it tells about.

    `texts` is {language: {"title": …, "detail": …}} for every language of the site; `path` is the
    address of the page it is about, without host and language.
    """

    key = models.CharField(_("key against telling twice"), max_length=100, unique=True)
    #: Where it comes from; named in every message.
    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.CASCADE, related_name="+"
    )
    #: Whose subscribers are told: of these places, and of all below them where `with_below`.
    places = models.ManyToManyField(Place, related_name="+")
    with_below = models.BooleanField(default=False)
    texts = models.JSONField()
    path = models.CharField(max_length=300)
    urgent = models.BooleanField(_("urgent"), default=False)
    created_at = models.DateTimeField(_("queued at"))
    due_at = models.DateTimeField(_("to be told from"))
    #: The news this one takes back: it goes to those who were told that, and to nobody else.
    withdraws = models.OneToOneField(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="withdrawal"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    #: How far the subscribers are noted; `spread_at` once all of them are.
    spread_to = models.PositiveBigIntegerField(default=0)
    spread_at = models.DateTimeField(null=True, blank=True)

    objects = BulletinQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("news for subscribers")
        verbose_name_plural = _("news for subscribers")
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gte=F("created_at")), name="bulletin_due_after_queued"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(spread_at=None), name="bulletin_unspread")
        ]

    def __str__(self) -> str:
        return self.key


class BulletinItemQuerySet(models.QuerySet["BulletinItem"]):
    def waiting(self, now: datetime) -> Self:
        """What subscribers are still to be told by `now`."""
        return self.filter(told_at=None, bulletin__due_at__lte=now, bulletin__withdrawn_at=None)

    def outdated(self, now: datetime) -> Self:
        return self.filter(told_at__lt=now - KEPT)


class BulletinItem(models.Model):
    """That one subscriber is to be told one piece of news, or was."""

    bulletin = models.ForeignKey(Bulletin, on_delete=models.CASCADE, related_name="items")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="items")
    told_at = models.DateTimeField(null=True, blank=True)
    delivery = models.ForeignKey(
        Delivery, on_delete=models.SET_NULL, null=True, blank=True, related_name="items"
    )

    objects = BulletinItemQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("news for one subscriber")
        verbose_name_plural = _("news for one subscriber")
        constraints = [
            models.UniqueConstraint(fields=["bulletin", "subscriber"], name="bulletin_item_once")
        ]
        indexes = [
            models.Index(
                fields=["subscriber"], condition=Q(told_at=None), name="bulletin_item_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.bulletin_id}: {self.subscriber_id}"
