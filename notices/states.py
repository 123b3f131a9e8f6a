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


class Disposition(TextChoices):
    """What became of an objection. Without one it is unanswered."""

    ADOPTED = "ADOPTED", pgettext_lazy("objection", "Adopted")
    PARTLY = "PARTLY", pgettext_lazy("objection", "Partly adopted")
    REJECTED = "REJECTED", pgettext_lazy("objection", "Not adopted")
    OUT_OF_SCOPE = "OUT_OF_SCOPE", pgettext_lazy("objection", "Not part of this renovation")


class Phase(TextChoices):
    """The phases of a renovation, in order."""

    PLANNING = "PLANNING", pgettext_lazy("phase of a renovation", "Planning")
    WORKS = "WORKS", pgettext_lazy("phase of a renovation", "Works")
    ACCEPTANCE = "ACCEPTANCE", pgettext_lazy("phase of a renovation", "Acceptance")
    AFTER = "AFTER", pgettext_lazy("phase of a renovation", "Afterwards")


class Clock(TextChoices):
    """The day from which a required notice is counted."""

    WORKS_START = "WORKS_START", _("the works begin")
    PLAN_ENDED = "PLAN_ENDED", _("the publicity of the draft plan ends")
    WORKS_DONE = "WORKS_DONE", _("the works are completed")
    ACCEPTED = "ACCEPTED", _("the project is accepted")
    ACCOUNTS_FILED = "ACCOUNTS_FILED", _("the final accounts are filed")


class Every(TextChoices):
    """How often a required notice comes again."""

    MONTH = "MONTH", pgettext_lazy("a required notice comes again", "every month")
    QUARTER = "QUARTER", pgettext_lazy("a required notice comes again", "every quarter")


class Coverage(TextChoices):
    """Where a required notice of a community stands."""

    PUBLISHED = "PUBLISHED", pgettext_lazy("required notice", "Published")
    LATE = "LATE", pgettext_lazy("required notice", "Published late")
    MISSING = "MISSING", pgettext_lazy("required notice", "Missing")
    DUE = "DUE", pgettext_lazy("required notice", "Due soon")
    NOT_YET = "NOT_YET", pgettext_lazy("required notice", "Not yet due")
