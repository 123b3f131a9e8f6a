"""Who took which figures out, when and why; and the files that are made for it."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.places.models import Place

if TYPE_CHECKING:
    from portal.places.models import PlaceQuerySet


class ExportKind(models.TextChoices):
    FIGURES = "FIGURES", _("Figures")
    BUNDLE = "BUNDLE", _("Evidence bundle")
    PUBLIC_BUNDLE = "PUBLIC", _("Evidence bundle for the public")
    EVIDENCE = "EVIDENCE", _("Index of evidence")
    COMPARISON = "COMPARISON", _("Difference between two exports")
    FORM = "FORM", _("Form of the performance evaluation")


class Paper(models.TextChoices):
    """Which one an export of the kind FORM is; the first two are named like their schemes. The form
    of the targets is handed out at once."""

    SELF = "SELF", _("Self-assessment form")
    EVALUATION = "EVALUATION", _("Score sheet")
    REPORT = "REPORT", _("Evaluation report")
    TARGETS = "TARGETS", _("Target form")


class ExportState(models.TextChoices):
    QUEUED = "QUEUED", pgettext_lazy("export", "Waiting")
    RUNNING = "RUNNING", pgettext_lazy("export", "Being made")
    READY = "READY", pgettext_lazy("export", "Ready")
    #: Small enough to be answered at once, or sent line by line: no file is kept.
    SENT = "SENT", pgettext_lazy("export", "Handed out at once")
    FAILED = "FAILED", pgettext_lazy("export", "Failed")
    CANCELLED = "CANCELLED", pgettext_lazy("export", "Cancelled")
    EXPIRED = "EXPIRED", pgettext_lazy("export", "Expired")


EXPORTS_UNDER_WAY = (ExportState.QUEUED, ExportState.RUNNING)


class ExportQuerySet(models.QuerySet["Export"]):
    def in_places(self, places: "PlaceQuerySet") -> Self:
        return self.filter(place__in=places.order_by().values("pk"))

    def public(self) -> Self:
        """Bundles anyone may have."""
        return self.filter(kind=ExportKind.PUBLIC_BUNDLE, state=ExportState.READY)

    def left_behind(self, queued_before: datetime, seen_before: datetime) -> Self:
        """Those no worker took up, and those whose worker has not been heard of since."""
        return self.filter(
            Q(state=ExportState.QUEUED, seen_at__lt=queued_before)
            | Q(state=ExportState.RUNNING, seen_at__lt=seen_before)
        ).order_by("pk")


class Export(models.Model):
    """One export. The row stays when the file is gone: it is the log."""

    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked for by"),
        on_delete=models.PROTECT,
        related_name="exports",
    )
    requested_at = models.DateTimeField(_("asked for at"))
    reason = models.TextField(pgettext_lazy("of an export", "reason"))
    kind = models.CharField(_("kind"), max_length=10, choices=ExportKind.choices)
    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="+"
    )
    year = models.PositiveSmallIntegerField(_("year"))
    format = models.CharField(_("file format"), max_length=5)
    #: What else it depends on, such as the two exports that are compared.
    parameters = models.JSONField(_("parameters"), default=dict)
    state = models.CharField(
        _("state"), max_length=10, choices=ExportState.choices, default=ExportState.QUEUED
    )
    done = models.PositiveIntegerField(_("rows written"), default=0)
    total = models.PositiveIntegerField(_("rows in all"), default=0)
    rows = models.PositiveIntegerField(_("rows"), null=True)
    size = models.PositiveBigIntegerField(_("size"), null=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    #: In private storage; empty while there is none and when it has expired.
    file = models.CharField(max_length=200, blank=True)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    #: The first changes of a comparison, for its page.
    preview = models.JSONField(default=dict)
    problem = models.TextField(_("problem"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    seen_at = models.DateTimeField(_("last sign of life"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)

    objects = ExportQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="export_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(state=ExportState.READY) | ~Q(file=""), name="export_ready_has_a_file"
            ),
        ]
        indexes = [
            models.Index(fields=["place", "-requested_at"], name="export_by_place"),
            models.Index(
                fields=["state", "seen_at"],
                condition=Q(state__in=["QUEUED", "RUNNING"]),
                name="export_under_way",
            ),
        ]

    def __str__(self) -> str:
        what = self.get_kind_display()
        if self.parameters.get("paper"):
            what = str(Paper(self.parameters["paper"]).label)
        return f"{what} · {self.parameters.get('project') or self.place} · {self.year}"

    @property
    def is_under_way(self) -> bool:
        return self.state in EXPORTS_UNDER_WAY

    def is_past(self, now: datetime) -> bool:
        """Whether its file may not be had any more, even where it is not deleted yet."""
        is_kept = self.state == ExportState.READY
        return is_kept and self.expires_at is not None and self.expires_at <= now

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0


class ExportDownload(models.Model):
    """Who fetched the file of an export, and when. `by` is None for one that is public."""

    export = models.ForeignKey(Export, on_delete=models.PROTECT, related_name="downloads")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(_("at"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("download of an export")
        verbose_name_plural = _("downloads of exports")

    def __str__(self) -> str:
        return f"{self.export_id} {self.at:%Y-%m-%d %H:%M}"
