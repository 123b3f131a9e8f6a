"""What belongs to a notice: its files and pictures, and the photos of it on the board."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.models import Orderable

from notices.models.pages import NoticePage
from portal.places.models import Building


class NoticeAttachment(Orderable):
    """A file or a picture that belongs to a notice."""

    page = ParentalKey(NoticePage, on_delete=models.CASCADE, related_name="attachments")
    title = models.CharField(_("what it is"), max_length=120)
    document = models.ForeignKey(
        settings.WAGTAILDOCS_DOCUMENT_MODEL,
        verbose_name=_("document"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    image = models.ForeignKey(
        settings.WAGTAILIMAGES_IMAGE_MODEL,
        verbose_name=_("image"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta(Orderable.Meta):
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(
                condition=Q(document=None, image__isnull=False)
                | Q(document__isnull=False, image=None),
                name="attachment_is_a_file_or_an_image",
                violation_error_message=_("Choose a document or an image, one of the two."),
            )
        ]

    def __str__(self) -> str:
        return self.title


class NoticePosting(models.Model):
    """A photo of the paper on the board. It comes later and makes no new version of the notice."""

    notice = models.ForeignKey(
        NoticePage, verbose_name=_("notice"), on_delete=models.CASCADE, related_name="postings"
    )
    image = models.ForeignKey(
        settings.WAGTAILIMAGES_IMAGE_MODEL,
        verbose_name=_("photo"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    taken_on = models.DateField(_("taken on"))
    building = models.ForeignKey(
        Building,
        verbose_name=_("building"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty for the board of the community."),
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("photo of the posting")
        verbose_name_plural = _("photos of the posting")
        indexes = [models.Index(fields=["notice", "taken_on"], name="posting_by_notice")]

    def __str__(self) -> str:
        return f"{self.notice_id} · {self.taken_on}"
