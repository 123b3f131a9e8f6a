"""A ballot, who may vote in it with which homes, and the votes. A vote is never anonymous."""

from datetime import date, datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.votes.states import PUBLIC, RESULT_DAYS, STRICT, Channel, Choice, Matter, Phase, State
from notices.models import NoticePage
from portal.common.append_only import AppendOnly
from portal.common.keys import EncryptedTextField
from portal.places.models import Household, Place


class BallotQuerySet(models.QuerySet["Ballot"]):
    def public(self) -> Self:
        return self.filter(state__in=PUBLIC)

    def running(self, now: datetime) -> Self:
        """Those residents can still vote in, or will: what a community page shows."""
        return self.filter(state=State.ANNOUNCED, closes_at__gt=now)

    def newest_first(self) -> Self:
        return self.select_related("place", "result_notice").order_by("-opens_at", "-pk")


class Ballot(models.Model):
    """One question to the owners of a community under Civil Code Art. 278. Never a survey."""

    place = models.ForeignKey(
        Place, verbose_name=_("community"), on_delete=models.PROTECT, related_name="ballots"
    )
    title = models.CharField(_("what is decided"), max_length=120)
    matter = models.PositiveSmallIntegerField(_("matter"), choices=Matter.choices)
    text = models.TextField(_("the motion in full"), max_length=4000)
    opens_at = models.DateTimeField(_("votes from"))
    closes_at = models.DateTimeField(_("votes until"))
    is_online = models.BooleanField(
        _("online as well as on paper"),
        default=False,
        help_text=_("With the household code and the owner's name, and never anonymous."),
    )
    notice = models.ForeignKey(
        NoticePage,
        verbose_name=_("notice of the vote"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The published notice (N07) that announces it, 15 days ahead or more."),
    )
    result_notice = models.ForeignKey(
        NoticePage, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    announced_at = models.DateTimeField(_("announced"), null=True, blank=True)
    closed_at = models.DateTimeField(_("counted at"), null=True, blank=True)
    #: The count as it was frozen: areas as texts, so that no database rounds them.
    result = models.JSONField(default=dict, blank=True)
    result_hash = models.CharField(max_length=64, blank=True)

    objects = BallotQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("owners' vote")
        verbose_name_plural = _("owners' votes")
        indexes = [models.Index(fields=["place", "state", "closes_at"], name="ballot_by_place")]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="ballot_closes_after_it_opens",
                violation_error_message=_("The vote cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.ANNOUNCED, State.CLOSED])
                | (Q(announced_at__isnull=False) & Q(notice__isnull=False)),
                name="ballot_announced_by_a_notice",
            ),
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_at__isnull=False)
                | (~Q(state=State.CLOSED) & Q(closed_at=None)),
                name="ballot_counted_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_strict(self) -> bool:
        return Matter(self.matter) in STRICT

    def phase(self, now: datetime) -> Phase:
        if now < self.opens_at:
            return Phase.BEFORE
        return Phase.OPEN if now < self.closes_at else Phase.OVER

    def takes_votes(self, now: datetime) -> bool:
        return self.state == State.ANNOUNCED and self.phase(now) is Phase.OPEN

    @property
    def result_due(self) -> date:
        """The last day on which the result is public in time."""
        return timezone.localdate(self.closes_at) + timedelta(days=RESULT_DAYS)


class Voter(models.Model):
    """Who has one head in the count: an owner, or the co-owners of a home together.

    An owner of several homes is one voter with all of them. The homes that a developer has not
    handed over are one voter, too.
    """

    ballot = models.ForeignKey(Ballot, on_delete=models.CASCADE, related_name="voters")
    number = models.PositiveIntegerField(_("number on the list"))
    name = EncryptedTextField(_("owner"), blank=True, default="")
    co_owners = models.PositiveSmallIntegerField(_("co-owners besides"), default=0)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("person entitled to vote")
        verbose_name_plural = _("persons entitled to vote")
        constraints = [
            models.UniqueConstraint(fields=["ballot", "number"], name="voter_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.ballot_id} #{self.number}"


class VoterHome(models.Model):
    """A home with its registered private floor area, counted once in a ballot."""

    ballot = models.ForeignKey(Ballot, on_delete=models.CASCADE, related_name="homes")
    voter = models.ForeignKey(Voter, on_delete=models.CASCADE, related_name="homes")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+")
    area = models.DecimalField(_("private floor area (㎡)"), max_digits=10, decimal_places=2)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("home of a voter")
        verbose_name_plural = _("homes of voters")
        constraints = [
            models.UniqueConstraint(fields=["ballot", "household"], name="home_counted_once"),
            models.CheckConstraint(condition=Q(area__gt=0), name="home_has_an_area"),
        ]

    def __str__(self) -> str:
        return f"{self.voter_id} {self.household_id}"


class Vote(models.Model):
    """The vote of one voter. A correction supersedes it and keeps it."""

    voter = models.ForeignKey(Voter, on_delete=models.PROTECT, related_name="votes")
    choice = models.CharField(_("vote"), max_length=8, choices=Choice.choices)
    channel = models.CharField(_("how it was cast"), max_length=8, choices=Channel.choices)
    cast_at = models.DateTimeField(_("cast"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    #: Who voted on a written proxy, where it was not an owner.
    proxy = EncryptedTextField(_("proxy"), blank=True, default="")
    receipt_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = pgettext_lazy("of an owner", "vote")
        verbose_name_plural = pgettext_lazy("of owners", "votes")
        constraints = [
            models.UniqueConstraint(
                fields=["voter"], condition=Q(superseded_at=None), name="one_vote_a_voter"
            ),
            models.CheckConstraint(
                condition=Q(channel=Channel.PAPER, entered_by__isnull=False)
                | Q(channel=Channel.ONLINE, entered_by=None, receipt_hash__isnull=False),
                name="vote_says_who_took_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.voter_id} {self.choice}"


class BallotEvent(AppendOnly):
    """What was done with a ballot, by whom and why. Never changed."""

    class Kind(models.TextChoices):
        CREATED = "CREATED", pgettext_lazy("ballot event", "Made")
        CHANGED = "CHANGED", pgettext_lazy("ballot event", "Changed")
        VOTERS = "VOTERS", pgettext_lazy("ballot event", "List of voters made")
        ANNOUNCED = "ANNOUNCED", pgettext_lazy("ballot event", "Announced")
        CORRECTED = "CORRECTED", pgettext_lazy("ballot event", "Vote corrected")
        CLOSED = "CLOSED", pgettext_lazy("ballot event", "Counted")
        CANCELLED = "CANCELLED", pgettext_lazy("ballot event", "Called off")
        DRAFTED = "DRAFTED", pgettext_lazy("ballot event", "Result notice drafted")
        PREPARED = "PREPARED", pgettext_lazy("ballot event", "Notice of the vote drafted")

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    text = models.TextField(blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("event of an owners' vote")
        verbose_name_plural = _("events of owners' votes")
        indexes = [models.Index(fields=["ballot", "at"], name="ballot_event_order")]

    def __str__(self) -> str:
        return f"{self.ballot_id} {self.kind}"
