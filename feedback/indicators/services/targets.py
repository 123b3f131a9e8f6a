"""Targets: proposed, reviewed, approved by somebody else, or rejected with a reason.

Versions are never changed but for their state; every step is a TargetDecision.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from feedback.indicators.definitions import Direction, definition
from feedback.indicators.models import Target, TargetDecision, TargetVersion
from feedback.indicators.states import NEXT_STEP, PENDING, Group, Origin, TargetState
from feedback.indicators.targets import TargetBook
from portal.accounts.roles import Action
from portal.places.models import Place, PlaceLevel, StaleMark
from portal.places.permissions import can, require
from portal.places.services import stale_mark

if TYPE_CHECKING:
    from portal.accounts.models import User

MAX_PERCENT = Decimal(100)


@transaction.atomic
def target_propose(
    *,
    actor: "User",
    place: Place,
    indicator: str,
    year: int,
    value: Decimal,
    reason: str,
    now: datetime,
    variant: str = "main",
) -> TargetVersion:
    """A person's draft. Raises ValidationError by field, PermissionDenied without the right.

    A target never falls here: lowering one takes two missed periods and a second approver.
    """
    require(actor, Action.TARGET_PROPOSE, place)
    _check_value(indicator, variant, value)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why this target is proposed.")})
    holding = TargetBook([place], [year]).holding(place, indicator, variant, year)
    if holding is not None:
        if holding.is_locked and value != holding.value:
            raise ValidationError({"value": _("This target is set by law or by a higher level.")})
        if _is_laxer(indicator, variant, value, holding.value):
            raise ValidationError({"value": _("A target may not be easier than the one in force.")})
    return version_add(
        target=_target(place, indicator, variant, year),
        value=value,
        previous=holding.value if holding else None,
        origin=Origin.PERSON,
        state=TargetState.DRAFT,
        proposed_by=actor,
        reason=reason.strip(),
        now=now,
    )


@transaction.atomic
def target_record(
    *,
    place: Place,
    indicator: str,
    year: int,
    value: Decimal,
    document: str,
    now: datetime,
    actor: "User | None" = None,
    variant: str = "main",
    is_locked: bool = False,
) -> TargetVersion:
    """Enter a target that was approved on paper; `document` names it. It is in force at once.

    `actor` None is the system itself (demonstration data, imports by a command).
    """
    if actor is not None:
        require(actor, Action.TARGET_APPROVE, place)
    _check_value(indicator, variant, value)
    if not document.strip():
        raise ValidationError({"document": _("Name the document that approved this target.")})
    target = _target(place, indicator, variant, year)
    if is_locked and not target.is_locked:
        target.is_locked = True
        target.save(update_fields=["is_locked"])
    _supersede_approved(target, actor, now)
    _coverage_changed(place)
    return version_add(
        target=target,
        value=value,
        previous=None,
        origin=Origin.RECORD,
        state=TargetState.APPROVED,
        proposed_by=actor,
        reason=document.strip(),
        now=now,
    )


@transaction.atomic
def target_advance(
    *, actor: "User", version: TargetVersion, now: datetime, reason: str = ""
) -> TargetVersion:
    """Move `version` one step on; the last one approves it and ends the target before it.

    Raises PermissionDenied without the right of the step, or for the proposer at the approval;
    ValidationError when somebody else has moved it meanwhile.
    """
    stored = _locked(version)
    if stored.state not in NEXT_STEP:
        raise ValidationError(_("This proposal has been decided already."))
    following, action = NEXT_STEP[stored.state]
    require(actor, action, stored.target.place)
    if following == TargetState.APPROVED:
        if stored.proposed_by_id == actor.pk:
            raise PermissionDenied(_("Whoever proposed a target cannot approve it."))
        _supersede_approved(stored.target, actor, now)
        _coverage_changed(stored.target.place)
    return _move(stored, following, actor, now, reason)


@transaction.atomic
def target_reject(
    *, actor: "User", version: TargetVersion, reason: str, now: datetime
) -> TargetVersion:
    """End a proposal. The target in force stays. Raises ValidationError without a reason."""
    stored = _locked(version)
    place = stored.target.place
    if not can(actor, Action.TARGET_REVIEW, place):
        require(actor, Action.TARGET_APPROVE, place)
    if stored.state not in PENDING:
        raise ValidationError(_("This proposal has been decided already."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why it is rejected.")})
    return _move(stored, TargetState.REJECTED, actor, now, reason.strip())


def version_add(
    *,
    target: Target,
    value: Decimal,
    previous: Decimal | None,
    origin: Origin,
    state: TargetState,
    proposed_by: "User | None",
    reason: str,
    now: datetime,
    **evidence: object,
) -> TargetVersion:
    """The next numbered version of `target`, with its first decision."""
    last = target.versions.aggregate(last=Max("number"))["last"] or 0
    version = TargetVersion.objects.create(
        target=target,
        number=last + 1,
        value=value,
        previous=previous,
        origin=origin,
        state=state,
        proposed_by=proposed_by,
        proposed_at=now,
        reason=reason,
        **evidence,
    )
    TargetDecision.objects.create(
        version=version, state=state, actor=proposed_by, decided_at=now, reason=reason
    )
    return version


def target_get(*, place: Place, indicator: str, variant: str, year: int) -> Target:
    """The target of a place, indicator and year; a new one without a version if there is none."""
    return _target(place, indicator, variant, year)


def _target(place: Place, indicator: str, variant: str, year: int) -> Target:
    found, _created = Target.objects.get_or_create(
        place=place, indicator=indicator, variant=variant, year=year
    )
    return Target.objects.select_for_update().get(pk=found.pk)


def _locked(version: TargetVersion) -> TargetVersion:
    """The version as it is now; its target is locked, so that two approvals cannot cross."""
    Target.objects.select_for_update().get(pk=version.target_id)
    return TargetVersion.objects.select_related("target__place").get(pk=version.pk)


def _move(
    version: TargetVersion, state: TargetState, actor: "User", now: datetime, reason: str
) -> TargetVersion:
    version.state = state
    version.save(update_fields=["state"])
    TargetDecision.objects.create(
        version=version, state=state, actor=actor, decided_at=now, reason=reason.strip()
    )
    return version


def _supersede_approved(target: Target, actor: "User | None", now: datetime) -> None:
    for version in target.versions.filter(state=TargetState.APPROVED):
        version.state = TargetState.SUPERSEDED
        version.save(update_fields=["state"])
        TargetDecision.objects.create(
            version=version, state=TargetState.SUPERSEDED, actor=actor, decided_at=now
        )


def _coverage_changed(place: Place) -> None:
    """I05 of the counties that `place` is, or holds, is measured again."""
    below = Place.objects.under(place).counties().order_by("path")
    for county in below if place.level_id != PlaceLevel.COUNTY else [place]:
        stale_mark(kind=StaleMark.Kind.ROLLUP, place=county, object_id=Group.TARGETS)


def _check_value(indicator: str, variant: str, value: Decimal) -> None:
    try:
        known = definition(indicator)
        unit = known.unit_of(variant)
    except KeyError as error:
        raise ValidationError({"indicator": _("There is no such indicator.")}) from error
    if value < 0 or (unit == "%" and value > MAX_PERCENT):
        raise ValidationError({"value": _("A percentage lies between 0 and 100.")})


def _is_laxer(indicator: str, variant: str, value: Decimal, holding: Decimal) -> bool:
    down = definition(indicator).direction_of(variant) == Direction.DOWN
    return value > holding if down else value < holding
