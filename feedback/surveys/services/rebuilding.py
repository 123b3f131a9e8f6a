"""Tallies: rebuilt from the rows in one transaction, so that no answer is lost or counted twice."""

from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone

from feedback.surveys.flagged import without_voided
from feedback.surveys.models import (
    Participation,
    Questionnaire,
    Response,
    Survey,
    SurveyTally,
)
from feedback.surveys.questionnaire import Definition
from feedback.surveys.states import FINISHED, Standing, phase
from feedback.surveys.tallies import Given, Sums, add_up
from portal.places.counts import household_count, occupied_count
from portal.places.models import Place, StaleMark
from portal.places.services import stale_mark

#: Results move on in steps of so many new answers a community while a survey runs.
STEP = 10
SWEEP_LIMIT = 500


@transaction.atomic
def tally_rebuild(*, survey_id: int, community_id: int, now: datetime) -> bool:
    """Recount one survey in one community. Whether a figure changed.

    One transaction: lock the tally, delete the marks it sees, read, write. A mark that comes later
    stays for the next rebuild; when somebody else is at this tally, the marks stay for them.
    """
    tally = _locked_tally(survey_id, community_id)
    if tally is None:
        return False
    _delete_marks(survey_id, community_id)
    survey, community = tally.survey, tally.community
    figures = {
        **_register_figures(survey, community),
        **asdict(_sums(tally, now)),
    }
    changed = any(getattr(tally, name) != value for name, value in figures.items())
    if changed or tally.rebuilt_at is None:
        for name, value in figures.items():
            setattr(tally, name, value)
        tally.rebuilt_at = now
        tally.save()
        stale_mark(kind=StaleMark.Kind.ROLLUP, place=community)
    return changed


def _locked_tally(survey_id: int, community_id: int) -> SurveyTally | None:
    SurveyTally.objects.get_or_create(survey_id=survey_id, community_id=community_id)
    rows = SurveyTally.objects.filter(survey_id=survey_id, community_id=community_id)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    return rows.select_related("survey", "community").first()


def _delete_marks(survey_id: int, community_id: int) -> None:
    marks = StaleMark.objects.filter(
        kind=StaleMark.Kind.SURVEY, object_id=survey_id, place_id=community_id
    )
    StaleMark.objects.filter(pk__in=list(marks.values_list("pk", flat=True))).delete()


def _register_figures(survey: Survey, community: Place) -> dict[str, int]:
    """Households on the day the survey opened, so that the base of a wave does not move."""
    day = timezone.localdate(survey.opens_at)
    issued = survey.invitations.filter(building__place=community)
    returned = Participation.objects.filter(survey=survey, household__building__place=community)
    return {
        "population": household_count(community, day),
        "occupied": occupied_count(community, day),
        "issued": issued.aggregate(total=Sum("households"))["total"] or 0,
        "returned": returned.count(),
    }


def _sums(tally: SurveyTally, now: datetime) -> Sums:
    survey = tally.survey
    rows = Response.objects.filter(survey=survey, community=tally.community)
    rows = rows.exclude(standing=Standing.SUPERSEDED)
    if phase(survey, now) in FINISHED:
        kept = without_voided(rows, survey, tally.community)
        return add_up(_given(survey, kept.values_list(*_COLUMNS, "answers")))
    new = sum(1 for answers, shown in rows.values_list("answers", "shown") if answers != shown)
    counted = rows.exclude(shown=None).filter(standing=Standing.COUNTED).count()
    withdrawn = max(0, tally.released - counted)
    if new + withdrawn >= STEP:
        rows.update(shown=F("answers"))
    elif withdrawn:
        # Leaving one out at once would tell what was withdrawn: it goes with the next step.
        return Sums(**{field.name: getattr(tally, field.name) for field in fields(Sums)})
    return add_up(_given(survey, rows.exclude(shown=None).values_list(*_COLUMNS, "shown")))


_COLUMNS = ("questionnaire_id", "channel", "standing")


def _given(survey: Survey, rows: Any) -> Iterator[Given]:
    definitions: dict[int, Definition] = {
        frozen.pk: frozen.compiled() for frozen in Questionnaire.objects.filter(survey=survey)
    }
    for questionnaire_id, channel, standing, answers in rows.iterator():
        yield Given(definitions[questionnaire_id], answers, channel, standing)


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
    for survey_id, community_id in targets:
        if survey_id in known:
            tally_rebuild(survey_id=survey_id, community_id=community_id, now=now)
        else:
            _delete_marks(survey_id, community_id)
    return len(targets)


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
