"""What other packages read of surveys. Numbers of queries do not grow with the places."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from feedback.surveys.models import Survey, SurveyQuerySet, SurveyTally
from feedback.surveys.states import Kind
from portal.places.models import Place


@dataclass(frozen=True)
class SurveyCard:
    slug: str
    title: str
    introduction: str
    url: str
    closes_at: datetime
    minutes: int
    is_named: bool


@dataclass(frozen=True)
class HeadlineTally:
    """The sums of a survey in one community.

    `population`, `occupied`, `issued` and `returned` (households that took part) are up to date.
    The rest is what results may show: while the survey runs it moves on in steps of ten answers.
    `counts`: headline code → answers; `valid` leaves “does not apply” (0) out. `by_mode`: channel →
    the same. `questions`: key → code → answers, "#" being how many answered.
    """

    population: int = 0
    occupied: int = 0
    issued: int = 0
    returned: int = 0
    released: int = 0
    valid: int = 0
    open_answers: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    by_mode: dict[str, dict[str, int]] = field(default_factory=dict)
    questions: dict[str, dict[str, int]] = field(default_factory=dict)


def open_surveys(place: Place, now: datetime) -> list[SurveyCard]:
    """What residents of `place` can answer at `now`, the one that ends first at the top."""
    surveys = Survey.objects.at_or_above(place).answerable(now).order_by("closes_at", "pk")
    return [
        SurveyCard(
            slug=survey.slug,
            title=survey.title,
            introduction=survey.introduction,
            url=reverse("surveys:answer", args=[survey.slug, place.code]),
            closes_at=survey.closes_at,
            minutes=survey.minutes,
            is_named=survey.is_named,
        )
        for survey in surveys.defer("questions")
    ]


@dataclass(frozen=True)
class ClosedSurvey:
    """A survey whose results everybody can read, at `url`."""

    title: str
    url: str
    ended_at: datetime


def closed_surveys(place: Place, limit: int) -> list[ClosedSurvey]:
    """Of `place`, the latest first. One query."""
    surveys = Survey.objects.at_or_above(place).published().filter(closed_at__isnull=False)
    found = surveys.defer("questions").order_by("-closes_at", "-pk")[:limit]
    return [
        ClosedSurvey(
            title=survey.title,
            url=f"{reverse('surveys:results', args=[survey.slug])}?place={place.code}",
            ended_at=survey.closes_at,
        )
        for survey in found
    ]


def surveys_asked(places: QuerySet[Place], now: datetime) -> list[tuple[str, str]]:
    """(slug, title) of what was asked in any of the communities `places`, the latest first."""
    asked = Survey.objects.published().reaching(places).filter(opens_at__lte=now)
    return [(survey.slug, survey.title) for survey in asked.order_by("-opens_at", "-pk")]


def surveys_of_kind(kind: Kind | str, place: Place) -> SurveyQuerySet:
    """Published surveys of `kind` that run at `place` or somewhere below it, latest first."""
    found = Survey.objects.published().touching(place).filter(kind=kind)
    return found.order_by("-opens_at", "-pk")


def tally(survey: Survey, community: Place) -> HeadlineTally:
    """The sums of one community; all zero where nothing has been counted yet."""
    row = SurveyTally.objects.filter(survey=survey, community=community).first()
    return _headline(row) if row else HeadlineTally()


def tallies(survey: Survey, place: Place) -> dict[int, HeadlineTally]:
    """Community pk → sums, for every tallied community under `place`. One query."""
    rows = SurveyTally.objects.filter(survey=survey, community__path__startswith=place.path)
    return {row.community_id: _headline(row) for row in rows.order_by("community__path")}


def _headline(row: SurveyTally) -> HeadlineTally:
    names = HeadlineTally.__dataclass_fields__
    return HeadlineTally(**{name: getattr(row, name) for name in names})


def next_boundary(place: Place, now: datetime) -> datetime | None:
    """When the next survey opens or ends at `place`: until then its page may stay as it is."""
    surveys = Survey.objects.at_or_above(place).running().filter(closes_at__gt=now)
    moments: Iterable[datetime] = (
        moment
        for pair in surveys.values_list("opens_at", "closes_at")
        for moment in pair
        if moment > now
    )
    return min(moments, default=None)
