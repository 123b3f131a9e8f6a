"""A resident answers on a phone, with script and without."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from feedback.surveys import services
from feedback.surveys.models import Participation, Response, Survey
from feedback.surveys.services import CONSENT_VERSION
from feedback.surveys.states import Standing
from portal.intake import receipts
from portal.intake.limits import failure_add, place_scope
from portal.places.codes import format_code, household_code
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW, Submit

KEY = "0" * 31 + "7"
#: What a survey with names asks first.
AGREED = {"consent": CONSENT_VERSION}


@pytest.fixture(autouse=True)
def during_the_survey():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def resident() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def url(survey: Survey, neighbourhood: Neighbourhood) -> str:
    return reverse("surveys:answer", args=[survey.slug, neighbourhood.community.code])


@pytest.fixture
def code(neighbourhood: Neighbourhood) -> str:
    return household_code(neighbourhood.households[0])


def fields(answers: dict[str, Any]) -> dict[str, Any]:
    return {f"q-{key}": value for key, value in answers.items()}


def hidden(html: str) -> dict[str, Any]:
    """The hidden fields of the page, as a browser without script would send them."""
    found: dict[str, Any] = {}
    for tag in re.findall(r'<input type="hidden"[^>]*>', html):
        name, value = (re.search(f'{a}="([^"]*)"', tag) for a in ("name", "value"))
        if name and value:
            found.setdefault(name.group(1), []).append(value.group(1))
    return found


def page(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return str(response.content.decode())


def test_the_whole_way_without_script(resident: Client, url: str, code: str):
    typed = format_code(code).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    start = page(resident.get(url))
    assert "匿名填写" in start and "cookie" not in resident.cookies
    first = page(resident.post(url, {"move": "start", "code": typed}))
    assert "第1步，共2步" in first and "q-B1" in first and "q-B21" not in first
    second = page(resident.post(url, {**hidden(first), "move": "next", "q-B1": "4", "q-B19": "3"}))
    assert "第2步，共2步" in second and Response.objects.count() == 0
    back = page(resident.post(url, {**hidden(second), "move": "back", "q-B21": "BETTER"}))
    assert re.search(r'name="q-B1" value="4" checked', back)
    again = page(resident.post(url, {**hidden(back), "move": "next", "q-B1": "5", "q-B19": "3"}))
    assert re.search(r'name="q-B21" value="BETTER" checked', again)
    review = page(
        resident.post(
            url, {**hidden(again), "move": "next", "q-B21": "BETTER", "q-B22": ["C10", "C22"]}
        )
    )
    assert "非常满意" in review and "屋面漏雨、环境脏乱" in review
    assert Response.objects.count() == 0
    done = page(resident.post(url, hidden(review)))
    assert "您的答卷已计入统计" in done
    assert Response.objects.get().answers == {
        "B1": "5", "B19": "3", "B21": "BETTER", "B22": ["C10", "C22"]
    }  # fmt: skip
    once_more = page(resident.post(url, hidden(review)))
    assert "您的答卷已计入统计" in once_more and Response.objects.count() == 1


def test_a_step_that_is_wrong_keeps_what_was_answered(resident: Client, url: str, code: str):
    sent = {"move": "next", "step": "0", "code": code, "q-B18": "2"}
    html = page(resident.post(url, sent))
    assert "请回答这道题" in html
    assert re.search(r'name="q-B18" value="2" checked', html)


def test_with_script_everything_comes_at_once_and_the_first_post_commits(
    resident: Client, url: str, code: str
):
    whole = page(resident.post(url, {"move": "start", "code": code, "script": "1"}))
    assert "data-survey-steps" in whole and "q-B1" in whole and "q-B21" in whole
    response = resident.post(
        url,
        {**hidden(whole), **fields(CORE), "intake_key": KEY},
        headers={"X-Intake": "script"},
    )
    assert response.headers["X-Intake"] == "stored"
    assert receipts.receipt(KEY) in page(response)


def test_going_on_extends_the_same_answer(resident: Client, url: str, code: str):
    sent = {"move": "commit", "code": code, **fields(CORE), "intake_key": KEY}
    done = page(resident.post(url, sent))
    rest = page(resident.post(url, {**hidden(done), "move": "start"}))
    assert "第1步，共8步" in rest
    all_steps = page(resident.post(url, {**hidden(done), "move": "start", "script": "1"}))
    finished = resident.post(
        url, {**hidden(all_steps), "q-B2": "5", "q-B25": "好", "intake_key": "f" * 32}
    )
    assert receipts.receipt(KEY) in page(finished)
    assert Response.objects.get().answers == {**CORE, "B2": "5", "B25": "好"}


def test_a_second_answer_of_the_home_is_told_so_kindly(
    resident: Client,
    url: str,
    code: str,
    submit: Submit,
    survey: Survey,
    neighbourhood: Neighbourhood,
):
    submit(neighbourhood.households[0])
    assert "您家已经答过了" in page(resident.post(url, {"move": "start", "code": code}))
    again = page(resident.post(url, {"move": "start", "code": code}))
    assert f'data-kept-of="{survey.slug}"' in again  # what this phone sent is found without typing
    sent = {"move": "commit", "code": code, **fields(CORE), "intake_key": KEY}
    assert "您家已经答过了" in page(resident.post(url, sent))
    assert Response.objects.count() == 1


def test_the_same_key_with_other_answers_shows_both(resident: Client, url: str, code: str):
    sent = {"move": "commit", "code": code, **fields(CORE), "intake_key": KEY}
    resident.post(url, sent)
    response = resident.post(url, {**sent, "q-B1": "1"})
    html = page(response, 409)
    assert receipts.receipt(KEY) in html and "非常不满意" in html
    assert response.headers["X-Intake"] == "conflict"
    assert Response.objects.get().answers["B1"] == "4"


@pytest.mark.parametrize("wrong", ["1234", "", "0000 0000 0000 0000", "九"])
def test_a_wrong_code_is_told_at_the_box_and_kept(resident: Client, url: str, wrong: str):
    html = page(resident.post(url, {"move": "start", "code": wrong}))
    assert 'aria-invalid="true"' in html and f'value="{wrong}"' in html
    assert 'id="code-error"' in html and "code-help code-error" in html


def test_guessing_from_many_addresses_is_stopped_for_the_place(
    resident: Client, url: str, code: str, neighbourhood: Neighbourhood
):
    for _ in range(200):
        failure_add("code", place_scope(neighbourhood.community.code))
    assert "输错次数过多" in page(resident.post(url, {"move": "start", "code": code}))


def test_too_many_wrong_codes_are_stopped(resident: Client, url: str, code: str):
    for _ in range(20):
        resident.post(url, {"move": "start", "code": "1234"})
    assert "输错次数过多" in page(resident.post(url, {"move": "start", "code": code}))


def test_a_code_of_a_neighbour_community_leads_to_its_own(
    resident: Client, survey: Survey, neighbourhood: Neighbourhood, code: str
):
    county = reverse("surveys:answer", args=[survey.slug, neighbourhood.county.code])
    sent = {"move": "commit", "code": code, **fields(CORE), "intake_key": KEY}
    page(resident.post(county, sent))
    assert Response.objects.get().community == neighbourhood.community


def test_the_qr_page_brings_the_code_and_the_promise_is_still_shown(
    resident: Client, url: str, code: str
):
    html = page(resident.post(url, {"code": code}))
    assert hidden(html)["code"] == [code] and "匿名填写" in html


def test_without_a_code_where_that_is_allowed(resident: Client, url: str, survey: Survey):
    Survey.objects.filter(pk=survey.pk).update(open_answers=True)
    sent = {"move": "commit", "code": "", **fields(CORE), "intake_key": KEY}
    assert "您的答卷已收到" in page(resident.post(url, sent))
    assert Response.objects.get().standing == Standing.OPEN


@pytest.mark.parametrize(("after", "text"), [(-2, "还没有开始"), (11, "已经结束")])
def test_outside_its_time_a_survey_says_so(
    resident: Client, url: str, code: str, after: int, text: str
):
    with time_machine.travel(NOW + timedelta(days=after), tick=False):
        assert text in page(resident.get(url))
        sent = {"move": "commit", "code": code, **fields(CORE), "intake_key": KEY}
        assert text in page(resident.post(url, sent))
    assert not Response.objects.exists()


def test_a_named_survey_says_so_first_and_links_the_home(
    resident: Client, named_survey: Survey, neighbourhood: Neighbourhood, code: str
):
    url = reverse("surveys:answer", args=[named_survey.slug, neighbourhood.community.code])
    assert "本调查为实名调查" in page(resident.get(url))
    html = page(resident.post(url, {"move": "start", "code": code, "script": "1", **AGREED}))
    assert "1号楼 1单元" in html
    sent = {
        "move": "commit",
        **AGREED,
        "code": code,
        "q-A8": "AGREE",
        "q-A1": "别处",
        "intake_key": KEY,
    }
    page(resident.post(url, sent))
    assert Participation.objects.get().response == Response.objects.get()
    assert Response.objects.get().answers == {"A1": "1号楼 1单元", "A8": "AGREE"}


def test_branching_without_script_asks_only_those_concerned(
    resident: Client, named_survey: Survey, neighbourhood: Neighbourhood, code: str
):
    url = reverse("surveys:answer", args=[named_survey.slug, neighbourhood.community.code])
    for answer, asked in (("CONDITIONAL", True), ("AGREE", False)):
        step = {"move": "next", "step": "2", "code": code, "q-A8": answer, **AGREED}
        assert ("q-A9" in page(resident.post(url, step))) is asked


def test_a_ranking_offers_first_what_was_ticked(
    resident: Client, named_survey: Survey, neighbourhood: Neighbourhood, code: str
):
    url = reverse("surveys:answer", args=[named_survey.slug, neighbourhood.community.code])
    sent = {"move": "next", "step": "4", "code": code, "q-A8": "AGREE", "q-A10": ["ROOF", "GAS"]}
    html = page(resident.post(url, {**sent, **AGREED}))
    group = html.split('<optgroup label="您前面勾选的">')[1].split("</optgroup>")[0]
    assert re.findall(r'option value="(\w+)"', group) == ["ROOF", "GAS"]


def test_a_foreign_site_cannot_answer_for_a_resident(resident: Client, url: str, code: str):
    sent = {"move": "commit", "code": code, **fields(CORE), "intake_key": KEY}
    assert resident.post(url, sent, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert not Response.objects.exists()


def test_nothing_of_it_is_cached_or_remembered(resident: Client, url: str, code: str):
    response = resident.post(url, {"move": "start", "code": code})
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


@pytest.mark.parametrize("part", ["9", "x", "-1", "99999999999999999999"])
def test_odd_fields_do_no_harm(resident: Client, url: str, code: str, part: str):
    for move in ("start", "next", "back", "commit", "sing"):
        response = resident.post(url, {"move": move, "code": code, "part": part, "step": part})
        assert response.status_code == 200


def test_a_receipt_says_counted_and_never_what(resident: Client, submit: Submit, neighbourhood):
    receipt = submit(neighbourhood.households[0]).receipt
    html = page(resident.post(reverse("surveys:receipt"), {"receipt": f" {receipt.lower()} "}))
    assert "这份答卷已计入统计" in html
    assert "有所改善" not in html and "B21" not in html


def test_an_unknown_receipt_is_told_at_the_box(resident: Client, survey: Survey):
    html = page(resident.post(reverse("surveys:receipt"), {"receipt": "AAAA-BBBB-CCCC-DDDD"}))
    assert "没有找到这个回执号对应的答卷" in html


def test_answering_anew_starts_blank_and_replaces(
    resident: Client, url: str, submit: Submit, neighbourhood: Neighbourhood
):
    receipt = submit(neighbourhood.households[0]).receipt
    first = page(resident.post(url, {"move": "start", "replaces": receipt}))
    assert "checked" not in first and hidden(first)["replaces"] == [receipt]
    sent = {**hidden(first), "move": "commit", "q-B1": "1", "intake_key": KEY}
    assert receipt in page(resident.post(url, sent))
    assert Response.objects.get().answers == {"B1": "1"}


def test_withdrawing_asks_first_and_deletes(resident: Client, submit: Submit, neighbourhood):
    receipt = submit(neighbourhood.households[0]).receipt
    sent = {"receipt": receipt, "action": "withdraw"}
    asked = page(resident.post(reverse("surveys:receipt"), sent))
    assert Response.objects.count() == 1
    assert "您的答卷已删除" in page(resident.post(reverse("surveys:receipt"), hidden(asked)))
    assert Response.objects.count() == 0 and Participation.objects.count() == 1


def test_the_sealed_list_gives_the_root(
    resident: Client, survey: Survey, submit: Submit, neighbourhood: Neighbourhood
):
    for home in neighbourhood.households[:5]:
        submit(home)
    assert resident.get(reverse("surveys:leaves", args=[survey.slug])).status_code == 404
    services.survey_close(survey=survey, now=NOW)
    root = services.survey_seal(survey=survey, now=NOW)
    assert root in page(resident.get(reverse("surveys:sealed", args=[survey.slug])))
    response = resident.get(reverse("surveys:leaves", args=[survey.slug]))
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.startswith("# DEMONSTRATION DATA 演示数据")
    assert root in text and len(re.findall(r"^[0-9a-f]{64},[0-9a-f]{64}$", text, re.M)) == 5
