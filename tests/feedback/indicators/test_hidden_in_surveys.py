"""What the results of a survey hide does not follow from the figures that stand beside them."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.indicators.hidden import hidden_of
from feedback.indicators.models import Measurement
from feedback.indicators.queries import public_figures
from feedback.indicators.services import rebuild
from feedback.indicators.survey_secrets import survey_secrets
from feedback.surveys.models import Survey
from feedback.surveys.published import public_results, tallies_of
from feedback.surveys.services import survey_close
from portal.places.models import Place
from tests.feedback.indicators.conftest import LOCAL, NOW
from tests.portal.common.test_hiding import reduced

pytestmark = pytest.mark.django_db
CODES = "54321"
#: Homes by steps 5 to 1 of B1. In `few` only two homes, of A, are at step 1.
FEW = {
    "A": (30, 20, 8, 6, 2),
    "B": (25, 9, 0, 6, 0),
    "C": (60, 50, 20, 14, 6),
    "D": (40, 8, 5, 6, 9),
}
BEST = {
    "A": (40, 3, 8, 6, 9),
    "B": (25, 9, 7, 6, 8),
    "C": (60, 50, 20, 14, 6),
    "D": (40, 8, 5, 6, 9),
}
MANY = {
    "A": (30, 20, 8, 6, 2),
    "B": (25, 9, 6, 3, 1),
    "C": (60, 50, 20, 3, 6),
    "D": (40, 8, 1, 2, 9),
}
Spot = tuple[int, str]
Equation = dict[Spot, Fraction]


@pytest.fixture
def surveyed(wave, answer, city):
    """`surveyed({"A": answers, …})`: a survey of these communities, closed, with its figures."""

    def do(given, **fields):
        survey = wave(**fields)
        for key, rows in given.items():
            answer(survey, city[key], rows)
        survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
        rebuild(None, NOW)
        return survey

    return do


def told(survey: Survey, place: Place | None) -> dict[str, int | None]:
    """Code of B1 → what the results page says; None where it says nothing."""
    asked = survey.current_questionnaire()
    assert asked is not None
    results = public_results(survey, asked, tallies_of(survey), place, "zh-hans")
    headline = [one.result for one in results.questions if one.result.key == "B1"]
    return {cell.code: cell.count for cell in headline[0].cells} if headline else {}


def figure(place: Place, code: str) -> Decimal | None:
    return next((f.value for f in public_figures(place) if f.code == code), None)


def known(survey: Survey, city: dict[str, Place], above: list[Place]) -> list[Equation]:
    """All a reader can write down of the cells of B1, the right sides left out."""
    one = Fraction(1)
    places = list(city.values())
    found: list[Equation] = []
    for place in places:
        found += [{(place.pk, c): one} for c, n in told(survey, place).items() if n is not None]
        found.append({(place.pk, c): one for c in CODES})
        if figure(place, "I38") is not None:
            found.append({(place.pk, c): one for c in "54"})
        if figure(place, "I39") is not None:
            found.append({(place.pk, c): Fraction(c) for c in CODES})
    for code, number in told(survey, None).items():
        if number is not None:
            found.append({(place.pk, code): one for place in places})
    for parent in above:
        parts = [place for place in places if place.path.startswith(parent.path)]
        tallies = {row.community_id: row for row in tallies_of(survey)}
        weights = {
            part.pk: Fraction(tallies[part.pk].population, tallies[part.pk].valid) for part in parts
        }
        if figure(parent, "I38") is not None:
            found.append({(p.pk, c): weights[p.pk] for p in parts for c in "54"})
        if figure(parent, "I39") is not None:
            found.append({(p.pk, c): weights[p.pk] * int(c) for p in parts for c in CODES})
    return found


@pytest.mark.parametrize("given", [FEW, BEST, MANY], ids=["few", "best", "many"])
def test_no_hidden_number_can_be_reckoned_from_the_figures(
    given, surveyed, city, renovation, neighbourhood
):
    survey = surveyed(
        {
            key: [
                {"B1": code, "B18": "0", "B19": "3", "B21": "BETTER"}
                for code, number in zip(CODES, numbers, strict=True)
                for _n in range(number)
            ]
            for key, numbers in given.items()
        }
    )
    hidden = [
        (place.pk, code)
        for place in city.values()
        for code, number in told(survey, place).items()
        if number is None and code in CODES
    ]
    assert hidden
    above = [neighbourhood.county, neighbourhood.other_county, neighbourhood.city]
    equations = known(survey, city, above)
    columns = [(place.pk, code) for place in city.values() for code in CODES]
    solved = reduced([[row.get(spot, Fraction(0)) for spot in columns] for row in equations])
    certain = {columns[row.index(1)] for row in solved if sum(1 for x in row if x) == 1}
    assert not certain & set(hidden)


def test_the_share_of_a_place_with_hidden_steps_is_told_and_its_index_is_not(
    surveyed, city, renovation
):
    rows = [{"B1": "5", "B18": "0", "B19": "3"}] * 40 + [{"B1": "1", "B18": "0", "B19": "3"}] * 3
    rows += [{"B1": "2", "B18": "0", "B19": "3"}] * 20
    surveyed({"A": rows, "B": [{"B1": "4", "B18": "0", "B19": "3"}] * 40})
    assert figure(city["A"], "I38") == Decimal("63.49")
    assert figure(city["A"], "I39") is None


def test_a_few_who_say_it_does_not_apply_hide_no_share(surveyed, city, neighbourhood):
    """Else one community of a city would hide the share of all."""
    rows = [{"B1": "5", "B18": "0", "B19": "3"}] * 40 + [{"B1": "2", "B18": "0"}] * 20
    none = [{"B1": "0", "B18": "0"}] * 2
    survey = surveyed({"A": rows + none, "B": rows, "C": rows * 2, "D": rows})
    assert told(survey, city["A"])["0"] == 2
    for place in (*city.values(), neighbourhood.county, neighbourhood.city):
        assert figure(place, "I38") == Decimal("66.67")


def steps(best: int, others: int) -> list[dict[str, str]]:
    return [{"B1": "5", "B18": "0"}] * best + [{"B1": "2", "B18": "0"}] * others


def test_a_community_of_few_alone_in_its_county_does_not_follow_from_the_county(
    surveyed, city, neighbourhood
):
    """With every other community told, the county's figure less theirs tells the last one to a
    fraction of a point. So the next smallest is left out beside it, here as there; the county and
    the city stay told."""
    survey = surveyed(
        {"A": steps(60, 20), "B": steps(3, 4), "C": steps(100, 30), "D": steps(40, 20)}
    )
    for key in ("A", "B"):
        assert told(survey, city[key]) == {} and figure(city[key], "I38") is None
    for place in (city["C"], city["D"], neighbourhood.county, neighbourhood.city):
        assert figure(place, "I38") is not None
    asked = survey.current_questionnaire()
    together = public_results(survey, asked, tallies_of(survey), None, "zh-hans")
    # Nobody answered in two more.
    assert together.few == 4 and together.answers == 130 + 60


def test_what_is_left_over_in_a_county_is_of_two_or_more_with_ten_answers(
    surveyed, city, neighbourhood
):
    survey = surveyed({"A": steps(160, 60), "B": steps(3, 4), "C": steps(2, 1), "D": steps(40, 20)})
    for key in ("B", "C"):
        assert told(survey, city[key]) == {} and figure(city[key], "I38") is None
    for place in (city["A"], city["D"], neighbourhood.county, neighbourhood.city):
        assert figure(place, "I38") is not None


def test_another_survey_costs_three_queries_more(surveyed, city):
    """The paths of the counties are read once, whatever the number of surveys."""
    given = {"A": steps(60, 20), "B": steps(3, 4), "C": steps(100, 30), "D": steps(40, 20)}
    asked = []
    for number in range(3):
        surveyed(given, slug=f"wave-{number}")
        rows = list(
            Measurement.objects.latest_revisions().filter(indicator="I38").select_related("place")
        )
        with CaptureQueriesContext(connection) as queries:
            secrets = survey_secrets(rows)
        assert len(secrets.of_waves) == number + 1
        assert secrets.of_waves["wave-0"].left_out == {city["A"].pk, city["B"].pk}
        asked.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            hidden_of(rows)
        assert len(queries) == asked[-1] + 5
    assert asked == [6, 9, 12]
