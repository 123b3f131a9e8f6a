"""Who took part and what was answered, unlinked unless a survey is NAMED, and the sums of both."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from feedback.surveys.states import Channel, Standing
from portal.places.models import Building, Household, Place


class Response(models.Model):
    """What was answered: nothing about who, when, where in the community, or entered by whom.

    `shown` is what results have seen of it: they move on only when ten answers of the community
    are new, so nobody can tell one answer by watching (decision 1).
    """

    # Wagtail would write a row elsewhere for every key, in the order they came.
    wagtail_reference_index_ignore = True

    # Every answer writes to every index: those of a survey are found by the two below.
    survey = models.ForeignKey(
        "surveys.Survey", on_delete=models.PROTECT, related_name="responses", db_index=False
    )
    questionnaire = models.ForeignKey(
        "surveys.Questionnaire", on_delete=models.PROTECT, related_name="responses", db_index=False
    )
    community = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    standing = models.CharField(_("standing"), max_length=10, choices=Standing.choices)
    answers = models.JSONField(_("answers"))
    shown = models.JSONField(null=True, editable=False)
    #: Codes of `reach_states.Flag` with a space between: they say how it came, never when or whose.
    flags = models.CharField(
        _("flags"), max_length=40, blank=True, db_default="", editable=False, default=""
    )
    receipt_hash = models.CharField(max_length=64, editable=False)
    salt = models.CharField(max_length=32, blank=True, editable=False)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(fields=["survey", "receipt_hash"], name="response_receipt_once")
        ]
        indexes = [models.Index(fields=["survey", "community"], name="response_of_community")]

    def __str__(self) -> str:
        return self.receipt_hash[:8]


class Participation(models.Model):
    """That a household took part: one counted answer each. No time, and no way to the answer.

    Only a survey that says so first (NAMED) sets `response`.
    """

    # Wagtail would write a row elsewhere for every key, in the order they came.
    wagtail_reference_index_ignore = True

    survey = models.ForeignKey(
        "surveys.Survey", on_delete=models.PROTECT, related_name="participations", db_index=False
    )
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, blank=True)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    response = models.OneToOneField(
        Response, on_delete=models.SET_NULL, null=True, editable=False, related_name="participation"
    )

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "household"], name="participation_once_a_household"
            )
        ]
        # Residents' own have none.
        indexes = [
            models.Index(
                fields=["staff"], condition=~models.Q(staff=None), name="participation_by_staff"
            )
        ]

    def __str__(self) -> str:
        return f"{self.survey_id}:{self.household_id}"


class NamedAnswer(models.Model):
    """Every answer a household gave to a NAMED survey; one of them counts. Nothing is thrown away.

    `rank` is the place of its answer among the options of the question that says who goes first;
    0 goes before all others.
    """

    # Wagtail would write a row elsewhere for every key, in the order they came.
    wagtail_reference_index_ignore = True

    participation = models.ForeignKey(
        Participation, on_delete=models.CASCADE, related_name="named_answers"
    )
    response = models.OneToOneField(
        Response, on_delete=models.CASCADE, related_name="named_answer", editable=False
    )
    rank = models.PositiveSmallIntegerField(default=0)
    given_at = models.DateTimeField(_("given"))
    #: The version of the privacy notice that was agreed to; of paper it is what was printed.
    consent = models.CharField(_("consent to"), max_length=12, blank=True)

    class Meta:
        verbose_name = _("answer with a name")
        verbose_name_plural = _("answers with a name")

    def __str__(self) -> str:
        return f"{self.participation_id} {self.response_id}"


class Invitation(models.Model):
    """How many households of a building were given the letter: what return rates divide by."""

    # Wagtail would write a row elsewhere for every key, in the order they came.
    wagtail_reference_index_ignore = True

    survey = models.ForeignKey(
        "surveys.Survey", on_delete=models.CASCADE, related_name="invitations"
    )
    building = models.ForeignKey(Building, on_delete=models.PROTECT, related_name="+")
    households = models.PositiveIntegerField(_("households given the letter"))

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "building"], name="invitation_once_a_building"
            )
        ]

    def __str__(self) -> str:
        return f"{self.survey_id}:{self.building_id}"


class SurveyTally(models.Model):
    """The sums of one survey in one community, rebuilt from the rows, never incremented.

    Taking part is up to date. What was answered is as of the last step of ten.
    """

    # Wagtail would write a row elsewhere for every key, in the order they came.
    wagtail_reference_index_ignore = True

    survey = models.ForeignKey("surveys.Survey", on_delete=models.CASCADE, related_name="tallies")
    community = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="+")
    population = models.PositiveIntegerField(_("households"), default=0)
    occupied = models.PositiveIntegerField(_("occupied households"), default=0)
    issued = models.PositiveIntegerField(_("invitations"), default=0)
    returned = models.PositiveIntegerField(_("households that took part"), default=0)
    released = models.PositiveIntegerField(_("answers in the results"), default=0)
    valid = models.PositiveIntegerField(_("valid answers"), default=0)
    open_answers = models.PositiveIntegerField(_("answers without a code"), default=0)
    counts = models.JSONField(_("headline answers"), default=dict)
    by_mode = models.JSONField(_("headline answers by channel"), default=dict)
    questions = models.JSONField(_("answers by question"), default=dict)
    rebuilt_at = models.DateTimeField(_("rebuilt at"), null=True)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints = [
            models.UniqueConstraint(fields=["survey", "community"], name="tally_once_a_community")
        ]

    def __str__(self) -> str:
        return f"{self.survey_id}@{self.community_id}"
