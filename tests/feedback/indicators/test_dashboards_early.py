"""Dashboards while there is little to show: nothing measured, few answers, a survey still open."""

from datetime import datetime

import pytest

from feedback.indicators.services import rebuild
from feedback.surveys.services import survey_close
from portal.accounts.roles import Role
from portal.common.parts import parts_forget
from portal.demo import factories
from tests.feedback.indicators.conftest import LOCAL, NOW, answers, community_of
from tests.feedback.indicators.test_dashboards import body_of, page

pytestmark = pytest.mark.django_db


def test_an_empty_place_says_what_comes(client, evaluator, neighbourhood):
    body = page(client, evaluator, f"?place={neighbourhood.community.code}").content.decode()
    assert "调查结束" in body


def test_too_few_answers_take_no_rank(wave, answer, city, renovation, client, evaluator):
    """Nine answers of a large place are no figure to rank: the place is listed, without one."""
    survey = wave()
    for key, top, n in (("A", 48, 60), ("B", 36, 40), ("C", 1, 9)):
        answer(survey, city[key], answers(top, n - top))
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    rebuild(None, NOW)
    context = body_of(page(client, evaluator, "?place=140213&indicator=I38"))
    rows = context["ranking"].rows
    assert [row[:3] for row in rows if row[1] == city["C"].label] == [["–", city["C"].label, "–"]]
    assert [row[1] for row in rows if row[0] != "–"] == [city["B"].label, city["A"].label]


@pytest.mark.parametrize("kept", [False, True])
def test_results_of_an_open_wave_stay_hidden_from_the_rated(
    wave, answer, city, client, evaluator, settings, kept
):
    """Also where the evaluator has looked before and the page is kept."""
    settings.KEEP_PARTS = kept
    parts_forget()
    survey = wave(
        opens_at=datetime(2022, 2, 1, tzinfo=LOCAL), closes_at=datetime(2099, 1, 1, tzinfo=LOCAL)
    )
    answer(survey, city["A"], answers(48, 12))
    rebuild(None, NOW)
    path = f"?place={city['A'].code}&year=2022"
    rated = factories.staff("own", Role.COMMUNITY_STAFF, city["A"])
    seen = [page(client, user, path).content.decode() for user in (evaluator, rated)]
    assert ['id="m-I38"' in body for body in seen] == [True, False]
    parts_forget()


def test_six_of_six_answers_take_no_rank(wave, answer, city, neighbourhood, client, evaluator):
    """All of them answered, so there is no interval: to call it the worst would be chance."""
    survey = wave()
    few = community_of(neighbourhood.subdistrict, "PC299", 6)
    for place, top, n in ((city["A"], 48, 60), (city["B"], 36, 40), (few, 2, 6)):
        answer(survey, place, answers(top, n - top))
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    rebuild(None, NOW)
    chart = body_of(page(client, evaluator, "?place=140213&indicator=I38"))["ranking"]
    (row,) = [row for row in chart.rows if row[1] == few.label]
    assert (row[0], row[2]) == ("–", "–")
    assert "不足10" in row[-1]
    assert "不参与排名的：" in chart.summary
