"""Where a survey begins, XLSForm on the staff screens, trying out, and photos as answers."""

import io
import json
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from PIL import Image

from feedback.surveys import services
from feedback.surveys.editor import SurveyForm
from feedback.surveys.models import Participation, Response, Survey
from feedback.surveys.photo_files import photo_path
from feedback.surveys.questionnaire import QuestionnaireError
from feedback.surveys.services.photo_expiry import photos_expire
from portal.accounts.models import User
from portal.demo import factories
from portal.intake.receipts import new_key
from portal.intake.storage import private_storage
from portal.places.codes import household_code
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW, Submit
from tests.feedback.surveys.test_staff import signed_in
from tests.feedback.surveys.xlsforms import CHOICES, FIRST, HEAD, workbook

ADD = "wagtailsnippets_surveys_survey:add"


@pytest.fixture(autouse=True)
def during_the_survey():
    with time_machine.travel(NOW, tick=False):
        yield


def upload(client: Client, *rows: list[Any]) -> Any:
    file = SimpleUploadedFile("form.xlsx", workbook([HEAD, FIRST, *rows], CHOICES))
    return client.post(reverse("surveys_staff:import"), {"file": file})


@pytest.mark.parametrize(
    ("who", "status"),
    [("clerk", 200), ("reviewer", 200), ("evaluator", 200), ("approver", 403), ("outsider", 200)],
)
def test_who_may_begin_a_survey(
    request: pytest.FixtureRequest, survey: Survey, who: str, status: int
):
    client = signed_in(request.getfixturevalue(who))
    for name in ("start", "import"):
        assert client.get(reverse(f"surveys_staff:{name}")).status_code in (status, 302, 403)
        if who != "outsider":
            assert client.get(reverse(f"surveys_staff:{name}")).status_code == status


def test_the_start_offers_samples_and_earlier_surveys(survey: Survey, reviewer: User):
    page = signed_in(reviewer).get(reverse("surveys_staff:start")).content.decode()
    assert "?sample=CHECKLIST" in page and f"?copy={survey.pk}" in page


def test_a_copy_asks_the_same_nowhere_and_never_yet(survey: Survey, reviewer: User):
    copied = services.survey_copy(survey)
    assert copied.pk is None and not copied.slug and copied.opens_at is None
    assert copied.compiled() == survey.compiled()
    start = signed_in(reviewer).get(reverse("surveys_staff:start"))
    assert survey in start.context["earlier"]
    page = signed_in(reviewer).get(reverse(ADD), {"copy": survey.pk})
    assert page.status_code == 200 and survey.title_zh in page.content.decode()


@pytest.mark.parametrize("pk", ["0", "999999", "x", "9" * 30])
def test_a_copy_of_nothing_is_not_an_error_of_ours(reviewer: User, pk: str):
    assert signed_in(reviewer).get(reverse(ADD), {"copy": pk}).status_code in (200, 404)


def test_an_xlsform_is_reported_first_and_then_stands_in_the_editor(survey: Survey, reviewer: User):
    client, before = signed_in(reviewer), Survey.objects.count()
    page = upload(client, ["text", "A", "住哪栋", "", "${H} = today()"], ["text", "B", "意见"])
    report = page.content.decode()
    assert "today" in report and "<td>3</td><td>E</td>" in report
    answer = client.post(reverse("surveys_staff:import"), {"confirm": "1"})
    assert answer.status_code == 302
    written = client.get(answer["Location"]).context["form"].instance
    assert [block.value["text_zh"] for block in written.questions] == ["问", "意见"]
    assert Survey.objects.count() == before


def test_the_same_remark_on_several_rows_is_said_once(survey: Survey, reviewer: User):
    rows = [["text", name, name, "", "${H} = today()"] for name in ("A", "B", "C")]
    page = upload(signed_in(reviewer), *rows)
    said = page.context["issues"]
    assert [(issue.rows, issue.column) for issue in said] == [((3, 4, 5), "E")]
    assert len(page.context["imported"].issues) == 3
    assert "<td>3, 4, 5</td>" in page.content.decode()


def test_a_file_that_is_none_is_told_at_the_box(survey: Survey, reviewer: User):
    client = signed_in(reviewer)
    bad = SimpleUploadedFile("form.xlsx", b"PK\x03\x04nothing")
    page = client.post(reverse("surveys_staff:import"), {"file": bad})
    assert page.status_code == 200 and "无法读取" in page.content.decode()
    assert client.post(reverse("surveys_staff:import"), {}).status_code == 200


def test_the_questions_are_downloaded_as_xlsform(survey: Survey, reviewer: User, clerk: User):
    url = reverse("surveys_staff:export", args=[survey.pk])
    answer = signed_in(reviewer).get(url)
    book = load_workbook(io.BytesIO(answer.content))
    names = [cell.value for cell in book["survey"]["B"]]
    assert {f"B{n}" for n in range(1, 26)} <= set(names)
    assert signed_in(clerk).get(url).status_code == 404


def test_trying_out_stores_nothing_and_says_so(survey: Survey, reviewer: User):
    client, url = signed_in(reviewer), reverse("surveys_staff:try", args=[survey.pk])
    page = client.get(url).content.decode()
    assert "测试：不保存，不计入结果" in page
    sent = {f"q-{key}": value for key, value in CORE.items()}
    for step in range(10):
        page = client.post(url, {**sent, "step": step, "move": "next"}).content.decode()
        if 'name="step"' not in page:
            break
    assert "将会提交的内容" in page
    assert not Response.objects.exists() and not Participation.objects.exists()


def test_the_headline_is_chosen_among_the_questions(survey: Survey, reviewer: User):
    page = signed_in(reviewer).get(reverse(ADD) + "?sample=SATISFACTION").content.decode()
    field = page[page.index('name="headline"') :][:4000]
    assert 'list="headline-questions"' in field
    assert '<option value="B1" label="B1 ' in field and '<option value="B25"' not in field


def test_a_step_that_is_wrong_is_told_when_trying_out(survey: Survey, reviewer: User):
    url = reverse("surveys_staff:try", args=[survey.pk])
    page = signed_in(reviewer).post(url, {"step": "0", "move": "next"})
    assert "请回答" in page.content.decode()


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return SimpleUploadedFile("家门口.png", out.getvalue(), content_type="image/png")


@pytest.fixture
def checklist(neighbourhood: Neighbourhood) -> Survey:
    return factories.published_survey("CHECKLIST", neighbourhood.county, now=NOW)


def test_a_photo_is_drawn_anew_and_kept_when_the_answer_is_sent(
    checklist: Survey, neighbourhood: Neighbourhood
):
    home = neighbourhood.households[0]
    url = reverse("surveys:answer", args=[checklist.slug, neighbourhood.community.code])
    fields = {"code": household_code(home), "q-OVERALL": "0", "q-DATE": "2026-03-01"}
    upload_step = {**fields, "move": "next", "step": "3"}
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        page = Client().post(url, {**upload_step, "q-HOUSE_PHOTO": picture()})
        held = page.context["form"].raw["HOUSE_PHOTO"]
        assert f'value="{held}"' in page.content.decode()
        key = new_key()
        send = {**fields, "move": "commit", "intake_key": key, "q-HOUSE_PHOTO": held}
        assert Client().post(url, send)["X-Intake"] == "stored"
        assert Client().post(url, send)["X-Intake"] == "stored"
    response = Response.objects.get()
    assert response.answers["HOUSE_PHOTO"] == held and len(held) == 32
    with private_storage().open(photo_path(checklist.pk, held)) as file, Image.open(file) as photo:
        assert photo.format == "JPEG" and not photo.getexif()


@pytest.mark.parametrize("wrong", ["0" * 32, "../x"])
def test_a_photo_that_is_not_there_is_asked_for_again(
    checklist: Survey, neighbourhood: Neighbourhood, wrong: str
):
    home = neighbourhood.households[0]
    url = reverse("surveys:answer", args=[checklist.slug, neighbourhood.community.code])
    fields = {"code": household_code(home), "q-OVERALL": "0", "q-DATE": "2026-03-01"}
    send = {**fields, "move": "commit", "intake_key": new_key(), "q-HOUSE_PHOTO": wrong}
    page = Client().post(url, send)
    assert "请重新添加照片" in page.content.decode()
    assert not Response.objects.exists()


def test_what_is_no_photo_is_told_at_the_question(checklist: Survey, neighbourhood: Neighbourhood):
    home = neighbourhood.households[0]
    url = reverse("surveys:answer", args=[checklist.slug, neighbourhood.community.code])
    junk = SimpleUploadedFile("x.jpg", b"junk", content_type="image/jpeg")
    send = {"code": household_code(home), "move": "commit", "intake_key": new_key()}
    send |= {"q-OVERALL": "0", "q-DATE": "2026-03-01"}
    page = Client().post(url, {**send, "q-HOUSE_PHOTO": junk})
    assert "x.jpg" in page.content.decode()
    assert not Response.objects.exists()


def test_a_photo_goes_when_its_answer_is_withdrawn(
    checklist: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    kept, gone = "a" * 32, "b" * 32
    for name in (kept, gone):
        private_storage().save(photo_path(checklist.pk, name), ContentFile(b"x"))
    answers = {"OVERALL": "0", "DATE": "2026-03-01", "HOUSE_PHOTO": kept}
    submit(neighbourhood.households[0], answers, survey=checklist)
    with time_machine.travel(timezone.now() + timedelta(days=4000), tick=False):
        assert photos_expire(now=timezone.now()) >= 1
    assert private_storage().exists(photo_path(checklist.pk, kept))
    assert not private_storage().exists(photo_path(checklist.pk, gone))


def test_what_is_wrong_stands_at_its_block(survey: Survey, reviewer: User):
    questions = json.loads(json.dumps(list(survey.questions.get_prep_value())))
    copied = services.read_survey({"fields": {"headline": "B1"}, "blocks": questions})
    copied.questions[2].value["formula"] = "${B1} = today()"
    with pytest.raises(QuestionnaireError) as caught:
        copied.compiled()
    assert [problem.block for problem in caught.value.found] == [2]
    form = Mock()
    SurveyForm._refuse_questions(form, caught.value.found)
    (_field, error), _named = form.add_error.call_args
    assert list(error.block_errors) == [2]
