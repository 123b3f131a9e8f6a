"""Targets with their versions, and who decided what, when."""

from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.indicators.models.figures import Measurement
from feedback.indicators.states import (
    IN_FORCE,
    PENDING,
    Operator,
    Origin,
    ProposalState,
    TargetState,
)
from notices.models import NoticePage
from portal.common.append_only import AppendOnly
from portal.places.models import Place, PlaceQuerySet
from portal.projects.models import RenovationProject


class Target(models.Model):
    """What a place, or one project of a county, has promised for an indicator and a year: the
    value of its approved version. `place` of a project's target is the county of the project."""

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="targets"
    )
    project = models.ForeignKey(
        RenovationProject,
        verbose_name=_("renovation project"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="targets",
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
                fields=["place", "indicator", "variant", "year"],
                condition=Q(project=None),
                name="target_once_a_year",
            ),
            models.UniqueConstraint(
                fields=["project", "indicator", "variant", "year"],
                condition=Q(project__isnull=False),
                name="target_of_project_once_a_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.year} {self.scope_label}"

    @property
    def scope_label(self) -> str:
        return self.project.name if self.project else self.place.label


class TargetVersionQuerySet(models.QuerySet["TargetVersion"]):
    def approved(self) -> Self:
        return self.filter(state__in=IN_FORCE)

    def pending(self) -> Self:
        return self.filter(state__in=PENDING)

    def in_places(self, places: PlaceQuerySet) -> Self:
        return self.filter(target__place__in=places)

    def for_list(self) -> Self:
        return self.select_related(
            "target__place", "target__project", "measurement__place", "proposed_by"
        ).order_by("target__place__path", "target__project", "target__indicator", "-pk")


class TargetVersion(models.Model):
    """One value proposed for a target, with the evidence. Never changed but for its `state`."""

    target = models.ForeignKey(
        Target, verbose_name=_("target"), on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveSmallIntegerField(_("version"))
    operator = models.CharField(
        _("operator"), max_length=8, choices=Operator.choices, default=Operator.GE
    )
    #: None for a qualitative target; of a range the lower end.
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=2, null=True)
    upper = models.DecimalField(
        _("upper end"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    wording = models.CharField(_("in words"), max_length=300, blank=True)
    #: In the self-assessment (自评表); None where nobody has given it any, or taken
    #: them away with a 0.
    weight = models.DecimalField(
        pgettext_lazy("of a target form", "points"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
    )
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
    notice = models.ForeignKey(
        NoticePage,
        verbose_name=_("notice"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
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
                condition=Q(state__in=sorted(IN_FORCE)),
                name="target_has_one_approved_version",
            ),
            models.CheckConstraint(
                condition=Q(origin=Origin.SYSTEM, proposed_by=None)
                | (~Q(origin=Origin.SYSTEM) & Q(proposed_by__isnull=False))
                | Q(origin=Origin.RECORD),
                name="target_version_has_a_proposer",
            ),
            models.CheckConstraint(
                condition=(Q(operator=Operator.TEXT, value=None) & ~Q(wording=""))
                | (~Q(operator=Operator.TEXT) & Q(value__isnull=False)),
                name="target_version_has_a_value_or_words",
            ),
            models.CheckConstraint(
                condition=Q(operator=Operator.RANGE, upper__gte=F("value"))
                | (~Q(operator=Operator.RANGE) & Q(upper=None)),
                name="target_version_range_in_order",
            ),
            models.CheckConstraint(
                condition=Q(weight=None) | Q(weight__gte=0, weight__lte=100),
                name="target_version_weight_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} v{self.number}"

    @property
    def change(self) -> Decimal | None:
        if self.previous is None or self.value is None:
            return None
        return self.value - self.previous

    @property
    def shown(self) -> str:
        """The value with its operator, as it stands in the form: ≥ 90.00, 10.00–15.00, words."""
        if self.value is None:
            return self.wording
        if self.operator == Operator.RANGE:
            return f"{self.value}–{self.upper}"
        return f"{self.get_operator_display()} {self.value}"


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


class TargetSheet(AppendOnly):
    """The head of a target form (绩效目标申报表): of a place or project and a year, the latest
    holds. Money in 万元."""

    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(
        RenovationProject, on_delete=models.PROTECT, null=True, related_name="+"
    )
    year = models.PositiveSmallIntegerField(_("year"))
    department = models.CharField(_("Department in charge"), max_length=200, blank=True)
    unit = models.CharField(_("Carrying unit"), max_length=200, blank=True)
    period = models.CharField(_("Period"), max_length=100, blank=True)
    total = models.DecimalField(_("Total funds"), max_digits=14, decimal_places=2, null=True)
    fiscal = models.DecimalField(_("Fiscal funds"), max_digits=14, decimal_places=2, null=True)
    other = models.DecimalField(_("Other funds"), max_digits=14, decimal_places=2, null=True)
    goal = models.TextField(_("Overall goal"), max_length=4000, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("target form")
        verbose_name_plural = _("target forms")
        indexes = [models.Index(fields=["place", "project", "year"], name="target_sheet_of")]

    def __str__(self) -> str:
        return f"{self.year} {self.project or self.place}"
