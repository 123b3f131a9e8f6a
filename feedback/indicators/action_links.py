"""From a corrective action to the figures behind it, and back."""

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from feedback.indicators.definitions import definition
from feedback.indicators.models import Measurement
from feedback.plans.models import CorrectiveAction, CorrectiveActionQuerySet
from feedback.plans.permissions import actions_for
from feedback.plans.states import Trigger
from portal.accounts.roles import Action
from portal.places.permissions import can

if TYPE_CHECKING:
    from portal.accounts.models import User


def figures_of(user: "User", action: CorrectiveAction) -> list[tuple[str, str]]:
    """Words and address of the figure that opened `action` and of the one that shows its effect:
    the very revisions, by the hash of their inputs. Of a year that was added up, its last month."""
    if action.trigger != Trigger.INDICATOR or not can(user, Action.FIGURES_VIEW, action.place):
        return []
    words = {
        action.evidence.get("inputs_hash"): _("Open the figure that showed it"),
        action.effect.get("inputs_hash"): _("Open the figure of the next period"),
    }
    rows = Measurement.objects.filter(
        place=action.place,
        indicator=action.trigger_code,
        variant=action.evidence.get("variant", "main"),
        inputs_hash__in=[hash_ for hash_ in words if hash_],
    ).order_by("period_end", "pk")
    found = {row.inputs_hash: row.pk for row in rows.only("inputs_hash")}
    opened = action.evidence.get("inputs_hash")
    if opened and opened not in found and (last := _last_month(action)):
        found = {opened: last.pk} | found
    return [
        (words[hash_], reverse("figures:measurement", args=[pk])) for hash_, pk in found.items()
    ]


def _last_month(action: CorrectiveAction) -> Measurement | None:
    if action.period_end is None or not definition(action.trigger_code).flow:
        return None
    rows = Measurement.objects.series(
        action.trigger_code, action.evidence.get("variant", "main"), place=action.place_id
    )
    return rows.countable().filter(period_end__year=action.period_end.year).last()


def actions_of(user: "User", row: Measurement) -> CorrectiveActionQuerySet:
    """What was opened because of this figure, or of the same one in another period."""
    found = actions_for(user).filter(trigger=Trigger.INDICATOR, trigger_code=row.indicator)
    return found.filter(place=row.place).order_by("-period_end", "-pk")
