"""What is hidden of complaints does not follow from all that anyone can read together: the pages'
history, the API, and the public bundle, of the city, its counties and communities."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest

from feedback.indicators import queries
from feedback.indicators.models import Measurement
from feedback.indicators.services import rebuild
from feedback.indicators.suppression import SMALL
from portal.demo import factories
from tests.feedback.indicators.conftest import LOCAL, community_of
from tests.feedback.indicators.test_bundle import NOW, table, unpacked
from tests.portal.common.test_hiding import reduced

pytestmark = pytest.mark.django_db
CODES = ("I32", "I33", "I34")
MONTHS = (date(2021, 3, 1), date(2021, 4, 1))


def draw(drawn, neighbourhood, complaints):
    """Communities by county, with drawn numbers of answered and unanswered complaints."""
    third = factories.place("COUNTY", neighbourhood.city, code="140226", name="左云县")
    towns = {
        neighbourhood.county: neighbourhood.subdistrict,
        neighbourhood.other_county: neighbourhood.other.get_parent(),
        third: factories.place("SUBDISTRICT", third, code="140226100", name="云兴镇"),
    }
    found = {}
    for county, town in towns.items():
        found[county] = []
        for number in range(drawn.randint(1, 3)):
            place = community_of(town, f"{county.code}{number:02d}", 40)
            found[county].append(place)
            for month in MONTHS:
                end = datetime(month.year, month.month, 20, tzinfo=LOCAL)
                said = {"verdict": "SOLVED", "rating": 5, "verdict_at": end}
                not_said = {"unconfirmed_at": end + timedelta(days=7)}
                for fields, counts in ((said, [0, 3, 12, 35]), (not_said, [0, 0, 2, 11])):
                    events = drawn.choice(counts)
                    bad = drawn.randint(0, events)
                    if events - bad:
                        complaints(place, month, events - bad, **fields)
                    if bad and fields is said:
                        complaints(
                            place, month, bad, **{**said, "verdict": "UNSOLVED", "rating": 1}
                        )
                    elif bad:
                        late = datetime(month.year, month.month, 17, tzinfo=LOCAL)
                        complaints(place, month, bad, first_contact_at=late, **fields)
    return found


def readings(client, city, places, folder):
    """(place code, indicator, end of the month, field) → what somebody reads somewhere."""
    read = defaultdict(set)

    def note(code, indicator, end, **numbers):
        for name, number in numbers.items():
            if number not in (None, ""):
                read[code, indicator, str(end), name].add(Fraction(str(number)))

    for place in places:
        for code in CODES:
            for one in queries.public_history(place, code):
                note(
                    place.code, code, one.period_end,
                    n=one.n, population=one.population, value=one.value,
                )  # fmt: skip
    for code in CODES:
        page = client.get("/api/v1/measurements", {"under": city.code, "indicator": code}).json()
        assert page["pages"] == 1
        for one in page["items"]:
            note(
                one["place"], code, one["period_end"],
                n=one["n"], population=one["population"], value=one["value"],
            )  # fmt: skip
    for row in table(folder, "measurements"):
        if row["indicator"] in CODES:
            names = ("n", "population", "numerator", "denominator")
            note(
                row["scope"], row["indicator"], row["period_end"],
                **{name: row[name] for name in names},
            )  # fmt: skip
    return read


@pytest.mark.parametrize("seed", range(8))
def test_nothing_hidden_follows_from_all_that_anyone_reads(
    seed, client, neighbourhood, renovation, complaints, tmp_path
):
    counties = draw(Random(seed), neighbourhood, complaints)  # noqa: S311
    rebuild(None, NOW)
    city = neighbourhood.city
    below = [place for places in counties.values() for place in places]
    parts = {city: below, **counties, **{place: [place] for place in below}}
    read = readings(client, city, parts, unpacked(tmp_path, city, public=True))
    rows = Measurement.objects.latest_revisions().filter(indicator__in=CODES, variant="main")
    truth = {(row.place_id, row.indicator, str(row.period_end)): row for row in rows}
    hid = 0
    for indicator in CODES:
        for end in sorted({key[2] for key in truth}):
            for field in ("n", "population", "numerator"):
                known, hidden = [], []
                for place, inside in parts.items():
                    row = truth.get((place.pk, indicator, end))
                    if row is None:
                        continue
                    number = getattr(row, field)
                    equation = [Fraction(int(one in inside)) for one in below]
                    said = read[place.code, indicator, end, field]
                    if field == "numerator" and read[place.code, indicator, end, "value"]:
                        # A share of a known number tells how many.
                        said = said | {Fraction(row.numerator)}
                    if said:
                        assert said == {Fraction(number)}, (place, indicator, end, field)
                        known.append(equation)
                    elif number:
                        hidden.append((place, row.n, equation))
                    if is_few(row):
                        assert not said, (place, indicator, end, field, said)
                if field == "population":
                    # Nobody said anything in it: cases closed, with an answer or without.
                    continue
                solved = reduced([list(row) for row in known])
                for place, _n, equation in hidden:
                    more = reduced([*(list(row) for row in solved), equation])
                    assert len(more) > len(solved), (place.code, indicator, end, field)
                hid += len(hidden)
    assert hid


def is_few(row):
    return 0 < (row.n or 0) < SMALL
