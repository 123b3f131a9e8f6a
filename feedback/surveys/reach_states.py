"""What a pile of paper, a door, a request for help and a flag can be."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class BatchKind(models.TextChoices):
    """Who took part and what was answered come apart at the stub and are never keyed together."""

    STUBS = "STUBS", _("Stubs: who took part")
    SHEETS = "SHEETS", _("Sheets: what was answered")


class BatchState(models.TextChoices):
    """Stubs go from KEYING to DONE; sheets are checked in between."""

    KEYING = "KEYING", _("Being keyed")
    CHECKING = "CHECKING", _("Second entry of a sample")
    DONE = "DONE", pgettext_lazy("batch of paper", "Done")


class DoorState(models.TextChoices):
    """What came of going to a home. That it answered stands in who took part, never here."""

    AWAY = "AWAY", _("Nobody at home")
    REFUSED = "REFUSED", _("Does not want to take part")
    EMPTY = "EMPTY", _("Nobody lives there")
    LATER = "LATER", _("Will answer later")


class NextStep(models.TextChoices):
    NONE = "NONE", _("Nothing more")
    VISIT = "VISIT", _("Go there again")
    CALL = "CALL", _("Call")
    PAPER = "PAPER", _("Bring the form on paper")


class Purpose(models.TextChoices):
    SURVEY = "SURVEY", _("Fill in a survey with me")
    PAPER = "PAPER", _("Bring me a form on paper")
    COMPLAINT = "COMPLAINT", _("Take down a complaint")
    READ = "READ", _("Read or explain a notice to me")
    OTHER = "OTHER", _("Something else")


class HelpState(models.TextChoices):
    NEW = "NEW", pgettext_lazy("request for help", "Waiting")
    HANDLED = "HANDLED", pgettext_lazy("request for help", "Done")


class Flag(models.TextChoices):
    """Something about an answer that an evaluator looks at. A flag is no proof."""

    DEVICE = "DEVICE", _("More than 5 answers from one device")
    FAST = "FAST", _("Answered in less than a minute")
    STRAIGHT = "STRAIGHT", _("The same step on every scale")
    BURST = "BURST", _("More than 5 answers entered by one account in 10 minutes")


class Verdict(models.TextChoices):
    KEPT = "KEPT", _("They count")
    VOIDED = "VOIDED", _("They do not count")
