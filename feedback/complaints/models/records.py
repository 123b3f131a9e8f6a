"""What happened to a complaint and what was kept of it: events, photos, callbacks."""

from typing import Self

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.complaints.models.cases import Complaint
from feedback.complaints.models.categories import Category
from feedback.complaints.states import ASSISTED, Channel, PhotoKind
from portal.accounts.models import Organisation
from portal.common.append_only import AppendOnly, AppendOnlyQuerySet
from portal.common.keys import SealableTextField, open_bytes
from portal.intake.photos import data_address, thumbnail_bytes
from portal.intake.storage import private_storage


class ComplaintEventQuerySet(AppendOnlyQuerySet["ComplaintEvent"]):
    def answers(self) -> Self:
        """What residents said, and the reports that asked them: what I33 and I34 are counted from.

        An answer that is followed by another one stays counted in its own month, and so does one
        of a case that was refused or taken back later. Restricted cases are left out.
        """
        kinds = [ComplaintEvent.Kind.RESOLVED, ComplaintEvent.Kind.CONFIRMED]
        excluded = Category.Counted.EXCLUDED
        return self.filter(kind__in=kinds).exclude(complaint__category__counted=excluded)

    def public(self) -> Self:
        return self.filter(is_public=True).order_by("at", "pk")

    def for_staff(self) -> Self:
        return self.select_related("actor", "organisation").order_by("at", "pk")


class ComplaintEvent(AppendOnly):
    """One thing that happened to a complaint. Never changed, never deleted: a trigger of the
    database refuses both (PostgreSQL) or the change (SQLite)."""

    class Kind(models.TextChoices):
        FILED = "FILED", pgettext_lazy("event", "Filed")
        ACCEPTED = "ACCEPTED", pgettext_lazy("event", "Accepted")
        REFUSED = "REFUSED", pgettext_lazy("event", "Not taken up")
        ASSIGNED = "ASSIGNED", pgettext_lazy("event", "Passed on")
        TAKEN_BACK = "TAKEN_BACK", pgettext_lazy("event", "Taken back")
        CONTACTED = "CONTACTED", pgettext_lazy("event", "Contacted")
        ARRIVED = "ARRIVED", pgettext_lazy("event", "Arrived on site")
        REPLIED = "REPLIED", pgettext_lazy("event", "Reply")
        ANSWERED = "ANSWERED", pgettext_lazy("event", "Answer of the organisation")
        NOTED = "NOTED", pgettext_lazy("event", "Internal note")
        EXTENDED = "EXTENDED", pgettext_lazy("event", "Deadline extended")
        PROMISED = "PROMISED", pgettext_lazy("event", "Repair date promised")
        RECLASSIFIED = "RECLASSIFIED", pgettext_lazy("event", "Category changed")
        RESOLVED = "RESOLVED", pgettext_lazy("event", "Reported as solved")
        CALLED_BACK = "CALLED_BACK", pgettext_lazy("event", "Called back")
        CONFIRMED = "CONFIRMED", pgettext_lazy("event", "Answer of the resident")
        REOPENED = "REOPENED", pgettext_lazy("event", "Opened again")
        UNCONFIRMED = "UNCONFIRMED", pgettext_lazy("event", "Closed without an answer")
        ESCALATED = "ESCALATED", pgettext_lazy("event", "Passed up a level")
        HANDED_OVER = "HANDED_OVER", pgettext_lazy("event", "Handed to a colleague")
        PHOTO_ADDED = "PHOTO_ADDED", pgettext_lazy("event", "Photo added")
        WAITING = "WAITING", pgettext_lazy("event", "Waiting for the resident")
        RESUMED = "RESUMED", pgettext_lazy("event", "The clock runs again")
        LEDGER = "LEDGER", pgettext_lazy("event", "Changed in its ledger")
        MERGED = "MERGED", pgettext_lazy("event", "Joined to another report")
        MERGED_IN = "MERGED_IN", pgettext_lazy("event", "Another report was joined")
        SPLIT = "SPLIT", pgettext_lazy("event", "Second matter made a case of its own")
        TRANSFERRED = "TRANSFERRED", pgettext_lazy("event", "Passed to the petition office")
        PETITION = "PETITION", pgettext_lazy("event", "Petition office")
        QUALITY = "QUALITY", pgettext_lazy("event", "Made a quality case")
        REINSPECTED = "REINSPECTED", pgettext_lazy("event", "Re-inspected")
        CONSENTED = "CONSENTED", pgettext_lazy("event", "Agreed to publication")
        CONSENT_TAKEN = "CONSENT_TAKEN", pgettext_lazy("event", "Took the agreement back")
        PUBLISHED = "PUBLISHED", pgettext_lazy("event", "Published")
        TAKEN_DOWN = "TAKEN_DOWN", pgettext_lazy("event", "Taken down")
        PHOTO_HIDDEN = "PHOTO_HIDDEN", pgettext_lazy("event", "Photo looked over")
        CONTACT_SHOWN = "CONTACT_SHOWN", pgettext_lazy("event", "Phone number looked at")
        CONTACT_DELETED = "NO_CONTACT", pgettext_lazy("event", "Phone number deleted")
        ADDED = "ADDED", pgettext_lazy("event", "The resident added something")
        JOINED = "JOINED", pgettext_lazy("event", "A neighbour joined")
        WITHDRAWN = "WITHDRAWN", pgettext_lazy("event", "Withdrawn")

    complaint = models.ForeignKey(
        Complaint, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    kind = models.CharField(max_length=14, choices=Kind.choices)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    text = SealableTextField(blank=True)
    is_public = models.BooleanField(default=False)
    data = models.JSONField(default=dict)

    objects = ComplaintEventQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("complaint event")
        verbose_name_plural = _("complaint events")
        indexes = [
            models.Index(fields=["complaint", "at"], name="complaint_event_order"),
            # What residents do has neither.
            models.Index(
                fields=["actor"], condition=~Q(actor=None), name="complaint_event_by_actor"
            ),
            models.Index(
                fields=["organisation"],
                condition=~Q(organisation=None),
                name="complaint_event_by_firm",
            ),
            models.Index(
                fields=["at", "complaint"],
                condition=Q(kind__in=["CONFIRMED", "RESOLVED"]),
                name="complaint_event_answers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.kind}"

    @property
    def came_by(self) -> str:
        """How somebody came whom staff joined to the case."""
        channel = self.data.get("channel", "")
        return str(Channel(channel).label) if channel in ASSISTED else ""

    @property
    def is_sealed(self) -> bool:
        return self.complaint.is_sealed


class ComplaintPhoto(models.Model):
    """A photo drawn anew by intake, in the private storage; seen through a view that asks first."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="photos")
    file = models.FileField(storage=private_storage, upload_to="complaints/%Y/%m")
    thumbnail = models.FileField(storage=private_storage, upload_to="complaints/%Y/%m", blank=True)
    #: Of the photo as it came: one that was redacted is not taken in a second time.
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(
        _("what it shows"), max_length=10, choices=PhotoKind.choices, default=PhotoKind.PROBLEM
    )
    #: When somebody looked it over and hid what had to be hidden. Only then may it be published.
    screened_at = models.DateTimeField(null=True, blank=True)
    #: Names of files that are replaced and still to be destroyed.
    doomed = models.JSONField(default=list, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        constraints = [
            models.UniqueConstraint(fields=["complaint", "sha256"], name="complaint_photo_once")
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id}/{self.pk}"

    @property
    def is_sealed(self) -> bool:
        """Whether the files of a new photo are encrypted: only those of a restricted case."""
        return self.complaint.is_sealed

    def opened(self) -> "ContentFile[bytes]":
        """The photo itself, also where its file is encrypted."""
        with self.file.open() as file:
            return ContentFile(open_bytes(file.read()))

    @property
    def small(self) -> str:
        """A `data:` address of the small copy; one from before there were any is made here."""
        if self.thumbnail:
            with self.thumbnail.open() as file:
                return data_address(open_bytes(file.read()))
        return data_address(thumbnail_bytes(self.opened()))


class Callback(models.Model):
    """A telephone call that asked the resident whether it is solved. The caller is not the
    handler; up to three attempts may stay without an answer."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="callbacks")
    caller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="complaint_callbacks"
    )
    called_at = models.DateTimeField(_("called"))
    answered = models.BooleanField(_("answered"))
    attempt = models.PositiveSmallIntegerField(_("attempt"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        constraints = [
            models.UniqueConstraint(fields=["complaint", "attempt"], name="callback_attempt_once"),
            models.CheckConstraint(condition=Q(attempt__gte=1), name="callback_attempt_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} #{self.attempt}"
