"""What a survey, an answer and a household's taking part can be."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from feedback.surveys.models import Survey


class Kind(models.TextChoices):
    INTENTION = "INTENTION", _("Renovation intention")
    SATISFACTION = "SATISFACTION", _("Satisfaction")
    OTHER = "OTHER", _("Other survey")


class Naming(models.TextChoices):
    ANONYMOUS = "ANONYMOUS", _("Anonymous")
    NAMED = "NAMED", _("With the household's name")


class Channel(models.TextChoices):
    """How an answer came in. SELF is entered by the resident, the others by staff."""

    SELF = "SELF", _("Filled in by the resident")
    ASSISTED = "ASSISTED", _("With help at home")
    PHONE = "PHONE", _("By telephone")
    PAPER = "PAPER", _("On paper")


STAFF_CHANNELS = frozenset({Channel.ASSISTED, Channel.PHONE, Channel.PAPER})


class Standing(models.TextChoices):
    """COUNTED: the one answer of a household. OPEN: given without a code, reported apart.
    SUPERSEDED: in a NAMED survey, another answer of the household goes before it."""

    COUNTED = "COUNTED", _("Counted")
    SUPERSEDED = "SUPERSEDED", _("Not counted: another answer of the home goes before it")
    OPEN = "OPEN", _("Not counted: given without a household code")


class Phase(models.TextChoices):
    DRAFT = "DRAFT", pgettext_lazy("survey", "Draft")
    UPCOMING = "UPCOMING", _("Not open yet")
    OPEN = "OPEN", pgettext_lazy("survey", "Open")
    ENTRY = "ENTRY", _("Ended, paper answers are being entered")
    CLOSED = "CLOSED", pgettext_lazy("survey", "Closed")
    SEALED = "SEALED", _("Sealed")


#: Phases in which nobody may see results in small steps.
RUNNING = frozenset({Phase.UPCOMING, Phase.OPEN, Phase.ENTRY})
#: Phases in which staff may enter answers they were given.
STAFF_ENTRY = frozenset({Phase.OPEN, Phase.ENTRY})
FINISHED = frozenset({Phase.CLOSED, Phase.SEALED})


def phase(survey: "Survey", now: datetime) -> Phase:
    """The phase of `survey` at `now`: from its dates, and from what was done to it."""
    if survey.sealed_at:
        return Phase.SEALED
    if survey.closed_at:
        return Phase.CLOSED
    if not survey.live:
        return Phase.DRAFT
    if now < survey.opens_at:
        return Phase.UPCOMING
    return Phase.OPEN if now < survey.closes_at else Phase.ENTRY


def entry_ends_at(survey: "Survey") -> datetime:
    """When the survey is closed for staff, too."""
    return survey.closes_at + timedelta(days=survey.entry_days)
