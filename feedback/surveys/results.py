"""What staff see of a survey: who has been reached, and what was answered, small cells hidden."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.surveys.models import Invitation, Participation, Survey, SurveyTally
from feedback.surveys.questionnaire import NOT_APPLICABLE, Definition, Type
from feedback.surveys.states import STAFF_CHANNELS, Channel
from feedback.surveys.tables import BEST, FEW, Difference, PlaceAnswers, difference, percent
from feedback.surveys.tallies import Sums
from portal.common.suppression import complemented
from portal.places.models import Building, Place


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


def is_told(row: SurveyTally, gone: Container[int] = frozenset()) -> bool:
    """Whether anything is told of what was answered there; `gone` as from `leave_out`."""
    return row.released >= FEW and row.community_id not in gone


def leave_out(rows: Sequence[SurveyTally], counties: Sequence[str] | None = None) -> frozenset[int]:
    """The communities of which nothing may be told for the sake of others; `rows`: of all
    communities of a closed survey, with their places. `counties`: the paths of all counties, where
    they are known; else one query.

    The figure of a county is the sum of its communities. Where all but one are told, or all but
    FEW answers, it tells the rest: so the next smallest are left out, those that the indicators
    leave out, too (feedback.indicators.suppression).
    """
    small = {row.community_id for row in rows if row.valid and row.released < FEW}
    if not small:
        return frozenset()
    if counties is None:
        counties = list(Place.objects.counties().order_by("path").values_list("path", flat=True))
    inside: dict[str, dict[int, int]] = {}
    for row in rows:
        county = next((c for c in counties if row.community.path.startswith(c)), None)
        if county is not None and row.valid:
            inside.setdefault(county, {})[row.community_id] = row.valid
    return frozenset(
        pk for counts in inside.values() for pk in complemented(small & counts.keys(), counts, FEW)
    )


def add_sums(rows: Iterable[SurveyTally], gone: Container[int] = frozenset()) -> Sums:
    """The sums of several communities, of those only where enough have answered."""
    total = Sums()
    for row in rows:
        total.open_answers += row.open_answers
        if not is_told(row, gone):
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


def place_answers(
    rows: Iterable[SurveyTally], gone: Container[int] = frozenset()
) -> list[PlaceAnswers]:
    """Those of the communities where enough have answered."""
    return [
        PlaceAnswers(row.community_id, row.population, row.questions)
        for row in rows
        if is_told(row, gone)
    ]


@dataclass(frozen=True)
class ModeResult:
    """How satisfied those are who answered one way; entered by staff or not makes a difference."""

    label: str
    valid: int
    satisfied: Decimal | None


def mode_results(definition: Definition, sums: Sums) -> tuple[list[ModeResult], Difference | None]:
    """Share of the two best steps of the headline, for residents' own and for staff's entries, and
    how far they are apart (§6.1.1).

    Empty where the headline has no scale. Where one side has fewer than ten answers neither shows a
    share: it would follow from the other and the sum.
    """
    headline = definition.question(definition.headline)
    if headline is None or headline.type is not Type.LIKERT:
        return [], None
    labels, counted = [_("Entered by residents"), _("Entered by staff")], sides(sums)
    is_told = all(valid == 0 or valid >= FEW for _best, valid in counted)
    rows = [
        ModeResult(label, valid, percent(best, valid) if is_told else None)
        for label, (best, valid) in zip(labels, counted, strict=True)
    ]
    own, by_staff = counted
    both = is_told and own[1] and by_staff[1]
    return rows, difference(own, by_staff) if both else None


def sides(sums: Sums) -> list[tuple[int, int]]:
    """(best two steps, valid answers) of the headline: residents' own entries, then staff's."""
    counted = []
    for channels in ([Channel.SELF], STAFF_CHANNELS):
        counts: dict[str, int] = {}
        for channel in channels:
            _add_into(counts, sums.by_mode.get(channel, {}))
        valid = sum(number for code, number in counts.items() if code != NOT_APPLICABLE)
        counted.append((sum(counts.get(code, 0) for code in BEST), valid))
    return counted
