"""Staff of the rated places know who took part: of what few answered they learn no more from the
figures than everybody. Who evaluates or exports sees it (§6.1.6)."""

from datetime import datetime

import pytest

from feedback.indicators.services import rebuild
from feedback.surveys.services import survey_close
from portal.accounts.roles import Role
from portal.demo import factories
from tests.feedback.indicators.conftest import LOCAL, NOW, answers, latest

pytestmark = pytest.mark.django_db


@pytest.fixture
def few(wave, answer, city, renovation):
    """Seven of nine in C are satisfied; of the others, whose sums are public, 10 in B are not."""
    survey = wave()
    for key, top, n in (("A", 48, 60), ("B", 30, 40), ("C", 7, 9)):
        answer(survey, city[key], answers(top, n - top))
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    rebuild(None, NOW)
    return city


def pages(client, place):
    row = latest("I38", place)
    for address in (
        f"measurements/{row.pk}/",
        f"?place={place.code}&year=2021",
        f"dashboard/?place={place.code}&year=2021",
        f"score/?place={place.code}&year=2021",
    ):
        response = client.get(f"/staff/figures/{address}")
        assert response.status_code == 200
        yield response.content.decode()


@pytest.mark.parametrize("role", [Role.COMMUNITY_STAFF, Role.PROJECT_UNIT])
def test_what_few_answered_is_not_told_to_the_rated(few, client, role):
    client.force_login(factories.staff("rated", role, few["C"]))
    for page in pages(client, few["C"]):
        assert "77.78" not in page
        assert "7 ÷ 9" not in page


def test_an_evaluator_sees_it(few, client, evaluator):
    client.force_login(evaluator)
    page, *others = pages(client, few["C"])
    assert "7 ÷ 9 × 100 = 77.78" in page
    assert all("77.78" in other for other in others)


def test_it_cannot_be_subtracted_by_who_sees_the_county(few, client, neighbourhood):
    """B, the next smallest, is hidden with it; the county and the others are told."""
    client.force_login(factories.staff("rated", Role.PROJECT_UNIT, neighbourhood.county))
    compared = client.get("/staff/figures/?place=140213&indicator=I38&year=2021").context
    told = {one.row.place.code: one.value for one in compared["part_lines"]}
    assert told[few["C"].code] is None
    assert told[few["B"].code] is None
    assert told[few["A"].code] == 80
    county = latest("I38", neighbourhood.county)
    page = client.get(f"/staff/figures/measurements/{county.pk}/").context
    assert page["strata"] == []
    assert page["line"].value is not None


def test_of_many_answers_staff_see_the_figure_and_not_who_gave_which(few, client):
    client.force_login(factories.staff("rated", Role.COMMUNITY_STAFF, few["A"]))
    found = client.get(f"/staff/figures/measurements/{latest('I38', few['A']).pk}/")
    assert "48 ÷ 60 × 100 = 80.00 %" in found.content.decode()
    index = client.get(f"/staff/figures/measurements/{latest('I39', few['A']).pk}/")
    assert "答卷数" not in [fact.name for fact in index.context["facts"]]
