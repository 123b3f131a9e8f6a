from datetime import datetime
from typing import Any, NoReturn, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from feedback.complaints.states import OPEN, Channel, Due, Nature, State, Verdict, Wish
from portal.accounts.models import Organisation
from portal.common.keys import EncryptedTextField
from portal.intake.storage import private_storage
from portal.places.models import Building, Household, Place


class CategoryQuerySet(models.QuerySet["Category"]):
    def for_residents(self) -> Self:
        return self.filter(is_active=True).order_by("position", "pk")

    def for_staff(self) -> Self:
        """Those that staff may choose: a restricted one goes to the discipline office alone."""
        return self.for_residents().filter(is_restricted=False)


class Category(models.Model):
    """One of C01…C30. Data: names, wording and deadlines differ from place to place."""

    class Group(models.TextChoices):
        WORKS = "WORKS", _("The building works")
        LEAKS = "LEAKS", _("Roof, walls, drains")
        SUPPLY = "SUPPLY", _("Water, heat, gas, power")
        COMMON = "COMMON", _("Roads, lights, fire safety, parking")
        ORDER = "ORDER", _("Cleaning, green, property service")
        FAIRNESS = "FAIRNESS", _("Plan, money, warranty")

    class Counted(models.TextChoices):
        """Which rate it counts in (domain.md §4)."""

        RATE = "R", pgettext_lazy("complaint set", "Reduction rate")
        CONSTRUCTION = "X", pgettext_lazy("complaint set", "Construction period only")
        AFTER = "A", pgettext_lazy("complaint set", "After the works only")
        EXCLUDED = "EXCLUDED", pgettext_lazy("complaint set", "Not counted")

    code = models.CharField(_("code"), max_length=4, primary_key=True)
    group = models.CharField(_("group"), max_length=10, choices=Group.choices)
    position = models.PositiveSmallIntegerField(_("position"))
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=60)
    plain_zh = models.CharField(_("in plain words (Chinese)"), max_length=80)
    plain_en = models.CharField(_("in plain words (English)"), max_length=120)
    lead_zh = models.CharField(_("who leads (Chinese)"), max_length=40)
    lead_en = models.CharField(_("who leads (English)"), max_length=80)
    due = models.CharField(_("deadline"), max_length=2, choices=Due.choices, blank=True)
    danger_zh = models.CharField(_("danger that makes it P0 (Chinese)"), max_length=120, blank=True)
    danger_en = models.CharField(_("danger that makes it P0 (English)"), max_length=160, blank=True)
    urgent_zh = models.TextField(_("what to do at once (Chinese)"), blank=True)
    urgent_en = models.TextField(_("what to do at once (English)"), blank=True)
    counted = models.CharField(_("counts in"), max_length=8, choices=Counted.choices)
    due_by_promise = models.BooleanField(
        _("due means made safe and a repair date promised"), default=False
    )
    is_restricted = models.BooleanField(_("restricted"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaint category")
        verbose_name_plural = _("complaint categories")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_restricted=True) | ~Q(due=""),
                name="category_has_a_deadline",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    @property
    def label(self) -> str:
        return self.name_en if get_language() == "en" else self.name_zh

    @property
    def plain(self) -> str:
        return self.plain_en if get_language() == "en" else self.plain_zh

    @property
    def lead(self) -> str:
        return self.lead_en if get_language() == "en" else self.lead_zh

    @property
    def danger(self) -> str:
        return self.danger_en if get_language() == "en" else self.danger_zh

    @property
    def urgent(self) -> str:
        return self.urgent_en if get_language() == "en" else self.urgent_zh


def due_condition(moment: datetime) -> Q:
    """Open cases whose first contact or end is due before `moment`."""
    contact = Q(first_contact_at=None, contact_due_at__lt=moment)
    return Q(state__in=OPEN) & (contact | Q(due_at__lt=moment))


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def in_place(self, place: Place) -> Self:
        return self.filter(community__path__startswith=place.path)

    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def counted(self) -> Self:
        """What rates are made of: complaints that were not refused, restricted ones left out."""
        return self.filter(nature=Nature.COMPLAINT).exclude(
            Q(state=State.REFUSED) | Q(category__counted=Category.Counted.EXCLUDED)
        )

    def for_list(self) -> Self:
        """What is due next comes first: the contact as long as there was none, then the end."""
        next_due_at = Case(When(first_contact_at=None, then="contact_due_at"), default="due_at")
        return (
            self.select_related("community", "category", "building", "assigned_to")
            .annotate(next_due_at=next_due_at)
            .order_by("next_due_at", "pk")
        )

    def due_before(self, moment: datetime) -> Self:
        return self.filter(due_condition(moment))


class Complaint(models.Model):
    """One filing by one resident (or several signatories) through one channel.

    It closes twice: staff say it is solved (`resolved_at`), the resident says whether it is
    (`verdict_at`). What happened is in its events; these columns are what lists and rates read.
    """

    number = models.CharField(_("number"), max_length=14, unique=True)
    community = models.ForeignKey(
        Place, verbose_name=_("community"), on_delete=models.PROTECT, related_name="complaints"
    )
    building = models.ForeignKey(
        Building,
        verbose_name=_("building"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
    )
    household = models.ForeignKey(
        Household,
        verbose_name=_("household"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
    )
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        on_delete=models.PROTECT,
        related_name="complaints",
    )
    is_danger = models.BooleanField(_("danger"), default=False)
    due = models.CharField(_("deadline"), max_length=2, choices=Due.choices)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    source_number = models.CharField(_("number at the source"), max_length=60, blank=True)
    nature = models.CharField(
        _("nature"), max_length=14, choices=Nature.choices, default=Nature.COMPLAINT
    )
    text = models.TextField(_("text"))
    signatories = models.PositiveIntegerField(_("signatories"), default=1)
    contact_wish = models.CharField(
        _("how to be reached"), max_length=8, choices=Wish.choices, default=Wish.NONE
    )
    contact = EncryptedTextField(_("phone"), blank=True, default="")
    contact_index = models.CharField(max_length=64, blank=True, default="", db_index=True)
    privacy_version = models.CharField(_("privacy notice"), max_length=12, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    filed_at = models.DateTimeField(_("filed"))
    contact_due_at = models.DateTimeField(_("first contact due"))
    site_due_at = models.DateTimeField(_("visit due"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"))
    is_extended = models.BooleanField(_("extended"), default=False)
    promised_date = models.DateField(_("promised repair date"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    first_contact_at = models.DateTimeField(_("first contact"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("reported as solved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices, blank=True)
    rating = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True)
    verdict_at = models.DateTimeField(_("verdict given"), null=True, blank=True)
    verdict_by_callback = models.BooleanField(_("verdict taken by phone"), default=False)
    assigned_to = models.ForeignKey(
        Organisation,
        verbose_name=_("assigned to"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints",
    )
    receipt_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    content_hash = models.CharField(max_length=64, blank=True)

    objects = ComplaintQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        indexes = [
            models.Index(fields=["community", "filed_at"], name="complaint_by_filing"),
            models.Index(fields=["community", "verdict_at"], name="complaint_by_verdict"),
            models.Index(fields=["community", "state", "due_at"], name="complaint_by_state"),
            models.Index(fields=["assigned_to", "state"], name="complaint_by_assignee"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "source_number"],
                condition=~Q(source_number=""),
                name="complaint_source_number_once",
            ),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__range=(1, 5)), name="complaint_rating_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(signatories__gte=1), name="complaint_has_a_signatory"
            ),
            models.CheckConstraint(
                condition=Q(verdict="", verdict_at=None) | (~Q(verdict="") & ~Q(verdict_at=None)),
                name="complaint_verdict_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.RESOLVED, State.CLOSED]) | ~Q(resolved_at=None),
                name="complaint_solved_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.ASSIGNED) | ~Q(assigned_to=None),
                name="complaint_passed_on_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(resolved_at__gte=F("filed_at")),
                name="complaint_solved_after_filing",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class AppendOnlyQuerySet(models.QuerySet["ComplaintEvent"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are append-only")

    def delete(self) -> NoReturn:
        raise TypeError("Events are append-only")

    def public(self) -> Self:
        return self.filter(is_public=True).order_by("at", "pk")

    def for_staff(self) -> Self:
        return self.select_related("actor", "organisation").order_by("at", "pk")


class ComplaintEvent(models.Model):
    """One thing that happened to a complaint. Never changed, never deleted: a trigger of the
    database refuses both (PostgreSQL) or the change (SQLite)."""

    class Kind(models.TextChoices):
        FILED = "FILED", pgettext_lazy("event", "Filed")
        ACCEPTED = "ACCEPTED", pgettext_lazy("event", "Accepted")
        REFUSED = "REFUSED", pgettext_lazy("event", "Not taken up")
        ASSIGNED = "ASSIGNED", pgettext_lazy("event", "Passed on")
        TAKEN_BACK = "TAKEN_BACK", pgettext_lazy("event", "Taken back")
        CONTACTED = "CONTACTED", pgettext_lazy("event", "Contacted")
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
        PHOTO_ADDED = "PHOTO_ADDED", pgettext_lazy("event", "Photo added")
        CONTACT_SHOWN = "CONTACT_SHOWN", pgettext_lazy("event", "Phone number looked at")

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+"
    )
    text = models.TextField(blank=True)
    is_public = models.BooleanField(default=False)
    data = models.JSONField(default=dict)

    objects = AppendOnlyQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("complaint event")
        verbose_name_plural = _("complaint events")
        indexes = [models.Index(fields=["complaint", "at"], name="complaint_event_order")]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("Events are append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are append-only")


class ComplaintPhoto(models.Model):
    """A photo drawn anew by intake, in the private storage; seen through a view that asks first."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="photos")
    file = models.FileField(storage=private_storage, upload_to="complaints/%Y/%m")
    sha256 = models.CharField(max_length=64)
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


class ComplaintTally(models.Model):
    """What figures read of one community, rebuilt from its complaints, never incremented.

    `months`: month of filing ("2026-07") → counts; `events`: set → channels looked at → month →
    channel of the first filing → events. See services/tallies.py.
    """

    community = models.OneToOneField(Place, on_delete=models.CASCADE, related_name="+")
    months = models.JSONField(default=dict)
    events = models.JSONField(default=dict)
    rebuilt_at = models.DateTimeField(null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("complaint tally")
        verbose_name_plural = _("complaint tallies")

    def __str__(self) -> str:
        return str(self.community_id)
