"""Signs that a case was closed for the figures and not for the resident, for the evaluator."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.complaints.models.cases import Complaint
from portal.places.models import Place

if TYPE_CHECKING:
    from django.db.models import QuerySet


class DeviceMark(models.Model):
    """That a case was filed, or confirmed, on a device: a keyed hash of a key that the form's
    script keeps in that browser. For complaints alone, never for surveys; gone after
    `gaming.KEPT`."""

    class Deed(models.TextChoices):
        FILED = "FILED", pgettext_lazy("device", "Filed")
        CONFIRMED = "CONFIRMED", pgettext_lazy("device", "Confirmed")

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="+")
    deed = models.CharField(max_length=9, choices=Deed.choices)
    device = models.CharField(max_length=64)
    at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("device mark")
        verbose_name_plural = _("device marks")
        indexes = [models.Index(fields=["device", "at"], name="device_mark_by_device")]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "deed"], name="device_mark_once_a_deed")
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.deed}"


class SignalQuerySet(models.QuerySet["GamingSignal"]):
    def in_places(self, places: "QuerySet[Place]") -> Self:
        return self.filter(community__in=places.order_by().values("pk"))

    def open(self) -> Self:
        return self.filter(judgement="")

    def for_list(self) -> Self:
        return (
            self.select_related("community", "reviewed_by")
            .prefetch_related("complaints__category")
            .order_by("-at", "-pk")
        )


class GamingSignal(models.Model):
    """One sign, with its evidence: the cases, and the moments in `data`. A sign is no proof."""

    class Kind(models.TextChoices):
        RUSHED = "RUSHED", _("Closed within 4 hours of the deadline and open again in 14 days")
        SILENT = "SILENT", _("Reported as solved without any contact with the resident")
        DEVICE = "DEVICE", _("5 or more cases filed and confirmed on one device within 24 hours")
        DENIED = "DENIED", _("Refused as already reported, and so in no figure")
        MOVED = "MOVED", _("Moved out of the reduction rate after it was taken on")

    class Judgement(models.TextChoices):
        CONFIRMED = "CONFIRMED", pgettext_lazy("signal", "Confirmed")
        DISMISSED = "DISMISSED", pgettext_lazy("signal", "Dismissed")

    kind = models.CharField(_("sign"), max_length=6, choices=Kind.choices)
    #: What makes it the same sign when the sweep sees it again.
    key = models.CharField(max_length=80)
    community = models.ForeignKey(
        Place, verbose_name=_("community"), on_delete=models.PROTECT, related_name="+"
    )
    complaints = models.ManyToManyField(Complaint, related_name="signals")
    at = models.DateTimeField(_("when"))
    data = models.JSONField(default=dict)
    found_at = models.DateTimeField(_("found"))
    judgement = models.CharField(
        _("judgement"), max_length=9, choices=Judgement.choices, blank=True
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    reviewed_at = models.DateTimeField(_("judged"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = SignalQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("sign of gaming")
        verbose_name_plural = _("signs of gaming")
        indexes = [models.Index(fields=["community", "judgement"], name="signal_by_judgement")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="signal_once"),
            models.CheckConstraint(
                condition=Q(judgement="", reviewed_at=None, reason="")
                | (~Q(judgement="") & ~Q(reviewed_at=None) & ~Q(reason="")),
                name="signal_judged_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
