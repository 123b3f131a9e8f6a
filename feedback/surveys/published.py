"""Results of a closed survey as everybody may read them.

What is small is hidden over all communities of the survey, whoever reads and whichever is chosen:
so no two pages together tell what one of them hides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count
from django.utils.translation import gettext as _

from feedback.surveys import results
from feedback.surveys.beside import Beside, Level, beside, is_worth
from feedback.surveys.compared import Compared, compare
from feedback.surveys.flagged import FlagSum, flag_sums
from feedback.surveys.models import Questionnaire, Survey, SurveyQuerySet, SurveyTally
from feedback.surveys.questionnaire import Definition, Type
from feedback.surveys.results import ModeResult
from feedback.surveys.sentences import sentence
from feedback.surveys.states import FINISHED, Channel
from feedback.surveys.tables import (
    FEW,
    Difference,
    QuestionResult,
    best_is_told,
    hiding,
    hiding_of,
    percent,
    question_results,
)
from feedback.surveys.tallies import Sums
from feedback.surveys.texts import public_texts
from portal.common.samples import Reason, Status, sample_status
from portal.common.suppression import LEAST, hidden_counts
from portal.places.models import Place, PlaceLevel, StaleMark

#: So many earlier surveys are offered beside one.
MOST_TO_COMPARE = 30
#: Levels a community is shown beside.
COMPARED = (PlaceLevel.COUNTY, PlaceLevel.CITY)


@dataclass(frozen=True)
class Told:
    """A question, what it says in words, what residents wrote as far as it is published, and the
    shares of one community beside those of its county and city."""

    result: QuestionResult
    sentence: str
    texts: list[str]
    beside: Beside | None = None


@dataclass(frozen=True)
class ChannelReach:
    """How many `homes` answered one way (None: hidden), and that in percent of all homes."""

    label: str
    homes: int | None
    rate: Decimal | None


@dataclass(frozen=True)
class PublicResults:
    """Of `place`, or (None) of all communities of the survey together.

    `answers` is how many stand in the tables, `returned` how many of the `households` took part;
    `issued` is how many were given a letter. `few` communities had fewer than FEW answers, or are
    left out for the sake of such a one: they are in the response and in no table; `is_left_out` of
    `place`. `weak` says why the answers say too little, or nothing.
    """

    place: Place | None
    communities: list[Place]
    few: int
    is_left_out: bool
    households: int
    issued: int
    returned: int
    answers: int
    open_answers: int
    questions: list[Told]
    weak: Reason
    modes: list[ModeResult]
    apart: Difference | None
    flags: list[FlagSum]
    channels: list[ChannelReach]

    @property
    def rate(self) -> Decimal | None:
        return percent(self.returned, self.households)

    @property
    def rate_of_letters(self) -> Decimal | None:
        return percent(self.returned, self.issued)


def are_published(survey: Survey, now: datetime) -> bool:
    """Whether the survey is closed and counted to the end.

    Until then the tallies stand at their last step of ten: shown once so and once complete, they
    would tell the answers in between.
    """
    if survey.phase(now) not in FINISHED:
        return False
    kind = StaleMark.Kind.SURVEY
    return not StaleMark.objects.filter(kind=kind, object_id=survey.pk).exists()


def tallies_of(survey: Survey) -> list[SurveyTally]:
    """All communities of a closed `survey`, with their places. Two queries."""
    found = SurveyTally.objects.filter(survey=survey, community__in=survey.communities().order_by())
    return list(found.select_related("community").order_by("community__path"))


def public_results(
    survey: Survey,
    questionnaire: Questionnaire,
    rows: list[SurveyTally],
    place: Place | None,
    language: str,
) -> PublicResults:
    """`rows`: of all communities of the survey, whichever `place` is. Seven queries at most."""
    gone = results.leave_out(rows)
    shown = [row for row in rows if place is None or row.community_id == place.pk]
    here = [row.community_id for row in shown if results.is_told(row, gone)]
    sums, definition = results.add_sums(shown, gone), questionnaire.compiled()
    households = sum(row.population for row in shown)
    answers = results.place_answers(rows, gone)
    told: list[QuestionResult] = []
    compared: dict[str, Beside] = {}
    if here:
        hidden = hiding_of(definition, answers)
        told = question_results(definition, answers, place and place.pk, language, hidden)
        if place:
            levels = _levels(rows, [one.place for one in answers], place)
            compared = beside(definition, answers, levels, language, hidden)
    modes, apart = _modes(definition, sums, told) if place is None else ([], None)
    status, reason = sample_status(min(sums.released, households), households)
    texts = public_texts(survey, here)
    return PublicResults(
        place=place,
        communities=[row.community for row in rows],
        is_left_out=place is not None
        and any(row.community_id in gone and row.released >= FEW for row in shown),
        few=len(shown) - len(here),
        households=households,
        issued=sum(row.issued for row in shown),
        returned=sum(row.returned for row in shown),
        answers=sums.released,
        open_answers=sums.open_answers,
        questions=[
            Told(one, sentence(one), texts.get(one.key, []), compared.get(one.key)) for one in told
        ],
        weak=reason if status is Status.INSUFFICIENT else Reason.NONE,
        modes=modes,
        apart=apart,
        flags=flag_sums(survey, [row.community for row in rows]) if place is None else [],
        channels=channel_reach(survey, households) if place is None else [],
    )


def _levels(rows: list[SurveyTally], told: list[int], place: Place) -> list[Level]:
    """The community, its county and its city, as far as the survey ran there and is `told` there.
    One query."""
    levels = [Level(place.label, frozenset({place.pk}), is_all=False)]
    for above in Place.objects.above(place).filter(level__in=COMPARED).order_by("-depth"):
        inside = {row.community_id for row in rows if row.community.path.startswith(above.path)}
        places = frozenset(inside.intersection(told))
        level = Level(above.label, places, is_all=len(places) == len(told))
        if is_worth(level, levels):
            levels.append(level)
    return levels


def channel_reach(survey: Survey, households: int) -> list[ChannelReach]:
    """By which way the homes of all communities answered. One query.

    Empty until the survey is sealed: sealing forgets channels that few homes of a community used,
    and the page before and the page after would tell them. What is small is hidden.
    """
    if survey.sealed_at is None:
        return []
    rows = survey.participations.order_by("channel").values_list("channel")
    counted = dict(rows.annotate(homes=Count("pk")))
    hidden = hidden_counts(counted)
    labels = {**dict(Channel.choices), "": _("Not told: few homes of a community")}
    return [
        ChannelReach(str(label), None, None)
        if channel in hidden
        else ChannelReach(str(label), counted[channel], percent(counted[channel], households))
        for channel, label in labels.items()
        if counted.get(channel)
    ]


@dataclass(frozen=True)
class Secrets:
    """Communities whose figures of the headline question would tell what is hidden in its table:
    `shares` those of the share (how many answers are valid), `indexes` those of the index. Those
    that are `left_out` are in no table, so no figure of theirs may be told."""

    shares: frozenset[int]
    indexes: frozenset[int]
    left_out: frozenset[int]


def headline_secrets(slugs: Iterable[str], counties: Sequence[str]) -> dict[str, Secrets]:
    """Slug of a survey → what its published table must not be undone by. `counties`: the paths of
    all counties. One query, and three for each survey.

    Of a survey that is not closed nothing is published, so nothing can be undone.
    """
    surveys = Survey.objects.filter(slug__in=set(slugs), closed_at__isnull=False).defer("questions")
    found = {}
    for survey in surveys.order_by("pk"):
        questionnaire = survey.current_questionnaire()
        definition = questionnaire.compiled() if questionnaire else None
        headline = definition.question(definition.headline) if definition else None
        if headline is None:
            continue
        rows = tallies_of(survey)
        left_out = results.leave_out(rows, counties)
        if headline.type is not Type.LIKERT:
            found[survey.slug] = Secrets(frozenset(), frozenset(), left_out)
            continue
        answers = results.place_answers(rows, left_out)
        hidden = hiding(headline, answers, is_headline=True)
        places = [one.place for one in answers]
        found[survey.slug] = Secrets(
            frozenset(p for p in places if not best_is_told(p, hidden)),
            frozenset(p for p in places if p in hidden.places or hidden.codes(p)),
            left_out,
        )
    return found


def _modes(
    definition: Definition, sums: Sums, told: list[QuestionResult]
) -> tuple[list[ModeResult], Difference | None]:
    """Who entered the answers; nothing where it would tell what the headline's table hides."""
    parts = [part for best, valid in results.sides(sums) for part in (best, valid - best)]
    is_shown = any(one.key == definition.headline and one.scale for one in told)
    if not is_shown or any(0 < part < LEAST for part in parts):
        return [], None
    modes, apart = results.mode_results(definition, sums)
    return (modes, apart) if apart else ([], None)


@dataclass(frozen=True)
class Comparison:
    """`before` is the survey that opened first. `questions` is empty where one of them did not run
    at the place or had too few answers there."""

    before: Survey
    after: Survey
    questions: list[Compared]


def to_compare(survey: Survey, among: SurveyQuerySet) -> list[Survey]:
    """Closed surveys of its kind in `among`, the latest first. One query."""
    others = among.filter(kind=survey.kind, closed_at__isnull=False).exclude(pk=survey.pk)
    return list(others.defer("questions").order_by("-opens_at", "-pk")[:MOST_TO_COMPARE])


def comparison(
    survey: Survey,
    told: list[QuestionResult],
    other: Survey,
    place: Place | None,
    language: str,
    now: datetime,
) -> Comparison:
    """`told` is what is shown of `survey`; of `other` it is what everybody reads. Four queries."""
    beside = public_questions(other, place, language) if are_published(other, now) else []
    if other.opens_at <= survey.opens_at:
        return Comparison(other, survey, compare(beside, told))
    return Comparison(survey, other, compare(told, beside))


def public_questions(survey: Survey, place: Place | None, language: str) -> list[QuestionResult]:
    """The tables of a survey that `are_published`; empty where nothing is told of `place`."""
    rows, questionnaire = tallies_of(survey), survey.current_questionnaire()
    answers = results.place_answers(rows, results.leave_out(rows))
    if questionnaire is None or not any(place is None or place.pk == one.place for one in answers):
        return []
    return question_results(questionnaire.compiled(), answers, place and place.pk, language)
