"""Targets: proposed, reviewed, approved by somebody else, or rejected with a reason.

Versions are never changed but for their state (and the notice they stand in); every step is a
TargetDecision.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from feedback.indicators.models import Target, TargetDecision, TargetVersion
from feedback.indicators.services.target_rules import (
    Wish,
    approval_check,
    coverage_check,
    value_check,
    weights_check,
    wish_check,
)
from feedback.indicators.states import (
    IN_FORCE,
    NEXT_STEP,
    PENDING,
    Group,
    Origin,
    TargetState,
)
from portal.accounts.roles import Action
from portal.places.models import Place, PlaceLevel, StaleMark
from portal.places.permissions import can, require
from portal.places.services import stale_mark
from portal.projects.models import RenovationProject

if TYPE_CHECKING:
    from portal.accounts.models import User

BOUNDS = ("measured", "low", "high", "baseline")


@transaction.atomic
def target_propose(
    *,
    actor: "User",
    place: Place,
    indicator: str,
    year: int,
    value: Decimal | None,
    reason: str,
    now: datetime,
    variant: str = "main",
    operator: str = "",
    upper: Decimal | None = None,
    wording: str = "",
    weight: Decimal | None = None,
    project: RenovationProject | None = None,
) -> TargetVersion:
    """A person's draft. Raises ValidationError by field, PermissionDenied without the right.

    It replaces a draft of the same target that nobody has checked. A target falls only after two
    missed periods, by three points at most, and takes a second approver. `project` is one of the
    county `place`.
    """
    require(actor, Action.TARGET_PROPOSE, place)
    wish = Wish(value, operator, upper, wording, weight)
    holding = wish_check(place, indicator, variant, year, wish, project)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why this target is proposed.")})
    target = _target(place, indicator, variant, year, project)
    _replace_drafts(target, actor, now)
    return version_add(
        target=target,
        value=value,
        previous=holding,
        origin=Origin.PERSON,
        state=TargetState.DRAFT,
        proposed_by=actor,
        reason=reason.strip(),
        now=now,
        **wish.fields(indicator, variant),
    )


@transaction.atomic
def target_record(
    *,
    place: Place,
    indicator: str,
    year: int,
    value: Decimal | None,
    document: str,
    now: datetime,
    actor: "User | None" = None,
    variant: str = "main",
    is_locked: bool = False,
    operator: str = "",
    upper: Decimal | None = None,
    wording: str = "",
    weight: Decimal | None = None,
    project: RenovationProject | None = None,
) -> TargetVersion:
    """Enter a target that was approved on paper; `document` names it. It is in force at once.

    `actor` None is the system itself (demonstration data, imports by a command).
    """
    if actor is not None:
        require(actor, Action.TARGET_APPROVE, place)
    wish = Wish(value, operator, upper, wording, weight)
    value_check(indicator, variant, year, wish)
    if not document.strip():
        raise ValidationError({"document": _("Name the document that approved this target.")})
    target = _target(place, indicator, variant, year, project)
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
        **wish.fields(indicator, variant),
    )


@transaction.atomic
def target_advance(
    *, actor: "User", version: TargetVersion, now: datetime, reason: str = ""
) -> TargetVersion:
    """Move `version` one step on; the last one approves it and ends the target before it.

    Raises PermissionDenied without the right of the step, or for the proposer at the approval;
    ValidationError when somebody else has moved it meanwhile, when it may not replace what is in
    force by now, or when the form it belongs to leaves a required group without a target in figures
    or gives points that do not add up.
    """
    stored = _locked(version)
    if stored.state not in NEXT_STEP:
        raise ValidationError(_("This proposal has been decided already."))
    following, action = NEXT_STEP[stored.state]
    require(actor, action, stored.target.place)
    if stored.state == TargetState.DRAFT:
        coverage_check(stored.target)
        weights_check(stored.target)
    if following == TargetState.APPROVED:
        if stored.proposed_by_id == actor.pk:
            raise PermissionDenied(_("Whoever proposed a target cannot approve it."))
        is_easier = approval_check(stored)
        if stored.state == TargetState.SECOND_REVIEW:
            if stored.decisions.filter(state=TargetState.SECOND_REVIEW, actor=actor).exists():
                raise PermissionDenied(_("The second approval takes a second person."))
        elif is_easier:
            return _move(stored, TargetState.SECOND_REVIEW, actor, now, reason)
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


@transaction.atomic
def target_change(
    *,
    actor: "User",
    version: TargetVersion,
    value: Decimal,
    reason: str,
    now: datetime,
    upper: Decimal | None = None,
) -> TargetVersion:
    """Put a version with another value in the place of a pending one, at the same step.

    It is read as before: = stays =, a range has its `upper` end. Whoever changes a proposal has
    proposed: somebody else approves. The evidence goes along.
    """
    stored = _locked(version)
    place, target = stored.target.place, stored.target
    if not can(actor, Action.TARGET_REVIEW, place):
        require(actor, Action.TARGET_APPROVE, place)
    if stored.state not in PENDING:
        raise ValidationError(_("This proposal has been decided already."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why this target is proposed.")})
    if (value, upper) == (stored.value, stored.upper):
        raise ValidationError({"value": _("This is the value proposed already.")})
    wish = Wish(value, stored.operator, upper)
    previous = wish_check(
        place,
        target.indicator,
        target.variant,
        target.year,
        wish,
        target.project,
        before=stored.previous,
    )
    state = TargetState(stored.state)
    _move(stored, TargetState.SUPERSEDED, actor, now, reason)
    # A second approval is asked for anew.
    state = TargetState.FINANCE_REVIEW if state == TargetState.SECOND_REVIEW else state
    kept = ("proposal", "measurement", "formula_version", "inputs_hash")
    evidence = {name: getattr(stored, name) for name in (*kept, *BOUNDS)}
    return version_add(
        target=target,
        value=value,
        previous=stored.previous if previous is None else previous,
        origin=Origin.PERSON,
        state=state,
        proposed_by=actor,
        reason=reason.strip(),
        now=now,
        **wish.fields(target.indicator, target.variant),
        **evidence,
    )


def may_advance(user: "User", version: TargetVersion) -> bool:
    """Whether `user` moves `version` one step on: nobody approves their own proposal, or twice."""
    if version.state not in NEXT_STEP:
        return False
    following, action = NEXT_STEP[version.state]
    own = following == TargetState.APPROVED and version.proposed_by_id == user.pk
    if version.state == TargetState.SECOND_REVIEW:
        own |= version.decisions.filter(state=TargetState.SECOND_REVIEW, actor=user).exists()
    return not own and can(user, action, version.target.place)


def targets_mark_published(*, now: datetime) -> int:
    """Approved targets whose notice stands in public are published; how many. Twice is safe."""
    marked = 0
    waiting = TargetVersion.objects.filter(state=TargetState.APPROVED, notice__live=True)
    for version in waiting.order_by("pk"):
        with transaction.atomic():
            stored = _locked(version)
            if stored.state == TargetState.APPROVED:
                reason = stored.notice.title if stored.notice else ""
                _move(stored, TargetState.PUBLISHED, None, now, reason)
                marked += 1
    return marked


def version_add(
    *,
    target: Target,
    value: Decimal | None,
    previous: Decimal | None,
    origin: Origin,
    state: TargetState,
    proposed_by: "User | None",
    reason: str,
    now: datetime,
    **evidence: object,
) -> TargetVersion:
    """The next numbered version of `target`, with its first decision. Its points in the
    self-assessment stay what they were, unless others are given."""
    last = target.versions.aggregate(last=Max("number"))["last"] or 0
    if evidence.get("weight") is None:
        weighted = target.versions.exclude(weight=None).exclude(state=TargetState.REJECTED)
        evidence["weight"] = weighted.order_by("-number").values_list("weight", flat=True).first()
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


def _target(
    place: Place,
    indicator: str,
    variant: str,
    year: int,
    project: RenovationProject | None = None,
) -> Target:
    found, _created = Target.objects.get_or_create(
        place=place, project=project, indicator=indicator, variant=variant, year=year
    )
    return Target.objects.select_for_update().get(pk=found.pk)


def _locked(version: TargetVersion) -> TargetVersion:
    """The version as it is now; its target is locked, so that two approvals cannot cross."""
    Target.objects.select_for_update().get(pk=version.target_id)
    return TargetVersion.objects.select_related("target__place", "target__project").get(
        pk=version.pk
    )


def _move(
    version: TargetVersion, state: TargetState, actor: "User | None", now: datetime, reason: str
) -> TargetVersion:
    version.state = state
    version.save(update_fields=["state"])
    TargetDecision.objects.create(
        version=version, state=state, actor=actor, decided_at=now, reason=reason.strip()
    )
    return version


def _replace_drafts(target: Target, actor: "User", now: datetime) -> None:
    """End what people drafted for `target` and nobody has checked: a newer draft comes."""
    drafts = target.versions.filter(origin=Origin.PERSON, state=TargetState.DRAFT)
    for version in drafts.order_by("pk"):
        _move(version, TargetState.SUPERSEDED, actor, now, "")


def _supersede_approved(target: Target, actor: "User | None", now: datetime) -> None:
    for version in target.versions.filter(state__in=IN_FORCE):
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
