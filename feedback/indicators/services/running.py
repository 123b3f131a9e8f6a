"""Runs of the recalculation: claimed by one worker at a time, taken over when it dies, recorded.

A run has a key, so that asking twice for the same work does it once. The claim is one UPDATE with
the state it expects (compare and swap): of two workers one gets it. The work itself is safe to do
twice, so a worker that dies in the middle costs time and nothing else.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.indicators.models import RecalculationRun
from feedback.indicators.states import RunKind, RunState
from portal.accounts.roles import Action
from portal.places.models import PlaceLevel
from portal.places.permissions import places_with

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = logging.getLogger(__name__)

#: A run without a sign of life for so long has died.
LOST_AFTER = timedelta(minutes=10)
#: What is done is kept so long.
KEPT = timedelta(days=60)

Beat = Callable[[], None]


def run_claim(key: str, kind: RunKind, now: datetime) -> RecalculationRun | None:
    """The run of `key` for this worker alone; None if it is done, or somebody is at it."""
    RecalculationRun.objects.get_or_create(
        key=key, defaults={"kind": kind, "state": RunState.QUEUED}
    )
    token = uuid4().hex
    free = Q(state=RunState.QUEUED) | Q(state=RunState.RUNNING, beat_at__lt=now - LOST_AFTER)
    taken = RecalculationRun.objects.filter(free, key=key).update(
        state=RunState.RUNNING,
        token=token,
        attempts=F("attempts") + 1,
        started_at=now,
        beat_at=now,
        finished_at=None,
        error="",
    )
    return RecalculationRun.objects.get(key=key) if taken else None


def run_do(key: str, kind: RunKind, work: Callable[[Beat], int], *, now: datetime) -> bool:
    """Do `work` under the claim of `key`, if it is to be had; whether it was done.

    `work` calls the beat it is given from time to time and returns how many figures changed. What
    it raises is logged and kept with the run, for the screen and its retry.
    """
    run = run_claim(key, kind, now)
    if run is None:
        return False
    own = RecalculationRun.objects.filter(pk=run.pk, token=run.token, state=RunState.RUNNING)

    def beat() -> None:
        own.update(beat_at=timezone.now())

    try:
        changes = work(beat)
    except Exception as error:
        logger.exception("The run %s failed", key)
        own.update(
            state=RunState.FAILED,
            error=f"{type(error).__name__}: {error}"[:2000],
            finished_at=timezone.now(),
        )
        return False
    own.update(state=RunState.DONE, changes=changes, finished_at=timezone.now())
    return True


def may_retry(user: "User") -> bool:
    """Whoever keeps the messages of a whole city also looks after its machinery."""
    levels = (PlaceLevel.CITY, PlaceLevel.PROVINCE)
    return places_with(user, Action.MESSAGES_KEEP).filter(level__in=levels).exists()


def run_retry(*, actor: "User", run: RecalculationRun) -> None:
    """Have a run that failed done again, by the next minute's sweep.

    Raises PermissionDenied without the right, ValidationError if it has not failed.
    """
    if not may_retry(actor):
        raise PermissionDenied
    moved = RecalculationRun.objects.filter(pk=run.pk, state=RunState.FAILED).update(
        state=RunState.QUEUED
    )
    if not moved:
        raise ValidationError(_("This run has not failed, or somebody has started it again."))


def runs_waiting(now: datetime) -> list[RecalculationRun]:
    """What was asked for again, and what a dead worker left; sweeps leave their marks instead."""
    died = Q(state=RunState.RUNNING, beat_at__lt=now - LOST_AFTER)
    runs = RecalculationRun.objects.filter(Q(state=RunState.QUEUED) | died)
    return list(runs.exclude(kind=RunKind.SWEEP).order_by("pk"))


def sweep_begin(now: datetime) -> RecalculationRun:
    """A sweep that found work. What an earlier one left by dying, this one does."""
    RecalculationRun.objects.filter(
        kind=RunKind.SWEEP, state=RunState.RUNNING, beat_at__lt=now - LOST_AFTER
    ).update(state=RunState.LOST, finished_at=now)
    return RecalculationRun.objects.create(
        key=f"sweep {uuid4().hex}",
        kind=RunKind.SWEEP,
        state=RunState.RUNNING,
        attempts=1,
        started_at=now,
        beat_at=now,
    )


def sweep_beat(run: RecalculationRun) -> None:
    RecalculationRun.objects.filter(pk=run.pk).update(beat_at=timezone.now())


def sweep_end(
    run: RecalculationRun, *, changes: int, failures: list[str], was_idle: bool = False
) -> None:
    """The same failure again, minute by minute, is one row with more attempts; a sweep that found
    its marks taken by another worker (`was_idle`) leaves none."""
    if was_idle and not failures:
        RecalculationRun.objects.filter(pk=run.pk).delete()
        return
    error = "\n".join(sorted(failures))[:2000]
    state = RunState.FAILED if failures else RunState.DONE
    if failures and not changes:
        same = RecalculationRun.objects.filter(kind=RunKind.SWEEP, error=error, state=state)
        before = same.order_by("-pk").first()
        if before is not None:
            RecalculationRun.objects.filter(pk=before.pk).update(
                attempts=F("attempts") + 1, finished_at=timezone.now()
            )
            RecalculationRun.objects.filter(pk=run.pk).delete()
            return
    if not failures:
        # What failed before is done now.
        RecalculationRun.objects.filter(kind=RunKind.SWEEP, state=RunState.FAILED).update(
            state=RunState.DONE
        )
    RecalculationRun.objects.filter(pk=run.pk).update(
        state=state, changes=changes, error=error, finished_at=timezone.now()
    )


def runs_expire(*, now: datetime) -> int:
    old = RecalculationRun.objects.filter(finished_at__lt=now - KEPT)
    return old.exclude(state=RunState.FAILED).delete()[0]
