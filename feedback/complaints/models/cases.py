"""The complaint itself: one filing, with the columns that lists and rates read."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from feedback.complaints.models.case_queries import ComplaintQuerySet
from feedback.complaints.models.categories import Category
from feedback.complaints.models.next_due import NEXT_DUE
from feedback.complaints.questions import extra_rows
from feedback.complaints.states import IN_WORK, OPEN, Channel, Due, Nature, State, Verdict, Wish
from portal.accounts.models import Organisation
from portal.common.keys import EncryptedTextField, SealableTextField
from portal.places.models import Building, Household, Place


class Complaint(models.Model):
    """One filing by one resident (or several signatories) through one channel.

    It closes twice: staff say it is solved (`resolved_at`), the resident says whether it is
    (`verdict_at`). What happened is in its events; these columns are what lists and rates read.
    """

    number = models.CharField(_("number"), max_length=20)
    community = models.ForeignKey(
        Place,
        verbose_name=_("community"),
        on_delete=models.PROTECT,
        related_name="complaints",
        db_index=False,
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
        db_index=False,
    )
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        on_delete=models.PROTECT,
        related_name="complaints",
        db_index=False,
    )
    is_danger = models.BooleanField(_("danger"), default=False)
    due = models.CharField(_("deadline"), max_length=2, choices=Due.choices)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    #: The ledger it came from; empty for what was filed here and for rows a program brought.
    source = models.ForeignKey(
        "complaints.LedgerSource",
        verbose_name=_("ledger"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    source_number = models.CharField(_("number at the source"), max_length=60, blank=True)
    nature = models.CharField(
        _("nature"), max_length=14, choices=Nature.choices, default=Nature.COMPLAINT
    )
    text = SealableTextField(_("text"))
    signatories = models.PositiveIntegerField(_("signatories"), default=1)
    contact_wish = models.CharField(
        _("how to be reached"), max_length=8, choices=Wish.choices, default=Wish.NONE
    )
    contact = EncryptedTextField(_("phone"), blank=True, default="")
    contact_index = models.CharField(max_length=64, blank=True, default="")
    contact_shared = models.BooleanField(
        _("contact may be passed on"),
        default=False,
        help_text=_("The resident agreed that whoever does the repair gets the phone number."),
    )
    privacy_version = models.CharField(_("privacy notice"), max_length=12, blank=True)
    #: The answers to the category's questions with their wording (questions.py).
    extra = models.JSONField(
        _("answers to the questions of the category"), default=list, blank=True
    )
    may_publish = models.BooleanField(
        _("may be published"),
        default=False,
        help_text=_("The resident agreed that others read it without names and numbers."),
    )
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    filed_at = models.DateTimeField(_("filed"))
    contact_due_at = models.DateTimeField(_("first contact due"))
    site_due_at = models.DateTimeField(_("visit due"), null=True, blank=True)
    #: Somebody was there, whatever came of it: what the visit was due for.
    arrived_at = models.DateTimeField(_("arrived on site"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"))
    #: The clock that runs out first. Kept by the database, so that no service can forget it and
    #: lists can sort by an index.
    next_due_at = models.GeneratedField(
        verbose_name=_("next due"),
        expression=NEXT_DUE,
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    is_extended = models.BooleanField(_("extended"), default=False)
    waiting_since = models.DateTimeField(_("waiting for the resident since"), null=True, blank=True)
    #: Working minutes (P0: minutes) of waiting that were added to the present deadline.
    waited_minutes = models.PositiveIntegerField(_("minutes waited"), default=0)
    promised_date = models.DateField(_("promised repair date"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    first_contact_at = models.DateTimeField(_("first contact"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("reported as solved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
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
        db_index=False,
    )
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("handled by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="complaints_handled",
        db_index=False,
    )
    #: The level above that leads since the resident was not content; empty before.
    escalated_to = models.ForeignKey(
        Place,
        verbose_name=_("passed up to"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    #: A case opens again once; the second answer closes it, whatever it says.
    reopened_at = models.DateTimeField(_("opened again"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("joined to"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="duplicates",
        db_index=False,
    )
    split_from = models.ForeignKey(
        "self",
        verbose_name=_("split from"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="splits",
        db_index=False,
    )
    receipt_hash = models.CharField(max_length=64, null=True, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)

    objects = ComplaintQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        # Every filing writes to every index: a foreign key has one of its own only where none of
        # these begins with it, and one that is mostly empty holds what is not.
        indexes = [
            *(
                models.Index(
                    fields=[name], condition=~Q(**{name: None}), name=f"complaint_has_{name}"
                )
                for name in (
                    "household",
                    "resolved_by",
                    "escalated_to",
                    "merged_into",
                    "split_from",
                )
            ),
            models.Index(
                fields=["contact_index"],
                condition=~Q(contact_index=""),
                name="complaint_has_contact_index",
            ),
            models.Index(fields=["community", "filed_at"], name="complaint_by_filing"),
            # Lists and their counts are answered from these alone, without reading the rows: they
            # hold what decides who sees a case, and in which tab.
            models.Index(
                fields=["community", "state", "category", "assigned_to"], name="complaint_by_state"
            ),
            models.Index(
                fields=[
                    "next_due_at",
                    "id",
                    "community",
                    "category",
                    "state",
                    "waiting_since",
                    "assigned_to",
                ],
                condition=Q(state__in=sorted(OPEN)),
                name="complaint_due_next",
            ),
            models.Index(
                fields=[
                    "community",
                    "next_due_at",
                    "id",
                    "category",
                    "state",
                    "waiting_since",
                    "assigned_to",
                ],
                condition=Q(state__in=sorted(OPEN)),
                name="complaint_due_in_place",
            ),
            models.Index(
                fields=["-filed_at", "-id", "community", "category", "state", "assigned_to"],
                name="complaint_filed_last",
            ),
            models.Index(
                fields=["assigned_to", "state"],
                condition=Q(assigned_to__isnull=False),
                name="complaint_by_assignee",
            ),
            models.Index(
                fields=["handler", "state"],
                condition=Q(handler__isnull=False),
                name="complaint_by_person",
            ),
            models.Index(
                fields=["source_number", "channel"],
                condition=~Q(source_number=""),
                name="complaint_by_source_number",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="complaint_number_once"),
            models.UniqueConstraint(fields=["receipt_hash"], name="complaint_receipt_once"),
            # Two ledgers of one channel may count with the same numbers.
            models.UniqueConstraint(
                fields=["source", "source_number"],
                condition=~Q(source=None) & ~Q(source_number=""),
                name="complaint_once_in_its_ledger",
            ),
            models.UniqueConstraint(
                fields=["channel", "source_number"],
                condition=Q(source=None) & ~Q(source_number=""),
                name="complaint_source_number_once",
            ),
            models.CheckConstraint(
                condition=Q(contact_shared=False) | ~Q(privacy_version=""),
                name="complaint_contact_shared_after_notice",
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
                condition=~Q(state__in=[State.RESOLVED, State.CLOSED, State.UNCONFIRMED])
                | ~Q(resolved_at=None),
                name="complaint_solved_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.ASSIGNED) | ~Q(assigned_to=None),
                name="complaint_passed_on_to_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.REOPENED) | ~Q(reopened_at=None),
                name="complaint_reopened_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(waiting_since=None) | (Q(state__in=IN_WORK) & ~Q(due=Due.P0)),
                name="complaint_waits_while_in_work",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) ^ Q(state=State.MERGED),
                name="complaint_merged_into_another",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")),
                name="complaint_not_merged_into_itself",
            ),
            models.CheckConstraint(
                condition=Q(arrived_at=None) | Q(arrived_at__gte=F("filed_at")),
                name="complaint_arrived_after_filing",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at=None) | Q(resolved_at__gte=F("filed_at")),
                name="complaint_solved_after_filing",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def extra_rows(self) -> list[tuple[str, str]]:
        """What was answered to the questions of the category, in the reader's language."""
        return extra_rows(self)

    @property
    def owes_visit(self) -> bool:
        """Whether somebody has still to be on site: `VISIT_OWED` of one row."""
        seen = self.arrived_at or self.promised_date or self.reopened_at
        return self.site_due_at is not None and not seen

    @property
    def is_sealed(self) -> bool:
        """Whether the database holds its words encrypted, also those of its log."""
        return self.category.is_restricted

    @property
    def is_open(self) -> bool:
        return self.state in OPEN
