"""What a corrective action (整改措施) can be, what may open one, and what residents say of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    OPEN = "OPEN", pgettext_lazy("corrective action", "To be planned")
    PLANNED = "PLANNED", pgettext_lazy("corrective action", "Planned, waiting for the county")
    PROMISED = "PROMISED", pgettext_lazy("corrective action", "Promised")
    DONE = "DONE", pgettext_lazy("corrective action", "Done, residents are asked")
    CLOSED = "CLOSED", pgettext_lazy("corrective action", "Closed")
    DROPPED = "DROPPED", pgettext_lazy("corrective action", "Not pursued")


#: State → the states it may become.
MOVES: dict[str, frozenset[State]] = {
    State.OPEN: frozenset({State.PLANNED, State.DROPPED}),
    State.PLANNED: frozenset({State.OPEN, State.PROMISED, State.DROPPED}),
    State.PROMISED: frozenset({State.DONE, State.DROPPED}),
    State.DONE: frozenset({State.PROMISED, State.CLOSED}),
    State.CLOSED: frozenset(),
    State.DROPPED: frozenset(),
}
#: Somebody has to do something.
IN_WORK = frozenset({State.OPEN, State.PLANNED, State.PROMISED, State.DONE})
#: Residents see it, and go on seeing what came of it; so they do of a promise that was dropped.
PUBLIC = frozenset({State.PROMISED, State.DONE, State.CLOSED})


class Trigger(models.TextChoices):
    INDICATOR = "INDICATOR", _("A target was missed")
    CATEGORY = "CATEGORY", _("Complaints of a category")
    SURVEY_ITEM = "SURVEY_ITEM", _("A wish or a low mark in a survey")
    OTHER = "OTHER", _("Something else")


class Verdict(models.TextChoices):
    """What a household says of an action that is reported as done."""

    YES = "YES", _("Yes, it was done")
    PARTLY = "PARTLY", _("Partly")
    NO = "NO", _("No, it was not done")


def may_become(state: str, following: State) -> bool:
    return following in MOVES[state]
