"""What staff are alerted to in the figures, and the runs of the recalculation."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.indicators.states import AlertKind, RunKind, RunState
from portal.places.models import Place, PlaceQuerySet


class FigureAlertQuerySet(models.QuerySet["FigureAlert"]):
    def standing(self) -> Self:
        return self.filter(ended_at=None)

    def in_places(self, places: PlaceQuerySet) -> Self:
        return self.filter(place__in=places)


class FigureAlert(models.Model):
    """One thing that is wrong at a place. It stands until it holds no longer, or until its `stage`
    changes: then this row ends and another begins, and staff are told once more."""

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=AlertKind.choices)
    #: What it is about within the place: a project, a notice, a category, a survey.
    subject = models.CharField(max_length=80)
    stage = models.CharField(max_length=200, blank=True)
    #: The numbers and names of its sentence.
    facts = models.JSONField(default=dict)
    raised_at = models.DateTimeField(_("raised at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)

    objects = FigureAlertQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["place", "kind", "subject"],
                condition=Q(ended_at=None),
                name="figure_alert_stands_once",
            )
        ]
        indexes = [models.Index(fields=["ended_at", "kind"], name="figure_alert_by_end")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.stage}"


class RecalculationRun(models.Model):
    """One run of the recalculation. Whoever works on it holds its `token`; a worker that died
    gives no sign of life (`beat_at`), and the run is taken over."""

    #: Names the work: the same key is done once ("full-check 2026-11-26").
    key = models.CharField(max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=RunKind.choices)
    state = models.CharField(_("state"), max_length=8, choices=RunState.choices)
    token = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    changes = models.PositiveIntegerField(_("figures changed"), default=0)
    error = models.TextField(pgettext_lazy("of a run", "what went wrong"), blank=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("run of the recalculation")
        verbose_name_plural = _("runs of the recalculation")
        indexes = [models.Index(fields=["state", "-started_at"], name="run_by_state")]

    def __str__(self) -> str:
        return self.key

    @property
    def seconds(self) -> float | None:
        """How long the last attempt took."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()
