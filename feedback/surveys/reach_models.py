"""Paper, doors and flags: what it takes to reach every home. None of it points at an answer,
but the scanned sheet of a NAMED survey."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.surveys.reach_states import (
    BatchKind,
    BatchState,
    DoorState,
    Flag,
    HelpState,
    NextStep,
    Purpose,
    Verdict,
)
from portal.common.keys import EncryptedTextField
from portal.intake.storage import private_storage
from portal.places.models import Building, Household, Place


class PaperBatch(models.Model):
    """A pile of stubs or a pile of sheets of one community. Days, but no time of day.

    `entered`: households counted, or sheets that became answers. `put_aside`: stubs of homes that
    had answered already. `compared` and `agreed`: answers of the sample that was keyed twice.
    """

    survey = models.ForeignKey(
        "surveys.Survey", on_delete=models.PROTECT, related_name="paper_batches"
    )
    community = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    questionnaire = models.ForeignKey(
        "surveys.Questionnaire", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=6, choices=BatchKind.choices)
    state = models.CharField(
        _("state"), max_length=8, choices=BatchState.choices, default=BatchState.KEYING
    )
    number = models.PositiveIntegerField(_("number"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    opened_date = models.DateField(_("begun"))
    keyers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    done_date = models.DateField(_("done"), null=True)
    entered = models.PositiveIntegerField(_("entered"), default=0)
    put_aside = models.PositiveIntegerField(_("put aside"), default=0)
    sampled = models.PositiveIntegerField(_("sheets keyed twice"), default=0)
    compared = models.PositiveIntegerField(_("answers compared"), default=0)
    agreed = models.PositiveIntegerField(_("answers that agreed"), default=0)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("batch of paper")
        verbose_name_plural = _("batches of paper")
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "community", "kind", "number"], name="paper_batch_number_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class PaperStub(models.Model):
    """A stub of a batch that is still being keyed, so that the last one can be taken back."""

    batch = models.ForeignKey(PaperBatch, on_delete=models.CASCADE, related_name="stubs")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")

    wagtail_reference_index_ignore = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "household"], name="paper_stub_once")
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.household_id}"


class PaperSheet(models.Model):
    """A keyed sheet on its way to becoming an answer; `again` is what the second entry said."""

    batch = models.ForeignKey(PaperBatch, on_delete=models.CASCADE, related_name="sheets")
    number = models.PositiveIntegerField(_("number on the sheet"))
    key = models.CharField(max_length=64)
    answers = models.JSONField(_("answers"))
    again = models.JSONField(null=True)
    is_sampled = models.BooleanField(default=False)
    is_settled = models.BooleanField(default=False)

    wagtail_reference_index_ignore = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="paper_sheet_number_once"),
            models.UniqueConstraint(fields=["batch", "key"], name="paper_sheet_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.number}"


class DoorContact(models.Model):
    """What came of going to a home that has not answered, and what is next. The last day only."""

    survey = models.ForeignKey(
        "surveys.Survey", on_delete=models.CASCADE, related_name="door_contacts"
    )
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("at the door"), max_length=8, choices=DoorState.choices)
    next_step = models.CharField(
        _("next step"), max_length=6, choices=NextStep.choices, default=NextStep.NONE
    )
    next_date = models.DateField(_("on"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=1)
    last_date = models.DateField(_("last tried"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("contact at the door")
        verbose_name_plural = _("contacts at the door")
        constraints = [
            models.UniqueConstraint(fields=["survey", "household"], name="door_contact_once")
        ]

    def __str__(self) -> str:
        return f"{self.survey_id}:{self.household_id}"


class HelpRequestQuerySet(models.QuerySet["HelpRequest"]):
    def waiting(self) -> Self:
        return self.filter(state=HelpState.NEW)

    def in_places(self, places: "models.QuerySet[Place]") -> Self:
        return self.filter(place__in=places.order_by().values("pk"))


class HelpRequest(models.Model):
    """Somebody asks the committee to come or to call. The number is erased when it is done."""

    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    building = models.ForeignKey(Building, on_delete=models.PROTECT, null=True, related_name="+")
    unit = models.CharField(pgettext_lazy("of a building", "unit"), max_length=20, blank=True)
    room = models.CharField(_("room"), max_length=20)
    phone = EncryptedTextField(_("telephone"), blank=True)
    purpose = models.CharField(_("what for"), max_length=10, choices=Purpose.choices)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="+")
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    state = models.CharField(
        _("state"), max_length=8, choices=HelpState.choices, default=HelpState.NEW
    )
    asked_at = models.DateTimeField(_("asked"))
    handled_date = models.DateField(_("done on"), null=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = HelpRequestQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("request for help")
        verbose_name_plural = _("requests for help")
        indexes = [models.Index(fields=["place", "state", "asked_at"], name="help_by_place")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=HelpState.NEW) | Q(phone=""), name="help_done_forgets_phone"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}@{self.place_id}"


class AnswerScan(models.Model):
    """The sheet itself, for a NAMED survey alone, drawn anew as JPEG in the private storage."""

    response = models.ForeignKey("surveys.Response", on_delete=models.CASCADE, related_name="scans")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    file = models.FileField(storage=private_storage, upload_to="surveys/scans/%Y")

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("scanned sheet")
        verbose_name_plural = _("scanned sheets")

    def __str__(self) -> str:
        return f"{self.response_id}"


class FlagReview(models.Model):
    """What the evaluator says of all answers of a community that carry one flag."""

    survey = models.ForeignKey(
        "surveys.Survey", on_delete=models.CASCADE, related_name="flag_reviews"
    )
    community = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    flag = models.CharField(_("flag"), max_length=8, choices=Flag.choices)
    verdict = models.CharField(_("verdict"), max_length=6, choices=Verdict.choices)
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(_("judged"))

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("review of flags")
        verbose_name_plural = _("reviews of flags")
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "community", "flag"], name="flag_judged_once"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="flag_judged_with_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id}@{self.community_id} {self.flag}"
