"""What is flagged, what the evaluator said of it, and what therefore does not count."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from feedback.surveys.models import FlagReview, Response, Survey
from feedback.surveys.reach_states import Flag, Verdict
from feedback.surveys.states import Standing
from portal.places.models import Place


@dataclass(frozen=True)
class Flagged:
    """The answers of a community that carry one flag, and what was said of them."""

    community: Place
    flag: Flag
    answers: int
    review: FlagReview | None


@dataclass(frozen=True)
class FlagSum:
    """For the method box: a flag in several communities together."""

    flag: Flag
    answers: int
    kept: int
    voided: int

    @property
    def open(self) -> int:
        return self.answers - self.kept - self.voided


def flagged(survey: Survey, communities: Iterable[Place]) -> list[Flagged]:
    """In the order of the communities. Two queries, whatever their number."""
    listed = list(communities)
    rows = (
        Response.objects.filter(survey=survey, community__in=listed)
        .exclude(flags="")
        .values_list("community", "flags")
        .annotate(answers=Count("pk"))
        .order_by("community", "flags")
    )
    counts: Counter[tuple[int, str]] = Counter()
    for community, flags, answers in rows:
        counts.update({(community, flag): answers for flag in flags.split()})
    reviews = {
        (row.community_id, row.flag): row
        for row in FlagReview.objects.filter(survey=survey, community__in=listed).select_related(
            "by"
        )
    }
    return [
        Flagged(place, flag, counts[place.pk, flag], reviews.get((place.pk, flag)))
        for place in listed
        for flag in Flag
        if counts[place.pk, flag]
    ]


def flag_sums(survey: Survey, communities: Iterable[Place]) -> list[FlagSum]:
    """Flags that occur, with how many answers were kept and voided. Two queries."""
    rows = flagged(survey, communities)
    sums = []
    for flag in Flag:
        mine = [row for row in rows if row.flag == flag]
        by_verdict: Counter[str] = Counter()
        for row in mine:
            by_verdict[row.review.verdict if row.review else ""] += row.answers
        if mine:
            kept, voided = by_verdict[Verdict.KEPT], by_verdict[Verdict.VOIDED]
            sums.append(FlagSum(flag, sum(by_verdict.values()), kept, voided))
    return sums


def without_voided(
    rows: QuerySet[Response], survey: Survey, communities: Iterable[int]
) -> QuerySet[Response]:
    """`rows` without those that carry a flag the evaluator voided in their community (by key)."""
    voided = FlagReview.objects.filter(
        survey=survey, community__in=communities, verdict=Verdict.VOIDED
    ).order_by("community", "flag")
    for community, flag in voided.values_list("community", "flag"):
        rows = rows.exclude(community=community, flags__contains=flag)
    return rows


def voided_review(response: Response) -> FlagReview | None:
    """Why an answer does not count, where it does not."""
    if not response.flags:
        return None
    return (
        FlagReview.objects.filter(
            survey=response.survey_id,
            community=response.community_id,
            verdict=Verdict.VOIDED,
            flag__in=response.flags.split(),
        )
        .order_by("flag")
        .first()
    )


def counted_receipts(survey: Survey, part: str) -> set[str]:
    """Receipt hashes that begin with `part` whose answers count."""
    rows = Response.objects.filter(
        survey=survey, standing=Standing.COUNTED, receipt_hash__startswith=part
    )
    for review in FlagReview.objects.filter(survey=survey, verdict=Verdict.VOIDED).order_by("pk"):
        rows = rows.exclude(community=review.community_id, flags__contains=review.flag)
    return set(rows.values_list("receipt_hash", flat=True))
