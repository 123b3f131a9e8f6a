"""Which cases are near their deadline or past it: rebuilt by a sweep."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from feedback.complaints.models.cases import Complaint
from feedback.complaints.states import AlarmStage, Clock
from portal.places.models import Place


class AlarmQuerySet(models.QuerySet["Alarm"]):
    def for_case(self) -> Self:
        return self.select_related("place").order_by("raised_at", "pk")


class Alarm(models.Model):
    """One stage that a clock of a case has reached, and the place of the tree that must look.

    The rows say how it stands now: a sweep adds what is missing and removes what holds no longer
    (the case is done, waits, or has another deadline). What was told to staff is in the outbox.
    """

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="alarms")
    clock = models.CharField(max_length=8, choices=Clock.choices)
    stage = models.CharField(max_length=10, choices=AlarmStage.choices)
    due_at = models.DateTimeField()
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()

    objects = AlarmQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("deadline alarm")
        verbose_name_plural = _("deadline alarms")
        constraints = [
            models.UniqueConstraint(
                fields=["complaint", "clock", "stage"], name="alarm_once_a_stage"
            )
        ]
        indexes = [models.Index(fields=["place", "stage"], name="alarm_by_place")]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.clock} {self.stage}"
