"""The sweep: whatever is marked is measured again, so that no lost message loses a figure."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from feedback.complaints.services.tallies import tally_rebuild as complaint_tally_rebuild
from feedback.indicators.models import Measurement, RecalculationRun
from feedback.indicators.services.measuring import (
    marked_measure,
    marked_places,
    places_measure,
)
from feedback.indicators.services.running import Beat, sweep_beat, sweep_begin, sweep_end
from feedback.indicators.services.storing import Change
from feedback.indicators.states import Group
from feedback.surveys.models import Survey
from feedback.surveys.services.rebuilding import SWEEP_LIMIT, tallies_sweep
from feedback.surveys.services.rebuilding_all import tallies_rebuild_all
from portal.common.generation import generation_bump
from portal.places.models import Place, PlaceQuerySet, StaleMark

logger = logging.getLogger(__name__)

#: Places of one transaction of a rebuild. SQLite has one writer at a time: a clerk's form waits
#: while so many are measured, and must not wait in vain.
REBUILD_BATCH, REBUILD_BATCH_ALONE = 40, 4


@dataclass
class Swept:
    tallies: int = 0
    changes: list[Change] = field(default_factory=list)
    #: Places that could not be measured, by their code; their marks stay.
    failures: list[str] = field(default_factory=list)


def sweep(now: datetime) -> Swept:
    """Work through the stale marks: survey tallies, then figures from the communities upward.

    Each step is a transaction of its own that takes its marks with it, so a worker that is killed
    leaves the rest for the next sweep. Twice, or two at once, is safe.
    """
    swept = Swept()
    marks = StaleMark.objects.count()
    if not marks:
        return swept
    run = sweep_begin(now)
    try:
        _sweep(swept, run, now)
    except Exception as error:
        sweep_end(run, changes=len(swept.changes), failures=[repr(error)])
        raise
    idle = not swept.changes and StaleMark.objects.count() >= marks
    sweep_end(run, changes=len(swept.changes), failures=swept.failures, was_idle=idle)
    if swept.tallies or swept.changes:
        generation_bump()
    return swept


def _sweep(swept: Swept, run: RecalculationRun, now: datetime) -> None:
    while count := tallies_sweep(now=now, limit=SWEEP_LIMIT):
        swept.tallies += count
        if count < SWEEP_LIMIT:
            break
    passed: set[int] = set()
    while batches := marked_places(passed):
        for keys in batches:
            swept.changes += _measure_marked(keys, passed, swept.failures, now)
            sweep_beat(run)


def _measure_marked(
    keys: list[int], passed: set[int], failures: list[str], now: datetime
) -> list[Change]:
    """Measure a batch; one place that cannot be measured must not hold up the others."""
    try:
        changes, measured = marked_measure(keys, now=now)
    except Exception:
        if len(keys) > 1:
            return [
                change for key in keys for change in _measure_marked([key], passed, failures, now)
            ]
        logger.exception("Place %s could not be measured; its marks stay", keys[0])
        passed.update(keys)
        failures += Place.objects.filter(pk__in=keys).values_list("code", flat=True)
        return []
    passed.update(set(keys) - measured)
    return changes


def freeze(now: datetime, beat: Beat = lambda: None) -> list[Change]:
    """Make final what ended fifteen days ago, by measuring it a last time."""
    due = Measurement.objects.freezable(timezone.localdate(now)).order_by()
    keys = set(due.filter(place__isnull=False).values_list("place", flat=True))
    keys |= set(due.filter(project__isnull=False).values_list("project__county", flat=True))
    return _measure_upward(Place.objects.filter(pk__in=keys), now, beat)


def full_check(*, now: datetime, beat: Beat = lambda: None) -> int:
    """Rebuild everything and log what was wrong; how many figures that were."""
    return rebuild(None, now, report=lambda line: logger.info("rebuilt: %s", line), beat=beat)


def rebuild(
    place: Place | None,
    now: datetime,
    report: Callable[[str], None] = lambda line: None,
    beat: Beat = lambda: None,
    *,
    processes: int = 1,
) -> int:
    """Recompute tallies and figures of `place` (or of all) from the rows; how many were wrong.

    `report` gets one line for each; `beat` is called after each step. What lies above `place` is
    measured too. The tallies of surveys are recounted by so many `processes`.
    """
    below = Place.objects.under(place) if place else Place.objects.all()
    wrong = _rebuild_survey_tallies(below, now, report, beat, processes)
    wrong += _rebuild_complaint_tallies(below, now, report, beat)
    places = below | Place.objects.above(place) if place else below
    changes = _measure_upward(places, now, beat)
    for change in changes:
        report(str(change))
    # What the rebuild itself marked is done already, or is nothing new.
    sweep(now)
    return wrong + len(changes)


def _measure_upward(places: PlaceQuerySet, now: datetime, beat: Beat) -> list[Change]:
    changes: list[Change] = []
    shares = connection.features.has_select_for_update
    batch = REBUILD_BATCH if shares else REBUILD_BATCH_ALONE
    depths = sorted(set(places.order_by().values_list("depth", flat=True)), reverse=True)
    for depth in depths:
        level = list(places.filter(depth=depth).order_by("path"))
        for start in range(0, len(level), batch):
            changes += places_measure(level[start : start + batch], now=now)
            beat()
    return changes


def _rebuild_survey_tallies(
    below: PlaceQuerySet,
    now: datetime,
    report: Callable[[str], None],
    beat: Beat,
    processes: int,
) -> int:
    codes = dict(below.communities().order_by("path").values_list("pk", "code"))
    slugs: dict[int, str] = {}
    targets: dict[int, list[int]] = {}
    for survey in Survey.objects.published().defer("questions").order_by("opens_at", "pk"):
        slugs[survey.pk] = survey.slug
        keys = survey.communities().order_by("path").values_list("pk", flat=True)
        targets[survey.pk] = [key for key in keys if key in codes]
    changed = tallies_rebuild_all(targets, now=now, processes=processes, beat=beat)
    for survey_id, community in changed:
        report(f"tally {slugs[survey_id]} {codes[community]}")
    return len(changed)


def _rebuild_complaint_tallies(
    below: PlaceQuerySet, now: datetime, report: Callable[[str], None], beat: Beat
) -> int:
    wrong, kind = 0, StaleMark.Kind.COMPLAINTS
    for community in below.communities().order_by("path"):
        beat()
        with transaction.atomic():
            is_marked = StaleMark.objects.filter(kind=kind, place=community).exists()
            has_changed = complaint_tally_rebuild(community_id=community.pk, now=now)
            if is_marked or has_changed:
                # The tally takes its mark with it, and its figures are measured later: whoever dies
                # until then leaves this one.
                StaleMark.objects.create(
                    kind=StaleMark.Kind.ROLLUP, place=community, object_id=Group.COMPLAINTS
                )
        if has_changed:
            wrong += 1
            report(f"tally complaints {community.code}")
    return wrong
