"""What is kept about notices beside them: removals, and publications that failed."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notices.models.types import NoticeType
from notices.states import Removal
from portal.places.models import Place


class NoticeRemoval(models.Model):
    """Why a notice left the public pages or its place. Never changed; it outlives the notice."""

    notice_id = models.PositiveBigIntegerField(_("number of the notice"), db_index=True)
    title = models.CharField(_("title"), max_length=255)
    notice_type = models.ForeignKey(NoticeType, on_delete=models.PROTECT, null=True)
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    to_place = models.ForeignKey(Place, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(_("what was done"), max_length=10, choices=Removal.choices)
    reason = models.TextField(_("reason"), max_length=600)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(_("removed at"))
    published_at = models.DateTimeField(_("first published"), null=True)
    publicity_start = models.DateField(_("publicity begins"), null=True)
    publicity_end = models.DateField(_("publicity ends"), null=True)

    class Meta:
        verbose_name = _("removal of a notice")
        verbose_name_plural = _("removals of notices")
        indexes = [models.Index(fields=["place", "-removed_at"], name="removal_by_place")]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.title}"

    @property
    def was_early(self) -> bool:
        """Whether the notice left its place while its publicity still ran."""
        end = self.publicity_end
        return bool(self.published_at and end and timezone.localdate(self.removed_at) <= end)


class PublishFailure(models.Model):
    """A scheduled publication that failed, until it succeeds or somebody publishes by hand."""

    content_type = models.ForeignKey("contenttypes.ContentType", on_delete=models.CASCADE)
    object_id = models.CharField(max_length=255)
    label = models.CharField(_("title"), max_length=255)
    place = models.ForeignKey(Place, on_delete=models.CASCADE, null=True, related_name="+")
    due_at = models.DateTimeField(_("was due at"))
    message = models.TextField(_("reason"))
    attempts = models.PositiveIntegerField(_("attempts"), default=1)
    failed_at = models.DateTimeField(_("last tried at"))

    class Meta:
        verbose_name = _("failed publication")
        verbose_name_plural = _("failed publications")
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id"], name="publish_failure_once"
            )
        ]

    def __str__(self) -> str:
        return self.label
