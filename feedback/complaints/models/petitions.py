"""A case that went to the petition office (信访), with that procedure's own calendar clock."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from feedback.complaints.models.cases import Complaint
from feedback.complaints.states import State


class Petition(models.Model):
    """Accepted within 15 days, finished within 60 of accepting, once 30 more (domain.md §2).

    Calendar days; one that ends on a day off ends on the next working day (Civil Code Art. 203).
    """

    complaint = models.OneToOneField(Complaint, on_delete=models.PROTECT, related_name="petition")
    office = models.CharField(_("petition office"), max_length=80)
    #: Where the case goes back to when it is not accepted.
    came_from = models.CharField(max_length=12, choices=State.choices)
    transferred_date = models.DateField(_("passed on"))
    transferred_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    accept_due_date = models.DateField(_("to be accepted by"))
    accepted_date = models.DateField(_("accepted on"), null=True, blank=True)
    finish_due_date = models.DateField(_("to be finished by"), null=True, blank=True)
    extended_days = models.PositiveSmallIntegerField(_("days added"), default=0)
    finished_date = models.DateField(_("finished on"), null=True, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("petition")
        verbose_name_plural = _("petitions")
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_date=None, finish_due_date=None)
                | Q(accepted_date__gte=F("transferred_date"), finish_due_date__isnull=False),
                name="petition_accepted_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(extended_days__lte=30), name="petition_extended_by_30_at_most"
            ),
            models.CheckConstraint(
                condition=Q(finished_date=None)
                | Q(accepted_date__isnull=False, finished_date__gte=F("accepted_date")),
                name="petition_finished_after_acceptance",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} → {self.office}"
