"""Staff write, enter and follow surveys, each in their own places."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback.surveys import services
from feedback.surveys.models import Invitation, Participation, Response, Survey, SurveyPlace
from feedback.surveys.permissions import SurveyPolicy
from notices.services import publications_due
from portal.accounts.models import User
from portal.demo import factories
from portal.places.codes import household_code
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import NOW, Submit


@pytest.fixture(autouse=True)
def during_the_survey():
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def staff_url(name: str, survey: Survey, *args: Any) -> str:
    return reverse(f"surveys_staff:{name}", args=[survey.pk, *args])


# --- who may see what ---


@pytest.mark.parametrize(
    ("who", "detail", "entry", "result"),
    [
        ("clerk", 200, 200, 403),
        ("reviewer", 200, 200, 403),
        ("evaluator", 200, 403, 200),
        ("approver", 200, 403, 403),
        ("administrator", 200, 200, 403),
        ("outsider", 404, 404, 404),
    ],
)
def test_screens_of_a_running_survey_by_role(
    request: pytest.FixtureRequest, survey: Survey, who: str, detail: int, entry: int, result: int
):
    client = signed_in(request.getfixturevalue(who))
    for name, status in (("detail", detail), ("entry", entry), ("results", result)):
        assert client.get(staff_url(name, survey)).status_code == status, name


def test_after_the_end_staff_of_the_place_see_results_too(survey: Survey, clerk: User):
    services.survey_close(survey=survey, now=NOW)
    assert signed_in(clerk).get(staff_url("results", survey)).status_code == 200


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("clerk", set()),
        ("reviewer", {"view", "change", "publish"}),
        ("evaluator", {"view", "change", "publish"}),
        ("approver", set()),
        ("outsider", set()),
    ],
)
def test_who_may_write_a_survey(
    request: pytest.FixtureRequest, survey: Survey, who: str, allowed: set[str]
):
    user, policy = request.getfixturevalue(who), SurveyPolicy()
    words = ("view", "change", "publish", "delete", "unpublish")
    assert {w for w in words if policy.user_has_permission_for_instance(user, w, survey)} == allowed


def test_a_survey_that_runs_elsewhere_too_is_not_ours_to_change(
    survey: Survey, neighbourhood: Neighbourhood, reviewer: User, evaluator: User
):
    SurveyPlace.objects.create(survey=survey, place=neighbourhood.other_county)
    policy = SurveyPolicy()
    assert not policy.user_has_permission_for_instance(reviewer, "change", survey)
    assert policy.user_has_permission_for_instance(evaluator, "change", survey)
    assert list(policy.instances_user_has_permission_for(reviewer, "change")) == []
    assert list(policy.instances_user_has_permission_for(evaluator, "change")) == [survey]


def test_a_closed_survey_is_not_changed(survey: Survey, evaluator: User):
    services.survey_close(survey=survey, now=NOW)
    survey.refresh_from_db()
    assert not SurveyPolicy().user_has_permission_for_instance(evaluator, "change", survey)


def test_the_list_shows_what_runs_in_ones_places(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User, outsider: User
):
    url = reverse("surveys_staff:list")
    assert survey.title in signed_in(clerk).get(url).content.decode()
    assert survey.title not in signed_in(outsider).get(url).content.decode()


def test_lists_ask_the_database_as_often_for_many_as_for_few(
    survey: Survey, neighbourhood: Neighbourhood, evaluator: User
):
    client = signed_in(evaluator)
    urls = [
        reverse("surveys_staff:list"),
        staff_url("detail", survey),
        staff_url("community", survey, "PC001"),
        staff_url("results", survey),
    ]
    few = [_queries(client, url) for url in urls]
    for n in range(30):
        place = factories.place("COMMUNITY", neighbourhood.subdistrict, code=f"X{n}", name=f"第{n}")
        factories.BuildingFactory(place=place)
        factories.BuildingFactory(place=neighbourhood.community, name=f"B{n}")
        if n < 5:
            factories.published_survey("SATISFACTION", neighbourhood.county, now=NOW, slug=f"s{n}")
    services.tallies_sweep(now=NOW)
    assert [_queries(client, url) for url in urls] == few


def _queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


# --- paper ---


def entry_of(household: Any, **boxes: str) -> dict[str, str]:
    typed = {f"q-{key}": text for key, text in {"B18": "4", "B19": "4", **boxes}.items()}
    return {"code": household_code(household), "channel": "PHONE", "key": "0" * 32, **typed}


def test_a_clerk_types_in_what_is_said_on_the_telephone(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User
):
    client, home = signed_in(clerk), neighbourhood.households[0]
    sheet = entry_of(home, B1="４", B21="2", B22="1、3 12", B25="电梯")
    response = client.post(staff_url("entry", survey), sheet)
    assert "已保存并计入统计" in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    stored = Response.objects.get()
    assert stored.answers == {
        "B1": "4",
        "B18": "4",
        "B19": "4",
        "B21": "BETTER",
        "B22": ["C10", "C12", "OTHER"],
        "B25": "电梯",
    }
    assert stored.channel == Participation.objects.get().channel == "PHONE"
    client.post(staff_url("entry", survey), sheet)
    assert Response.objects.count() == 1


@pytest.mark.parametrize(
    ("boxes", "text"),
    [
        ({"B1": "7"}, "没有编号为 7 的选项"),
        ({"B21": "1 2"}, "此题只能填一个答案"),
        ({"code": "1234"}, "住户码无效"),
    ],
)
def test_a_mistake_is_told_at_the_box_and_the_sheet_is_kept(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User, boxes: dict[str, str], text: str
):
    sheet = entry_of(neighbourhood.households[0], B1="4", B25="电梯")
    sheet |= {(k if k == "code" else f"q-{k}"): v for k, v in boxes.items()}
    html = signed_in(clerk).post(staff_url("entry", survey), sheet).content.decode()
    assert text in html and "电梯" in html
    assert not Response.objects.exists()


def test_a_home_that_answered_is_not_entered_again(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User, submit: Submit
):
    home = neighbourhood.households[0]
    submit(home)
    response = signed_in(clerk).post(staff_url("entry", survey), entry_of(home, B1="1"))
    assert "这一户已有答卷" in response.content.decode()
    assert Response.objects.count() == 1


def test_a_home_of_another_place_is_refused(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User
):
    neighbour = factories.place("COMMUNITY", neighbourhood.subdistrict, code="PC002", name="南苑")
    building = factories.BuildingFactory(place=neighbour)
    home = factories.HouseholdFactory(building=building)
    response = signed_in(clerk).post(staff_url("entry", survey), entry_of(home, B1="4"))
    assert "不在您负责的范围内" in response.content.decode()
    assert not Response.objects.exists()


def test_a_clerk_says_how_many_letters_were_given_out(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User, evaluator: User
):
    url = staff_url("community", survey, "PC001")
    building = neighbourhood.building
    signed_in(clerk).post(url, {"building": building.pk, "households": "10"})
    assert Invitation.objects.get().households == 10
    refused = signed_in(evaluator).post(url, {"building": building.pk, "households": "1"})
    assert refused.status_code == 403
    signed_in(clerk).post(url, {"building": building.pk, "households": "11111111111111111111"})
    assert Invitation.objects.get().households == 10


# --- results ---


def test_results_hide_small_cells_and_move_in_steps(
    survey: Survey, neighbourhood: Neighbourhood, evaluator: User, submit: Submit
):
    client = signed_in(evaluator)
    for n, home in enumerate(neighbourhood.households[:9]):
        submit(home, {"B1": "5" if n < 7 else "1"})
    services.tallies_sweep(now=NOW)
    assert "回收不足10份，暂不显示" in client.get(staff_url("results", survey)).content.decode()
    submit(neighbourhood.households[9], {"B1": "1"})
    services.tallies_sweep(now=NOW)
    html = client.get(staff_url("results", survey)).content.decode()
    assert "10份答卷" in html and "少于5份，不显示" in html


# --- writing ---

ADD = "wagtailsnippets_surveys_survey:add"
EDIT = "wagtailsnippets_surveys_survey:edit"


def form_data(place: Any, **changed: Any) -> dict[str, Any]:
    """What the editor posts for a survey of one question."""
    option = "questions-0-value-options"
    data = {
        "title_zh": "停车调查",
        "slug": "parking",
        "kind": "OTHER",
        "naming": "ANONYMOUS",
        "opens_at": "2026-03-10 08:00",
        "closes_at": "2026-03-20 18:00",
        "entry_days": "3",
        "minutes": "1",
        "headline": "Q1",
        "questions-count": "1",
        "questions-0-type": "single",
        "questions-0-order": "0",
        "questions-0-deleted": "",
        "questions-0-id": "",
        "questions-0-value-key": "",
        "questions-0-value-text_zh": "车位够不够",
        "questions-0-value-text_en": "",
        "questions-0-value-help_zh": "",
        "questions-0-value-help_en": "",
        "questions-0-value-show_if-count": "0",
        f"{option}-count": "2",
        "survey_places-TOTAL_FORMS": "1",
        "survey_places-INITIAL_FORMS": "0",
        "survey_places-0-place": str(place.pk),
        "survey_places-0-id": "",
    }
    for n, text in enumerate(("够", "不够")):
        data |= {f"{option}-{n}-order": str(n), f"{option}-{n}-deleted": ""}
        data |= {f"{option}-{n}-value-text_zh": text, f"{option}-{n}-value-code": ""}
        data |= {f"{option}-{n}-value-text_en": ""}
    return {**data, **changed}


def test_a_reviewer_writes_and_publishes_a_survey(neighbourhood: Neighbourhood, reviewer: User):
    client = signed_in(reviewer)
    data = form_data(neighbourhood.county, **{"action-publish": "action-publish"})
    response = client.post(reverse(ADD), data)
    assert response.status_code == 302, response.context["form"].errors
    survey = Survey.objects.get(slug="parking")
    assert survey.live and list(survey.places.all()) == [neighbourhood.county]
    question = survey.questionnaires.get().compiled().asked()[0]
    assert question.key == "Q1" and question.codes == ("1", "2")


def test_a_draft_freezes_nothing_and_is_not_open(neighbourhood: Neighbourhood, reviewer: User):
    signed_in(reviewer).post(reverse(ADD), form_data(neighbourhood.county))
    survey = Survey.objects.get(slug="parking")
    assert not survey.live and not survey.questionnaires.exists()


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"headline": "Q9"}, "核心题 Q9"),
        ({"closes_at": "2026-03-09 18:00"}, "截止时间必须晚于开始时间"),
        ({"survey_places-TOTAL_FORMS": "0"}, "至少"),
        ({"questions-0-value-options-count": "1"}, "2"),
    ],
)
def test_what_can_not_be_asked_is_refused_with_everything_kept(
    neighbourhood: Neighbourhood, reviewer: User, changed: dict[str, str], text: str
):
    data = form_data(neighbourhood.county, **{"action-publish": "action-publish"}, **changed)
    response = signed_in(reviewer).post(reverse(ADD), data)
    html = response.content.decode()
    assert response.status_code == 200 and "停车调查" in html
    # Errors of the questions travel to the editor's script as JSON.
    assert text in html or json.dumps(text)[1:-1] in html.replace("&quot;", '"')
    assert not Survey.objects.exists()


def test_nobody_runs_a_survey_outside_their_places(neighbourhood: Neighbourhood, reviewer: User):
    data = form_data(neighbourhood.other_county, **{"action-publish": "action-publish"})
    response = signed_in(reviewer).post(reverse(ADD), data)
    assert "无权开展调查" in response.content.decode()
    assert not Survey.objects.exists()


def test_samples_fill_the_editor(neighbourhood: Neighbourhood, reviewer: User):
    html = signed_in(reviewer).get(reverse(ADD) + "?sample=SATISFACTION").content.decode()
    assert json.dumps("您对本次改造总体是否满意")[1:-1] in html.replace("&quot;", '"')


@pytest.mark.parametrize(("who", "status"), [("reviewer", 200), ("clerk", 403), ("outsider", 404)])
def test_the_editor_by_role(request: pytest.FixtureRequest, survey: Survey, who: str, status: int):
    client = signed_in(request.getfixturevalue(who))
    response = client.get(reverse(EDIT, args=[survey.pk]))
    assert response.status_code == status
    if status == 200:
        html = response.content.decode()
        assert "action-publish" in html and "action-unpublish" not in html


def test_a_published_survey_can_not_be_taken_down(survey: Survey, reviewer: User):
    url = reverse("wagtailsnippets_surveys_survey:unpublish", args=[survey.pk])
    assert signed_in(reviewer).post(url).status_code == 403
    survey.refresh_from_db()
    assert survey.live


def test_the_preview_shows_the_questions_as_residents_will_see_them(survey: Survey):
    response = survey.make_preview_request()
    assert response.status_code == 200
    html = response.content.decode()
    assert "您对本次改造总体是否满意" in html and "B25" in html


def test_a_scheduled_survey_goes_live_in_its_time(neighbourhood: Neighbourhood):
    survey = services.survey_create(
        sample="SATISFACTION",
        slug="later",
        places=[neighbourhood.county],
        opens_at=NOW,
        closes_at=NOW + timedelta(days=9),
        go_live_at=NOW + timedelta(hours=2),
    )
    services.survey_publish(survey=survey)
    assert publications_due(now=NOW).published == 0
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        assert publications_due(now=NOW + timedelta(hours=3)).published == 1
    survey.refresh_from_db()
    assert survey.live and survey.questionnaires.count() == 1
