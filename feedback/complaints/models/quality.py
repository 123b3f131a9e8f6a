"""Quality cases: what part of which works is at fault, and whether the repair was verified."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from feedback.complaints.models.cases import Complaint
from feedback.complaints.models.records import ComplaintPhoto
from feedback.complaints.states import WorkItem
from portal.accounts.models import Organisation
from portal.projects.models import RenovationProject


class QualityCase(models.Model):
    """Ties a complaint to project, work item and contractor; its building is the complaint's."""

    complaint = models.OneToOneField(Complaint, on_delete=models.PROTECT, related_name="quality")
    project = models.ForeignKey(
        RenovationProject,
        verbose_name=_("renovation project"),
        on_delete=models.PROTECT,
        related_name="quality_cases",
    )
    work_item = models.CharField(_("part of the works"), max_length=14, choices=WorkItem.choices)
    contractor = models.ForeignKey(
        Organisation,
        verbose_name=_("contractor"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="quality_cases",
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("quality case")
        verbose_name_plural = _("quality cases")

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.work_item}"


class Reinspection(models.Model):
    """复检: somebody looked at the repair, with a photo as proof."""

    quality = models.ForeignKey(QualityCase, on_delete=models.PROTECT, related_name="reinspections")
    passed = models.BooleanField(_("passed"))
    inspected_at = models.DateTimeField(_("re-inspected"))
    inspector = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    photo = models.ForeignKey(
        ComplaintPhoto, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    note = models.TextField(_("what was seen"), blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("re-inspection")
        verbose_name_plural = _("re-inspections")
        indexes = [models.Index(fields=["quality", "inspected_at"], name="reinspection_order")]

    def __str__(self) -> str:
        return f"{self.quality_id} {self.passed}"
