"""Measurements with their evidence."""

from collections.abc import Iterable
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from feedback.indicators.definitions import Definition, codes_in, definition
from feedback.indicators.states import (
    MEASURED,
    Group,
    Reason,
    Status,
)
from feedback.indicators.suppression import HEADLINE, SMALL
from portal.places.models import Place, PlaceLevel, PlaceQuerySet
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

    def countable(self) -> Self:
        """Those that a sum takes in: also what is of too few by itself."""
        return self.exclude(status=Status.NOT_APPLICABLE)

    def of_slot(self, row: "Measurement") -> Self:
        """All that was ever measured for the very figure `row` is, by whatever formula."""
        return self.filter(
            place=row.place_id,
            project=row.project_id,
            indicator=row.indicator,
            variant=row.variant,
            wave=row.wave,
            period_start=row.period_start,
            period_end=row.period_end,
        )

    def series(
        self, indicator: str, variant: str, *, place: int | None, project: int | None = None
    ) -> Self:
        """One figure of a place or a project through its periods, in their order: of each the
        revision that holds. `place` and `project` are keys."""
        found = self.latest_revisions().filter(
            place=place, project=project, indicator=indicator, variant=variant
        )
        return found.order_by("period_end", "pk")

    def series_of(self, row: "Measurement") -> Self:
        """`series` of the figure that `row` is."""
        return self.series(row.indicator, row.variant, place=row.place_id, project=row.project_id)

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
            .with_few()
            .select_related("place", "project__county")
            .order_by("period_end", "indicator", "variant", "place__path", "project__code", "pk")
        )

    def with_few(self) -> Self:
        """With `has_few`: whether they list a community of fewer than SMALL answers."""
        few = Measurement.objects.latest_revisions().filter(
            indicator=OuterRef("indicator"),
            wave=OuterRef("wave"),
            period_end=OuterRef("period_end"),
            place__level=PlaceLevel.COMMUNITY,
            place__path__startswith=OuterRef("place__path"),
            n__gt=0,
            n__lt=SMALL,
        )
        is_sum = Q(indicator__in=HEADLINE) & ~Q(place__level=PlaceLevel.COMMUNITY)
        found = Case(When(is_sum & Exists(few), then=True), default=False)
        return self.annotate(has_few=found)

    def not_withdrawn(self) -> Self:
        return self.exclude(reason=Reason.WITHDRAWN)

    def under_any(self, places: Iterable[Place]) -> Self:
        scope = Q(pk__in=[])
        for place in places:
            scope |= Q(place__path__startswith=place.path)
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

    #: There after `with_few`.
    has_few: bool

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
            # Of all versions of its formula and all its revisions, one holds. These find the latest
            # figures, too: the order of their fields is that of the questions asked.
            models.UniqueConstraint(
                fields=["place", "indicator", "variant", "period_end", "wave", "period_start"],
                condition=Q(is_latest=True),
                name="measurement_one_holds_of_place",
            ),
            models.UniqueConstraint(
                fields=["project", "indicator", "variant", "period_end", "wave", "period_start"],
                condition=Q(is_latest=True, project__isnull=False),
                name="measurement_one_holds_of_project",
            ),
        ]
        indexes = [
            models.Index(fields=["period_end", "indicator"], name="measurement_by_period"),
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
    def is_running_result(self) -> bool:
        """Whether this is what an open survey has shown so far."""
        return self.indicator in RESULTS and self.freeze_date is None
