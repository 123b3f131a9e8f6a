"""I17: two supervisors and a visit in every month of the works (domain.md §7)."""

from datetime import date, datetime

import pytest

from feedback.complaints.models import SupervisionVisit, Supervisor
from feedback.indicators.figures.supervision import community_figures
from feedback.indicators.models import Measurement
from feedback.indicators.services import sweep
from portal.demo import factories
from portal.places.models import StaleMark
from tests.feedback.indicators.conftest import LOCAL, community_of

pytestmark = pytest.mark.django_db
TODAY = date(2021, 1, 10)


@pytest.fixture
def works(neighbourhood, clerk):
    """Two communities under works from September on; the first is watched every month."""
    project = factories.RenovationProjectFactory(county=neighbourhood.county, completed_date=None)
    second = community_of(neighbourhood.subdistrict, "PC002", 3)
    for place in (neighbourhood.community, second):
        factories.ProjectCommunityFactory(
            project=project, community=place, start_date=date(2020, 9, 7), completed_date=None
        )
        for _number in range(2):
            Supervisor.objects.create(community=place, name="王建国", from_date=date(2020, 9, 1))
    for month in (9, 10, 11, 12):
        visit(neighbourhood.community, date(2020, month, 15), clerk)
    visit(second, date(2020, 10, 15), clerk)
    return [neighbourhood.community, second]


def visit(place, day, clerk):
    moment = datetime(2021, 1, 1, tzinfo=LOCAL)
    SupervisionVisit.objects.create(
        community=place, visit_date=day, seen="屋面", created_at=moment, created_by=clerk
    )


def shares(figures):
    return [(figure.slot.start, int(figure.numerator), figure.status) for figure in figures]


def test_every_month_of_the_works_needs_a_visit_and_two_supervisors(works):
    figures = community_figures(works, TODAY)
    assert shares(figures[works[0].pk]) == [
        (date(2020, 7, 1), 1, "OK"),
        (date(2020, 10, 1), 1, "PROVISIONAL"),
    ]
    assert [figure[1] for figure in shares(figures[works[1].pk])] == [0, 0]
    inputs = figures[works[1].pk][1].inputs
    assert inputs["visits"] == {"2020-10": 1, "2020-11": 0, "2020-12": 0}


def test_one_supervisor_is_not_enough_and_a_term_that_ended_is_none(works):
    Supervisor.objects.filter(community=works[0]).order_by("pk").first().delete()
    assert [f[1] for f in shares(community_figures(works, TODAY)[works[0].pk])] == [0, 0]
    Supervisor.objects.create(
        community=works[0], name="李梅", from_date=date(2020, 9, 1), to_date=date(2020, 11, 30)
    )
    assert [f[1] for f in shares(community_figures(works, TODAY)[works[0].pk])] == [1, 0]


def test_a_month_that_has_not_ended_and_no_works_are_left_out(works, neighbourhood):
    figures = community_figures([*works, neighbourhood.other], date(2020, 9, 30))
    assert figures == {works[0].pk: [], works[1].pk: []}


def test_the_county_adds_up_its_communities_after_a_visit_is_recorded(works, neighbourhood):
    for place in works:
        StaleMark.objects.create(kind=StaleMark.Kind.PROJECT, place=place)
    sweep(datetime(2021, 1, 10, 12, tzinfo=LOCAL))
    row = Measurement.objects.get(
        place=neighbourhood.county, indicator="I17", period_start=date(2020, 10, 1)
    )
    assert (row.numerator, row.denominator, row.value) == (1, 2, 50)
