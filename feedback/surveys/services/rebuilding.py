"""Tallies: rebuilt from the rows in one transaction, so that no answer is lost or counted twice."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Count, F, QuerySet, Sum
from django.utils import timezone

from feedback.surveys.flagged import without_voided
from feedback.surveys.models import Response, Survey, SurveyTally
from feedback.surveys.services.counting import shown_states, sums_of
from feedback.surveys.states import FINISHED, Standing, phase
from feedback.surveys.tallies import Sums
from portal.places.counts import register_counts
from portal.places.models import StaleMark
from portal.places.services import stale_mark

#: Results move on in steps of so many new answers a community while a survey runs.
STEP = 10
SWEEP_LIMIT = 500
#: So many communities are recounted in one transaction.
BATCH = 100
_DATES = ("live", "opens_at", "closes_at", "closed_at", "sealed_at")
_REGISTER = ("population", "occupied", "issued", "returned")


def tally_rebuild(*, survey_id: int, community_id: int, now: datetime) -> bool:
    """Recount one survey in one community. Whether a figure changed."""
    return bool(tallies_rebuild(survey_id=survey_id, communities=[community_id], now=now))


@transaction.atomic
def tallies_rebuild(*, survey_id: int, communities: Sequence[int], now: datetime) -> list[int]:
    """Recount one survey in some communities (keys); those of which a figure changed.

    One transaction: lock the tallies, delete the marks it sees, read, write. A mark that comes
    later stays for the next rebuild; when somebody else is at a tally, its marks stay for them. The
    number of queries does not depend on that of communities.
    """
    tallies = _locked(survey_id, communities)
    if not tallies:
        return []
    _delete_marks(survey_id, [tally.community_id for tally in tallies])
    survey = Survey.objects.only(*_DATES).get(pk=survey_id)
    register = _register_figures(survey, tallies)
    sums = _sums(survey, tallies, now)
    changed, written = [], []
    for tally in tallies:
        figures = register[tally.community_id] | vars(sums[tally.community_id])
        differs = any(getattr(tally, name) != value for name, value in figures.items())
        if differs or tally.rebuilt_at is None:
            for name, value in figures.items():
                setattr(tally, name, value)
            tally.rebuilt_at = now
            written.append(tally)
        if differs:
            changed.append(tally.community_id)
    _write(written)
    return changed


def _write(tallies: list[SurveyTally]) -> None:
    if len(tallies) == 1:
        tallies[0].save()
    elif tallies:
        _update(tallies)
    StaleMark.objects.bulk_create(
        StaleMark(kind=StaleMark.Kind.ROLLUP, place_id=tally.community_id) for tally in tallies
    )


def _update(tallies: list[SurveyTally]) -> None:
    """With one statement; on PostgreSQL with one value, as putting thousands into its text takes
    longer than the update."""
    names = [*_REGISTER, *(field.name for field in fields(Sums)), "rebuilt_at"]
    if connection.vendor != "postgresql":
        SurveyTally.objects.bulk_update(tallies, names, batch_size=BATCH)
        return
    rows = [{name: getattr(tally, name) for name in ["id", *names]} for tally in tallies]
    # Names of our own columns; the row type of the table says what each is.
    listed = ", ".join(f"{name} = new.{name}" for name in names)
    table = SurveyTally._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS old SET {listed}"  # noqa: S608
            f" FROM json_populate_recordset(NULL::{table}, %s::json) AS new"
            " WHERE old.id = new.id",
            [json.dumps(rows, cls=DjangoJSONEncoder)],
        )


def _locked(survey_id: int, communities: Sequence[int]) -> list[SurveyTally]:
    """The tallies, made where there are none, in the order of the keys of their communities."""
    rows = SurveyTally.objects.filter(survey=survey_id, community__in=communities)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    rows = rows.order_by("community")
    found = list(rows)
    if len(found) == len(communities):
        return found
    # What is missing is not there yet, or somebody else is at it.
    missing = set(communities) - {tally.community_id for tally in found}
    SurveyTally.objects.bulk_create(
        (SurveyTally(survey_id=survey_id, community_id=key) for key in sorted(missing)),
        ignore_conflicts=True,
    )
    return list(rows.all())


def _delete_marks(survey_id: int, communities: Sequence[int]) -> None:
    marks = StaleMark.objects.filter(
        kind=StaleMark.Kind.SURVEY, object_id=survey_id, place__in=communities
    )
    StaleMark.objects.filter(pk__in=list(marks.values_list("pk", flat=True))).delete()


def _register_figures(survey: Survey, tallies: list[SurveyTally]) -> dict[int, dict[str, int]]:
    """Households on the day the survey opened, so that the base of a wave does not move."""
    keys = [tally.community_id for tally in tallies]
    homes = register_counts(keys, timezone.localdate(survey.opens_at))
    place = "building__place"
    issued = survey.invitations.filter(building__place__in=keys).values_list(place)
    given = dict(issued.annotate(total=Sum("households")).order_by())
    place = "household__building__place"
    took_part = survey.participations.filter(household__building__place__in=keys)
    returned = dict(took_part.values_list(place).annotate(n=Count("pk")).order_by())
    return {
        key: {
            "population": homes.get(key, (0, 0))[0],
            "occupied": homes.get(key, (0, 0))[1],
            "issued": given.get(key) or 0,
            "returned": returned.get(key, 0),
        }
        for key in keys
    }


def _sums(survey: Survey, tallies: list[SurveyTally], now: datetime) -> dict[int, Sums]:
    keys = [tally.community_id for tally in tallies]
    rows = Response.objects.filter(survey=survey, community__in=keys)
    rows = rows.exclude(standing=Standing.SUPERSEDED)
    nothing = {key: Sums() for key in keys}
    if phase(survey, now) in FINISHED:
        return nothing | sums_of(survey, without_voided(rows, survey, keys), "answers")
    kept = _moved_on(rows, tallies)
    shown = rows.filter(shown__isnull=False).exclude(community__in=list(kept))
    return nothing | sums_of(survey, shown, "shown") | kept


def _moved_on(rows: QuerySet[Response], tallies: list[SurveyTally]) -> dict[int, Sums]:
    """Let results move on where STEP answers are new; the sums of communities that stand still.

    Leaving one out at once would tell what was withdrawn: it goes with the next step.
    """
    states = shown_states(rows)
    moving, still = [], {}
    for tally in tallies:
        new, counted = states.get(tally.community_id, (0, 0))
        withdrawn = max(0, tally.released - counted)
        if new + withdrawn >= STEP:
            moving.append(tally.community_id)
        elif withdrawn:
            kept = {field.name: getattr(tally, field.name) for field in fields(Sums)}
            still[tally.community_id] = Sums(**kept)
    if moving:
        rows.filter(community__in=moving).update(shown=F("answers"))
    return still


def tallies_sweep(*, now: datetime, limit: int = SWEEP_LIMIT) -> int:
    """Rebuild what is marked, oldest first; how many rebuilds were done.

    A mark that names no survey is for every running survey of its place: the register changed.
    """
    _spread_register_marks()
    marked = (
        StaleMark.objects.filter(kind=StaleMark.Kind.SURVEY)
        .order_by("pk")
        .values_list("object_id", "place_id")[: limit * 20]
    )
    targets = list(dict.fromkeys(marked))[:limit]
    known = set(
        Survey.objects.filter(pk__in={survey for survey, _ in targets}).values_list("pk", flat=True)
    )
    by_survey: dict[int, list[int]] = {}
    for survey_id, community_id in targets:
        by_survey.setdefault(survey_id, []).append(community_id)
    for survey_id, communities in by_survey.items():
        for batch in batched(communities, BATCH):
            if survey_id in known:
                tallies_rebuild(survey_id=survey_id, communities=batch, now=now)
            else:
                _delete_marks(survey_id, batch)
    return len(targets)


def batched(keys: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


@transaction.atomic
def _spread_register_marks() -> None:
    marks = list(
        StaleMark.objects.filter(kind=StaleMark.Kind.SURVEY, object_id=0).select_related("place")
    )
    for place in {mark.place for mark in marks}:
        for survey in Survey.objects.touching(place).running().order_by("pk"):
            for community in survey.communities().under(place).order_by("path"):
                stale_mark(kind=StaleMark.Kind.SURVEY, place=community, object_id=survey.pk)
    StaleMark.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
