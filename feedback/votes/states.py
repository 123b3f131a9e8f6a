"""What owners decide together, where a ballot stands, and what may follow what."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Matter(models.IntegerChoices):
    """The matters of Civil Code Art. 278, by the number of the item."""

    RULES = 1, _("Rules of procedure of the owners' assembly")
    COVENANT = 2, _("Management covenant")
    COMMITTEE = 3, _("Election or change of the owners' committee")
    PROPERTY_COMPANY = 4, _("Hiring or dismissing a property company or another manager")
    FUND_USE = 5, _("Use of the maintenance fund")
    FUND_RAISE = 6, _("Raising the maintenance fund")
    REBUILD = 7, _("Altering or rebuilding the building and its facilities")
    COMMON_PARTS = 8, _("Changing the use of common parts, or doing business with them")
    OTHER = 9, _("Another important matter of common ownership")


#: Items 6–8 need three quarters of those who take part, the others more than half (Art. 278).
STRICT = frozenset({Matter.FUND_RAISE, Matter.REBUILD, Matter.COMMON_PARTS})


class State(models.TextChoices):
    DRAFT = "DRAFT", pgettext_lazy("ballot", "In preparation")
    ANNOUNCED = "ANNOUNCED", pgettext_lazy("ballot", "Announced")
    CLOSED = "CLOSED", pgettext_lazy("ballot", "Counted")
    CANCELLED = "CANCELLED", pgettext_lazy("ballot", "Called off")


TRANSITIONS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.ANNOUNCED, State.CANCELLED}),
    State.ANNOUNCED: frozenset({State.CLOSED, State.CANCELLED}),
    State.CLOSED: frozenset(),
    State.CANCELLED: frozenset(),
}
#: Residents see these.
PUBLIC = frozenset({State.ANNOUNCED, State.CLOSED, State.CANCELLED})


def may_become(state: str, following: State) -> bool:
    return following in TRANSITIONS[State(state)]


class Phase(models.TextChoices):
    """An announced ballot as of a moment."""

    BEFORE = "BEFORE", pgettext_lazy("ballot", "Announced, not open yet")
    OPEN = "OPEN", pgettext_lazy("ballot", "Open for votes")
    OVER = "OVER", pgettext_lazy("ballot", "Over, being counted")


class Choice(models.TextChoices):
    FOR = "FOR", pgettext_lazy("vote", "For")
    AGAINST = "AGAINST", pgettext_lazy("vote", "Against")
    ABSTAIN = "ABSTAIN", pgettext_lazy("vote", "Abstention")


class Channel(models.TextChoices):
    PAPER = "PAPER", pgettext_lazy("vote", "On paper")
    ONLINE = "ONLINE", pgettext_lazy("vote", "Online")


#: How far ahead a ballot is announced, how soon its result is public (domain.md §5, N07), in days.
LEAD_DAYS = 15
RESULT_DAYS = 3
#: Papers handed in before the end can be entered for so many days; then the clock counts.
ENTRY_DAYS = 2
