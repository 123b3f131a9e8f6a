"""What staff see of a survey: who has been reached, and what was answered, small cells hidden."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from feedback.surveys.models import Invitation, Participation, Survey, SurveyTally
from feedback.surveys.questionnaire import CHOICES, NOT_APPLICABLE, Definition, Question, Type
from feedback.surveys.states import STAFF_CHANNELS, Channel
from feedback.surveys.tallies import Sums
from portal.places.models import Building, Place

#: A cell with fewer answers would point at people.
SMALL = 5
#: Below this nothing is shown of a community but how many answered.
FEW = 10


def percent(part: int, whole: int) -> Decimal | None:
    """`part` of `whole` in percent with one digit, half up; None of nothing."""
    if not whole:
        return None
    share = Decimal(part) * 100 / Decimal(whole)
    return share.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Reach:
    """How far a survey got in a community or a building."""

    place: Place | Building
    households: int
    issued: int
    returned: int

    @property
    def rate(self) -> Decimal | None:
        """Of the households that were given the letter; more than all is said as it is."""
        return percent(self.returned, self.issued)

    @property
    def coverage(self) -> Decimal | None:
        return percent(self.returned, self.households)


def reach_of_communities(survey: Survey, communities: Iterable[Place]) -> list[Reach]:
    """One query, whatever the number of communities; those without a tally have nothing yet."""
    listed = list(communities)
    rows = SurveyTally.objects.filter(survey=survey, community__in=listed)
    tallies = {row.community_id: row for row in rows}
    empty = SurveyTally()
    return [
        Reach(place, row.population, row.issued, row.returned)
        for place in listed
        for row in [tallies.get(place.pk, empty)]
    ]


def reach_of_buildings(survey: Survey, community: Place) -> list[Reach]:
    """Three queries, whatever the number of buildings."""
    day = timezone.localdate(survey.opens_at)
    exists = Q(households__valid_from__lte=day) & (
        Q(households__valid_to=None) | Q(households__valid_to__gt=day)
    )
    buildings = community.buildings.annotate(there_are=Count("households", filter=exists))
    issued = dict(
        Invitation.objects.filter(survey=survey, building__place=community).values_list(
            "building", "households"
        )
    )
    returned = dict(
        Participation.objects.filter(survey=survey, household__building__place=community)
        .values_list("household__building")
        .annotate(households=Count("pk"))
        .order_by("household__building")
    )
    return [
        Reach(b, b.there_are, issued.get(b.pk, 0), returned.get(b.pk, 0))
        for b in buildings.order_by("name", "pk")
    ]


@dataclass(frozen=True)
class Cell:
    label: str
    count: int | None
    share: Decimal | None

    @property
    def is_hidden(self) -> bool:
        return self.count is None


@dataclass(frozen=True)
class QuestionResult:
    key: str
    label: str
    answered: int
    cells: list[Cell] = field(default_factory=list)


def add_sums(rows: Iterable[SurveyTally]) -> Sums:
    """The sums of several communities, of those only where enough have answered."""
    total = Sums()
    for row in rows:
        total.open_answers += row.open_answers
        if row.released < FEW:
            continue
        total.released += row.released
        total.valid += row.valid
        _add_into(total.counts, row.counts)
        for channel, counts in row.by_mode.items():
            _add_into(total.by_mode.setdefault(channel, {}), counts)
        for key, counts in row.questions.items():
            _add_into(total.questions.setdefault(key, {}), counts)
    return total


def _add_into(total: dict[str, int], more: dict[str, int]) -> None:
    for code, count in more.items():
        total[code] = total.get(code, 0) + count


def question_results(definition: Definition, sums: Sums) -> list[QuestionResult]:
    """Every question with options, in the order it was asked."""
    language = get_language() or "zh-hans"
    shown = [q for q in definition.asked() if q.type in CHOICES | {Type.RANK}]
    return [_result(question, sums.questions.get(question.key, {}), language) for question in shown]


def _result(question: Question, counts: dict[str, int], language: str) -> QuestionResult:
    answered = counts.get("#", 0)
    numbers = [counts.get(code, 0) for code in question.codes]
    hidden = hidden_cells(numbers)
    cells = [
        Cell(
            option.text.label(language),
            None if index in hidden else number,
            None if index in hidden else percent(number, answered),
        )
        for index, (option, number) in enumerate(zip(question.options, numbers, strict=True))
    ]
    return QuestionResult(question.key, question.text.label(language), answered, cells)


def hidden_cells(numbers: list[int]) -> set[int]:
    """Indexes of cells to hide: those from 1 to 4, and where that is one only, the next smallest,
    so that it can't be subtracted back. Nothing answered is no secret."""
    small = {i for i, number in enumerate(numbers) if 0 < number < SMALL}
    if len(small) == 1:
        rest = [i for i, number in enumerate(numbers) if number >= SMALL]
        if rest:
            small.add(min(rest, key=lambda i: (numbers[i], i)))
    return small


@dataclass(frozen=True)
class ModeResult:
    """How satisfied those are who answered one way; entered by staff or not makes a difference."""

    label: str
    valid: int
    satisfied: Decimal | None


def mode_results(definition: Definition, sums: Sums) -> list[ModeResult]:
    """Share of the two best steps of the headline, for residents' own and for staff's entries.

    Empty where the headline has no scale. A side with fewer than ten answers shows no share.
    """
    headline = definition.question(definition.headline)
    if headline is None or headline.type is not Type.LIKERT:
        return []
    sides = {_("Entered by residents"): [Channel.SELF], _("Entered by staff"): STAFF_CHANNELS}
    rows = []
    for label, channels in sides.items():
        counts: dict[str, int] = {}
        for channel in channels:
            _add_into(counts, sums.by_mode.get(channel, {}))
        valid = sum(number for code, number in counts.items() if code != NOT_APPLICABLE)
        best = counts.get("5", 0) + counts.get("4", 0)
        rows.append(ModeResult(label, valid, percent(best, valid) if valid >= FEW else None))
    return rows
