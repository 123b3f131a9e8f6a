"""The states of a register import, and the ways between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ImportState(models.TextChoices):
    QUEUED = "QUEUED", _("Waiting")
    RUNNING = "RUNNING", _("Running")
    CHECKED = "CHECKED", _("Checked, nothing written yet")
    REFUSED = "REFUSED", _("Refused, nothing was written")
    IMPORTED = "IMPORTED", _("Imported")
    FAILED = "FAILED", _("The file can't be read")


#: The page that shows one of these asks again in a few seconds.
UNDER_WAY = frozenset({ImportState.QUEUED, ImportState.RUNNING})

TRANSITIONS: dict[ImportState, frozenset[ImportState]] = {
    ImportState.QUEUED: frozenset({ImportState.RUNNING}),
    ImportState.RUNNING: frozenset(
        {
            ImportState.CHECKED,
            ImportState.REFUSED,
            ImportState.IMPORTED,
            ImportState.FAILED,
            # Its worker was lost: it begins again.
            ImportState.QUEUED,
        }
    ),
    ImportState.CHECKED: frozenset({ImportState.QUEUED}),
    ImportState.REFUSED: frozenset(),
    ImportState.IMPORTED: frozenset(),
    ImportState.FAILED: frozenset(),
}


class RowOutcome(models.TextChoices):
    ADD = "ADD", pgettext_lazy("row of an import", "Add")
    CHANGE = "CHANGE", pgettext_lazy("row of an import", "Change")
    SAME = "SAME", pgettext_lazy("row of an import", "Unchanged")
    REFUSE = "REFUSE", pgettext_lazy("row of an import", "Refused")
