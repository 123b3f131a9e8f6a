"""What people add to a score: judgements of evaluators, reasons of those who are scored."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.indicators.states import (
    AssessmentKind,
)
from portal.common.append_only import AppendOnly
from portal.places.models import Place
from portal.projects.models import RenovationProject


class Assessment(AppendOnly):
    """What an evaluator says of one indicator of a place or project in a year. Append-only.

    The latest of an indicator holds. `value` is in percent of the points where the indicator is
    qualitative (S5), else in points to deduct; a deduction of 0 takes an earlier one back.
    """

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    project = models.ForeignKey(
        RenovationProject,
        verbose_name=_("renovation project"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    year = models.PositiveSmallIntegerField(_("year"))
    indicator = models.CharField(_("indicator"), max_length=4)
    scheme = models.CharField(_("scheme"), max_length=12)
    scheme_version = models.CharField(_("version of the scheme"), max_length=8)
    kind = models.CharField(_("kind"), max_length=10, choices=AssessmentKind.choices)
    value = models.DecimalField(_("value"), max_digits=6, decimal_places=2)
    reason = models.TextField(pgettext_lazy("of a judgement", "reason"))
    assessed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    assessed_at = models.DateTimeField(_("judged at"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("judgement")
        verbose_name_plural = _("judgements")
        constraints = [
            models.CheckConstraint(
                condition=Q(place__isnull=False, project=None)
                | Q(place=None, project__isnull=False),
                name="assessment_of_a_place_or_a_project",
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0, value__lte=100), name="assessment_value_in_range"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="assessment_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["place", "year", "indicator"], name="assessment_of_place"),
            models.Index(fields=["project", "year", "indicator"], name="assessment_of_project"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.year} {self.kind} {self.value}"


class DeviationReason(AppendOnly):
    """Why a figure misses its target, or is far above it, and what is done (偏差原因). The latest
    of an indicator holds."""

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    project = models.ForeignKey(
        RenovationProject,
        verbose_name=_("renovation project"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    year = models.PositiveSmallIntegerField(_("year"))
    indicator = models.CharField(_("indicator"), max_length=4)
    text = models.TextField(_("reason and improvement"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("written at"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("reason for a deviation")
        verbose_name_plural = _("reasons for deviations")
        constraints = [
            models.CheckConstraint(
                condition=Q(place__isnull=False, project=None)
                | Q(place=None, project__isnull=False),
                name="deviation_of_a_place_or_a_project",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="deviation_says_something"),
        ]
        indexes = [
            models.Index(fields=["place", "year", "indicator"], name="deviation_of_place"),
            models.Index(fields=["project", "year", "indicator"], name="deviation_of_project"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.year}"
