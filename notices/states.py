"""The kinds of legal period a notice can have, and where it stands in its own."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Rule(TextChoices):
    """What the law asks of a type of notice."""

    LENGTH = "LENGTH", _("posted for at least so long")
    LEAD = "LEAD", _("posted so long before the event")
    DELAY = "DELAY", _("posted within so long after the event")


class Unit(TextChoices):
    WORKING = "WORKING", _("working days")
    CALENDAR = "CALENDAR", _("calendar days")
    HOURS = "HOURS", _("hours")


class Publicity(TextChoices):
    """Where a notice stands in its publicity period. Ended notices stay readable."""

    UPCOMING = "UPCOMING", pgettext_lazy("publicity", "Not yet begun")
    OPEN = "OPEN", pgettext_lazy("publicity", "Open")
    ENDED = "ENDED", pgettext_lazy("publicity", "Ended")


class Removal(TextChoices):
    """What can be done with a notice once it was public, each with a reason."""

    UNPUBLISH = "UNPUBLISH", _("Withdraw from the public pages")
    MOVE = "MOVE", _("Move to another place")
    DELETE = "DELETE", _("Delete for good")


class FieldKind(TextChoices):
    """What an extra field of a type of notice holds."""

    TEXT = "TEXT", _("a line of text")
    LONG_TEXT = "LONG_TEXT", _("a longer text")
    NUMBER = "NUMBER", _("a number")
    MONEY = "MONEY", _("an amount in yuan")
    DATE = "DATE", _("a day")
    DATETIME = "DATETIME", _("a day and a time")
    CHOICE = "CHOICE", _("one of several words")
