"""What must hold whatever the data: through the database, with drawn cases of a fixed seed."""

from collections import defaultdict
from datetime import date, datetime
from random import Random

import pytest

from feedback.indicators import queries
from feedback.indicators.models import Measurement
from feedback.indicators.services import rebuild
from feedback.indicators.services.measuring import MARKED, marked_measure
from feedback.indicators.suppression import SMALL
from feedback.surveys.services import survey_close
from feedback.surveys.services.rebuilding import tallies_sweep
from portal.places.models import Place, StaleMark
from tests.feedback.indicators.conftest import LOCAL, NOW, answers, community_of

pytestmark = pytest.mark.django_db
SAID = ("status", "value", "low", "high", "n", "population", "inputs_hash")
SLOT = ("indicator", "variant", "wave", "period_start", "period_end")


def contents():
    """(place path, project, slot) → what the figure that holds says. Of revisions there may be more
    or fewer, as a figure may have been final before all of it was there."""
    rows = (
        Measurement.objects.filter(is_latest=True)
        .order_by("pk")
        .values_list("place__path", "project", *SLOT, *SAID)
    )
    width = 2 + len(SLOT)
    return {row[:width]: row[width:] for row in rows}


@pytest.fixture
def everything(city, wave, answer, complaints, renovation):
    survey = wave()
    for key, top, n in (("A", 48, 60), ("B", 36, 40), ("C", 42, 60), ("D", 48, 60)):
        answer(survey, city[key], answers(top, n - top))
        complaints(city[key], date(2022, 1, 1), 3)
    rebuild(None, NOW)
    return survey


@pytest.mark.parametrize("seed", range(3))
def test_a_new_community_changes_only_what_is_above_it(
    seed, everything, neighbourhood, answer, complaints
):
    drawn = Random(seed)  # noqa: S311
    parent = drawn.choice([neighbourhood.subdistrict, neighbourhood.other.get_parent()])
    before = contents()
    new = community_of(parent, "NEW01", drawn.randint(5, 60))
    households = new.buildings.first().households.count()
    given = drawn.randint(1, households)
    top = drawn.randint(0, given)
    answer(everything, new, answers(top, given - top))
    complaints(new, date(2022, 1, 1), drawn.randint(1, 9))
    rebuild(None, NOW)
    after = contents()
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    paths = {key[0] for key in changed}
    assert new.path in paths
    assert parent.get_parent().path in paths
    assert all(path and new.path.startswith(path) for path in paths)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_recalculation_does_not_matter(seed, everything):
    right = contents()
    Measurement.objects.all().delete()
    marks = [
        StaleMark(kind=kind, object_id=key, place=place)
        for place in Place.objects.all()
        for kind, key in (
            *((kind, 0) for kind in MARKED if kind != "COMPLAINTS" or place.is_community),
            *([("SURVEY", everything.pk)] if place.is_community else []),
        )
        if kind != "ROLLUP"
    ]
    marks += [
        StaleMark(kind="ROLLUP", object_id=group, place=place)
        for place in Place.objects.all()
        for group in (1, 2, 3, 4, 5)
    ]
    drawn = Random(seed)  # noqa: S311
    drawn.shuffle(marks)
    StaleMark.objects.bulk_create(marks)
    steps = 0
    while left := sorted(set(StaleMark.objects.values_list("place", flat=True))):
        if drawn.random() < 0.3:
            tallies_sweep(now=NOW, limit=2)
        # Any place, whatever lies below it still waits: the roll-ups are marked again.
        marked_measure([drawn.choice(left)], now=NOW)
        steps += 1
        assert steps < 2000, "it does not come to an end"
        if not StaleMark.objects.filter(kind__in=MARKED).exists():
            while tallies_sweep(now=NOW, limit=50):
                pass
    assert contents() == right


@pytest.mark.parametrize("seed", range(4))
def test_no_hidden_figure_can_be_subtracted_back(seed, neighbourhood, wave, answer, complaints):
    """Over the published tables: a county says how many answered, so do its communities."""
    drawn = Random(seed)  # noqa: S311
    places = [
        community_of(neighbourhood.subdistrict, f"PS{n:03d}", drawn.randint(60, 90))
        for n in range(drawn.randint(2, 6))
    ]
    survey = wave()
    for place in places:
        given = drawn.choice([0, 3, 7, 9, 12, 35, 45])
        top = drawn.randint(0, given)
        answer(survey, place, answers(top, given - top))
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    rebuild(None, NOW)
    truth = {
        (row.place_id, row.indicator): row
        for row in Measurement.objects.filter(is_latest=True, variant="main", wave=survey.slug)
    }
    below = [*places, neighbourhood.community]
    shown = queries.public_table([neighbourhood.county, *below], ("I38", "I39"))
    figures = defaultdict(dict)
    for pk, found in shown.items():
        for figure in found:
            figures[figure.code][pk] = figure
    hid = 0
    for code, by_place in figures.items():
        county = by_place.get(neighbourhood.county.pk)
        cells = [by_place[place.pk] for place in below if place.pk in by_place]
        hidden = [
            cell for cell in cells if cell.value is None and truth[cell_key(cell, by_place, code)].n
        ]
        hid += len(hidden)
        if county is None or county.value is None or not hidden:
            continue
        behind = sum(truth[cell_key(cell, by_place, code)].n for cell in hidden)
        assert len(hidden) > 1, "one hidden figure is the rest of the county's"
        assert behind >= SMALL, "so few people are the rest of the county's"
        told = [cell for cell in hidden if cell.n is None]
        assert (
            len(told) != 1
            or any(cell.n is None for cell in cells if cell not in told)
            or (county.n is None)
        ), "the number of answers of one alone is the rest of the county's"
    assert hid or all(
        row.n >= 30 for row in truth.values() if row.place_id in {p.pk for p in places}
    )


def cell_key(cell, by_place, code):
    return next((pk, code) for pk, figure in by_place.items() if figure is cell)
