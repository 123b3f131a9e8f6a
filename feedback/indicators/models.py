"""Measurements with their evidence; targets with their versions and who decided what, when."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.indicators.definitions import Definition, codes_in, definition
from feedback.indicators.states import (
    MEASURED,
    PENDING,
    AssessmentKind,
    Group,
    Origin,
    ProposalState,
    Reason,
    Status,
    TargetState,
)
from portal.places.models import Place, PlaceQuerySet
from portal.projects.models import RenovationProject

#: What people answered, as opposed to how many took part.
RESULTS = ("I01", "I38", "I39")


class MeasurementQuerySet(models.QuerySet["Measurement"]):
    def latest_revisions(self) -> Self:
        return self.filter(is_latest=True)

    def of_group(self, group: Group) -> Self:
        return self.filter(indicator__in=codes_in(group))

    def of_places(self) -> Self:
        return self.filter(place__isnull=False)

    def measured(self) -> Self:
        return self.filter(status__in=MEASURED)

    def under(self, place: Place) -> Self:
        """Those of `place` and all below it, and of the projects of its counties."""
        return self.filter(
            Q(place__path__startswith=place.path) | Q(project__county__path__startswith=place.path)
        )

    def ending_in(self, year: int) -> Self:
        return self.filter(period_end__gte=date(year, 1, 1), period_end__lte=date(year, 12, 31))

    def settled(self) -> Self:
        """Without what an open survey has shown so far: staff of the rated places see return rates
        only (design decision 1)."""
        return self.exclude(indicator__in=RESULTS, freeze_date=None)

    def freezable(self, today: date) -> Self:
        return self.filter(frozen_at=None, freeze_date__lte=today)

    def for_export(self) -> Self:
        return (
            self.latest_revisions()
            .select_related("place", "project__county")
            .order_by("period_end", "indicator", "variant", "place__path", "project__code", "pk")
        )

    def not_withdrawn(self) -> Self:
        return self.exclude(reason=Reason.WITHDRAWN)

    def in_counties(self, counties: Iterable[Place]) -> Self:
        scope = Q(pk__in=[])
        for county in counties:
            scope |= Q(place__path__startswith=county.path)
        return self.filter(scope)

    def current_of(self, places: "PlaceQuerySet | Iterable[Place]") -> Self:
        """Of these, for each place, indicator and variant the one whose period ended last."""
        rank = Window(
            RowNumber(),
            partition_by=["place", "indicator", "variant"],
            order_by=["-period_end", "-pk"],
        )
        found = self.latest_revisions().not_withdrawn().filter(place__in=places)
        return found.annotate(rank=rank).filter(rank=1).order_by("indicator", "variant", "pk")


class Measurement(models.Model):
    """One figure of one place or project in one period, and what it was made of.

    `value`, `low` and `high` are in the unit shown (80.00 for 80 %). While the period is open there
    is one row, replaced when its inputs change. From the freeze on rows are only added: `revision`
    counts them and `is_latest` is the one that holds.
    """

    indicator = models.CharField(_("indicator"), max_length=4)
    variant = models.CharField(_("variant"), max_length=16, default="main")
    place = models.ForeignKey(
        Place,
        verbose_name=_("place"),
        on_delete=models.CASCADE,
        null=True,
        related_name="measurements",
    )
    project = models.ForeignKey(
        RenovationProject,
        verbose_name=_("renovation project"),
        on_delete=models.CASCADE,
        null=True,
        related_name="measurements",
    )
    #: Address of the survey; empty for what is not measured by waves.
    wave = models.CharField(_("survey wave"), max_length=60, blank=True)
    period_start = models.DateField(_("from"))
    period_end = models.DateField(_("to"))
    formula_version = models.CharField(_("formula version"), max_length=8)
    revision = models.PositiveSmallIntegerField(_("revision"), default=0)
    is_latest = models.BooleanField(default=True)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices)
    reason = models.CharField(
        _("reason"), max_length=20, choices=Reason.choices, blank=True, default=Reason.NONE
    )
    numerator = models.DecimalField(_("numerator"), max_digits=24, decimal_places=6, null=True)
    denominator = models.DecimalField(_("denominator"), max_digits=24, decimal_places=6, null=True)
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=6, null=True)
    unit = models.CharField(_("unit"), max_length=16)
    low = models.DecimalField(_("lower bound"), max_digits=16, decimal_places=6, null=True)
    high = models.DecimalField(_("upper bound"), max_digits=16, decimal_places=6, null=True)
    n = models.PositiveIntegerField(_("answers"), null=True)
    population = models.PositiveIntegerField(_("out of"), null=True)
    inputs = models.JSONField(_("inputs"), default=dict)
    inputs_hash = models.CharField(_("hash of the inputs"), max_length=64)
    computed_at = models.DateTimeField(_("computed at"))
    #: When the figure becomes final; empty while nobody can say (a survey still running).
    freeze_date = models.DateField(_("final from"), null=True)
    frozen_at = models.DateTimeField(_("frozen at"), null=True)

    objects = MeasurementQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("measurement")
        verbose_name_plural = _("measurements")
        constraints = [
            models.CheckConstraint(
                condition=Q(place__isnull=False, project=None)
                | Q(place=None, project__isnull=False),
                name="measurement_of_a_place_or_a_project",
            ),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="measurement_period_in_order"
            ),
            models.CheckConstraint(
                condition=Q(revision=0) | Q(frozen_at__isnull=False),
                name="measurement_revised_after_the_freeze",
            ),
            models.UniqueConstraint(
                fields=[
                    "place",
                    "indicator",
                    "variant",
                    "wave",
                    "period_start",
                    "period_end",
                    "formula_version",
                    "revision",
                ],
                condition=Q(project=None),
                name="measurement_once_a_place",
            ),
            models.UniqueConstraint(
                fields=[
                    "project",
                    "indicator",
                    "variant",
                    "wave",
                    "period_start",
                    "period_end",
                    "formula_version",
                    "revision",
                ],
                condition=Q(place=None),
                name="measurement_once_a_project",
            ),
        ]
        indexes = [
            models.Index(fields=["period_end", "indicator"], name="measurement_by_period"),
            models.Index(
                fields=["place", "indicator", "variant", "-period_end"],
                condition=Q(is_latest=True),
                name="measurement_latest_of_place",
            ),
            models.Index(
                fields=["freeze_date"],
                condition=Q(frozen_at=None),
                name="measurement_to_freeze",
            ),
        ]

    def __str__(self) -> str:
        scope = self.place_id or f"P{self.project_id}"
        return f"{self.indicator}/{self.variant}@{scope} {self.period_start}…{self.period_end}"

    @property
    def definition(self) -> Definition:
        return definition(self.indicator, self.formula_version)

    @property
    def is_measured(self) -> bool:
        return self.status in MEASURED and self.value is not None


class Target(models.Model):
    """What a place has promised for an indicator and a year: the value of its approved version."""

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="targets"
    )
    indicator = models.CharField(_("indicator"), max_length=4)
    variant = models.CharField(_("variant"), max_length=16, default="main")
    year = models.PositiveSmallIntegerField(_("year"))
    is_locked = models.BooleanField(
        _("set by law or by a higher level"),
        default=False,
        help_text=_("The system never proposes to change it."),
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.UniqueConstraint(
                fields=["place", "indicator", "variant", "year"], name="target_once_a_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.year} {self.place}"


class TargetVersionQuerySet(models.QuerySet["TargetVersion"]):
    def approved(self) -> Self:
        return self.filter(state=TargetState.APPROVED)

    def pending(self) -> Self:
        return self.filter(state__in=PENDING)

    def in_places(self, places: PlaceQuerySet) -> Self:
        return self.filter(target__place__in=places)

    def for_list(self) -> Self:
        return self.select_related("target__place", "measurement", "proposed_by").order_by(
            "target__place__path", "target__indicator", "-pk"
        )


class TargetVersion(models.Model):
    """One value proposed for a target, with the evidence. Never changed but for its `state`."""

    target = models.ForeignKey(
        Target, verbose_name=_("target"), on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveSmallIntegerField(_("version"))
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=2)
    previous = models.DecimalField(
        _("target before"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    origin = models.CharField(_("origin"), max_length=8, choices=Origin.choices)
    state = models.CharField(_("state"), max_length=16, choices=TargetState.choices)
    proposal = models.CharField(
        _("proposal"), max_length=20, choices=ProposalState.choices, blank=True
    )
    measurement = models.ForeignKey(
        Measurement,
        verbose_name=_("measurement"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="proposals",
    )
    formula_version = models.CharField(_("formula version"), max_length=8, blank=True)
    inputs_hash = models.CharField(_("hash of the inputs"), max_length=64, blank=True)
    measured = models.DecimalField(_("measured"), max_digits=12, decimal_places=2, null=True)
    low = models.DecimalField(_("lower bound"), max_digits=12, decimal_places=2, null=True)
    high = models.DecimalField(_("upper bound"), max_digits=12, decimal_places=2, null=True)
    baseline = models.DecimalField(
        _("rolling baseline"), max_digits=12, decimal_places=2, null=True
    )
    reason = models.TextField(pgettext_lazy("of a proposal", "reason"), blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposed_at = models.DateTimeField(_("proposed at"))

    objects = TargetVersionQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("version of a target")
        verbose_name_plural = _("versions of targets")
        constraints = [
            models.UniqueConstraint(fields=["target", "number"], name="target_version_number_once"),
            models.UniqueConstraint(
                fields=["target"],
                condition=Q(state=TargetState.APPROVED),
                name="target_has_one_approved_version",
            ),
            models.CheckConstraint(
                condition=Q(origin=Origin.SYSTEM, proposed_by=None)
                | (~Q(origin=Origin.SYSTEM) & Q(proposed_by__isnull=False))
                | Q(origin=Origin.RECORD),
                name="target_version_has_a_proposer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} v{self.number}"

    @property
    def change(self) -> Decimal | None:
        return None if self.previous is None else self.value - self.previous


class AppendOnly(models.Model):
    """A record that is written once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError(f"{self._meta.verbose_name_plural} are append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"{self._meta.verbose_name_plural} are append-only")


class TargetDecision(AppendOnly):
    """Who moved a version to which state, when and why. Append-only."""

    version = models.ForeignKey(TargetVersion, on_delete=models.PROTECT, related_name="decisions")
    state = models.CharField(_("state"), max_length=16, choices=TargetState.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"))
    reason = models.TextField(pgettext_lazy("of a decision", "reason"), blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")

    def __str__(self) -> str:
        return f"{self.version} → {self.state}"


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
