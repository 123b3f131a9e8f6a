"""What was done with a survey while it ran: extended, ended early, reminders sent."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.common.append_only import AppendOnly


class SurveyEventQuerySet(models.QuerySet["SurveyEvent"]):
    def told(self) -> Self:
        """What residents read on the page of the survey, the latest first."""
        return self.exclude(kind=SurveyEvent.Kind.REMINDED).order_by("-at", "-pk")


class SurveyEvent(AppendOnly):
    """One change of a running survey, by whom and why. Never changed."""

    # Wagtail would write a row elsewhere for every key, in the order they came.
    wagtail_reference_index_ignore = True

    class Kind(models.TextChoices):
        EXTENDED = "EXTENDED", pgettext_lazy("survey event", "Extended")
        ENDED = "ENDED", pgettext_lazy("survey event", "Ended early")
        REMINDED = "REMINDED", pgettext_lazy("survey event", "Reminder sent")

    survey = models.ForeignKey("surveys.Survey", on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    #: The end before and after; of a reminder, `closes_before` is the end it reminded of.
    closes_before = models.DateTimeField(null=True)
    closes_after = models.DateTimeField(null=True)
    #: Of a reminder: so many days before the end. One each.
    days_before = models.PositiveSmallIntegerField(null=True)

    objects = SurveyEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of a survey")
        verbose_name_plural = _("events of surveys")
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "days_before", "closes_before"],
                condition=Q(kind="REMINDED"),
                name="survey_reminded_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="REMINDED") | ~Q(reason=""), name="survey_event_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.kind}"
