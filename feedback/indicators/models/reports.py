"""The Word template an office has put in place of the shipped one."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.common.append_only import AppendOnly
from portal.intake.storage import private_storage
from portal.places.models import Place


class ReportTemplateQuerySet(models.QuerySet["ReportTemplate"]):
    def holding(self, place: Place) -> "ReportTemplate | None":
        """The latest of the nearest place; None where the shipped one holds."""
        rows = self.filter(place__in=Place.objects.above(place).order_by())
        latest: dict[int, ReportTemplate] = {}
        for row in rows.select_related("place", "kept_by").order_by("pk"):
            latest[row.place_id] = row
        nearest = max(latest.values(), key=lambda row: row.place.depth, default=None)
        return nearest if nearest is not None and nearest.file else None


class ReportTemplate(AppendOnly):
    """A template of the evaluation report for `place` and all below it. The latest holds; without a
    file it is the shipped one again."""

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="+"
    )
    file = models.FileField(
        _("template"), storage=private_storage, upload_to="report-templates/%Y", blank=True
    )
    name = models.CharField(_("file name"), max_length=120, blank=True)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    kept_at = models.DateTimeField(_("kept at"))

    objects = ReportTemplateQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("report template")
        verbose_name_plural = _("report templates")
        indexes = [models.Index(fields=["place", "-id"], name="report_template_of_place")]

    def __str__(self) -> str:
        return self.name or str(self.place_id)
