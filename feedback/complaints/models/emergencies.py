"""Whom residents of a place call at once: the repair services there."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.complaints.states import Service
from portal.places.models import Place


class EmergencyNumber(models.Model):
    """The number of one service for a place and all below it; the nearest one counts."""

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="+"
    )
    service = models.CharField(
        pgettext_lazy("emergency", "service"), max_length=9, choices=Service.choices
    )
    number = models.CharField(
        _("phone number"),
        max_length=20,
        help_text=_("Answered day and night. It is shown as soon as danger is the topic."),
        validators=[
            RegexValidator(
                r"^[0-9][0-9 -]{1,18}[0-9]$", _("Please write digits, with spaces or hyphens.")
            )
        ],
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("emergency number")
        verbose_name_plural = _("emergency numbers")
        constraints = [
            models.UniqueConstraint(
                fields=["place", "service"],
                name="emergency_number_once",
                violation_error_message=_("There is a number of this service here already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_service_display()} {self.number}"
