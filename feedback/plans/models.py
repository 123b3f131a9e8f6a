"""Corrective actions (整改措施), their log, and what residents say of those reported as done."""

from datetime import date
from typing import Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.plans.states import IN_WORK, PUBLIC, State, Trigger, Verdict
from notices.models import NoticePage
from portal.accounts.models import Organisation
from portal.common.append_only import AppendOnly
from portal.intake.storage import private_storage
from portal.places.models import Place, PlaceQuerySet


class CorrectiveActionQuerySet(models.QuerySet["CorrectiveAction"]):
    def public(self) -> Self:
        """What was promised, and what came of it, even where it was given up."""
        given_up = Q(state=State.DROPPED, promised_at__isnull=False)
        return self.filter(Q(state__in=PUBLIC) | given_up)

    def in_work(self) -> Self:
        return self.filter(state__in=IN_WORK)

    def in_places(self, places: PlaceQuerySet) -> Self:
        return self.filter(place__in=places.order_by().values("pk"))

    def overdue(self, today: date) -> Self:
        return self.filter(state=State.PROMISED, due_on__lt=today)

    def in_no_notice(self) -> Self:
        """Promised, and published in no notice (N18) yet."""
        return self.filter(state=State.PROMISED, notice=None)

    def ranked(self) -> Self:
        """Danger first, then by rank (domain.md §8)."""
        return self.select_related("place", "organisation", "owner").order_by(
            "-is_danger", "-rank", "opened_at", "pk"
        )

    def newest_first(self) -> Self:
        return self.select_related("place").order_by("-promised_at", "-pk")


class CorrectiveAction(models.Model):
    """What is done because a target was missed, or because residents said so.

    It is opened by the system with its evidence, planned by the community, promised in public by
    the county, reported as done with a photo, judged by residents, and measured in the next period.
    """

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="actions"
    )
    trigger = models.CharField(_("why"), max_length=12, choices=Trigger.choices)
    #: Code of the indicator, category or question: I01, C07, A8. Empty for something else.
    trigger_code = models.CharField(_("code"), max_length=64, blank=True)
    #: The day the period ended that showed it; makes a trigger open one action a period.
    period_end = models.DateField(_("period to"), null=True, blank=True)
    title = models.CharField(_("what is wrong"), max_length=120)
    #: What it rests on, as texts: value, low, high, target, unit, period, hash of the inputs.
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    is_danger = models.BooleanField(
        _("danger to people (P0)"), default=False, help_text=_("Comes before all others.")
    )
    #: The parts of the rank, 0…1 as texts, so that it can be recomputed.
    rank_parts = models.JSONField(default=dict, blank=True)
    rank = models.DecimalField(_("rank"), max_digits=5, decimal_places=4, default=0)

    measure = models.TextField(_("what is done about it"), max_length=2000, blank=True)
    resident_text_zh = models.TextField(
        _("promise to the residents, in Chinese"),
        max_length=600,
        blank=True,
        help_text=_("Public. What residents will see done, and by when, in plain words."),
    )
    resident_text_en = models.TextField(
        _("promise to the residents, in English"), max_length=800, blank=True
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation that does it"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person in charge"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    budget = models.DecimalField(
        _("budget (yuan)"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    due_on = models.DateField(_("done by"), null=True, blank=True)

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField(_("opened"))
    promised_at = models.DateTimeField(_("promised"), null=True, blank=True)
    done_at = models.DateTimeField(_("reported as done"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    done_text = models.TextField(_("what was done"), max_length=600, blank=True)
    photo = models.FileField(
        _("photo of the result"), storage=private_storage, upload_to="actions/%Y/%m", blank=True
    )
    #: How often it was reported as done; residents judge each time anew.
    times_done = models.PositiveSmallIntegerField(default=0, editable=False)
    #: The figure of the period after it was done, as texts; filled when that period is final.
    effect = models.JSONField(_("effect"), default=dict, blank=True)
    notice = models.ForeignKey(
        NoticePage,
        verbose_name=_("notice"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = CorrectiveActionQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("corrective action")
        verbose_name_plural = _("corrective actions")
        indexes = [
            models.Index(fields=["place", "state"], name="action_by_place"),
            models.Index(fields=["-is_danger", "-rank"], name="action_by_rank"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "trigger", "trigger_code", "period_end"],
                condition=~Q(trigger=Trigger.OTHER),
                name="action_once_a_trigger_and_period",
            ),
            models.CheckConstraint(
                condition=Q(rank__gte=0) & Q(rank__lte=1), name="action_rank_is_a_share"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.PROMISED, State.DONE, State.CLOSED])
                | (
                    Q(promised_at__isnull=False, due_on__isnull=False)
                    & ~Q(measure="")
                    & ~Q(resident_text_zh="")
                ),
                name="action_promised_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.DONE, State.CLOSED]) | Q(done_at__isnull=False),
                name="action_done_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(budget=None) | Q(budget__gte=0), name="action_budget_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_public(self) -> bool:
        given_up = self.state == State.DROPPED and self.promised_at is not None
        return self.state in PUBLIC or given_up

    @property
    def code_shown(self) -> str:
        """The code of what opened it, where people know it by its code; a wish has words."""
        return "" if self.trigger == Trigger.SURVEY_ITEM else self.trigger_code

    def is_overdue(self, today: date) -> bool:
        return self.state == State.PROMISED and self.due_on is not None and self.due_on < today


class ActionEvent(AppendOnly):
    """What was done with an action, by whom, when and why. Never changed."""

    class Kind(models.TextChoices):
        OPENED = "OPENED", pgettext_lazy("corrective action event", "Opened")
        PLANNED = "PLANNED", pgettext_lazy("corrective action event", "Planned")
        RETURNED = "RETURNED", pgettext_lazy("corrective action event", "Sent back")
        PROMISED = "PROMISED", pgettext_lazy("corrective action event", "Promised in public")
        NOTED = "NOTED", pgettext_lazy("corrective action event", "Progress")
        POSTPONED = "POSTPONED", pgettext_lazy("corrective action event", "Date moved")
        DONE = "DONE", pgettext_lazy("corrective action event", "Reported as done")
        REOPENED = "REOPENED", pgettext_lazy("corrective action event", "Not done yet")
        CLOSED = "CLOSED", pgettext_lazy("corrective action event", "Closed")
        DROPPED = "DROPPED", pgettext_lazy("corrective action event", "Not pursued")
        MEASURED = "MEASURED", pgettext_lazy("corrective action event", "Effect measured")
        DRAFTED = "DRAFTED", pgettext_lazy("corrective action event", "Notice drafted")

    action = models.ForeignKey(CorrectiveAction, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    text = models.TextField(blank=True)
    is_public = models.BooleanField(default=False)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("event of a corrective action")
        verbose_name_plural = _("events of corrective actions")
        indexes = [models.Index(fields=["action", "at"], name="action_event_order")]

    def __str__(self) -> str:
        return f"{self.action_id} {self.kind}"


class ActionVerdict(models.Model):
    """What one household says of an action that is reported as done.

    `household_mark` is a keyed digest of action and household: one verdict each, and nothing that
    names the home. Those without a household code have no mark and are shown apart.
    """

    action = models.ForeignKey(CorrectiveAction, on_delete=models.PROTECT, related_name="verdicts")
    verdict = models.CharField(_("done?"), max_length=8, choices=Verdict.choices)
    #: Counts from the last time it was reported as done; earlier ones stay and count no more.
    round = models.PositiveSmallIntegerField(default=1)
    household_mark = models.CharField(max_length=64, blank=True)
    receipt_hash = models.CharField(max_length=64, unique=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("verdict of a household")
        verbose_name_plural = _("verdicts of households")
        constraints = [
            models.UniqueConstraint(
                fields=["action", "round", "household_mark"],
                condition=~Q(household_mark=""),
                name="verdict_once_a_household",
            )
        ]

    def __str__(self) -> str:
        return f"{self.action_id} {self.verdict}"
