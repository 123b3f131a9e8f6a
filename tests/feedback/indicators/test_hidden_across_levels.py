"""A hidden figure does not follow from those of other places, whatever level they are of."""

from datetime import date, datetime
from fractions import Fraction
from random import Random

import pytest

from feedback.indicators import queries
from feedback.indicators.models import Measurement
from feedback.indicators.services import rebuild
from feedback.indicators.suppression import SMALL
from feedback.surveys.services import survey_close
from portal.demo import factories
from tests.feedback.indicators.conftest import LOCAL, NOW, answers, community_of
from tests.portal.common.test_hiding import reduced

pytestmark = pytest.mark.django_db


@pytest.fixture
def counties(neighbourhood):
    """Three counties of the city, and where their communities lie."""
    third = factories.place("COUNTY", neighbourhood.city, code="140226", name="左云县")
    town = factories.place("SUBDISTRICT", third, code="140226100", name="云兴镇")
    return {
        neighbourhood.county: neighbourhood.subdistrict,
        neighbourhood.other_county: neighbourhood.other.get_parent(),
        third: town,
    }


@pytest.fixture
def answered(wave, answer, counties):
    """`answered([[(answers, satisfied), …], …])`: communities of 80 homes, county by county."""

    def do(given):
        survey, made = wave(), {}
        for (county, parent), rows in zip(counties.items(), given, strict=True):
            made[county] = []
            for number, (count, top) in enumerate(rows):
                place = community_of(parent, f"{county.code}{number:02d}", 80)
                answer(survey, place, answers(top, count - top))
                made[county].append(place)
        survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
        rebuild(None, NOW)
        return made

    return do


def told(places, code="I38"):
    """Place pk → the published figure."""
    table = queries.public_table(places, (code,))
    return {pk: found[0] for pk, found in table.items() if found}


def follows(equations, wanted) -> bool:
    known = len(reduced([list(row) for row in equations]))
    return len(reduced([*(list(row) for row in equations), list(wanted)])) == known


@pytest.mark.parametrize("seed", range(6))
def test_nothing_hidden_follows_from_all_that_is_published(seed, neighbourhood, answered):
    drawn = Random(seed)  # noqa: S311
    given = []
    for _county in range(3):
        counts = [drawn.choice([3, 7, 12, 35, 45, 60]) for _n in range(drawn.randint(1, 4))]
        given.append([(count, drawn.randint(0, count)) for count in counts])
    made = answered(given)
    communities = [place for places in made.values() for place in places]
    truth = {
        row.place_id: row
        for row in Measurement.objects.filter(is_latest=True, indicator="I38", variant="main")
    }
    weight = {
        place.pk: Fraction(truth[place.pk].population, truth[place.pk].n) for place in communities
    }

    def sum_of(places):
        inside = {place.pk for place in places}
        return [weight[one.pk] if one.pk in inside else Fraction(0) for one in communities]

    sums = {neighbourhood.city: communities, **made, **{place: [place] for place in communities}}
    shown = told(list(sums))
    published = [
        sum_of(parts) for place, parts in sums.items() if shown[place.pk].value is not None
    ]
    hidden = [place for place in sums if shown[place.pk].value is None]
    for place in hidden:
        assert not published or not follows(published, sum_of(sums[place])), place
    for place, parts in sums.items():
        below = made if place == neighbourhood.city else parts if len(parts) > 1 else []
        untold = [one for one in below if shown[one.pk].value is None]
        if shown[place.pk].value is not None and untold:
            assert sum(truth[one.pk].n for one in untold) >= SMALL, "the sum tells so few"


def test_one_hidden_county_hides_the_next_smallest_and_not_the_city(
    neighbourhood, counties, answered
):
    made = answered([[(60, 48), (50, 30)], [(7, 5)], [(45, 30), (50, 20)]])
    county, small, third = counties
    shown = told([neighbourhood.city, *counties, *made[county], *made[third]])
    assert shown[neighbourhood.city.pk].value is not None
    assert shown[county.pk].value is not None
    assert (shown[small.pk].value, shown[small.pk].n) == (None, None)
    assert (shown[third.pk].value, shown[third.pk].low) == (None, None)
    # Its communities would add up to it.
    assert [shown[one.pk].value is None for one in made[third]] == [True, False]
    assert [shown[one.pk].value is None for one in made[county]] == [False, False]


def test_where_no_other_county_answered_the_city_is_hidden(neighbourhood, counties, answered):
    """Of twelve answers in a county of 80 homes too few for a share, the city's would be theirs."""
    answered([[(12, 9)], [(0, 0)], [(0, 0)]])
    assert told([neighbourhood.city])[neighbourhood.city.pk].value is None


def test_two_hidden_counties_with_enough_answers_hide_each_other(neighbourhood, counties, answered):
    answered([[(60, 48), (40, 30)], [(7, 5)], [(8, 3), (6, 2)]])
    shown = told([neighbourhood.city, *counties])
    assert [shown[one.pk].value is None for one in counties] == [False, True, True]
    assert shown[neighbourhood.city.pk].value is not None


def test_where_every_county_is_told_so_is_the_city(neighbourhood, counties, answered):
    answered([[(60, 48), (40, 30)], [(45, 5)], [(45, 30), (50, 20)]])
    assert all(
        figure.value is not None for figure in told([neighbourhood.city, *counties]).values()
    )


def test_the_number_of_cases_of_one_place_is_not_the_rest_of_the_others(
    neighbourhood, city, complaints, renovation
):
    """A county says how many cases were due, so do its communities; a city and its counties."""
    for key, events in (("A", 40), ("B", 4), ("C", 30), ("D", 4)):
        complaints(city[key], date(2022, 2, 1), events)
    rebuild(None, NOW)
    places = [neighbourhood.city, neighbourhood.county, neighbourhood.other_county, *city.values()]
    shown = told(places, "I32")
    figures = {key: shown[place.pk] for key, place in city.items()}
    assert {key: (one.value is None, one.n) for key, one in figures.items()} == {
        "A": (False, 40),
        "B": (True, None),
        "C": (True, None),
        "D": (True, None),
    }
    # Pingcheng is the only county beside the small one: hidden with it, so that the city is told.
    assert shown[neighbourhood.county.pk].n is None
    assert shown[neighbourhood.other_county.pk].n is None
    assert shown[neighbourhood.city.pk].n == 78
