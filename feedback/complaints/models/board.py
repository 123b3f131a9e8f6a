"""What the public reads of single cases: chosen ones with consent, and what was done."""

import secrets
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from feedback.complaints.models.cases import Complaint
from feedback.complaints.models.records import ComplaintPhoto
from portal.intake.storage import private_storage
from portal.places.models import Place


def new_token() -> str:
    """An address that nobody can guess: 128 random bits."""
    return secrets.token_hex(16)


class PublishedCaseQuerySet(models.QuerySet["PublishedCase"]):
    def in_place(self, place: Place) -> Self:
        return self.filter(complaint__community__path__startswith=place.path)

    def public(self) -> Self:
        """What anybody may read, the newest first."""
        return self.filter(removed_at=None).order_by("-published_at", "-pk")

    def for_list(self) -> Self:
        return self.select_related("complaint__category", "complaint__community", "before", "after")


class PublishedCase(models.Model):
    """One complaint as the public reads it: the resident's words and the staff's with what is
    personal masked, and photos that somebody looked over. A row that was taken down stays, without
    its texts."""

    complaint = models.OneToOneField(
        Complaint, on_delete=models.PROTECT, related_name="published_case"
    )
    token = models.CharField(max_length=32, unique=True, default=new_token)
    text = models.TextField(_("what was reported"), blank=True)
    done = models.TextField(_("what was done"), blank=True)
    before = models.ForeignKey(
        ComplaintPhoto, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    after = models.ForeignKey(
        ComplaintPhoto, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    removed_at = models.DateTimeField(_("taken down"), null=True, blank=True)

    objects = PublishedCaseQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("published case")
        verbose_name_plural = _("published cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(text="", done="", before=None, after=None),
                name="published_case_taken_down_is_empty",
            )
        ]

    def __str__(self) -> str:
        return str(self.complaint_id)


class WeDidQuerySet(models.QuerySet["WeDid"]):
    def in_place(self, place: Place) -> Self:
        return self.filter(community__path__startswith=place.path)

    def public(self) -> Self:
        return self.filter(removed_at=None).order_by("-done_date", "-pk")

    def for_list(self) -> Self:
        return self.select_related("community").prefetch_related(
            models.Prefetch("cases", queryset=PublishedCase.objects.public())
        )


class WeDid(models.Model):
    """居民说·我们做: what residents said, in complaints or in a survey, and what was done."""

    community = models.ForeignKey(
        Place, verbose_name=_("community"), on_delete=models.PROTECT, related_name="we_did"
    )
    token = models.CharField(max_length=32, unique=True, default=new_token)
    said = models.CharField(_("residents said"), max_length=200)
    did = models.TextField(_("what was done"), max_length=600)
    where = models.CharField(_("place in the community"), max_length=60, blank=True)
    done_date = models.DateField(_("done on"))
    # A survey is a sibling: it is known here by its key alone, and linked above.
    survey_key = models.SlugField(
        _("survey"),
        max_length=80,
        blank=True,
    )
    cases = models.ManyToManyField(
        PublishedCase, verbose_name=_("published cases"), blank=True, related_name="we_did"
    )
    photo = models.FileField(
        _("photo"), storage=private_storage, upload_to="board/%Y/%m", blank=True
    )
    created_at = models.DateTimeField(_("entered"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    removed_at = models.DateTimeField(_("taken down"), null=True, blank=True)

    objects = WeDidQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("you said, we did")
        verbose_name_plural = _("you said, we did")
        indexes = [models.Index(fields=["community", "-done_date"], name="we_did_by_date")]

    def __str__(self) -> str:
        return self.said
