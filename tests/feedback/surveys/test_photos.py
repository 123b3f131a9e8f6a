"""Photos of answers are seen by those who judge them, after sealing, and tell no time."""

import os

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.urls import reverse

from feedback.surveys import services
from feedback.surveys.models import Response, Survey
from feedback.surveys.photo_files import photo_path
from portal.accounts.models import User
from portal.demo import factories
from portal.intake.storage import private_storage
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import NOW, Submit
from tests.feedback.surveys.test_staff import signed_in, staff_url

NAMES = ["a" * 32, "b" * 32, "c" * 32]


@pytest.fixture(autouse=True)
def during_the_survey():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def checklist(neighbourhood: Neighbourhood, submit: Submit) -> Survey:
    survey = factories.published_survey("CHECKLIST", neighbourhood.county, now=NOW)
    for name, home in zip(NAMES, neighbourhood.households, strict=False):
        path = photo_path(survey.pk, name)
        private_storage().delete(path)
        private_storage().save(path, ContentFile(name.encode()))
        os.utime(private_storage().path(path), (ord(name[0]), ord(name[0])))
        answers = {"OVERALL": "0", "DATE": "2026-03-01", "HOUSE_PHOTO": name}
        submit(home, answers, survey=survey)
    services.survey_close(survey=survey, now=NOW)
    return survey


def seal(survey: Survey) -> None:
    services.survey_seal(survey=survey, now=NOW)
    survey.refresh_from_db()


def address(survey: Survey, key: str = "HOUSE_PHOTO") -> str:
    response = Response.objects.filter(survey=survey).order_by("pk")[0]
    return reverse("surveys_staff:photo", args=[survey.pk, response.pk, key])


def test_who_judges_answers_sees_their_photos(checklist: Survey, evaluator: User):
    seal(checklist)
    client = signed_in(evaluator)
    assert (
        staff_url("photos", checklist)
        in client.get(staff_url("detail", checklist)).content.decode()
    )
    page = client.get(staff_url("photos", checklist), {"question": "HOUSE_PHOTO"})
    assert page.content.decode().count("loading=") == len(NAMES)
    assert address(checklist) in page.content.decode()
    photo = client.get(address(checklist))
    assert b"".join(photo.streaming_content).decode() in NAMES
    assert "no-store" in photo["Cache-Control"] and photo["Content-Type"] == "image/jpeg"


def test_nobody_else_does(checklist: Survey, clerk: User, outsider: User):
    seal(checklist)
    for user, status in ((clerk, 403), (outsider, 404)):
        for url in (staff_url("photos", checklist), address(checklist)):
            assert signed_in(user).get(url).status_code == status


def test_before_sealing_no_photo_is_seen(checklist: Survey, evaluator: User):
    client = signed_in(evaluator)
    page = client.get(staff_url("photos", checklist), {"question": "HOUSE_PHOTO"}).content.decode()
    assert "loading=" not in page
    assert "调查封存后才能看照片" in page
    # There are some; they are only not looked at yet.
    assert "没有这样的照片" not in page
    assert client.get(address(checklist)).status_code == 404


def test_only_photos_are_handed_out(checklist: Survey, evaluator: User):
    seal(checklist)
    assert signed_in(evaluator).get(address(checklist, "OVERALL")).status_code == 404
    private_storage().delete(photo_path(checklist.pk, NAMES[0]))
    found = Response.objects.get(survey=checklist, answers__HOUSE_PHOTO=NAMES[0])
    gone = reverse("surveys_staff:photo", args=[checklist.pk, found.pk, "HOUSE_PHOTO"])
    assert signed_in(evaluator).get(gone).status_code == 404


def test_sealing_leaves_no_photo_with_the_time_it_came(checklist: Survey):
    seal(checklist)
    for name in NAMES:
        path = photo_path(checklist.pk, name)
        assert os.stat(private_storage().path(path)).st_mtime > ord("c")
        with private_storage().open(path) as file:
            assert file.read().decode() == name
    folder = os.path.dirname(private_storage().path(photo_path(checklist.pk, NAMES[0])))
    assert sorted(os.listdir(folder)) == [f"{name}.jpg" for name in NAMES]
