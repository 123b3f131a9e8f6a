"""What a script sends goes the short way, and nothing else does."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
SCRIPT = {"X-Intake": "script"}


@pytest.fixture
def url(neighbourhood):
    return f"{reverse('complaints:file')}?place={neighbourhood.community.code}&category=C10"


def short(response):
    return response.headers["Content-Security-Policy"] == (
        "default-src 'none'; frame-ancestors 'none'"
    )


def test_a_post_by_script_goes_the_short_way(client: Client, url):
    answer = client.post(url, {"text": ""}, headers=SCRIPT)
    assert short(answer)
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_language_is_that_of_the_address(client: Client, url):
    chinese = client.post(url, {"text": ""}, headers={**SCRIPT, "Accept-Language": "en"})
    english = client.post(f"/en{url}", {"text": ""}, headers=SCRIPT)
    assert [a.headers["Content-Language"] for a in (chinese, english)] == ["zh-hans", "en"]
    assert 'lang="zh-Hans"' in chinese.content.decode()
    assert 'lang="en"' in english.content.decode()


@pytest.mark.parametrize("headers", [{}, {"X-Intake": "form"}])
def test_without_script_the_whole_way_is_gone(client: Client, url, headers):
    assert not short(client.post(url, {"text": ""}, headers=headers))


def test_pages_of_staff_keep_their_guards(neighbourhood):
    client = Client(enforce_csrf_checks=True)
    user = get_user_model().objects.create_user("clerk", password="p")
    client.force_login(user)
    assert client.post(reverse("wagtailadmin_home"), headers=SCRIPT).status_code == 403


@pytest.mark.parametrize("path", ["/surveys/none/NONE/", "/nothing/here/"])
def test_what_is_not_there_is_the_usual_page(client: Client, path):
    answer = client.post(path, headers=SCRIPT)
    assert answer.status_code == 404
    assert not short(answer)
