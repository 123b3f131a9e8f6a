"""The service worker keeps empty forms and their files, and nothing that is somebody's own."""

import json
import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from portal.intake import worker
from portal.intake.receipts import new_key
from portal.places.signs import building_sign

pytestmark = pytest.mark.django_db
FORM = "/complaints/new/?place=PC001&category=C10"


def test_it_is_served_at_the_root_for_every_path_and_asked_for_anew(client):
    response = client.get("/sw.js")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["Service-Worker-Allowed"] == "/"
    assert not response.cookies
    assert client.post("/sw.js").status_code == 405


def test_everything_it_keeps_exists(client):
    script = client.get("/sw.js").content.decode()
    files = json.loads(re.search(r"var FILES = (\[.*\]);", script)[1])
    assert len(files) == len(settings.OFFLINE_FILES)
    assert all(finders.find(name) for name in settings.OFFLINE_FILES)
    for page in json.loads(re.search(r"var OFFLINE = (\[.*\]);", script)[1]):
        assert client.get(page).status_code == 200


def test_its_version_follows_what_it_keeps(settings):
    before = worker.worker_version()
    assert before == worker.worker_version()
    settings.OFFLINE_FILES = settings.OFFLINE_FILES[1:]
    assert worker.worker_version() != before


def test_every_file_a_kept_form_needs_is_kept(client, neighbourhood):
    kept = json.loads(re.search(r"var FILES = (\[.*\]);", worker.worker_script())[1])
    for address in (FORM, "/complaints/new/?place=PC001", "/offline/"):
        page = client.get(address).content.decode()
        needed = re.findall(r'(?:src|href)="(/static/[^"#]+)', page)
        assert set(needed) <= set(kept), set(needed) - set(kept)


def test_only_empty_forms_are_marked_to_be_kept(client, neighbourhood):
    sign = building_sign(neighbourhood.building)
    for address in (FORM, "/complaints/new/?place=PC001", f"/complaints/new/?at={sign}"):
        assert client.get(address).headers["X-Intake"] == "form"
    given = {"text": "漏", "contact_wish": "NONE"}
    others = [
        client.post("/complaints/new/?place=PC001", given),
        client.post(FORM, given),
        client.post(FORM, {**given, "intake_key": new_key()}),
        client.get("/complaints/track/"),
        client.get("/complaints/link/"),
        client.post("/complaints/new/", {"household_code": "1" * 16}),
    ]
    assert all(response.headers.get("X-Intake") != "form" for response in others)
