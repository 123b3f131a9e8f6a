"""Ledgers of others (12345, petitions, a community's own book) on their way in."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.complaints.states import IMPORTED, LEDGER_UNDER_WAY, Channel, LedgerState, LineOutcome
from portal.common.canonical import canonical_json
from portal.intake.storage import private_storage
from portal.places.models import Place

if TYPE_CHECKING:
    from portal.accounts.models import User


class LedgerSource(models.Model):
    """One ledger that comes again and again in the same shape, and what its words mean here.

    `columns`: our field → the header it has there. `words`: "category" and "community" → their
    word → our code. Both are kept so that the next file needs no hand.
    """

    #: A category word of rows that are not to be taken in at all.
    LEFT_OUT = "-"

    name = models.CharField(_("name"), max_length=80, unique=True)
    place = models.ForeignKey(
        Place,
        verbose_name=_("place"),
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("The communities of the ledger lie in it."),
    )
    channel = models.CharField(
        _("channel"), max_length=20, choices=[(c.value, c.label) for c in IMPORTED]
    )
    columns = models.JSONField(default=dict)
    words = models.JSONField(default=dict)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("ledger")
        verbose_name_plural = _("ledgers")
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=[c.value for c in IMPORTED]),
                name="ledger_channel_is_imported",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} · {Channel(self.channel).label}"

    @property
    def meaning(self) -> str:
        """A hash of what columns and words mean now: what was checked must be what is written."""
        return hashlib.sha256(canonical_json([self.columns, self.words])).hexdigest()

    def word(self, kind: str, text: str) -> str:
        """Our code for `text`; empty where nobody has said yet what it means."""
        return str(self.words.get(kind, {}).get(text, ""))


class LedgerImportQuerySet(models.QuerySet["LedgerImport"]):
    def for_user(self, user: "User") -> Self:
        """One's own; a superuser sees everybody's."""
        return self if user.is_superuser else self.filter(created_by=user)

    def left_behind(self, queued_before: datetime, seen_before: datetime) -> Self:
        """Those no worker took up, and those whose worker has not been heard of since."""
        return self.filter(
            Q(state=LedgerState.QUEUED, seen_at__lt=queued_before)
            | Q(state=LedgerState.RUNNING, seen_at__lt=seen_before)
        ).order_by("pk")


class LedgerImport(models.Model):
    """One file: its columns are named, it is checked row by row, confirmed, and written.

    `rows_done` is the number of the last row that is dealt with; it moves in the transaction that
    wrote the rows before it, so a run that was broken off goes on right there.
    """

    source = models.ForeignKey(
        LedgerSource, verbose_name=_("ledger"), on_delete=models.PROTECT, related_name="imports"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("uploaded at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    seen_at = models.DateTimeField(_("last sign of life"))
    filename = models.CharField(_("file"), max_length=200)
    #: Not below MEDIA_ROOT; deleted when the file is dealt with.
    file = models.FileField(storage=private_storage, upload_to="ledgers/%Y/%m")
    headers = models.JSONField(default=list)
    state = models.CharField(
        _("state"), max_length=10, choices=LedgerState.choices, default=LedgerState.MAPPING
    )
    rows_total = models.PositiveIntegerField(_("rows"), default=0)
    rows_done = models.PositiveIntegerField(_("rows read"), default=0)
    rows_added = models.PositiveIntegerField(_("added"), default=0)
    rows_changed = models.PositiveIntegerField(_("changed"), default=0)
    rows_known = models.PositiveIntegerField(_("known already"), default=0)
    rows_refused = models.PositiveIntegerField(_("refused"), default=0)
    #: "category" and "community" → word nobody has given a meaning yet → rows that have it.
    unknown_words = models.JSONField(default=dict)
    problems = models.JSONField(_("problems of the file"), default=list)
    #: `LedgerSource.meaning` as it was when the file was checked.
    checked_meaning = models.CharField(max_length=64, blank=True, default="")

    objects = LedgerImportQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("ledger import")
        verbose_name_plural = _("ledger imports")

    def __str__(self) -> str:
        return f"{self.filename} · {self.get_state_display()}"

    @property
    def is_checked(self) -> bool:
        """Checked, and nothing was decided otherwise since: by another file of the ledger, say."""
        return self.state == LedgerState.CHECKED and self.checked_meaning == self.source.meaning

    @property
    def is_under_way(self) -> bool:
        return self.state in LEDGER_UNDER_WAY

    @property
    def percent(self) -> int:
        return min(100, 100 * self.rows_done // self.rows_total) if self.rows_total else 0


class LedgerImportRow(models.Model):
    """What became of one row of the file, or would: no text of it, nothing of the person."""

    ledger_import = models.ForeignKey(LedgerImport, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(pgettext_lazy("of a file", "row"))
    outcome = models.CharField(_("outcome"), max_length=6, choices=LineOutcome.choices)
    source_number = models.CharField(_("number at the source"), max_length=60)
    #: A keyed hash of what the row tells, to know it again further down in the file.
    digest = models.CharField(max_length=64, blank=True, default="")
    #: A list of `portal.common.sheets.notes.Note` as JSON.
    notes: Any = models.JSONField(_("notes"), default=list)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("row of a ledger import")
        verbose_name_plural = _("rows of a ledger import")
        indexes = [
            models.Index(fields=["ledger_import", "outcome", "number"], name="ledger_row_report"),
            models.Index(fields=["ledger_import", "source_number"], name="ledger_row_by_source"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.source_number}"
