"""I01, I02, I38–I40 of communities, from the survey tallies (domain.md §6.1)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from feedback.indicators.definitions import definition_on
from feedback.indicators.estimates import mean_stratum, stratified_mean, wilson_interval
from feedback.indicators.figures.figure import FREEZE_DAYS, Figure, Frame, Sums
from feedback.indicators.states import Reason, Status
from feedback.surveys.models import Survey, SurveyTally
from feedback.surveys.states import Channel, Kind
from portal.common.periods import Period
from portal.places.models import Place

#: Answers to B1 that count as satisfied, and all that are on the scale.
TOP_TWO = ("5", "4")
SCALE = ("5", "4", "3", "2", "1")
AGREE = "AGREE"
#: The index is the mean of 1…5 × 20.
INDEX = 20


def community_figures(communities: Iterable[Place], today: date) -> dict[int, list[Figure]]:
    """Community pk → its figures of every wave. One query."""
    tallies = (
        SurveyTally.objects.filter(
            community__in=[place.pk for place in communities],
            survey__live=True,
            survey__kind__in=[Kind.INTENTION, Kind.SATISFACTION],
        )
        .select_related("survey")
        .defer("survey__questions", "questions")
        .order_by("survey__opens_at", "survey_id", "pk")
    )
    figures: dict[int, list[Figure]] = defaultdict(list)
    for tally in tallies:
        measure = _intention if tally.survey.kind == Kind.INTENTION else _satisfaction
        figures[tally.community_id] += measure(tally, today)
    return figures


def wave_frame(code: str, survey: Survey, today: date) -> Frame:
    """The frame of a wave. While the survey is not closed nobody can say when it is final."""
    start, end = timezone.localdate(survey.opens_at), timezone.localdate(survey.closes_at)
    freeze = None
    if survey.closed_at:
        freeze = max(end, timezone.localdate(survey.closed_at)) + timedelta(days=FREEZE_DAYS)
    return Frame(definition_on(code, start), Period(start, end, "WAVE"), today, freeze, survey.slug)


def _intention(tally: SurveyTally, today: date) -> list[Figure]:
    consent = wave_frame("I01", tally.survey, today)
    coverage = wave_frame("I02", tally.survey, today)
    agree, valid, households = tally.counts.get(AGREE, 0), tally.valid, tally.population
    counts = {"counts": dict(tally.counts), "valid": valid, "households": households}
    return [
        consent.share("main", _sums(agree, valid, valid, households), counts),
        consent.share("all_households", _sums(agree, households, valid, households), counts),
        *_coverage(coverage, tally, "main"),
    ]


def _coverage(frame: Frame, tally: SurveyTally, of_all: str) -> list[Figure]:
    """Valid answers of all households, and of the occupied ones."""
    valid, households, occupied = tally.valid, tally.population, tally.occupied
    return [
        frame.share(
            of_all,
            _sums(valid, households, valid, households),
            {"valid": valid, "households": households},
        ),
        frame.share(
            "occupied",
            _sums(valid, occupied, valid, occupied),
            {"valid": valid, "occupied": occupied},
        ),
    ]


def _satisfaction(tally: SurveyTally, today: date) -> list[Figure]:
    share = wave_frame("I38", tally.survey, today)
    index = wave_frame("I39", tally.survey, today)
    returns = wave_frame("I40", tally.survey, today)
    returned, issued = tally.returned, tally.issued
    return [
        _top_two(share, tally),
        _index(index, tally),
        returns.share(
            "main",
            _sums(returned, issued, returned, issued),
            {"returned": returned, "issued": issued},
        ),
        *_coverage(returns, tally, "all_households"),
    ]


def _top_two(frame: Frame, tally: SurveyTally) -> Figure:
    counts = {code: tally.counts.get(code, 0) for code in SCALE}
    n, top = sum(counts.values()), sum(counts[code] for code in TOP_TWO)
    inputs = {
        "counts": counts,
        "households": tally.population,
        "modes": _modes(tally.by_mode),
    }
    if n > tally.population:
        return _too_many(frame, n, tally.population, inputs)
    estimate = wilson_interval(top, n, tally.population)
    return frame.estimate("main", estimate, inputs, numerator=top, denominator=n)


def _index(frame: Frame, tally: SurveyTally) -> Figure:
    counts = {code: tally.counts.get(code, 0) for code in SCALE}
    n = sum(counts.values())
    inputs = {"counts": counts, "households": tally.population}
    if n > tally.population:
        return _too_many(frame, n, tally.population, inputs)
    by_value = {int(code): count for code, count in counts.items()}
    estimate = stratified_mean([mean_stratum(tally.population, by_value)])
    points = sum(value * count for value, count in by_value.items())
    return frame.estimate("main", estimate, inputs, numerator=points, denominator=n, scale=INDEX)


def _too_many(frame: Frame, n: int, population: int, inputs: dict[str, Any]) -> Figure:
    return frame.figure(
        "main",
        status=Status.DATA_ERROR,
        reason=Reason.OVER_100,
        inputs=inputs,
        n=n,
        population=population,
    )


def _modes(by_mode: dict[str, dict[str, int]]) -> dict[str, list[int]]:
    """Answers and satisfied ones, by whether the resident or staff entered them (§6.1.1)."""
    sums = {"self": [0, 0], "staff": [0, 0]}
    for channel, counts in by_mode.items():
        into = sums["self" if channel == Channel.SELF else "staff"]
        into[0] += sum(counts.get(code, 0) for code in SCALE)
        into[1] += sum(counts.get(code, 0) for code in TOP_TWO)
    return sums


def _sums(numerator: int, denominator: int, n: int, population: int) -> Sums:
    return Sums(Decimal(numerator), Decimal(denominator), n, population)
