"""Resident supervisors and their visits to the works (居民监督), which feed I17."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from feedback.complaints.models.board import new_token
from feedback.complaints.models.cases import Complaint
from portal.common.keys import EncryptedTextField
from portal.intake.storage import private_storage
from portal.places.models import Building, Place


class SupervisorQuerySet(models.QuerySet["Supervisor"]):
    def in_place(self, place: Place) -> Self:
        return self.filter(community__path__startswith=place.path)

    def serving_on(self, day: date) -> Self:
        return self.filter(Q(to_date=None) | Q(to_date__gte=day), from_date__lte=day)


class Supervisor(models.Model):
    """A resident who watches the works for the others. The name is encrypted; the public reads the
    alias (王师傅), and only with consent."""

    community = models.ForeignKey(
        Place, verbose_name=_("community"), on_delete=models.PROTECT, related_name="supervisors"
    )
    name = EncryptedTextField(_("name"))
    alias = models.CharField(
        _("name in public"),
        max_length=20,
        blank=True,
        help_text=_("A surname and a form of address, as neighbours say it."),
    )
    shows_alias = models.BooleanField(_("agreed that this name is public"), default=False)
    from_date = models.DateField(_("serves from"))
    to_date = models.DateField(_("serves until"), null=True, blank=True)

    objects = SupervisorQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("resident supervisor")
        verbose_name_plural = _("resident supervisors")
        indexes = [models.Index(fields=["community", "from_date"], name="supervisor_by_term")]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_date=None) | Q(to_date__gte=F("from_date")),
                name="supervisor_term_ends_after_start",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=Q(shows_alias=False) | ~Q(alias=""),
                name="supervisor_shown_has_an_alias",
                violation_error_message=_("Please enter the name that is shown in public."),
            ),
        ]

    def __str__(self) -> str:
        return self.alias or str(self.pk)

    @property
    def public_name(self) -> str:
        """Empty where the supervisor did not agree."""
        return self.alias if self.shows_alias else ""


class VisitQuerySet(models.QuerySet["SupervisionVisit"]):
    def in_place(self, place: Place) -> Self:
        return self.filter(community__path__startswith=place.path)

    def for_list(self) -> Self:
        return (
            self.select_related("community")
            .prefetch_related(
                "supervisors",
                models.Prefetch("photos", queryset=VisitPhoto.objects.order_by("pk")),
                models.Prefetch(
                    "findings",
                    queryset=VisitFinding.objects.select_related(
                        "building", "complaint__category"
                    ).order_by("pk"),
                ),
            )
            .order_by("-visit_date", "-pk")
        )


class SupervisionVisit(models.Model):
    """One visit to the works: who went, what was seen. The record of a month (I17)."""

    community = models.ForeignKey(
        Place, verbose_name=_("community"), on_delete=models.PROTECT, related_name="+"
    )
    visit_date = models.DateField(_("day of the visit"))
    supervisors = models.ManyToManyField(
        Supervisor, verbose_name=_("who went"), related_name="visits"
    )
    seen = models.TextField(_("what was looked at"), max_length=1000)
    created_at = models.DateTimeField(_("entered"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    objects = VisitQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("visit of resident supervisors")
        verbose_name_plural = _("visits of resident supervisors")
        indexes = [models.Index(fields=["community", "visit_date"], name="visit_by_date")]

    def __str__(self) -> str:
        return f"{self.community_id} {self.visit_date}"


class VisitPhoto(models.Model):
    visit = models.ForeignKey(SupervisionVisit, on_delete=models.CASCADE, related_name="photos")
    token = models.CharField(max_length=32, unique=True, default=new_token)
    file = models.FileField(storage=private_storage, upload_to="supervision/%Y/%m")

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("photo of a visit")
        verbose_name_plural = _("photos of visits")

    def __str__(self) -> str:
        return f"{self.visit_id}/{self.pk}"


class VisitFinding(models.Model):
    """Something that is not right; it can become a quality case."""

    visit = models.ForeignKey(SupervisionVisit, on_delete=models.CASCADE, related_name="findings")
    text = models.CharField(_("finding"), max_length=300)
    building = models.ForeignKey(
        Building,
        verbose_name=_("building"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    complaint = models.OneToOneField(
        Complaint,
        verbose_name=_("case"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="visit_finding",
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("finding of a visit")
        verbose_name_plural = _("findings of visits")

    def __str__(self) -> str:
        return self.text
