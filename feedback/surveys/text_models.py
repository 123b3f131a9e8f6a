"""What residents wrote in their own words, after somebody looked at it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class TextReview(models.Model):
    """Whether one answer in words is public. `text` is what everybody reads: personal data masked;
    empty where it is withheld, and then `reason` says why."""

    response = models.ForeignKey(
        "surveys.Response", on_delete=models.CASCADE, related_name="text_reviews"
    )
    key = models.CharField(_("question"), max_length=64)
    is_public = models.BooleanField(_("published"))
    text = models.TextField(_("text"), blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(_("judged"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("review of a text")
        verbose_name_plural = _("reviews of texts")
        constraints = [
            models.UniqueConstraint(fields=["response", "key"], name="text_reviewed_once"),
            models.CheckConstraint(
                condition=Q(is_public=True) | (~Q(reason="") & Q(text="")),
                name="text_withheld_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response_id} {self.key}"
