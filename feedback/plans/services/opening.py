"""How a corrective action comes about: by the system from a missed target, or by a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.complaints.queries import filed_by_community
from feedback.plans.models import ActionEvent, CorrectiveAction
from feedback.plans.ranking import percentile, rank_of
from feedback.plans.states import Trigger
from portal.accounts.roles import Action
from portal.common.periods import Period, add_months
from portal.places.counts import household_count, household_counts
from portal.places.models import Place, PlaceLevel
from portal.places.permissions import require

if TYPE_CHECKING:
    from portal.accounts.models import User

ONE = Decimal(1)
_PLACES = Decimal("0.000001")


@dataclass(frozen=True)
class Cause:
    """Why an action is opened. `gap` and `wish_share` lie in 0…1 (domain.md §8)."""

    trigger: Trigger
    code: str
    title: str
    period_end: date | None = None
    gap: Decimal = Decimal(0)
    wish_share: Decimal = Decimal(0)
    is_danger: bool = False


@transaction.atomic
def action_open(
    *,
    place: Place,
    cause: Cause,
    evidence: Mapping[str, str],
    now: datetime,
    by: "User | None" = None,
) -> tuple[CorrectiveAction, bool]:
    """The action for `cause`, and whether it is new: one trigger opens one action a period.

    `by` None is the system. Raises PermissionDenied, and ValidationError without a title.
    """
    if by is not None:
        require(by, Action.ACTION_PLAN, place)
    if not cause.title.strip():
        raise ValidationError({"title": _("Please say what is wrong.")})
    kind = {"place": place, "trigger": cause.trigger, "trigger_code": cause.code}
    if cause.trigger != Trigger.OTHER:
        known = CorrectiveAction.objects.filter(**kind, period_end=cause.period_end).first()
        if known is not None:
            return known, False
    parts = rank_parts(place, cause, timezone.localdate(now))
    defaults = {
        "title": cause.title.strip()[:120],
        "evidence": dict(evidence),
        "is_danger": cause.is_danger,
        "rank_parts": {name: str(part) for name, part in parts.items()},
        "rank": rank_of(**parts),
        "opened_at": now,
    }
    if cause.trigger == Trigger.OTHER:
        action, is_new = CorrectiveAction.objects.create(**kind, **defaults), True
    else:
        action, is_new = CorrectiveAction.objects.get_or_create(
            **kind, period_end=cause.period_end, defaults=defaults
        )
    if is_new:
        kind_opened = ActionEvent.Kind.OPENED
        ActionEvent.objects.create(action=action, kind=kind_opened, at=now, actor=by)
    return action, is_new


def rank_parts(place: Place, cause: Cause, today: date) -> dict[str, Decimal]:
    """The four parts of the rank, each 0…1, as `rank_of` takes them.

    Complaints are those filed in the twelve months before `today` per household; the place is
    compared with the others of its level in its county (a county: with those of its city).
    """
    scope = _scope(place)
    peers = list(Place.objects.under(scope).at_level(place.level_id)) or [place]
    communities = {row.pk: row.path for row in Place.objects.under(scope).communities()}
    counts = household_counts(Place.objects.under(scope).communities(), today)
    homes = _summed(peers, communities, counts)
    year = Period(add_months(today, -12), today, "YEAR")
    cases = _summed(peers, communities, filed_by_community(scope, year, today))
    rates = {pk: Decimal(cases[pk]) / homes[pk] for pk in homes if homes[pk]}
    whole = household_count(_county(place) or place, today)
    share = Decimal(homes.get(place.pk, 0)) / whole if whole else Decimal(0)
    own = rates.get(place.pk)
    return {
        "gap": cause.gap.quantize(_PLACES),
        "household_share": min(share, ONE).quantize(_PLACES),
        "complaint_percentile": (
            Decimal(0) if own is None else percentile(own, list(rates.values())).quantize(_PLACES)
        ),
        "wish_share": cause.wish_share.quantize(_PLACES),
    }


def _summed(
    peers: list[Place], communities: Mapping[int, str], numbers: Mapping[int, int]
) -> dict[int, int]:
    """Peer pk → the sum of the numbers of the communities at or below it."""
    known = {peer.path: peer.pk for peer in peers}
    sums = dict.fromkeys(known.values(), 0)
    for community, number in numbers.items():
        path = communities[community]
        for end in range(Place.steplen, len(path) + 1, Place.steplen):
            if (peer := known.get(path[:end])) is not None:
                sums[peer] += number
    return sums


def _county(place: Place) -> Place | None:
    return Place.objects.above(place).at_level(PlaceLevel.COUNTY).first()


def _scope(place: Place) -> Place:
    """Whose parts `place` is compared with."""
    county = _county(place)
    if county is None or county.pk == place.pk:
        return place.get_parent() or place
    return county
