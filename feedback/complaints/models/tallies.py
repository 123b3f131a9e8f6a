"""What figures read of the complaints of a community."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.places.models import Place


class ComplaintTally(models.Model):
    """What figures read of one community, rebuilt from its complaints, never incremented.

    `months`: month of filing ("2026-07") → counts; `events`: set → channels looked at → month →
    channel of the first filing → events; `closings`: month of the closing → counts (I35). See
    services/tallies.py.
    """

    community = models.OneToOneField(Place, on_delete=models.CASCADE, related_name="+")
    months = models.JSONField(default=dict)
    events = models.JSONField(default=dict)
    #: Month of filing → category → what the public board adds up (board.py).
    board = models.JSONField(default=dict)
    closings = models.JSONField(default=dict)
    rebuilt_at = models.DateTimeField(null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("complaint tally")
        verbose_name_plural = _("complaint tallies")

    def __str__(self) -> str:
        return str(self.community_id)
