"""What residents wrote is public only after the evaluator read it, without personal data."""

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback.surveys import services
from feedback.surveys.models import FlagReview, Response, Survey, TextReview
from portal.accounts.models import User
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW, Submit
from tests.feedback.surveys.test_staff import signed_in, staff_url

WORDS = "楼道灯修好了，谢谢3号楼2单元501的老王，电话13800138000"


@pytest.fixture(autouse=True)
def during_the_survey():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def sealed(survey: Survey, neighbourhood: Neighbourhood, submit: Submit) -> Survey:
    for n, home in enumerate(neighbourhood.households):
        submit(home, {**CORE, "B25": WORDS} if n == 0 else CORE)
    services.survey_close(survey=survey, now=NOW)
    services.survey_seal(survey=survey, now=NOW)
    services.tallies_sweep(now=NOW)
    survey.refresh_from_db()
    return survey


def written(survey: Survey) -> Response:
    return Response.objects.get(survey=survey, answers__has_key="B25")


def public_page(survey: Survey) -> str:
    return Client().get(reverse("surveys:results", args=[survey.slug])).content.decode()


def review(survey: Survey, user: User, *, is_public: bool = True, reason: str = "") -> TextReview:
    return services.text_review(
        response=written(survey), key="B25", is_public=is_public, reason=reason, user=user, now=NOW
    )


def test_nothing_is_public_before_somebody_read_it(sealed: Survey):
    assert "楼道灯" not in public_page(sealed)


def test_a_published_text_is_on_the_public_page_without_personal_data(
    sealed: Survey, evaluator: User
):
    page = signed_in(evaluator).get(staff_url("texts", sealed), {"question": "B25"})
    html = page.content.decode()
    assert "楼道灯修好了" in html and "13800138000" not in html and "501" not in html
    sent = signed_in(evaluator).post(
        staff_url("texts", sealed) + "?question=B25",
        {"answer": written(sealed).pk, "key": "B25", "verdict": "publish", "also": "谢谢"},
    )
    assert sent.status_code == 302
    html = public_page(sealed)
    assert "楼道灯修好了" in html and "谢谢" not in html
    assert "13800138000" not in html and "501" not in html and "老王" not in html


def test_withholding_needs_a_reason_and_keeps_what_was_typed(sealed: Survey, evaluator: User):
    data = {"answer": written(sealed).pk, "key": "B25", "verdict": "withhold", "also": "灯"}
    page = signed_in(evaluator).post(staff_url("texts", sealed) + "?question=B25", data)
    assert page.status_code == 422
    assert "请写明理由" in page.content.decode() and 'value="灯"' in page.content.decode()
    sent = signed_in(evaluator).post(
        staff_url("texts", sealed) + "?question=B25", {**data, "reason": "辱骂"}
    )
    assert sent.status_code == 302
    assert TextReview.objects.get().text == "" and "楼道灯" not in public_page(sealed)


def test_a_text_can_be_taken_back(sealed: Survey, evaluator: User):
    review(sealed, evaluator)
    assert "楼道灯" in public_page(sealed)
    review(sealed, evaluator, is_public=False, reason="本人要求")
    assert "楼道灯" not in public_page(sealed)


def test_the_text_of_an_answer_that_was_voided_is_not_public(
    sealed: Survey, neighbourhood: Neighbourhood, evaluator: User
):
    review(sealed, evaluator)
    Response.objects.filter(pk=written(sealed).pk).update(flags="DEVICE")
    FlagReview.objects.create(
        survey=sealed,
        community=neighbourhood.community,
        flag="DEVICE",
        verdict="VOIDED",
        reason="代填",
        by=evaluator,
        reviewed_at=NOW,
    )
    assert "楼道灯" not in public_page(sealed)


def test_before_sealing_no_text_is_read(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit, evaluator: User
):
    submit(neighbourhood.households[0], {**CORE, "B25": WORDS})
    services.survey_close(survey=survey, now=NOW)
    url = staff_url("texts", survey)
    html = signed_in(evaluator).get(url, {"question": "B25"}).content.decode()
    assert "楼道灯" not in html
    # There are some; they are only not looked at yet.
    assert "没有这样的文字意见" not in html
    with pytest.raises(ValidationError):
        review(survey, evaluator)


def test_only_words_are_published(sealed: Survey, evaluator: User):
    with pytest.raises(ValidationError):
        services.text_review(
            response=written(sealed), key="B1", is_public=True, reason="", user=evaluator, now=NOW
        )


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("evaluator", 200),
        ("clerk", 403),
        ("reviewer", 403),
        ("approver", 403),
        ("administrator", 403),
        ("outsider", 404),
    ],
)
def test_only_the_evaluator_reads_and_publishes(
    request: pytest.FixtureRequest, sealed: Survey, who: str, status: int
):
    user = request.getfixturevalue(who)
    client, data = signed_in(user), {"answer": written(sealed).pk, "key": "B25"}
    assert client.get(staff_url("texts", sealed)).status_code == status
    client.post(staff_url("texts", sealed), {**data, "verdict": "publish"})
    assert TextReview.objects.exists() is (status == 200)
    if status != 200:
        with pytest.raises(PermissionDenied):
            review(sealed, user)


def test_bad_input_is_no_error_of_the_server(sealed: Survey, evaluator: User):
    client, url = signed_in(evaluator), staff_url("texts", sealed)
    assert client.post(url, {"answer": "x"}).status_code == 404
    assert client.post(url, {"answer": written(sealed).pk, "key": "B25"}).status_code == 422
    assert client.get(url, {"question": "nothing", "p": "z"}).status_code == 200


def test_the_list_asks_the_database_as_often_for_many(sealed: Survey, evaluator: User):
    client, url = signed_in(evaluator), staff_url("texts", sealed)

    def queries() -> int:
        client.get(url, {"question": "B25"})
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url, {"question": "B25"}).status_code == 200
        return len(captured)

    few = queries()
    for row in Response.objects.filter(survey=sealed):
        row.answers["B25"] = "很好"
        row.save()
    assert queries() == few
