"""Results of a closed survey as everybody reads them."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback.surveys import services
from feedback.surveys.models import Survey, SurveyTally
from feedback.surveys.published import channel_reach, public_results, tallies_of
from portal.accounts.models import User
from portal.demo import factories
from portal.pages.models import CommunityPage
from portal.pages.services import pages_ensure
from portal.places.models import Place
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import NOW, Submit
from tests.feedback.surveys.test_staff import signed_in, staff_url


@pytest.fixture(autouse=True)
def during_the_survey():
    with time_machine.travel(NOW, tick=False):
        yield


def url(survey: Survey, place: str = "", language: str = "") -> str:
    path = reverse("surveys:results", args=[survey.slug])
    return f"{language}{path}" + (f"?place={place}" if place else "")


def close(survey: Survey) -> None:
    services.survey_close(survey=survey, now=NOW)
    services.tallies_sweep(now=NOW)
    survey.refresh_from_db()


@pytest.fixture
def closed(survey: Survey, neighbourhood: Neighbourhood, submit: Submit) -> Survey:
    for n, home in enumerate(neighbourhood.households):
        submit(home, {"B1": "5" if n < 7 else "4", "B18": "0", "B19": "3"})
    close(survey)
    return survey


def tally(survey: Survey, place: Place, counts: dict[str, int]) -> None:
    """As if so many homes had answered B1."""
    n = sum(counts.values())
    figures = {"population": 2 * n, "returned": n, "released": n, "counts": counts, "valid": n}
    questions = {"B1": {**counts, "#": n}}
    SurveyTally.objects.update_or_create(
        survey=survey, community=place, defaults={**figures, "questions": questions}
    )


@pytest.fixture
def three(survey: Survey, neighbourhood: Neighbourhood) -> list[Place]:
    """Three communities; three homes of the first are very dissatisfied."""
    close(survey)
    places = [neighbourhood.community]
    for n in (1, 2):
        places.append(
            factories.place("COMMUNITY", neighbourhood.subdistrict, code=f"X{n}", name=f"第{n}里")
        )
    tally(survey, places[0], {"5": 20, "4": 30, "1": 3})
    tally(survey, places[1], {"5": 40, "4": 50, "1": 30})
    tally(survey, places[2], {"5": 60, "4": 70, "1": 40})
    return places


# --- when ---


def test_while_a_survey_runs_there_are_no_results(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit, client: Client
):
    for home in neighbourhood.households:
        submit(home, {"B1": "5"})
    services.tallies_sweep(now=NOW)
    page = client.get(url(survey))
    assert page.status_code == 404 and "还没有结果" in page.content.decode()
    assert "非常满意" not in page.content.decode()


def test_until_the_last_answers_are_counted_there_are_none(survey: Survey, client: Client):
    services.survey_close(survey=survey, now=NOW)
    page = client.get(url(survey))
    assert page.status_code == 404 and "正在统计" in page.content.decode()


def test_unknown_surveys_and_places_are_not_found(closed: Survey, client: Client):
    assert client.get(url(closed, "NOWHERE")).status_code == 404
    assert client.get(url(closed).replace(closed.slug, "no-such")).status_code == 404


# --- what ---


def test_the_page_says_n_households_rate_period_and_method(closed: Survey, client: Client):
    html = client.get(url(closed)).content.decode()
    assert "12 / 12 (100.0 %)" in html
    for said in ("没有抽样", "本次调查不能说明什么", "匿名", "2026年3月"):
        assert said in html, said
    assert "100.0%的家庭选了“非常满意”或“满意”" in html
    assert '<rect class="survey-bar__part" width="58.3"' in html


def test_the_page_is_there_in_english_and_by_community(
    closed: Survey, neighbourhood: Neighbourhood, client: Client
):
    html = client.get(url(closed, neighbourhood.community.code, "/en")).content.decode()
    assert "100.0 % chose “Very satisfied” or “Satisfied” (95 % interval" in html
    assert "What this survey cannot say" in html


def test_a_community_of_few_answers_shows_its_response_only(
    three: list[Place], survey: Survey, client: Client
):
    tally(survey, three[1], {"5": 6, "1": 3})
    html = client.get(url(survey, three[1].code)).content.decode()
    assert "9 / 18 (50.0 %)" in html and "survey-result" not in html.replace("survey-results", "")
    assert "回收不足10份" in html and "同县（区）另有小区" not in html


def test_all_together_counts_communities_of_few_apart(
    three: list[Place], survey: Survey, client: Client
):
    tally(survey, three[1], {"5": 6, "1": 3})
    html = client.get(url(survey)).content.decode()
    # The next smallest goes with it: the county's figure less the others would tell the nine.
    assert "这样的小区有2个" in html
    beside = client.get(url(survey, three[0].code)).content.decode()
    assert "survey-result__title" not in beside and "同县（区）另有小区" in beside
    assert "survey-result__title" in client.get(url(survey, three[2].code)).content.decode()


# --- what is hidden ---


def shown(survey: Survey, place: Place | None) -> dict[str, int | None]:
    questionnaire = survey.current_questionnaire()
    assert questionnaire is not None
    told = public_results(survey, questionnaire, tallies_of(survey), place, "en")
    first = next(one.result for one in told.questions if one.result.key == "B1")
    return {cell.code: cell.count for cell in first.cells}


def test_nothing_hidden_follows_from_all_public_pages_together(three: list[Place], survey: Survey):
    pages = [shown(survey, place) for place in (None, *three)]
    assert pages[1]["1"] is None
    # In every row and column with something hidden there is more than one such number.
    for page in pages:
        assert sum(count is None for count in page.values()) != 1
    for code in ("5", "4", "3", "2", "1", "0"):
        assert sum(page[code] is None for page in pages) != 1


def test_staff_of_one_community_see_the_same_cells_as_everybody(
    three: list[Place], survey: Survey, clerk: User, client: Client
):
    """Hidden over one community alone, other cells would be chosen: together they tell."""
    questionnaire = survey.current_questionnaire()
    assert questionnaire is not None
    page = signed_in(clerk).get(staff_url("results", survey), {"place": three[0].code})
    mine = next(q for q in page.context["questions"] if q.key == "B1")
    assert {cell.code: cell.count for cell in mine.cells} == shown(survey, three[0])


def test_who_entered_the_answers_is_not_told_where_few_were_dissatisfied(
    closed: Survey, client: Client
):
    row = SurveyTally.objects.get(survey=closed, released__gt=0)
    row.by_mode = {"SELF": {"5": 20, "1": 2}, "PAPER": {"5": 20, "1": 20}}
    row.save()
    assert "谁录入" not in client.get(url(closed)).content.decode()
    row.by_mode = {"SELF": {"5": 20, "1": 20}, "PAPER": {"5": 30, "1": 10}}
    row.save()
    assert "居民自填" in client.get(url(closed)).content.decode()


# --- how ---


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_the_page_asks_the_database_as_often_for_many(
    three: list[Place], survey: Survey, neighbourhood: Neighbourhood, client: Client
):
    few = queries(client, url(survey))
    for n in range(10):
        place = factories.place("COMMUNITY", neighbourhood.subdistrict, code=f"Y{n}", name=f"里{n}")
        tally(survey, place, {"5": 20, "4": 30, "1": 10})
    assert queries(client, url(survey)) == few <= 12
    assert queries(client, url(survey, three[0].code)) <= few


def test_the_page_is_kept(closed: Survey, client: Client, settings: Any):
    settings.PAGE_CACHE_SECONDS = 60
    client.get(url(closed))
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url(closed)).status_code == 200
    assert len(captured) == 0


def test_pages_lead_to_the_results(closed: Survey, neighbourhood: Neighbourhood, client: Client):
    pages_ensure()
    page = CommunityPage.objects.get(place=neighbourhood.community)
    here = f'href="{url(closed, neighbourhood.community.code)}"'
    answer = reverse("surveys:answer", args=[closed.slug, neighbourhood.community.code])
    assert here in client.get(answer).content.decode()
    assert here in client.get(page.get_url()).content.decode()
    services.survey_seal(survey=closed, now=NOW)
    sealed = client.get(reverse("surveys:sealed", args=[closed.slug])).content.decode()
    assert f'href="{url(closed)}"' in sealed


def test_letters_are_spoken_of_as_far_as_they_are_recorded(
    closed: Survey, neighbourhood: Neighbourhood, client: Client
):
    html = client.get(url(closed)).content.decode()
    assert "没有抽样" in html and "发放份数没有记录" in html and "每户都收到" not in html
    SurveyTally.objects.filter(community=neighbourhood.community).update(issued=7)
    closed.refresh_from_db()
    told = public_results(
        closed, closed.current_questionnaire(), tallies_of(closed), None, "zh-hans"
    )
    assert told.issued == 7 and told.issued < told.households


def test_the_ways_homes_answered_are_told_once_sealed_and_small_ones_hidden(
    closed: Survey, neighbourhood: Neighbourhood, client: Client
):
    assert channel_reach(closed, 100) == []
    services.survey_seal(survey=closed, now=NOW)
    closed.refresh_from_db()
    assert [(c.homes, str(c.rate)) for c in channel_reach(closed, 100)] == [(12, "12.0")]
    homes = list(neighbourhood.households[:6])
    closed.participations.filter(household__in=homes[:3]).update(channel="PHONE")
    # Three by telephone would follow from the sum of all, were nothing hidden beside them.
    assert [c.homes for c in channel_reach(closed, 100)] == [None, None]
